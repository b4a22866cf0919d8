#include "shell/cli/flink_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "shell/engine/text/error_text.h"
#include "shell/flink/plan/our_shapes.h"
#include "shell/flink/reserved_words.h"
#include "shell/output/script.h"
#include "shell/output/script_text.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

std::string InFlinkSql(const ast::Statement& statement) {
  return ast::ToSql(statement, flink::IsFlinkWord);
}

}  // namespace

FlinkScript::FlinkScript(LocalSession& session, bool color) : session_(session), color_(color) {
  session.session().context().plans->planned = [this](const planner::PlannedJob& job) {
    planned_ = flink::ShapesOf(job.optimized);
  };
}

int FlinkScript::Complain(const Status& error, SourceSpan part) const {
  PrintMessage(
      FormatError(error, {.text = script_, .file = file_, .at = part.begin, .color = color_}));
  const int signal = error.code() == StatusCode::kCancelled ? TakeSignal() : 0;
  return signal != 0 ? ExitCodeOfSignal(signal) : ExitCodeOf(error);
}

int FlinkScript::Read(std::string_view script, const std::string& file) {
  script_ = WithoutMark(script);
  file_ = file;
  session_.hooks().file = file;
  const Result<std::vector<SourceSpan>> parts = session_.Split(script_);
  if (!parts.ok()) return Complain(parts.status(), {});
  flink::Translator translator(session_.session().catalog());
  int first = kExitOk;
  for (const SourceSpan part : *parts) {
    const Status status = ReadPart(translator, part);
    if (status.ok()) continue;
    const int code = Complain(status, part);
    if (first == kExitOk) first = code;
    if (status.code() == StatusCode::kCancelled) return code;
  }
  return first;
}

Status FlinkScript::ReadPart(flink::Translator& translator, SourceSpan part) {
  planned_.reset();
  NoRows view;
  RETURN_IF_ERROR(session_.Execute(script_, part, view).status());
  return AddPieces(TRY(translator.Translate(script_, part)), part);
}

Status FlinkScript::AddPieces(const std::string& translated, SourceSpan part) {
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
    return AddJob(fmt::format("STATEMENT SET BEGIN {}; END", fmt::join(inserts, "; ")), part);
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
    return AddJob(fmt::format("STATEMENT SET BEGIN {}; END", fmt::join(inserts, "; ")), part);
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
  steps_.push_back({part, std::string(text), false, std::nullopt});
  return {};
}

Status FlinkScript::AddJob(std::string sql, SourceSpan part) {
  const bool batch = session_.settings().Get("execution.runtime-mode") == "batch";
  if (!batch && !planned_)
    return Status::Internal("a job of the script was not planned").WithSpan(part);
  steps_.push_back(
      {part, std::move(sql), true, batch ? std::nullopt : std::exchange(planned_, {})});
  return {};
}

}  // namespace weir::shell
