// EXPLAIN ANALYZE JOB: where a running job spends its time.
#include <fmt/format.h>

#include "runtime/clock.h"
#include "shell/engine/session/session.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

Value Text(std::string text) {
  return Value(Type::String(), std::move(text));
}
Value Number(uint64_t number) {
  return Value(Type::BigInt(), static_cast<int64_t>(number));
}

const std::vector<ResultColumn>& CostColumns() {
  static const std::vector<ResultColumn> kColumns = {
      {"operator", Type::String()},     {"chain", Type::BigInt()},
      {"tasks", Type::BigInt()},        {"rows in", Type::BigInt()},
      {"rows out", Type::BigInt()},     {"busy", Type::String()},
      {"share", Type::String()},        {"ns a row", Type::String()},
      {"rows a batch", Type::String()}, {"state rows", Type::BigInt()},
      {"state bytes", Type::BigInt()},  {"bytes a row", Type::String()},
      {"disk reads", Type::BigInt()}};
  return kColumns;
}

// "-" where there is nothing to divide by.
std::string Quotient(double total, uint64_t count) {
  return count == 0 ? "-" : fmt::format("{:.1f}", total / static_cast<double>(count));
}

std::vector<Value> CostRow(const task::OperatorSnapshot& node, uint64_t busy_of_all) {
  const auto busy = static_cast<double>(node.busy_nanos);
  // Sources have only rows out, sinks only rows in.
  const uint64_t rows = std::max(node.rows_in, node.rows_out);
  const double share = busy_of_all == 0 ? 0 : busy / static_cast<double>(busy_of_all);
  return {Text(fmt::format("{} {}", node.kind, node.uid)),
          Number(static_cast<uint64_t>(node.chain) + 1),
          Number(node.parallelism),
          Number(node.rows_in),
          Number(node.rows_out),
          Text(fmt::format("{:.3f} s", busy / 1e9)),
          Text(fmt::format("{:.1f} %", share * 100)),
          Text(Quotient(busy, rows)),
          Text(Quotient(static_cast<double>(node.rows_in), node.batches_in)),
          Number(node.state_rows),
          Number(node.state_bytes),
          Text(Quotient(static_cast<double>(node.state_bytes), node.state_rows)),
          Number(node.disk_reads)};
}

std::string Summary(const task::JobSnapshot& job, uint64_t busy) {
  const checkpoint::CheckpointStatistics& checkpoints = job.checkpoints;
  const int64_t now = job.ended_millis > 0 ? job.ended_millis : Clock::System().Now().millis;
  return fmt::format(
      "Job {} ({}): {}, {} read in {}, operators busy for {:.3f} s\n"
      "Checkpoints: {} completed, {} new in all, the longest took {} ms and held a task up for "
      "{:.1f} ms\n",
      job.name, job.job_id, task::JobStateName(job.state), Plural(job.source_rows, "row"),
      DurationText(static_cast<double>(std::max<int64_t>(0, now - job.started_millis)) / 1000),
      static_cast<double>(busy) / 1e9, checkpoints.completed, BytesText(checkpoints.new_bytes),
      checkpoints.longest_duration_millis, static_cast<double>(job.longest_pause_nanos) / 1e6);
}

}  // namespace

Result<Answer> StatementExecutor::AnalyzeJob(const ast::Reference& job) {
  const Result<JobRecord> record = session_.registry().Find(job.text);
  if (!record.ok()) return record.status().WithSpan(job.span);
  const Result<RunningJobPtr> found = session_.jobs().FindRunning(job.text);
  if (!found.ok()) return found.status().WithSpan(job.span);
  const task::JobSnapshot snapshot = (*found)->job->Snapshot();
  uint64_t busy = 0;
  for (const task::OperatorSnapshot& node : snapshot.operators) busy += node.busy_nanos;
  Answer answer;
  answer.text = Summary(snapshot, busy);
  answer.table.emplace();
  answer.table->columns = CostColumns();
  for (const task::OperatorSnapshot& node : snapshot.operators)
    answer.table->rows.push_back(CostRow(node, busy));
  return answer;
}

}  // namespace weir::shell
