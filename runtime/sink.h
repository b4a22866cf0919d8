// Port: sinks, with the two-phase commit of Flink's TwoPhaseCommitSinkFunction
// (checkpoints.md 3.4).
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
  // disk, is left to PreCommitted::sync: the task stands still meanwhile.
  virtual Result<PreCommitted> PreCommit(uint64_t checkpoint_id) = 0;
  // End of input: close everything, so that the next PreCommit covers all rows.
  virtual Status Finish() { return {}; }
};

// Whether a committable says something beyond its commit ("v1 overwrite …": what was there before
// the job is gone), so that a job that starts from a savepoint elsewhere must hear of it. Others
// only promise output, and are left out of the savepoint of a job whose output was committed.
inline bool OutlivesCommit(std::string_view committable) {
  return committable.starts_with("v1 overwrite ");
}

// One a sink and job; called from the checkpoint coordinator's thread.
class SinkCommitter {
 public:
  virtual ~SinkCommitter() = default;
  // Makes committables visible. Idempotent: called again after a crash for the same ones.
  virtual Status Commit(std::span<const std::string> committables) = 0;
  // After a restore and after Commit of the restored committables: removes what earlier attempts
  // left behind uncommitted (in-progress files, open transactions of this job). Idempotent.
  virtual Status Recover() { return {}; }
};

// One a table of a job; outlives its writers and committer.
class Sink {
 public:
  virtual ~Sink() = default;
  // `attempt` differs for every start of the job, so that names never collide with an earlier
  // one's.
  virtual Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) = 0;
  virtual Result<std::unique_ptr<SinkCommitter>> OpenCommitter() = 0;
};

}  // namespace weir
