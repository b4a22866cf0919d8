// SHOW JOBS and DESCRIBE JOB.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "runtime/checkpoint/compare_state.h"
#include "runtime/graph/secret_text.h"
#include "runtime/memory_files.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/progress_text.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

// After this many failed checkpoints in a row, the state of a job says so.
constexpr uint32_t kFailuresThatCount = 3;

std::string StateText(const task::JobSnapshot& job) {
  std::string text(task::JobStateName(job.state));
  if (!task::IsTerminal(job.state) && job.checkpoints_failed_in_a_row >= kFailuresThatCount)
    text += ", CHECKPOINTS FAIL";
  return text;
}

// "2 restarts, 4 late rows"; "" when all is well, or nothing is known.
std::string NoticeCounts(const JobSummary& job) {
  std::vector<std::string> counts;
  const auto add = [&counts](NoticeKind kind, uint64_t count) {
    if (count > 0) counts.push_back(CountedText(kind, count));
  };
  if (job.snapshot) {
    for (const Notice& notice : job.snapshot->notices) add(notice.kind, notice.total);
  } else if (const std::optional<LastFigures>& last = job.record.figures) {
    add(NoticeKind::kRestart, last->restarts);
    add(NoticeKind::kLateRow, last->losses.late_rows);
    add(NoticeKind::kSkippedRecord, last->losses.skipped_records);
  }
  return fmt::format("{}", fmt::join(counts, ", "));
}

// One line for each kind: how many, when the last one was, and what it said.
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
  if (node.ahead_of_group) return WatermarkText(node.watermark) + ", ahead of its group";
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

// Rows a second, of all sources.
double SourceRate(const task::JobSnapshot& job) {
  double rate = 0;
  for (const task::OperatorSnapshot& node : job.operators) {
    if (node.kind == "Scan") rate += node.rows_per_second;
  }
  return rate;
}

uint64_t StateBytes(const task::JobSnapshot& job) {
  uint64_t bytes = 0;
  for (const task::OperatorSnapshot& node : job.operators) bytes += node.state_bytes;
  return bytes;
}

// How far the event time of a running job is behind the clock, in milliseconds; nullopt if it has
// no event time.
std::optional<int64_t> LagMillis(const task::JobSnapshot& job, int64_t now_millis) {
  Timestamp least = Timestamp::Max();
  for (const task::OperatorSnapshot& node : job.operators) {
    // A source has no watermark if an operator behind it makes the watermark.
    if (node.watermark != Timestamp::Min()) least = std::min(least, node.watermark);
  }
  if (task::IsTerminal(job.state) || least == Timestamp::Max()) return std::nullopt;
  return std::max<int64_t>(0, now_millis - least.millis);
}

std::string LagText(const task::JobSnapshot& job, int64_t now_millis) {
  const std::optional<int64_t> lag = LagMillis(job, now_millis);
  return lag ? DurationText(static_cast<double>(*lag) / 1e3) : "";
}

double UptimeSeconds(const task::JobSnapshot& job, int64_t now_millis) {
  const int64_t end = job.ended_millis != 0 ? job.ended_millis : now_millis;
  return static_cast<double>(std::max<int64_t>(0, end - job.started_millis)) / 1e3;
}

// Why a window operator has taken rows and given none; "" if there is no such operator, and in the
// first seconds of a job.
std::string SilenceText(const task::JobSnapshot& job, int64_t now_millis) {
  constexpr int64_t kPatienceMillis = 3000;
  // A watermark that is closer to the clock than this moves with it: nothing holds it back.
  constexpr int64_t kBehindMillis = 10'000;
  const bool young = now_millis - job.started_millis < kPatienceMillis;
  if (young || job.state != task::JobState::kRunning) return "";
  for (const task::OperatorSnapshot& node : job.operators) {
    const bool waits = node.kind.find("Window") != std::string::npos && node.rows_in > 0 &&
                       node.rows_out == 0 && node.watermark != Timestamp::Max();
    if (!waits) continue;
    std::string text = fmt::format("no window of {} has closed: ", node.uid);
    text += node.watermark == Timestamp::Min()
                ? "there is no watermark yet"
                : fmt::format("the watermark is at {}", TimeText(node.watermark.millis));
    if (LagMillis(job, now_millis).value_or(kBehindMillis) < kBehindMillis)
      return text + " and moves on; a window closes when it passes its end";
    for (const task::OperatorSnapshot& source : job.operators) {
      if (source.kind != "Scan" || source.held_back_by.empty()) continue;
      text += fmt::format(", held back by partition \"{}\" of {}", source.held_back_by, source.uid);
    }
    return text + "; a window closes when rows of a later time arrive";
  }
  return "";
}

std::string TimeOrNothing(int64_t millis) {
  return millis == 0 ? "" : TimeText(millis);
}

std::vector<Value> OperatorRow(const task::OperatorSnapshot& node) {
  return {TextCell(node.uid),
          TextCell(node.kind),
          NumberCell(node.parallelism),
          NumberCell(node.rows_in),
          MeasureCell(node.rows_per_second),
          NumberCell(node.rows_out),
          TextCell(NodeTimeText(node)),
          TextCell(node.held_back_by),
          MeasureCell(node.busy),
          MeasureCell(node.backpressured),
          NumberCell(node.state_rows),
          NumberCell(node.state_bytes),
          NumberCell(node.disk_reads),
          NumberCell(node.late_rows),
          NumberCell(node.skipped_records)};
}

const std::vector<ResultColumn>& OperatorColumns() {
  static const std::vector<ResultColumn> kColumns = {
      {"uid", Type::String()},        {"operator", Type::String()},
      {"tasks", Type::BigInt()},      {"rows in", Type::BigInt()},
      {"rows/s", Type::Double()},     {"rows out", Type::BigInt()},
      {"watermark", Type::String()},  {"held back by", Type::String()},
      {"busy", Type::Double()},       {"blocked", Type::Double()},
      {"state rows", Type::BigInt()}, {"state bytes", Type::BigInt()},
      {"disk reads", Type::BigInt()}, {"late", Type::BigInt()},
      {"skipped", Type::BigInt()}};
  return kColumns;
}

// "Files of src:t: 12 seen, 3 waiting (the oldest for 4.2 s), 1 skipped (in/x: why)", one line for
// each table.
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

// "Looked up in names: 3 rows, read 2026-01-01 10:00:00.000, 12 reloads, 1 failed", one line for
// each table.
std::string LookupsText(const task::JobSnapshot& job) {
  std::string text;
  for (const task::OperatorSnapshot& node : job.operators) {
    if (!node.lookup) continue;
    const task::LookupFigures& table = *node.lookup;
    text += fmt::format(
        "Looked up in {}: {}, read {}, {}, {} failed{}\n", table.table, Plural(table.rows, "row"),
        TimeText(table.read_millis), Plural(table.reloads, "reload"), table.failed_reloads,
        table.retries == 0 ? ""
                           : fmt::format(", {} asked for again", Plural(table.retries, "key")));
  }
  return text;
}

// ", 17 rows read, 4 late, 1 restart"; "" where nothing is known.
std::string FiguresText(const std::optional<LastFigures>& figures) {
  if (!figures) return "";
  return fmt::format(", {}{}", ReadText(figures->source_rows, figures->losses),
                     figures->restarts > 0 ? ", " + Plural(figures->restarts, "restart") : "");
}

// What the record says about a job that does not run here.
std::string RecordText(const JobSummary& job) {
  const JobRecord& record = job.record;
  std::string text =
      fmt::format("Job {} ({}): {}, started {}{}, {}{}\n", record.name, record.id, StateText(job),
                  TimeText(record.started_millis),
                  record.ended_millis == 0 ? "" : ", ended " + TimeText(record.ended_millis),
                  Plural(record.attempts, "start"), FiguresText(record.figures));
  if (!record.damage.empty()) text += "Its " + record.damage + "\n";
  if (!record.failure.empty()) text += "Failure: " + record.failure + "\n";
  return text + graph::ShownSql(record.sql) + ";\n";
}

// Output that was nowhere to be found when the job started, and was taken for committed.
std::string AcceptedText(const std::string& uid, uint64_t files, uint64_t rows) {
  if (files == 0) return "";
  return fmt::format(
      "Output of {}: {} accepted files with {} accepted rows were nowhere at a start"
      "\n",
      uid, files, rows);
}

// Uptime in seconds, rows read, their rate, lag in seconds, state in bytes and checkpoints, as
// columns of SHOW JOBS; of a job that does not run here what its record knows, else NULLs.
// RenderOptions::about_jobs formats them.
std::vector<Value> FiguresOf(const JobSummary& summary, int64_t now_millis) {
  const Value measure = Value::Null(Type::Double());
  const Value number = Value::Null(Type::BigInt());
  const std::optional<task::JobSnapshot>& job = summary.snapshot;
  if (!job) {
    const std::optional<LastFigures>& last = summary.record.figures;
    return {measure, last ? NumberCell(last->source_rows) : number, measure, measure, number,
            number};
  }
  const std::optional<int64_t> lag = LagMillis(*job, now_millis);
  return {MeasureCell(UptimeSeconds(*job, now_millis)),
          NumberCell(job->source_rows),
          task::IsTerminal(job->state) ? measure : MeasureCell(SourceRate(*job)),
          lag ? MeasureCell(static_cast<double>(*lag) / 1e3) : measure,
          NumberCell(StateBytes(*job)),
          NumberCell(job->checkpoints.completed)};
}

}  // namespace

Result<Answer> StatementExecutor::ShowJobs(const catalog::NameFilter& filter) {
  Answer answer;
  answer.table.emplace();
  answer.table->columns = {
      {"job id", Type::String()},      {"job name", Type::String()}, {"status", Type::String()},
      {"start time", Type::String()},  {"uptime", Type::Double()},   {"rows in", Type::BigInt()},
      {"rows/s", Type::Double()},      {"lag", Type::Double()},      {"state", Type::BigInt()},
      {"checkpoints", Type::BigInt()}, {"note", Type::String()}};
  const int64_t now = session_.ports().clock->Now().millis;
  for (const JobSummary& job : TRY(session_.jobs().List())) {
    if (!filter.Keeps(job.record.name)) continue;
    const std::string state = StateText(job);
    std::string note = job.record.damage.empty() ? job.record.failure : job.record.damage;
    if (state == "SUSPENDED")
      note = session_.registry().HasState(job.record)
                 ? fmt::format("RESTORE JOB `{}` FROM LATEST CHECKPOINT;", job.record.name)
                 : "it has no checkpoint";
    if (const std::string counts = NoticeCounts(job); !counts.empty())
      note += (note.empty() ? "" : "; ") + counts;
    if (job.snapshot && !SilenceText(*job.snapshot, now).empty())
      note += (note.empty() ? "" : "; ") + std::string("no window closed: see DESCRIBE JOB");
    std::vector<Value> row = {TextCell(job.record.id), TextCell(job.record.name), TextCell(state),
                              TextCell(TimeOrNothing(job.record.started_millis))};
    for (Value& figure : FiguresOf(job, now)) row.push_back(std::move(figure));
    row.push_back(TextCell(note));
    answer.table->rows.push_back(std::move(row));
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
  const int64_t now = session_.ports().clock->Now().millis;
  const std::string lag = LagText(snapshot, now);
  Answer answer;
  const checkpoint::CheckpointStatistics& checkpoints = snapshot.checkpoints;
  answer.text = fmt::format(
      "Job {} ({}): {}, started {}, up for {}, {} read, {} rows/s, {} of state, {}{}\n"
      "Checkpoints{}: {} completed, {} failed, {} in progress{}{}\n",
      snapshot.name, snapshot.job_id, StateText(snapshot), TimeText(snapshot.started_millis),
      DurationText(UptimeSeconds(snapshot, now)), Plural(snapshot.source_rows, "row"),
      RateText(SourceRate(snapshot)), BytesText(StateBytes(snapshot)),
      lag.empty() ? "" : fmt::format("{} behind the clock, ", lag),
      Plural(snapshot.restarts, "restart"),
      IsInMemory(session_.registry().places().Of((*found)->record).front())
          ? " in memory, which go with this process"
          : "",
      checkpoints.completed, checkpoints.failed, checkpoints.in_progress,
      checkpoints.completed > 0
          ? fmt::format("; last: {} ({} new, {} in all, {} ms)", checkpoints.last_completed_id,
                        BytesText(checkpoints.last_new_bytes), BytesText(checkpoints.last_bytes),
                        checkpoints.last_duration_millis)
          : "",
      checkpoints.last_failure.empty() ? "" : "; last failure: " + checkpoints.last_failure);
  if (!snapshot.failure.ok()) answer.text += "Failure: " + snapshot.failure.ToString() + "\n";
  if (snapshot.state == task::JobState::kRestarting)
    answer.text +=
        fmt::format("Next attempt: in {}\n",
                    DurationText(static_cast<double>(snapshot.restart_in_millis) / 1000));
  if (const std::string silence = SilenceText(snapshot, now); !silence.empty())
    answer.text += fmt::format("Silent: {}\n", silence);
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

}  // namespace weir::shell
