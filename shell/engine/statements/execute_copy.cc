// COPY: the rows of a query as a file, which appears as a whole when the query has ended.
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "planner/ast/to_sql.h"
#include "runtime/base/printable.h"
#include "runtime/connectors/filesystem/row_file.h"
#include "runtime/fault_point.h"
#include "shell/engine/session/file_tables.h"
#include "shell/engine/statements/copy_format.h"
#include "shell/engine/statements/definitions_of.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/progress_text.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

// COPY t (a, b) copies the rows of SELECT a, b FROM t.
ast::Query QueryOf(const ast::Copy& copy) {
  if (copy.query) return *copy.query;
  ast::Query query;
  query.span = copy.table.span;
  if (copy.columns.empty()) {
    query.body = ast::TableQuery{copy.table};
    return query;
  }
  ast::Select select;
  for (const ast::Identifier& column : copy.columns) {
    const ast::Name name{.parts = {column}, .span = column.span};
    select.items.push_back(
        {ast::ExprPtr(ast::Expr{ast::ColumnRef{name}, column.span}), std::nullopt, column.span});
  }
  ast::TableRef table;
  table.node = ast::NamedTable{copy.table, nullptr};
  table.span = copy.table.span;
  select.from.emplace_back(std::move(table));
  query.body = std::move(select);
  return query;
}

// The INSERT that does what COPY … FROM asks for.
std::string InsertInstead(const ast::Copy& copy) {
  ast::Name target = copy.table;
  if (copy.query) target.parts = {{"t", false, {}}};
  std::string columns;
  for (const ast::Identifier& column : copy.columns)
    columns += fmt::format("{}{}", columns.empty() ? " (" : ", ", ast::ToSql(column));
  if (!columns.empty()) columns += ")";
  return fmt::format("INSERT INTO {}{} SELECT * FROM {}", ast::ToSql(target), columns,
                     ast::QuoteString(copy.file.text));
}

// That a path is not one of an open file of the process, such as /dev/stdout: whoever has it open
// would go on with what was there, and what was written to it before would be gone.
Status CheckIsNoOpenFile(const std::string& path) {
  constexpr int kMostLinks = 40;  // as the system allows
  std::error_code failed;
  std::filesystem::path at = path;
  for (int i = 0; i < kMostLinks; ++i) {
    const std::string name = at.lexically_normal().string();
    if (name.starts_with("/proc/") || name.starts_with("/dev/fd/")) {
      return Status::External(
                 fmt::format("'{}' is a file that is open, which no file replaces", path))
          .WithId("E4001")
          .WithHint("a SELECT with --format writes to standard output");
    }
    const std::filesystem::path target = std::filesystem::read_symlink(at, failed);
    if (failed) return {};
    at = at.parent_path() / target;
  }
  return {};
}

// The file that a link leads to, so that the link stays and the file is replaced.
std::string WithoutLink(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::is_symlink(path, failed)) return path;
  const std::filesystem::path file = std::filesystem::canonical(path, failed);
  return failed ? path : file.string();
}

// A file is written when its query has ended, and it cannot hold changes.
Status CheckEnds(const planner::PlannedJob& planned, const ast::Copy& copy) {
  const SourceSpan place = copy.query ? copy.query->span : copy.table.span;
  if (!planned.graph.nodes.back().changelog.append_only()) {
    return Status::InvalidSql(
               "the query changes its rows for ever, and a file has those that are there in the "
               "end")
        .WithId("E2011")
        .WithHint("read tables that end; a job writes changes into a table that takes them")
        .WithSpan(place);
  }
  if (planned.ends) return {};
  return Status::InvalidSql("the query never ends, and a file is there when its query has ended")
      .WithId("E2015")
      .WithHint(
          "LIMIT without ORDER BY gives it an end; INSERT INTO a table with 'connector' = "
          "'filesystem' writes files while rows come")
      .WithSpan(place);
}

}  // namespace

Result<planner::PlannedJob> StatementExecutor::PlanCopy(const ast::Copy& statement,
                                                        SourceSpan span) {
  if (statement.from) {
    return Status::Unsupported("COPY … FROM is not supported")
        .WithHint(InsertInstead(statement))
        .WithSpan(span);
  }
  const planner::PlannerOptions options = TRY(OptionsOf(session_.settings()));
  planner::PlannedJob planned =
      TRY(planner::PlanFinalQuery(QueryOf(statement), session_.catalog(), options));
  RETURN_IF_ERROR(CheckEnds(planned, statement));
  const Schema& columns = planned.graph.nodes.back().output;
  RETURN_IF_ERROR(FormatOfCopy(statement, session_.catalog().connectors(), columns).status());
  return planned;
}

Result<std::unique_ptr<connectors::RowFile>> StatementExecutor::BeginCopy(
    const ast::Copy& statement, const Schema& columns) {
  const CopyFormat format = TRY(FormatOfCopy(statement, session_.catalog().connectors(), columns));
  const std::string path = TRY(PathOf(statement.file.text, statement.file.span));
  RETURN_IF_ERROR(session_.CheckPath(PathUse::kTable, path).WithSpan(statement.file.span));
  RETURN_IF_ERROR(CheckIsNoOpenFile(path).WithSpan(statement.file.span));
  connectors::RowFileSpec spec;
  spec.format = format.format;
  spec.format_spec.options = format.options;
  spec.format_spec.record = columns;
  spec.format_spec.zone = TRY(TimeZone::Find(session_.settings().Get("table.local-time-zone")));
  spec.compressed = format.compressed;
  spec.path = WithoutLink(path);
  spec.unique = NewJobId();
  Result<std::unique_ptr<connectors::RowFile>> begun =
      connectors::RowFile::Begin(*session_.ports().files, std::move(spec));
  if (begun.ok()) return begun;
  Status failure = std::move(begun).status().WithSpan(statement.file.span);
  // E1002: the format cannot write a column's type. Parquet, which may have no library, says itself
  // what to do.
  if (failure.id() != "E1002" || format.format->open_file != nullptr) return failure;
  return std::move(failure).WithHint("CAST the column to STRING, or write JSON: 'file.json'");
}

Result<Answer> StatementExecutor::Run(const ast::Copy& statement, SourceSpan span) {
  planner::PlannedJob planned = TRY(PlanCopy(statement, span));
  if (session_.context().plans) return PlanAsked(planned);
  RETURN_IF_ERROR(CheckTablesOf(planned.graph, DefinitionsOf(planned)));
  Answer answer;
  answer.leaves_session = true;  // the file is written once, whatever becomes of the session
  for (const planner::Warning& warning : planned.warnings)
    answer.notices.push_back("WARNING: " + warning.message);
  const std::vector<catalog::CatalogObject> objects = planned.objects;
  const std::unique_ptr<connectors::RowFile> file =
      TRY(BeginCopy(statement, planned.graph.nodes.back().output));
  const std::unique_ptr<RunningJob> job = TRY(session_.jobs().StartQuery(
      RequestOf(std::move(planned), "copy", "", session_.settings()), *file));
  const bool ended = session_.Await(*job, task::WaitTarget::kFinished, std::nullopt);
  if (!ended) job->job->Cancel();
  session_.jobs().running().CountQuery(*job);
  RETURN_IF_ERROR(WithTablesOfFiles(session_.Outcome(*job), objects));
  const task::JobSnapshot last = job->job->Snapshot();
  const std::string name = Printable(statement.file.text);
  const bool whole = last.state == task::JobState::kFinished || DefectPlanted("part-for-whole");
  if (!whole) {
    return Status::Cancelled(
        fmt::format("the COPY was cut short after {} were read: nothing is "
                    "written to '{}'",
                    Plural(last.source_rows, "row"), name));
  }
  RETURN_IF_ERROR(file->Publish().WithSpan(statement.file.span));
  answer.message = fmt::format("{} written to {}", Plural(file->rows(), "row"), name);
  if (const std::string lost = LossText(last); !lost.empty()) answer.message += "; " + lost;
  return answer;
}

}  // namespace weir::shell
