#include "shell/cli/flink_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "shell/flink/plan/our_shapes.h"
#include "shell/flink/reserved_words.h"

namespace weir::shell {
namespace {

std::string InFlinkSql(const ast::Statement& statement) {
  return ast::ToSql(statement, flink::IsFlinkWord);
}

constexpr std::string_view kMode = "execution.runtime-mode";

std::string StatementSetOf(const std::vector<std::string>& inserts) {
  return fmt::format("STATEMENT SET BEGIN {}; END", fmt::join(inserts, "; "));
}

}  // namespace

int FlinkScript::Read(TranslatedScript& script) {
  session_.session().context().plans->planned = [this](const planner::PlannedJob& job) {
    planned_ = FlinkJob{flink::ShapesOf(job.optimized), job.graph};
  };
  const int code = script.Read([this](SourceSpan part, const Result<std::string>& translation) {
    Status added = translation.ok() ? AddPieces(*translation, part) : translation.status();
    planned_.reset();
    return added;
  });
  session_.session().context().plans->planned = nullptr;
  return code;
}

Status FlinkScript::AddPieces(const std::string& translated, SourceSpan part) {
  batch_ = session_.settings().Get(kMode) == "batch";
  for (const SourceSpan piece : TRY(session_.Split(translated))) {
    const ast::StatementPtr parsed = TRY(parse::ParseStatementAt(translated, piece));
    const std::string_view text =
        std::string_view(translated).substr(piece.begin, piece.end - piece.begin);
    RETURN_IF_ERROR(AddPiece(*parsed, text, part));
  }
  return {};
}

Status FlinkScript::AddPiece(const ast::Statement& piece, std::string_view text, SourceSpan part) {
  if (const auto* execute = piece.As<ast::Execute>())
    return AddPiece(*execute->statement, InFlinkSql(*execute->statement), part);
  if (piece.As<ast::BeginStatementSet>() != nullptr) {
    set_.emplace();
    return {};
  }
  if (piece.As<ast::EndStatementSet>() != nullptr && set_) {
    const std::vector<std::string> inserts = *std::exchange(set_, std::nullopt);
    return AddJob(StatementSetOf(inserts), part);
  }
  if (piece.As<ast::Insert>() != nullptr && set_) {
    set_->push_back(InFlinkSql(piece));
    return {};
  }
  if (piece.As<ast::QueryStatement>() != nullptr) {
    return Status::Unsupported("SELECT on a cluster has nobody to show its rows to")
        .WithId("E1002")
        .WithHint("write them into a table: INSERT INTO … SELECT …")
        .WithSpan(part);
  }
  if (piece.As<ast::Insert>() != nullptr) return AddJob(InFlinkSql(piece), part);
  if (const auto* set = piece.As<ast::StatementSet>()) {
    std::vector<std::string> inserts;
    for (const ast::StatementPtr& insert : set->statements) inserts.push_back(InFlinkSql(*insert));
    return AddJob(StatementSetOf(inserts), part);
  }
  const auto* table = piece.As<ast::CreateTable>();
  if (table != nullptr && table->query) {
    return Status::Unsupported(
               "CREATE TABLE … AS cannot be given numbers for its operators: "
               "Flink compiles plans of INSERT only")
        .WithId("E1002")
        .WithHint("write CREATE TABLE and INSERT INTO … SELECT …")
        .WithSpan(part);
  }
  // What overwrites is in batch mode by itself, whatever the session is.
  const auto* mode = piece.As<ast::Set>();
  if (mode != nullptr && mode->key && mode->value && mode->key->text == kMode)
    batch_ = mode->value->text == "batch";
  steps_.push_back({part, std::string(text), false, std::nullopt});
  return {};
}

Status FlinkScript::AddJob(std::string sql, SourceSpan part) {
  if (!batch_ && !planned_)
    return Status::Internal("a job of the script was not planned").WithSpan(part);
  steps_.push_back({part, std::move(sql), true, batch_ ? std::nullopt : std::exchange(planned_, {}),
                    session_.settings().Get("execution.state-recovery.path")});
  return {};
}

}  // namespace weir::shell
