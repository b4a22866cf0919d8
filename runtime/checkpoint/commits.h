// What sinks have pre-committed and nobody has committed yet, by checkpoint, and the commits of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/checkpoint/pending.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/sink.h"

namespace weir::checkpoint {

// One sink. The committer outlives the coordinator and is called only from its first thread.
struct SinkCommit {
  size_t node = 0;  // in the job graph
  SinkCommitter* committer = nullptr;
  // Committables of the rows that a savepoint holds; the first checkpoint of this start commits
  // them.
  std::vector<std::string> committables = {};
};

// For how long commits may go on. Set by any thread.
struct CommitPatience {
  std::atomic<bool> hurried{false};   // somebody stops the job: no waiting for others (HurriedBy)
  std::atomic<bool> given_up{false};  // the job is over: what is not committed stays so
};

// Used by one thread.
class Commits {
 public:
  // All outlive it. The operators of `base` are the graph's nodes; `last` is the checkpoint that
  // the job continues from.
  Commits(const std::vector<SinkCommit>& sinks, const CheckpointMetadata& base,
          const CommitPatience& patience, uint64_t last);

  // What checkpoints up to `id` have pre-committed and none has committed.
  Committables UpTo(uint64_t id) const;
  // Makes `committables` those of `id`, in place of all earlier ones.
  void Carry(uint64_t id, Committables committables);
  // Where those that are pre-committed by `id` are added.
  Committables& Of(uint64_t id) { return carried_[id]; }
  // Commits what UpTo gives. What a failure leaves uncommitted is carried on, to the next
  // checkpoint that completes. kCancelled E8001 once it was given up.
  Status Commit(uint64_t id, bool durable);
  // Replaces committables by rows in the metadata of a savepoint.
  Status Detach(CheckpointMetadata& metadata) const;

 private:
  Status CommitOne(const SinkCommit& sink, uint64_t id, bool durable,
                   const std::vector<std::string>& committables) const;

  const std::vector<SinkCommit>& sinks_;
  const CheckpointMetadata& base_;
  const CommitPatience& patience_;
  // A later checkpoint that completes commits them, but an earlier one must not: a restart from it
  // would write their rows again.
  std::map<uint64_t, Committables> carried_;
};

}  // namespace weir::checkpoint
