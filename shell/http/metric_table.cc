#include "shell/http/metric_table.h"

#include <array>

namespace weir::shell {
namespace {

using task::JobSnapshot;
using task::OperatorSnapshot;
using Figure = std::optional<double>;

constexpr MetricKind kGauge = MetricKind::kGauge;
constexpr MetricKind kCounter = MetricKind::kCounter;

Figure Of(uint64_t count) {
  return static_cast<double>(count);
}

Figure SecondsOf(uint64_t nanos) {
  return static_cast<double>(nanos) / 1e9;
}

constexpr MetricRow kBuild = {"build_info", false, kGauge,
                              "1; the label says which program this is."};
constexpr MetricRow kJobState = {
    "job_state", false, kGauge,
    "1 for the state that the job is in, which the label `state` names; of every job of "
    "the data directory, of several with one name the newest."};
constexpr MetricRow kJobs = {
    "jobs", false, kGauge,
    "Jobs of the data directory by their state, of several with one name the newest."};

constexpr auto kProcess = std::to_array<ProcessMetric>({
    {{"ready", false, kGauge, "Whether /readyz says so."},
     [](const MetricFacts& facts) -> Figure { return facts.ready ? 1 : 0; }},
    {{"uptime_seconds", false, kGauge, "Since the process began to serve."},
     [](const MetricFacts& facts) -> Figure {
       return static_cast<double>(facts.now_millis - facts.started_millis) / 1e3;
     }},
    {{"process_cpu_seconds_total", false, kCounter, "Time of processors, user and system."},
     [](const MetricFacts& facts) -> Figure { return facts.process.cpu_seconds; }},
    {{"process_resident_memory_bytes", false, kGauge, "Memory of the process."},
     [](const MetricFacts& facts) -> Figure { return Of(facts.process.resident_bytes); }},
    {{"process_open_fds", false, kGauge, "Descriptors that the process has open."},
     [](const MetricFacts& facts) -> Figure { return Of(facts.process.open_descriptors); }},
});

constexpr auto kJob = std::to_array<JobMetric>({
    {{"jobmanager_job_uptime", true, kGauge,
      "Milliseconds since the job was started in this process."},
     [](const JobSnapshot& job, const MetricFacts& facts) -> Figure {
       return static_cast<double>(facts.now_millis - job.started_millis);
     }},
    {{"jobmanager_job_numRestarts", true, kCounter, "Starts after failures, in this process."},
     [](const JobSnapshot& job, const MetricFacts&) { return Of(job.restarts); }},
    {{"jobmanager_job_numberOfCompletedCheckpoints", true, kCounter,
      "Checkpoints that were completed in this process."},
     [](const JobSnapshot& job, const MetricFacts&) { return Of(job.checkpoints.completed); }},
    {{"jobmanager_job_numberOfFailedCheckpoints", true, kCounter,
      "Checkpoints that failed in this process."},
     [](const JobSnapshot& job, const MetricFacts&) { return Of(job.checkpoints.failed); }},
    {{"jobmanager_job_numberOfInProgressCheckpoints", true, kGauge,
      "Checkpoints that have begun and are not complete."},
     [](const JobSnapshot& job, const MetricFacts&) { return Of(job.checkpoints.in_progress); }},
    {{"jobmanager_job_totalNumberOfCheckpoints", true, kCounter, "All three together."},
     [](const JobSnapshot& job, const MetricFacts&) {
       const checkpoint::CheckpointStatistics& all = job.checkpoints;
       return Of(all.completed + all.failed + all.in_progress);
     }},
    {{"jobmanager_job_lastCompletedCheckpointId", true, kGauge,
      "Number of the last completed checkpoint; 0 before the first one."},
     [](const JobSnapshot& job, const MetricFacts&) {
       return Of(job.checkpoints.last_completed_id);
     }},
    {{"jobmanager_job_lastCheckpointDuration", true, kGauge,
      "Milliseconds that the last completed checkpoint took."},
     [](const JobSnapshot& job, const MetricFacts&) -> Figure {
       return static_cast<double>(job.checkpoints.last_duration_millis);
     }},
    {{"jobmanager_job_lastCheckpointSize", true, kGauge,
      "Bytes that the last completed checkpoint wrote itself."},
     [](const JobSnapshot& job, const MetricFacts&) { return Of(job.checkpoints.last_new_bytes); }},
    {{"jobmanager_job_lastCheckpointFullSize", true, kGauge,
      "Bytes of the last completed checkpoint, with what it shares with earlier ones."},
     [](const JobSnapshot& job, const MetricFacts&) { return Of(job.checkpoints.last_bytes); }},
    {{"job_checkpoints_failed_in_a_row", false, kGauge,
      "Checkpoints that failed since the last one that was completed."},
     [](const JobSnapshot& job, const MetricFacts&) {
       return Of(job.checkpoints_failed_in_a_row);
     }},
    {{"job_longest_pause_seconds", false, kGauge,
      "The longest time that a checkpoint kept some task from processing rows."},
     [](const JobSnapshot& job, const MetricFacts&) { return SecondsOf(job.longest_pause_nanos); }},
    {{"job_source_rows_total", false, kCounter, "Rows that sources have emitted since this start."},
     [](const JobSnapshot& job, const MetricFacts&) { return Of(job.source_rows); }},
});

constexpr auto kOperator = std::to_array<OperatorMetric>({
    {{"taskmanager_job_task_operator_numRecordsIn", true, kCounter,
      "Rows read since this start of the job."},
     [](const OperatorSnapshot& node) { return Of(node.rows_in); }},
    {{"taskmanager_job_task_operator_numRecordsOut", true, kCounter,
      "Rows emitted since this start of the job."},
     [](const OperatorSnapshot& node) { return Of(node.rows_out); }},
    {{"taskmanager_job_task_operator_currentOutputWatermark", true, kGauge,
      "Milliseconds since 1970; not there before the first watermark and after the end of the "
      "input."},
     [](const OperatorSnapshot& node) -> Figure {
       const Timestamp mark = node.watermark;
       if (mark == Timestamp::Min() || mark == Timestamp::Max()) return std::nullopt;
       return static_cast<double>(mark.millis);
     }},
    {{"taskmanager_job_task_operator_numLateRecordsDropped", true, kCounter,
      "Rows dropped because their windows had been closed, since the job's first start."},
     [](const OperatorSnapshot& node) { return Of(node.late_rows); }},
    {{"operator_skipped_records_total", false, kCounter,
      "Malformed records left out, since the job's first start."},
     [](const OperatorSnapshot& node) { return Of(node.skipped_records); }},
    {{"operator_busy_ratio", false, kGauge,
      "Part of the time since the start in which the busiest subtask worked, 0 to 1."},
     [](const OperatorSnapshot& node) -> Figure { return node.busy; }},
    {{"operator_backpressured_ratio", false, kGauge,
      "The same for the time in which the most blocked subtask waited for room."},
     [](const OperatorSnapshot& node) -> Figure { return node.backpressured; }},
    {{"operator_busy_seconds_total", false, kCounter, "Time spent in the operator itself."},
     [](const OperatorSnapshot& node) { return SecondsOf(node.busy_nanos); }},
    {{"operator_state_rows", false, kGauge, "Rows of state, in memory and on disk."},
     [](const OperatorSnapshot& node) { return Of(node.state_rows); }},
    {{"operator_state_bytes", false, kGauge, "Bytes of state, in memory and on disk."},
     [](const OperatorSnapshot& node) { return Of(node.state_bytes); }},
    {{"operator_state_disk_reads_total", false, kCounter, "Rows of state fetched from disk."},
     [](const OperatorSnapshot& node) { return Of(node.disk_reads); }},
    {{"operator_state_evictions_total", false, kCounter, "Rows of state moved to disk."},
     [](const OperatorSnapshot& node) { return Of(node.evictions); }},
    {{"operator_files_seen", false, kGauge, "Files that a source has found."},
     [](const OperatorSnapshot& node) -> Figure {
       return node.finds_files ? Of(node.files.seen) : std::nullopt;
     }},
    {{"operator_files_waiting", false, kGauge, "Those of which nothing was read yet."},
     [](const OperatorSnapshot& node) -> Figure {
       return node.finds_files ? Of(node.files.waiting) : std::nullopt;
     }},
    {{"operator_files_oldest_waiting_seconds", false, kGauge,
      "How long the one found first of them has been waiting."},
     [](const OperatorSnapshot& node) -> Figure {
       if (!node.finds_files) return std::nullopt;
       return static_cast<double>(node.files.oldest_waiting_millis) / 1e3;
     }},
    {{"operator_files_skipped", false, kGauge, "Files that a source does not read."},
     [](const OperatorSnapshot& node) -> Figure {
       return node.finds_files ? Of(node.files.skipped) : std::nullopt;
     }},
    {{"operator_lookup_rows", false, kGauge, "Rows of the table of a lookup."},
     [](const OperatorSnapshot& node) -> Figure {
       return node.lookup ? Of(node.lookup->rows) : std::nullopt;
     }},
    {{"operator_lookup_failed_reloads_total", false, kCounter,
      "Times that the table could not be read again, since this start."},
     [](const OperatorSnapshot& node) -> Figure {
       return node.lookup ? Of(node.lookup->failed_reloads) : std::nullopt;
     }},
    {{"operator_lookup_retries_total", false, kCounter,
      "Times that a table was asked for a key again, as it had no row of it, since this start."},
     [](const OperatorSnapshot& node) -> Figure {
       return node.lookup ? Of(node.lookup->retries) : std::nullopt;
     }},
});

}  // namespace

std::span<const ProcessMetric> ProcessMetrics() {
  return kProcess;
}
std::span<const JobMetric> JobMetrics() {
  return kJob;
}
std::span<const OperatorMetric> OperatorMetrics() {
  return kOperator;
}
const MetricRow& BuildMetric() {
  return kBuild;
}
const MetricRow& JobStateMetric() {
  return kJobState;
}
const MetricRow& JobsMetric() {
  return kJobs;
}

}  // namespace weir::shell
