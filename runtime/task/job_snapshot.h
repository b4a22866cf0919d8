// The figures of a job at one moment, for DESCRIBE JOB, SHOW JOBS and progress lines; plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/timestamp.h"
#include "runtime/checkpoint/coordinator.h"
#include "runtime/graph/job_graph.h"
#include "runtime/notices.h"
#include "runtime/source.h"
#include "runtime/task/time_state.h"

namespace weir::task {

// The states of a job, named as in Flink's JobStatus. A job goes from kCreated to kRunning, changes
// between kRunning and kRestarting any number of times, and ends in one of the others.
enum class JobState : uint8_t {
  kCreated,
  kRunning,
  kRestarting,  // waiting to start again after a failure
  kFinished,    // every input ended, everything is committed
  kFailed,
  kCanceled,
  kSuspended,  // stopped with a last checkpoint
};
// Lives forever.
std::string_view JobStateName(JobState state);  // "RUNNING"
// Whether a job in this state never runs again by itself.
constexpr bool IsTerminal(JobState state) {
  return state >= JobState::kFinished;
}

// The table of a lookup. Reloads are of this start of the job.
struct LookupFigures {
  std::string table;
  uint64_t rows = 0;
  int64_t read_millis = 0;  // wall clock, when they had all been read
  uint64_t reloads = 0;
  uint64_t failed_reloads = 0;
  uint64_t retries = 0;  // of keys that had no row, by the hint LOOKUP
};

// One input of an operator: which operator it reads, and how the rows are distributed.
struct OperatorInput {
  size_t from = 0;  // in JobSnapshot::operators
  graph::ExchangeKind exchange = graph::ExchangeKind::kForward;
};

// Sums over the operator's subtasks, unless stated otherwise. `kind` is graph::OperatorKindName;
// the input of a source is what its reader returned.
struct OperatorSnapshot {
  // As in EXPLAIN STATE, including derived uids.
  std::string uid;
  std::string name;
  // The operator's kind, such as "GroupAggregate".
  std::string kind;
  uint32_t parallelism = 1;
  int chain = 0;  // operators of one chain share threads
  std::vector<OperatorInput> inputs;
  // Since this start of the job: a restart begins at 0 again.
  uint64_t rows_in = 0;
  uint64_t rows_out = 0;
  double rows_per_second = 0;  // read (for sources: emitted) since the previous snapshot
  // The smallest watermark of the subtasks that time waits for; the greatest when it waits for
  // none.
  Timestamp watermark = Timestamp::Min();
  TimeState time_state = TimeState::kKnown;  // of sources and what is chained to them
  bool ahead_of_group = false;  // some subtask has rows and waits for other sources of its group
  std::string held_back_by;     // the partition that the watermark waits for; sources only
  // Fractions of time since the start, 0..1, of the busiest and of the most blocked subtask.
  double busy = 0;
  double backpressured = 0;
  // Time spent in the operator itself, without operators behind it and waiting for room; for
  // sources, reading and decoding on the task's thread.
  uint64_t busy_nanos = 0;
  // In memory and on disk together.
  uint64_t state_rows = 0;
  uint64_t state_bytes = 0;
  uint64_t disk_reads = 0;  // rows fetched from disk
  uint64_t evictions = 0;   // rows moved to disk
  uint64_t batches_in = 0;
  // Rows that came when their windows had been closed, or in an interval join when the time for
  // their matches was over. Counted since the job's first start, as restores keep the number.
  uint64_t late_rows = 0;
  // Malformed records that a format was told to ignore, counted since the job's first start as
  // late_rows is; sources only.
  uint64_t skipped_records = 0;
  // For a source over files.
  bool finds_files = false;
  SourceFigures files;
  std::optional<LookupFigures> lookup;  // of several that share a table the first has it
  // Promised files that starts of the job did not find and took to be committed, counted since the
  // job's first start; sinks only.
  uint64_t accepted_files = 0;
  uint64_t accepted_rows = 0;
  std::vector<std::string> inexact;  // as OperatorCheckpoint's
};

// What a task is doing at one moment. Comparing two of them tells more than one. A task is a
// subtask of a chain.
struct TaskFigures {
  std::string name;  // "0/orders": subtask, first operator
  std::string at;    // the operator whose code runs now; "" for none
  bool waiting = false;
  uint64_t blocked_nanos = 0;  // time spent waiting for room in a queue, since its start
  uint64_t work = 0;           // batches and events handled
  int chain = 0;               // OperatorSnapshot::chain
  uint32_t subtask = 0;
  uint64_t idle_nanos = 0;                 // time spent waiting for input, since its start
  uint64_t running_nanos = 0;              // since its start
  uint64_t rows_in = 0;                    // of the first operator
  uint64_t rows_out = 0;                   // of the last one
  Timestamp watermark = Timestamp::Min();  // of the last one
};

// A value that any thread may take; figures of different operators may be some milliseconds apart.
struct JobSnapshot {
  std::string job_id;
  std::string name;
  JobState state = JobState::kCreated;
  Status failure;  // of kFailed; of the last failure when kRestarting
  uint32_t restarts = 0;
  int64_t restart_in_millis = 0;            // kRestarting: until the next attempt
  int64_t started_millis = 0;               // wall clock
  int64_t ended_millis = 0;                 // 0: not yet
  std::vector<OperatorSnapshot> operators;  // in the graph's order
  // Since the job's first start in this process, over its restarts.
  checkpoint::CheckpointStatistics checkpoints;
  // Checkpoints that failed since the last one that was completed.
  uint32_t checkpoints_failed_in_a_row = 0;
  std::vector<Notice> notices;  // in the order of their kinds
  // Input in files and rows of generators: how much was read, and how much there is. The totals are
  // 0 when nothing is known or some source never ends. What was finished before this start is not
  // counted.
  uint64_t bytes_read = 0;
  uint64_t bytes_total = 0;
  uint64_t rows_read = 0;
  uint64_t rows_total = 0;
  uint64_t source_rows = 0;
  // Rows that the checkpoint that this start continues from found on their way (unaligned
  // checkpoints).
  uint64_t rows_in_flight = 0;
  // The longest time that a checkpoint kept some task from processing rows without interruption.
  uint64_t longest_pause_nanos = 0;
};

}  // namespace weir::task
