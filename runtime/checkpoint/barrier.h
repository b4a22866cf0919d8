// What travels with the rows at a checkpoint, and what a task hands over when it has passed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "runtime/state_backend.h"

namespace weir::checkpoint {

// Separates the rows of a checkpoint from later ones, on every channel.
// Chandy and Lamport, "Distributed Snapshots", TOCS 1985, in the form of Carbone et al., 2015. Ids
// ascend within a job and are never used twice, restarts included.
struct Barrier {
  uint64_t checkpoint_id = 0;
  // False for the last barrier of a job without checkpoints: sinks pre-commit, no state is frozen.
  bool durable = true;
  // Sources read nothing after it, and nothing is emitted after it, unless it is given up.
  bool last = false;
  friend bool operator==(const Barrier&, const Barrier&) = default;
};

// What one subtask of one operator adds to a checkpoint besides its keyed rows.
// The coordinator puts those of a node together, in the order of their subtasks.
struct OperatorContribution {
  size_t node = 0;  // position in the job graph
  uint32_t subtask = 0;
  int64_t watermark_millis = 0;
  uint64_t rows = 0;  // keyed rows
  uint64_t bytes = 0;
  std::vector<SubtaskState> operator_state;
  std::vector<SplitCheckpoint> splits;
  std::vector<std::string> committables;
  std::function<Status()> sync;  // makes the committables durable; null: they are
};

// A task (chain × subtask) has passed the barrier. Sent by each task in the order of its barriers.
// Owns the part until the backend takes it. A task acknowledges each checkpoint at most once.
struct TaskAck {
  size_t task = 0;
  uint64_t checkpoint_id = 0;
  std::unique_ptr<EpochPart> part;  // null: the task has no keyed state
  std::vector<OperatorContribution> operators;
};

// A savepoint is taken as a checkpoint is, and then handed out instead of being published: it joins
// no chain, commits nothing and deletes nothing. What sinks pre-committed for it, and nobody has
// committed, it holds as rows; the next checkpoint commits it.
struct SavepointCapture {
  // Called on the first thread with everything durable; its files are the job's until it returns.
  // Keep it short: no other checkpoint completes meanwhile.
  std::function<Status(const CheckpointMetadata&)> take;
  // Sources read nothing after it. They read on when it fails; otherwise the job is to be
  // cancelled.
  bool pause = false;
};

}  // namespace weir::checkpoint
