// SHOW and DESCRIBE.
#include <fmt/format.h>

#include "planner/bind/bind.h"
#include "planner/catalog/describe.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/function.h"
#include "runtime/types/datetime.h"
#include "shell/quantity.h"
#include "shell/statement_executor.h"

namespace weir::shell {
namespace {

catalog::NameFilter FilterOf(const ast::Show& statement) {
  if (!statement.filter) return {};
  return {statement.filter->pattern.text, true, statement.filter->negated, statement.filter->ignore_case};
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
    return text.empty() ? Value::Null(Type::String()) : Value(Type::String(), text);
  };
  for (const catalog::DescribeRow& row : rows) {
    answer.table->rows.push_back({cell(row.name), cell(row.type),
                                  Value(Type::String(), std::string(row.nullable ? "TRUE" : "FALSE")),
                                  cell(row.key), cell(row.extras), cell(row.watermark)});
  }
  return answer;
}

std::string TimeText(int64_t millis) {
  if (millis == 0) return "";
  char text[kMaxDateTimeText];
  return std::string(text, FormatTimestamp(millis * kMicrosPerMilli, 3, text));
}

std::string StateText(const JobSummary& job) {
  if (job.snapshot) return std::string(task::JobStateName(job.snapshot->state));
  switch (job.record.state) {
    // Its process has died, or stopped it: either way it waits to be resumed.
    case RecordedState::kRunning:
    case RecordedState::kSuspended: return "SUSPENDED";
    case RecordedState::kFinished: return "FINISHED";
    case RecordedState::kFailed: return "FAILED";
    case RecordedState::kCanceled: return "CANCELED";
  }
  WEIR_UNREACHABLE();
}

std::string WatermarkText(Timestamp watermark) {
  if (watermark == Timestamp::Min()) return "none";
  if (watermark == Timestamp::Max()) return "end";
  return TimeText(watermark.millis);
}

std::vector<std::string> OperatorCells(const task::OperatorSnapshot& node) {
  return {node.uid,
          node.kind,
          std::to_string(node.parallelism),
          std::to_string(node.rows_in),
          std::to_string(node.rows_out),
          WatermarkText(node.watermark),
          node.held_back_by,
          fmt::format("{:.0f} %", node.busy * 100),
          fmt::format("{:.0f} %", node.backpressured * 100),
          std::to_string(node.state_rows),
          BytesText(node.state_bytes),
          std::to_string(node.disk_reads),
          std::to_string(node.late_rows),
          std::to_string(node.skipped_records)};
}

}  // namespace

Result<Answer> StatementExecutor::Run(const ast::Show& statement, SourceSpan span) {
  const catalog::Catalog& catalog = engine_.catalog_;
  const catalog::NameFilter filter = FilterOf(statement);
  const std::vector<std::string> parts = bind::PartsOf(statement.name);
  Answer answer;
  switch (statement.kind) {
    case ast::ShowKind::kCatalogs: return ListAnswer("catalog name", catalog.ListCatalogs(filter));
    case ast::ShowKind::kCurrentCatalog:
      return ListAnswer("current catalog name", {catalog.current_catalog()});
    case ast::ShowKind::kDatabases:
      return ListAnswer("database name",
                        TRY(catalog.ListDatabases(parts.empty() ? "" : parts.back(), filter, span)));
    case ast::ShowKind::kCurrentDatabase:
      return ListAnswer("current database name", {catalog.current_database()});
    case ast::ShowKind::kTables:
      return ListAnswer("table name", TRY(catalog.ListTables(parts, filter, span)));
    case ast::ShowKind::kViews:
      return ListAnswer("view name", TRY(catalog.ListViews(parts, filter, span)));
    case ast::ShowKind::kFunctions: return ShowFunctions(filter);
    case ast::ShowKind::kJobs: return ShowJobs();
    case ast::ShowKind::kCheckpoints: return ShowCheckpoints(statement, span);
    case ast::ShowKind::kColumns: {
      const catalog::CatalogObject object = TRY(catalog.Find(parts, statement.name.span));
      return DescribeAnswer(object.table ? catalog::DescribeTable(*object.table)
                                         : catalog::DescribeView(*object.view));
    }
    case ast::ShowKind::kCreateTable:
    case ast::ShowKind::kCreateView: {
      const catalog::CatalogObject object = TRY(catalog.Find(parts, statement.name.span));
      const bool wants_table = statement.kind == ast::ShowKind::kCreateTable;
      if (wants_table != (object.table != nullptr)) {
        return Status::InvalidSql(fmt::format("{} is a {}", parts.back(), object.table ? "table" : "view"))
            .WithId("E2001")
            .WithHint(fmt::format("use SHOW CREATE {}", object.table ? "TABLE" : "VIEW"))
            .WithSpan(statement.name.span);
      }
      answer.text = (object.table ? catalog::ShowCreateTable(*object.table)
                                  : catalog::ShowCreateView(*object.view)) +
                    "\n";
      return answer;
    }
    case ast::ShowKind::kCreateJob: {
      const JobRecord record = TRY(engine_.jobs_->FindRecord(statement.job->text));
      for (const std::string& definition : record.definitions) answer.text += definition + ";\n";
      answer.text += fmt::format("CREATE JOB `{}` AS {};\n", record.name, record.sql);
      return answer;
    }
    default: return NotSupportedYet(LeadingWords(text_, span), span);
  }
}

Result<Answer> StatementExecutor::ShowFunctions(const catalog::NameFilter& filter) {
  Answer answer;
  answer.table = TextTable({"function name", "signature", "description"});
  std::vector<std::vector<std::string>> rows;
  for (const expr::ScalarFunction* function : expr::ListFunctions()) {
    rows.push_back({std::string(function->name), std::string(function->signature), std::string(function->doc)});
  }
  for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions()) {
    rows.push_back({std::string(aggregate.name), std::string(aggregate.signature), std::string(aggregate.doc)});
  }
  std::sort(rows.begin(), rows.end());
  for (const auto& row : rows) {
    if (filter.Keeps(row[0])) answer.table->AddTextRow(row);
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
    answer.table->AddTextRow(
        {"deterministic", function->determinism == expr::Determinism::kPure ? "true" : "false"});
    return answer;
  }
  for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions()) {
    if (!EqualsIgnoreCase(aggregate.name, wanted)) continue;
    answer.table->AddTextRow({"name", std::string(aggregate.name)});
    answer.table->AddTextRow({"kind", "aggregate"});
    answer.table->AddTextRow({"signature", std::string(aggregate.signature)});
    answer.table->AddTextRow({"description", std::string(aggregate.doc)});
    return answer;
  }
  return Status::InvalidSql(fmt::format("no function is named {}", wanted))
      .WithId("E2005")
      .WithHint(expr::SuggestFunction(wanted))
      .WithSpan(name.span);
}

Result<Answer> StatementExecutor::ShowJobs() {
  Answer answer;
  answer.table = TextTable({"job id", "job name", "status", "start time", "rows in", "checkpoints", "note"});
  for (const JobSummary& job : TRY(engine_.jobs_->List())) {
    const std::string state = StateText(job);
    std::string note = job.record.failure;
    if (state == "SUSPENDED") note = fmt::format("RESTORE JOB `{}` FROM LATEST CHECKPOINT;", job.record.name);
    answer.table->AddTextRow({job.record.id, job.record.name, state, TimeText(job.record.started_millis),
                              job.snapshot ? std::to_string(job.snapshot->source_rows) : "",
                              job.snapshot ? std::to_string(job.snapshot->checkpoints.completed) : "", note});
  }
  return answer;
}

Result<Answer> StatementExecutor::ShowCheckpoints(const ast::Show& statement, SourceSpan span) {
  if (!statement.job) {
    return Status::InvalidSql("SHOW CHECKPOINTS needs a job")
        .WithId("E2015")
        .WithHint("SHOW CHECKPOINTS FOR JOB name")
        .WithSpan(span);
  }
  const Result<JobRecord> record = engine_.jobs_->FindRecord(statement.job->text);
  if (!record.ok()) return record.status().WithSpan(statement.job->span);
  Answer answer;
  answer.table = TextTable({"checkpoint", "completed", "size", "new", "path"});
  for (const CheckpointInfo& info : TRY(engine_.jobs_->Checkpoints(*record))) {
    answer.table->AddTextRow({std::to_string(info.checkpoint_id), TimeText(info.complete_millis),
                              BytesText(info.bytes), BytesText(info.new_bytes), info.path});
  }
  return answer;
}

Result<Answer> StatementExecutor::DescribeJob(const ast::Reference& job) {
  Result<RunningJob*> found = engine_.jobs_->FindRunning(job.text);
  if (!found.ok()) return std::move(found).status().WithSpan(job.span);
  const task::JobSnapshot snapshot = (*found)->job->Snapshot();
  Answer answer;
  const checkpoint::CheckpointStatistics& checkpoints = snapshot.checkpoints;
  answer.text = fmt::format(
      "Job {} ({}): {}, started {}, {} rows read, {} restarts\n"
      "Checkpoints: {} completed, {} failed, {} in progress; last: {} ({} new, {} in all, {} ms){}\n",
      snapshot.name, snapshot.job_id, task::JobStateName(snapshot.state),
      TimeText(snapshot.started_millis), snapshot.source_rows, snapshot.restarts, checkpoints.completed,
      checkpoints.failed, checkpoints.in_progress,
      checkpoints.completed > 0 ? std::to_string(checkpoints.last_completed_id) : "none",
      BytesText(checkpoints.last_new_bytes), BytesText(checkpoints.last_bytes),
      checkpoints.last_duration_millis,
      checkpoints.last_failure.empty() ? "" : "; last failure: " + checkpoints.last_failure);
  if (!snapshot.failure.ok()) answer.text += "Failure: " + snapshot.failure.ToString() + "\n";
  answer.table = TextTable({"uid", "operator", "tasks", "rows in", "rows out", "watermark", "held back by",
                            "busy", "blocked", "state rows", "state", "disk reads", "late", "skipped"});
  for (const task::OperatorSnapshot& node : snapshot.operators) answer.table->AddTextRow(OperatorCells(node));
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::Describe& statement, SourceSpan span) {
  switch (statement.kind) {
    case ast::DescribeKind::kRelation: {
      const catalog::CatalogObject object =
          TRY(engine_.catalog_.Find(bind::PartsOf(statement.name), statement.name.span));
      return DescribeAnswer(object.table ? catalog::DescribeTable(*object.table)
                                         : catalog::DescribeView(*object.view));
    }
    case ast::DescribeKind::kFunction: return DescribeFunction(statement.name);
    case ast::DescribeKind::kJob: return DescribeJob(statement.reference);
    default: return NotSupportedYet(LeadingWords(text_, span), span);
  }
}

}  // namespace weir::shell
