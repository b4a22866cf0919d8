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
  // What a committer needs in order to make the rows visible: versioned bytes, one element a file
  // or transaction. Empty for sinks that write at once.
  std::vector<std::string> committables;
  // Makes durable what the committables refer to. Called once, from another thread, while the
  // writer goes on; it may outlive the writer but not the sink. If it fails, the job fails, because
  // after it a commit must not be able to fail. Null: everything is durable already.
  std::function<Status()> sync;
};

// Writes the rows of one subtask. Used by the task's thread only. The life-cycle is Write* between
// barriers, PreCommit at barrier n, and at the end of input Finish and a last PreCommit. Rows
// between two PreCommits belong to the later one. A writer that is destroyed drops what it has not
// pre-committed.
class SinkWriter {
 public:
  virtual ~SinkWriter() = default;
  virtual Status Write(const Batch& batch) = 0;
  // The event-time watermark reached this sink; for partition commit.
  virtual Status OnWatermark(Timestamp) { return {}; }
  // Closes what was written so far, which stays invisible. Slow work, such as waiting for a disk,
  // is left to PreCommitted::sync, since the task stands still meanwhile. The default is for
  // writers that write at once and have nothing to commit.
  virtual Result<PreCommitted> PreCommit(uint64_t /*checkpoint_id*/) { return PreCommitted(); }
  // End of input: close everything, so that the next PreCommit covers all rows.
  virtual Status Finish() { return {}; }
};

// Rows that wait to be committed, as data. A savepoint holds these instead of committables, which
// only the job that made them can use.
struct OutputRows {
  std::string what;  // versioned bytes that the sink understands
  // The file with the rows: an absolute path while the file belongs to the sink, whose writers are
  // done with it, otherwise relative to the savepoint.
  std::string path;
  uint64_t rows = 0;  // how many
  friend bool operator==(const OutputRows&, const OutputRows&) = default;
};

// The part of a checkpoint or savepoint that concerns a sink, for a start that continues from it.
struct SavedOutput {
  std::string_view job_id;  // of the job that wrote it
  uint64_t checkpoint = 0;  // its number there
  std::string_view place;   // Sink::Place there; empty in checkpoints that are older than it
  std::span<const std::string> origins;  // jobs whose output it continued itself
  std::span<const std::string> committables;
  std::span<const OutputRows> rows;
  std::string_view directory;  // of the rows' files
};

// Output that was promised and cannot be found anywhere.
struct MissingOutput {
  std::vector<std::string> names;  // of files or transactions
  uint64_t rows = 0;
};

// How a start continued from a checkpoint.
struct Recovered {
  // Files that a reader of the table must have taken away, which only happens to committed output.
  MissingOutput accepted;
  // Rows that the savepoint held; the first checkpoint of this start commits them.
  std::vector<std::string> committables;
};

// One for each sink of a job; called from the checkpoint coordinator's thread, or before that runs.
class SinkCommitter {
 public:
  virtual ~SinkCommitter() = default;
  // A checkpoint is complete, and Commit of what it promised comes next. Sinks that leave a mark of
  // that beside their output can later tell that a job was put back to an older state.
  virtual Status Announce(uint64_t /*checkpoint_id*/) { return {}; }
  // Makes committables of this start visible. May be repeated until the next checkpoint. Output
  // that is gone before anyone could see it is a failure. The default is for sinks whose writers
  // write at once and promise nothing.
  virtual Status Commit(std::span<const std::string> committables) {
    if (committables.empty()) return {};
    return Status::Internal("a sink promised rows and cannot commit them");
  }
  // Called once at each start, for all sinks of the job before Recover of any, with the same: what
  // an older start was about to commit must not hold up the recovery of another sink.
  virtual Status Fence(const SavedOutput* /*saved*/) { return {}; }
  // Called once at each start, before any writer is opened. Makes visible what the checkpoint
  // promised (null: a fresh start) unless an earlier start has done so, removes what earlier starts
  // of this job left uncommitted, and takes over the rows that a savepoint holds. A start that ends
  // before its first checkpoint leaves the same task to the next one.
  virtual Result<Recovered> Recover(const SavedOutput* saved, uint64_t /*attempt*/) {
    if (saved == nullptr) return Recovered();
    if (!saved->rows.empty()) return Status::Internal("a sink cannot take over rows");
    RETURN_IF_ERROR(Commit(saved->committables));
    return Recovered();
  }
  // Turns committables into rows that are not committed. Their files stay as they are until the
  // caller returns to the coordinator.
  virtual Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) {
    if (committables.empty()) return std::vector<OutputRows>();
    return Status::Internal("a sink promised rows and cannot detach them");
  }
};

// One for each table that a job writes; outlives its writers and committer.
class Sink {
 public:
  virtual ~Sink() = default;
  // Where the rows go, as an absolute place. It is recorded in checkpoints, so that a job which
  // writes elsewhere still finds what they promise. Empty for sinks that never promise anything.
  virtual std::string Place() const { return ""; }
  // Whether a start could continue from this, and which missing output it would have to accept as
  // committed. Changes nothing. kCorruption E7001 for what no sink of its job can have written.
  virtual Result<MissingOutput> FindMissing(const SavedOutput& /*saved*/) const {
    return MissingOutput();
  }
  // `attempt` differs for every start of the job, so that file names never collide with those of an
  // earlier one.
  virtual Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) = 0;
  virtual Result<std::unique_ptr<SinkCommitter>> OpenCommitter() {
    return std::make_unique<SinkCommitter>();
  }
};

}  // namespace weir
