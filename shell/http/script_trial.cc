#include "shell/http/script_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <variant>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "runtime/base/fence.h"
#include "runtime/graph/secret_text.h"
#include "shell/engine/access/session_scope.h"
#include "shell/engine/statements/definitions_of.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

constexpr std::string_view kWarning = "WARNING: ";

SessionOptions OptionsFor(const Engine& engine, const Principal& who) {
  SessionOptions options;
  options.catalog = SessionCatalog::kScratch;
  options.settings = engine.settings();
  options.who = who;
  return options;
}

// Whether CREATE TABLE takes the table's columns from files. Such a statement is only parsed, as it
// would read them.
bool TakesColumnsFromFiles(const ast::Statement& statement) {
  const auto* table = statement.As<ast::CreateTable>();
  if (table == nullptr || table->query) return false;
  if (table->like) return table->like->source.is_file;
  return table->elements.empty();
}

// Whether the statement is planned, or defines something that later statements are planned with.
// All others are only parsed.
bool IsTried(const ast::Statement& statement) {
  if (const auto* explain = statement.As<ast::Explain>()) return IsTried(*explain->statement);
  if (const auto* table = statement.As<ast::CreateTable>(); table != nullptr)
    return !TakesColumnsFromFiles(statement);
  return IsDefinition(statement) || statement.As<ast::QueryStatement>() != nullptr ||
         statement.As<ast::Insert>() != nullptr || statement.As<ast::Copy>() != nullptr ||
         statement.As<ast::Update>() != nullptr || statement.As<ast::Delete>() != nullptr ||
         statement.As<ast::StatementSet>() != nullptr ||
         statement.As<ast::BeginStatementSet>() != nullptr ||
         statement.As<ast::EndStatementSet>() != nullptr ||
         statement.As<ast::Execute>() != nullptr || statement.As<ast::CreateJob>() != nullptr ||
         statement.As<ast::Drop>() != nullptr || statement.As<ast::Set>() != nullptr ||
         statement.As<ast::Reset>() != nullptr;
}

Status Misplaced(SourceSpan part, std::string_view what) {
  return Status::InvalidSql(std::string(what)).WithId("E2015").WithSpan(part);
}

bool HasHidden(const ast::CreateTable& table) {
  return std::ranges::any_of(table.options, [](const ast::Property& option) {
    return graph::IsHidden(option.key.text, option.value.text);
  });
}

// Names are compared without their catalog and database, which the page leaves out.
bool IsShown(const std::string& definition, ast::CreateTable table) {
  const Result<ast::StatementPtr> shown = parse::ParseStatement(graph::ShownSql(definition));
  const auto* create = shown.ok() ? (*shown)->As<ast::CreateTable>() : nullptr;
  if (create == nullptr) return false;
  ast::CreateTable other = *create;
  other.name.parts = {other.name.last()};
  table.name.parts = {table.name.last()};
  return other == table;
}

// A statement that is one of the definitions word for word as it was shown gets back the secrets
// that were hidden in it, which is returned. Any other one with a hidden secret is refused.
bool Reveal(ast::CreateTable& table, const std::vector<std::string>& definitions) {
  for (const std::string& definition : definitions) {
    if (!IsShown(definition, table)) continue;
    const ast::StatementPtr whole = parse::ParseStatement(definition).value();
    const ast::Properties& options = whole->As<ast::CreateTable>()->options;
    for (size_t i = 0; i < options.size(); ++i) table.options[i].value.text = options[i].value.text;
    return true;
  }
  return false;
}

std::vector<std::string> DefinitionsOfAllJobs(Session& session) {
  std::vector<std::string> definitions;
  const Result<std::vector<JobRecord>> records = session.registry().directory().Jobs();
  if (!records.ok()) return definitions;
  for (const JobRecord& record : *records)
    definitions.insert(definitions.end(), record.definitions.begin(), record.definitions.end());
  return definitions;
}

// Executes a statement of a script. One with secrets revealed from the definitions, which are asked
// for only where one is hidden, has a text of its own, as a TEMPORARY table is kept in its text.
Result<Answer> ExecuteRevealed(LocalSession& session, const ast::Statement& statement,
                               std::string_view script,
                               const std::function<std::vector<std::string>()>& definitions) {
  NoRows none;
  const auto* table = statement.As<ast::CreateTable>();
  if (table == nullptr || !HasHidden(*table)) return session.Execute(statement, script, none);
  ast::Statement whole = statement;
  if (!Reveal(std::get<ast::CreateTable>(whole.node), definitions()))
    return session.Execute(statement, script, none);
  const std::string text = ast::ToSql(whole);
  const ast::StatementPtr parsed = TRY(parse::ParseStatement(text));
  Result<Answer> answer = session.Execute(*parsed, text, none);
  if (answer.ok()) return answer;
  return std::move(answer).status().WithSpan(statement.span);
}

}  // namespace

ScriptTrial::ScriptTrial(Engine& engine, const Principal& who)
    : session_(engine.NewSession(OptionsFor(engine, who))) {}

ScriptTrial::Findings ScriptTrial::Check(std::string_view script) {
  Session& session = session_->session();
  session.context().plans = PlanRequest{};
  session.catalog().set_define_files(
      [this](const catalog::Catalog&, const std::string&) -> Result<catalog::TablePtr> {
        asked_for_files_ = true;
        return Status::External("files are read when the statement is executed");
      });
  Findings findings;
  for (const SourceSpan part : parse::SplitScript(script)) CheckPart(script, part, findings);
  return findings;
}

void ScriptTrial::CheckPart(std::string_view script, SourceSpan part, Findings& into) {
  into.statements.push_back({part, LeadingWords(script, part)});
  const auto error = [&](const Status& status) {
    into.findings.push_back({true, status.span().value_or(part), status, status.message()});
  };
  const Result<ast::StatementPtr> parsed =
      Fenced([&] { return parse::ParseStatementAt(script, part); });
  if (!parsed.ok()) return error(parsed.status());
  into.statements.back().of_session = IsOfSession(**parsed);
  if (!IsTried(**parsed)) return;
  asked_for_files_ = false;
  const Result<Answer> answer = ExecuteRevealed(
      *session_, **parsed, script, [this] { return DefinitionsOfAllJobs(session_->session()); });
  if (asked_for_files_) return;
  if (!answer.ok()) return error(answer.status());
  for (const std::string& notice : answer->notices) {
    if (notice.starts_with(kWarning))
      into.findings.push_back({false, part, {}, notice.substr(kWarning.size())});
  }
}

Result<SourceSpan> ScriptTrial::DefineFor(std::string_view script, const JobRecord& job) {
  const std::vector<SourceSpan> parts = TRY(session_->Split(script));
  if (parts.empty())
    return Misplaced({0, static_cast<uint32_t>(script.size())}, "nothing is there to run");
  for (const SourceSpan part : parts) {
    const ast::StatementPtr parsed =
        TRY(Fenced([&] { return parse::ParseStatementAt(script, part); }));
    const bool last = part == parts.back();
    if (last && InsertsOf(*parsed).empty())
      return Misplaced(part, "the last statement must be the INSERT or the statement set of a job");
    if (last) break;
    const bool sets = parsed->As<ast::Set>() != nullptr || parsed->As<ast::Reset>() != nullptr;
    if (!IsDefinition(*parsed) && !sets)
      return Misplaced(part, "only tables, views and settings may stand before the job");
    Result<Answer> done =
        ExecuteRevealed(*session_, *parsed, script, [&job] { return job.definitions; });
    if (done.ok()) continue;
    const SourceSpan place = done.status().span().value_or(part);
    return std::move(done).status().WithSpan(place);
  }
  return parts.back();
}

}  // namespace weir::shell
