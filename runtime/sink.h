// Port: sinks, with the two-phase commit of Flink's TwoPhaseCommitSinkFunction
// (docs/design/checkpoint-protocol.md, "Two-phase commit").
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"

namespace weir {

// What a writer hands over at a barrier.
struct PreCommitted {
  // What a committer needs to make the rows visible: versioned bytes, one element a file or
  // transaction. Empty for sinks that write at once.
  std::vector<std::string> committables;
  // Makes durable what the committables promise. Called once, from another thread, while the writer
  // goes on; it may outlive the writer, but not the sink. Where it fails, the job does: nothing may
  // fail later. Null: all is durable already.
  std::function<Status()> sync;
};

// Writes the rows of one subtask. Used by the task's thread only. Life-cycle: Write* between
// barriers; at barrier n PreCommit; at the end of input Finish, then a last PreCommit.
// Rows between two PreCommits belong to the later one. A writer that is destroyed without a last
// PreCommit drops what it has not pre-committed.
class SinkWriter {
 public:
  virtual ~SinkWriter() = default;
  virtual Status Write(const Batch& batch) = 0;
  // The event-time watermark reached this sink; for partition commit.
  virtual Status OnWatermark(Timestamp) { return {}; }
  // Closes what was written so far, which stays invisible. What may take long, as waiting for a
  // disk, is left to PreCommitted::sync: the task stands still meanwhile. Here: of a writer that
  // writes at once, for which nothing is left to do.
  virtual Result<PreCommitted> PreCommit(uint64_t /*checkpoint_id*/) { return PreCommitted(); }
  // End of input: close everything, so that the next PreCommit covers all rows.
  virtual Status Finish() { return {}; }
};

// Rows that wait to be committed, as data: what a savepoint holds instead of committables, which
// are of use to their own job only.
struct OutputRows {
  std::string what;  // for the sink: versioned bytes
  // The file with the rows: absolute while it is the sink's own, which nobody writes any more;
  // else relative to the savepoint.
  std::string path;
  uint64_t rows = 0;  // how many
  friend bool operator==(const OutputRows&, const OutputRows&) = default;
};

// What a checkpoint or savepoint holds of a sink, for the start that goes on from it.
struct SavedOutput {
  std::string_view job_id;               // of the job that wrote it
  uint64_t checkpoint = 0;               // its number there
  std::string_view place;                // Sink::Place there; empty: of before it was recorded
  std::span<const std::string> origins;  // jobs that it went on from itself, when it was restored
  std::span<const std::string> committables;
  std::span<const OutputRows> rows;
  std::string_view directory;  // that the rows' files are in
};

// Output that was promised and lies nowhere any more.
struct MissingOutput {
  std::vector<std::string> names;  // of files or transactions
  uint64_t rows = 0;
};

// How a start went on from what a checkpoint holds.
struct Recovered {
  // Whoever reads the table has taken it, which only happens to output that was committed.
  MissingOutput accepted;
  // Of rows that the savepoint held: the first checkpoint of this start commits them.
  std::vector<std::string> committables;
};

// One a sink and job; called from the checkpoint coordinator's thread, or before that runs.
class SinkCommitter {
 public:
  virtual ~SinkCommitter() = default;
  // A checkpoint is complete, and Commit of what it promised comes next: for sinks that leave a
  // note of that where their output is, so that a job which was put back to before it is known.
  virtual Status Announce(uint64_t /*checkpoint_id*/) { return {}; }
  // Makes committables of this start visible. Can be repeated until the next checkpoint. What was
  // promised and is gone before anyone could see it is a failure. Here: of a sink whose writers
  // write at once and promise nothing.
  virtual Status Commit(std::span<const std::string> committables) {
    if (committables.empty()) return {};
    return Status::Internal("a sink promised rows and cannot commit them");
  }
  // Once at each start, before any writer is opened: makes visible what the checkpoint promised
  // (null: a fresh start), unless an earlier start has, removes what earlier starts of this job
  // left behind uncommitted, and takes over the rows that a savepoint holds. A start that ends
  // before its first checkpoint leaves the same to the next one.
  virtual Result<Recovered> Recover(const SavedOutput* saved, uint64_t /*attempt*/) {
    if (saved == nullptr) return Recovered();
    if (!saved->rows.empty()) return Status::Internal("a sink cannot take over rows");
    RETURN_IF_ERROR(Commit(saved->committables));
    return Recovered();
  }
  // The rows of committables that are not committed. Their files stay as they are until the caller
  // returns to the coordinator.
  virtual Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) {
    if (committables.empty()) return std::vector<OutputRows>();
    return Status::Internal("a sink promised rows and cannot detach them");
  }
};

// One a table of a job; outlives its writers and committer.
class Sink {
 public:
  virtual ~Sink() = default;
  // Where the rows go, absolute: recorded in checkpoints, so that what they promise is found by a
  // job that writes elsewhere. Empty where nothing is ever promised.
  virtual std::string Place() const { return ""; }
  // Whether a start could go on from this, and what it would have to accept as committed. Changes
  // nothing. kCorruption E7001 for what no sink of its job can have written.
  virtual Result<MissingOutput> FindMissing(const SavedOutput& /*saved*/) const {
    return MissingOutput();
  }
  // `attempt` differs for every start of the job, so that names never collide with an earlier
  // one's.
  virtual Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) = 0;
  virtual Result<std::unique_ptr<SinkCommitter>> OpenCommitter() {
    return std::make_unique<SinkCommitter>();
  }
};

}  // namespace weir
