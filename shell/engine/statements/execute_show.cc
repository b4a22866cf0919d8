// SHOW and DESCRIBE.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "planner/ast/show_kind.h"
#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/catalog/describe.h"
#include "runtime/base/names.h"
#include "runtime/checkpoint/compare_state.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

catalog::NameFilter FilterOf(const ast::Show& statement) {
  if (!statement.filter) return {};
  return {statement.filter->pattern.text, true, statement.filter->negated,
          statement.filter->ignore_case};
}

Answer ListAnswer(std::string_view column, const std::vector<std::string>& names) {
  Answer answer;
  answer.table = TextTable({std::string(column)});
  for (const std::string& name : names) answer.table->AddTextRow({name});
  return answer;
}

Answer DescribeAnswer(const std::vector<catalog::DescribeRow>& rows) {
  Answer answer;
  answer.table = TextTable({"name", "type", "null", "key", "extras", "watermark"});
  const auto cell = [](const std::string& text) {
    return text.empty() ? Value::Null(Type::String()) : TextCell(text);
  };
  for (const catalog::DescribeRow& row : rows) {
    answer.table->rows.push_back(
        {cell(row.name), cell(row.type),
         Value(Type::String(), std::string(row.nullable ? "TRUE" : "FALSE")), cell(row.key),
         cell(row.extras), cell(row.watermark)});
  }
  return answer;
}

// "" for a function without arguments.
std::string_view NullText(const expr::ScalarFunction& function) {
  const bool takes_any =
      std::any_of(function.overloads.begin(), function.overloads.end(),
                  [](const expr::Overload& overload) { return !overload.params.empty(); });
  if (!takes_any) return "";
  switch (function.nulls) {
    case expr::NullRule::kPropagate:
      return "NULL when an argument is NULL";
    case expr::NullRule::kCustom:
      return "an argument that is NULL need not make the result NULL";
  }
  WEIR_UNREACHABLE();
}

// This many checkpoints that fail one after the other are part of a job's state.
constexpr uint32_t kFailuresThatCount = 3;

std::string StateText(const task::JobSnapshot& job) {
  std::string text(task::JobStateName(job.state));
  if (!task::IsTerminal(job.state) && job.checkpoints_failed_in_a_row >= kFailuresThatCount)
    text += ", CHECKPOINTS FAIL";
  return text;
}

// "2 restarts, 4 late rows"; "" when all is well.
std::string NoticeCounts(const task::JobSnapshot& job) {
  std::string text;
  for (const Notice& notice : job.notices)
    text += (text.empty() ? "" : ", ") + CountedText(notice.kind, notice.total);
  return text;
}

// A line each: how many, when the last was, and what it said.
std::string NoticeLines(const task::JobSnapshot& job) {
  std::string text;
  for (const Notice& notice : job.notices) {
    text += fmt::format("{}, the last {}{}\n", CountedText(notice.kind, notice.total),
                        TimeText(notice.millis), notice.detail.empty() ? "" : ": " + notice.detail);
  }
  return text;
}

std::string StateText(const JobSummary& job) {
  if (job.snapshot) return StateText(*job.snapshot);
  if (!job.record.damage.empty()) return "DAMAGED";
  switch (job.record.state) {
    // Its process has died, or stopped it: either way it waits to be resumed.
    case RecordedState::kRunning:
    case RecordedState::kSuspended:
      return "SUSPENDED";
    case RecordedState::kFinished:
      return "FINISHED";
    case RecordedState::kFailed:
      return "FAILED";
    case RecordedState::kCanceled:
      return "CANCELED";
  }
  WEIR_UNREACHABLE();
}

std::string WatermarkText(Timestamp watermark) {
  if (watermark == Timestamp::Min()) return "none";
  if (watermark == Timestamp::Max()) return "end";
  return TimeText(watermark.millis);
}

std::string NodeTimeText(const task::OperatorSnapshot& node) {
  const bool none = node.watermark == Timestamp::Min();
  switch (node.time_state) {
    case task::TimeState::kKnown:
      return WatermarkText(node.watermark);
    case task::TimeState::kIdle:
      return none ? "idle" : WatermarkText(node.watermark) + ", idle";
    case task::TimeState::kNoPartitions:
      return "no partitions";
  }
  WEIR_UNREACHABLE();
}

std::string TimeOrNothing(int64_t millis) {
  return millis == 0 ? "" : TimeText(millis);
}

std::vector<Value> OperatorRow(const task::OperatorSnapshot& node) {
  return {TextCell(node.uid),
          TextCell(node.kind),
          NumberCell(node.parallelism),
          NumberCell(node.rows_in),
          NumberCell(node.rows_out),
          TextCell(NodeTimeText(node)),
          TextCell(node.held_back_by),
          TextCell(fmt::format("{:.0f} %", node.busy * 100)),
          TextCell(fmt::format("{:.0f} %", node.backpressured * 100)),
          NumberCell(node.state_rows),
          NumberCell(node.state_bytes),
          NumberCell(node.disk_reads),
          NumberCell(node.late_rows),
          NumberCell(node.skipped_records)};
}

const std::vector<ResultColumn>& OperatorColumns() {
  static const std::vector<ResultColumn> kColumns = {
      {"uid", Type::String()},          {"operator", Type::String()},
      {"tasks", Type::BigInt()},        {"rows in", Type::BigInt()},
      {"rows out", Type::BigInt()},     {"watermark", Type::String()},
      {"held back by", Type::String()}, {"busy", Type::String()},
      {"blocked", Type::String()},      {"state rows", Type::BigInt()},
      {"state bytes", Type::BigInt()},  {"disk reads", Type::BigInt()},
      {"late", Type::BigInt()},         {"skipped", Type::BigInt()}};
  return kColumns;
}

// " WITH ('key' = 'value', …)", what the job was last started with; nothing where that is nothing.
std::string WithOptions(const std::map<std::string, std::string>& options) {
  std::vector<std::string> texts;
  for (const auto& [key, value] : options) {
    if (conf::FindOption(key) == nullptr || key == "pipeline.name") continue;
    texts.push_back(fmt::format("{} = {}", ast::QuoteString(key), ast::QuoteString(value)));
  }
  return texts.empty() ? "" : fmt::format(" WITH ({})", fmt::join(texts, ", "));
}

// "Files of src:t: 12 seen, 3 waiting (the oldest for 4.2 s), 1 skipped (in/x: why)", a line a
// table.
std::string FilesText(const task::JobSnapshot& job) {
  std::string text;
  for (const task::OperatorSnapshot& node : job.operators) {
    if (!node.finds_files) continue;
    const SourceFigures& files = node.files;
    text += fmt::format("Files of {}: {} seen, {} waiting", node.uid, files.seen, files.waiting);
    if (files.waiting > 0) {
      text += fmt::format(" (the oldest for {})",
                          DurationText(static_cast<double>(files.oldest_waiting_millis) / 1e3));
    }
    text += fmt::format(", {} skipped", files.skipped);
    text += files.first_skipped.empty() ? "\n" : fmt::format(" ({})\n", files.first_skipped);
  }
  return text;
}

// "Looked up in names: 3 rows, read 2026-01-01 10:00:00.000, 12 reloads, 1 failed", a line each.
std::string LookupsText(const task::JobSnapshot& job) {
  std::string text;
  for (const task::OperatorSnapshot& node : job.operators) {
    if (!node.lookup) continue;
    const task::LookupFigures& table = *node.lookup;
    text += fmt::format("Looked up in {}: {}, read {}, {}, {} failed\n", table.table,
                        Plural(table.rows, "row"), TimeText(table.read_millis),
                        Plural(table.reloads, "reload"), table.failed_reloads);
  }
  return text;
}

// What is remembered of a job that does not run here.
std::string RecordText(const JobSummary& job) {
  const JobRecord& record = job.record;
  std::string text =
      fmt::format("Job {} ({}): {}, started {}{}, {}\n", record.name, record.id, StateText(job),
                  TimeText(record.started_millis),
                  record.ended_millis == 0 ? "" : ", ended " + TimeText(record.ended_millis),
                  Plural(record.attempts, "start"));
  if (!record.damage.empty()) text += "Its " + record.damage + "\n";
  if (!record.failure.empty()) text += "Failure: " + record.failure + "\n";
  return text + record.sql + ";\n";
}

// Output that starts of the job found nowhere and took for committed.
std::string AcceptedText(const std::string& uid, uint64_t files, uint64_t rows) {
  if (files == 0) return "";
  return fmt::format(
      "Output of {}: {} accepted files with {} accepted rows were nowhere at a start"
      "\n",
      uid, files, rows);
}

}  // namespace

Result<Answer> StatementExecutor::Run(const ast::Show& statement, SourceSpan span) {
  const catalog::Catalog& catalog = session_.catalog();
  const catalog::NameFilter filter = FilterOf(statement);
  const std::vector<std::string> parts = bind::PartsOf(statement.name);
  Answer answer;
  switch (statement.kind) {
    case ast::ShowKind::kCatalogs:
      return ListAnswer("catalog name", TRY(catalog.ListCatalogs(filter)));
    case ast::ShowKind::kCurrentCatalog:
      return ListAnswer("current catalog name", {catalog.current_catalog()});
    case ast::ShowKind::kDatabases:
      return ListAnswer("database name", TRY(catalog.ListDatabases(
                                             parts.empty() ? "" : parts.back(), filter, span)));
    case ast::ShowKind::kCurrentDatabase:
      return ListAnswer("current database name", {catalog.current_database()});
    case ast::ShowKind::kTables:
      return ListAnswer("table name", TRY(catalog.ListTables(parts, filter, span)));
    case ast::ShowKind::kViews:
      return ListAnswer("view name", TRY(catalog.ListViews(parts, filter, span)));
    case ast::ShowKind::kFunctions:
      return ShowFunctions(filter);
    case ast::ShowKind::kJobs:
      return ShowJobs(filter);
    case ast::ShowKind::kCheckpoints:
      return ShowCheckpoints(statement, span);
    case ast::ShowKind::kSavepoints:
      return ShowSavepoints(statement);
    case ast::ShowKind::kColumns: {
      const catalog::CatalogObject object = TRY(FindRelation(statement.name));
      auto columns = object.table ? catalog::DescribeTable(*object.table)
                                  : catalog::DescribeView(*object.view);
      std::erase_if(columns, [&](const auto& column) { return !filter.Keeps(column.name); });
      return DescribeAnswer(columns);
    }
    case ast::ShowKind::kCreateTable:
    case ast::ShowKind::kCreateView: {
      const catalog::CatalogObject object = TRY(catalog.Find(parts, statement.name.span));
      const bool wants_table = statement.kind == ast::ShowKind::kCreateTable;
      if (wants_table != (object.table != nullptr)) {
        return Status::InvalidSql(
                   fmt::format("{} is a {}", parts.back(), object.table ? "table" : "view"))
            .WithId("E2001")
            .WithHint(fmt::format("use SHOW CREATE {}", object.table ? "TABLE" : "VIEW"))
            .WithSpan(statement.name.span);
      }
      // A view that cannot be used any more is shown without its columns.
      const Result<catalog::CatalogObject> usable = FindRelation(statement.name);
      answer.text =
          (object.table ? catalog::ShowCreateTable(*object.table)
                        : catalog::ShowCreateView(*(usable.ok() ? *usable : object).view)) +
          "\n";
      return answer;
    }
    case ast::ShowKind::kCreateJob: {
      const JobRecord record = TRY(session_.registry().Find(statement.job->text));
      for (const std::string& definition : record.definitions) answer.text += definition + ";\n";
      answer.text += fmt::format("CREATE JOB {}{} AS {};\n", ast::QuoteIdentifier(record.name),
                                 WithOptions(record.options), record.sql);
      return answer;
    }
    default:
      return NotSupportedYet(LeadingWords(text_, span), span);
  }
}

Result<Answer> StatementExecutor::ShowFunctions(const catalog::NameFilter& filter) {
  // Functions are named in capitals; nobody types them so.
  catalog::NameFilter kept = filter;
  kept.ignore_case = true;
  Answer answer;
  answer.table = TextTable({"function name", "signature", "description"});
  std::vector<std::vector<std::string>> rows;
  for (const expr::ScalarFunction* function : expr::ListFunctions()) {
    rows.push_back({std::string(function->name), std::string(function->signature),
                    std::string(function->doc)});
    for (const std::string_view alias : function->aliases) {
      rows.push_back({std::string(alias), fmt::format("as {}", function->name), ""});
    }
  }
  for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions()) {
    rows.push_back({std::string(aggregate.name), std::string(aggregate.signature),
                    std::string(aggregate.doc)});
  }
  for (const expr::FormDoc& form : expr::SpecialForms()) {
    rows.push_back({std::string(form.name), std::string(form.signature), std::string(form.doc)});
  }
  std::sort(rows.begin(), rows.end());
  for (const auto& row : rows) {
    if (kept.Keeps(row[0])) answer.table->AddTextRow(row);
  }
  return answer;
}

Result<Answer> StatementExecutor::DescribeFunction(const ast::Name& name) {
  Answer answer;
  answer.table = TextTable({"info name", "info value"});
  const std::string& wanted = name.parts.back().text;
  if (const expr::ScalarFunction* function = expr::FindFunction(wanted); function != nullptr) {
    answer.table->AddTextRow({"name", std::string(function->name)});
    answer.table->AddTextRow({"kind", "scalar"});
    answer.table->AddTextRow({"signature", std::string(function->signature)});
    answer.table->AddTextRow({"description", std::string(function->doc)});
    if (const std::string_view nulls = NullText(*function); !nulls.empty())
      answer.table->AddTextRow({"nulls", std::string(nulls)});
    answer.table->AddTextRow(
        {"deterministic", function->determinism == expr::Determinism::kPure ? "true" : "false"});
    return answer;
  }
  if (const auto known = expr::FindAggregate(wanted); known.ok()) {
    const expr::AggregateDoc& aggregate = expr::AggregateFunctions()[static_cast<size_t>(*known)];
    answer.table->AddTextRow({"name", std::string(aggregate.name)});
    answer.table->AddTextRow({"kind", "aggregate"});
    answer.table->AddTextRow({"signature", std::string(aggregate.signature)});
    answer.table->AddTextRow({"description", std::string(aggregate.doc)});
    return answer;
  }
  for (const expr::FormDoc& form : expr::SpecialForms()) {
    if (!EqualsIgnoreCase(form.name, wanted)) continue;
    answer.table->AddTextRow({"name", std::string(form.name)});
    answer.table->AddTextRow({"kind", "special form"});
    answer.table->AddTextRow({"signature", std::string(form.signature)});
    answer.table->AddTextRow({"description", std::string(form.doc)});
    return answer;
  }
  if (expr::IsMissingFunction(wanted)) {
    return Status::Unsupported(fmt::format("{} is not supported yet", ToUpper(wanted)))
        .WithSpan(name.span);
  }
  return Status::InvalidSql(fmt::format("no function is named {}", wanted))
      .WithId("E2005")
      .WithHint(expr::SuggestFunction(wanted))
      .WithSpan(name.span);
}

Result<Answer> StatementExecutor::ShowJobs(const catalog::NameFilter& filter) {
  Answer answer;
  answer.table.emplace();
  answer.table->columns = {{"job id", Type::String()},  {"job name", Type::String()},
                           {"status", Type::String()},  {"start time", Type::String()},
                           {"rows in", Type::BigInt()}, {"checkpoints", Type::BigInt()},
                           {"note", Type::String()}};
  for (const JobSummary& job : TRY(session_.jobs().List())) {
    if (!filter.Keeps(job.record.name)) continue;
    const std::string state = StateText(job);
    std::string note = job.record.damage.empty() ? job.record.failure : job.record.damage;
    if (state == "SUSPENDED")
      note = session_.registry().HasState(job.record)
                 ? fmt::format("RESTORE JOB `{}` FROM LATEST CHECKPOINT;", job.record.name)
                 : "it has no checkpoint";
    if (const std::string counts = job.snapshot ? NoticeCounts(*job.snapshot) : ""; !counts.empty())
      note += (note.empty() ? "" : "; ") + counts;
    const Value unknown = Value::Null(Type::BigInt());
    answer.table->rows.push_back(
        {TextCell(job.record.id), TextCell(job.record.name), TextCell(state),
         TextCell(TimeOrNothing(job.record.started_millis)),
         job.snapshot ? NumberCell(job.snapshot->source_rows) : unknown,
         job.snapshot ? NumberCell(job.snapshot->checkpoints.completed) : unknown, TextCell(note)});
  }
  return answer;
}

Result<Answer> StatementExecutor::DescribeJob(const ast::Reference& job) {
  const Result<JobRecord> record = session_.registry().Find(job.text);
  if (!record.ok()) return record.status().WithSpan(job.span);
  const Result<RunningJobPtr> found = session_.jobs().FindRunning(job.text);
  if (!found.ok()) {
    Answer remembered;
    remembered.text = RecordText({*record, std::nullopt, nullptr});
    for (const OperatorCheckpoint& op : session_.registry().NewestCheckpoint(*record).operators)
      remembered.text += AcceptedText(op.uid, op.accepted_files, op.accepted_rows) +
                         checkpoint::InexactInWords(op.uid, op.inexact);
    return remembered;
  }
  const task::JobSnapshot snapshot = (*found)->job->Snapshot();
  Answer answer;
  const checkpoint::CheckpointStatistics& checkpoints = snapshot.checkpoints;
  answer.text = fmt::format(
      "Job {} ({}): {}, started {}, {} read, {}\n"
      "Checkpoints: {} completed, {} failed, {} in progress{}{}\n",
      snapshot.name, snapshot.job_id, StateText(snapshot), TimeText(snapshot.started_millis),
      Plural(snapshot.source_rows, "row"), Plural(snapshot.restarts, "restart"),
      checkpoints.completed, checkpoints.failed, checkpoints.in_progress,
      checkpoints.completed > 0
          ? fmt::format("; last: {} ({} new, {} in all, {} ms)", checkpoints.last_completed_id,
                        BytesText(checkpoints.last_new_bytes), BytesText(checkpoints.last_bytes),
                        checkpoints.last_duration_millis)
          : "",
      checkpoints.last_failure.empty() ? "" : "; last failure: " + checkpoints.last_failure);
  if (!snapshot.failure.ok()) answer.text += "Failure: " + snapshot.failure.ToString() + "\n";
  answer.text += NoticeLines(snapshot);
  answer.text += FilesText(snapshot);
  answer.text += LookupsText(snapshot);
  answer.table.emplace();
  answer.table->columns = OperatorColumns();
  for (const task::OperatorSnapshot& node : snapshot.operators) {
    answer.table->rows.push_back(OperatorRow(node));
    answer.text += AcceptedText(node.uid, node.accepted_files, node.accepted_rows) +
                   checkpoint::InexactInWords(node.uid, node.inexact);
  }
  return answer;
}

Result<catalog::CatalogObject> StatementExecutor::FindRelation(const ast::Name& name) {
  const catalog::Catalog& catalog = session_.catalog();
  if (name.is_file)
    return catalog::CatalogObject{TRY(catalog.FindFiles(name.last().text, name.span)), nullptr};
  catalog::CatalogObject object = TRY(catalog.Find(bind::PartsOf(name), name.span));
  if (!object.view || !object.view->columns.empty()) return object;
  auto view = std::make_shared<catalog::ViewDefinition>(*object.view);
  view->columns = TRY(bind::ColumnsOfView(*object.view, catalog, name.span));
  return catalog::CatalogObject{nullptr, std::move(view)};
}

Result<Answer> StatementExecutor::Run(const ast::Describe& statement, SourceSpan span) {
  switch (statement.kind) {
    case ast::DescribeKind::kRelation: {
      const catalog::CatalogObject object = TRY(FindRelation(statement.name));
      return DescribeAnswer(object.table ? catalog::DescribeTable(*object.table)
                                         : catalog::DescribeView(*object.view));
    }
    case ast::DescribeKind::kFunction:
      return DescribeFunction(statement.name);
    case ast::DescribeKind::kJob:
      return DescribeJob(statement.reference);
    case ast::DescribeKind::kJobCosts:
      return AnalyzeJob(statement.reference);
    case ast::DescribeKind::kRecovery:
      return DescribeRecovery(statement.reference);
    case ast::DescribeKind::kSavepoint:
      return DescribeSavepoint(statement.reference);
    default:
      return NotSupportedYet(LeadingWords(text_, span), span);
  }
}

}  // namespace weir::shell
