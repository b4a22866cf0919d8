// What flows between the rows at a checkpoint, and what a task hands over once its barrier has
// passed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/checkpoint/channel_state.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/state_backend.h"

namespace weir::checkpoint {

// Separates the rows of a checkpoint from later rows, on every channel (Chandy and Lamport,
// "Distributed Snapshots", TOCS 1985, in the form of Carbone et al., 2015). Ids ascend within a job
// and are never reused, not even by a later start.
struct Barrier {
  uint64_t checkpoint_id = 0;
  // False for the last barrier of a job without checkpoints: sinks pre-commit, but no state is
  // frozen.
  bool durable = true;
  // Sources read nothing after this barrier and nothing is emitted after it, unless the checkpoint
  // is given up.
  bool last = false;
  // Whether it may overtake rows (an unaligned checkpoint), and from which monotonic time on; until
  // then it is aligned as others are.
  bool overtakes = false;
  int64_t overtakes_at = 0;
  friend bool operator==(const Barrier&, const Barrier&) = default;
};

// What one subtask of one operator adds to a checkpoint besides its keyed rows. The coordinator
// combines those of a node in the order of the subtasks.
struct OperatorContribution {
  size_t node = 0;  // position in the job graph
  uint32_t subtask = 0;
  int64_t watermark_millis = 0;
  uint64_t rows = 0;  // keyed rows
  uint64_t bytes = 0;
  std::vector<SubtaskState> operator_state;
  std::vector<SplitCheckpoint> splits;
  std::vector<std::string> committables;
  std::function<Status()> sync;  // makes the committables durable; null: they are durable already
};

// A task (chain × subtask) has passed the barrier. Each task sends these in the order of its
// barriers, at most one for each checkpoint. Owns the part until the backend takes it.
struct TaskAck {
  size_t task = 0;
  uint64_t checkpoint_id = 0;
  int64_t first_barrier_nanos = 0;  // when the first of its channels brought the barrier; monotonic
  int64_t alignment_nanos = 0;      // from then until the task passed it
  std::unique_ptr<EpochPart> part;  // null: the task has no keyed state
  std::vector<OperatorContribution> operators;
  std::vector<ChannelRows> in_flight;  // what the barrier has overtaken on the way to the task
};

// Makes the bytes of rows in flight durable as a file of the checkpoint.
using WriteChannels =
    std::function<Result<StateFile>(uint64_t checkpoint_id, std::string_view bytes)>;

// A savepoint is taken like a checkpoint but handed to `take` instead of being published: it is not
// part of the chain of checkpoints, commits nothing and deletes nothing. Output that sinks
// pre-committed for it is held as rows; the next checkpoint commits that output.
struct SavepointCapture {
  // Called on the coordinator's first thread when everything is durable; the files belong to the
  // job until it returns. No other checkpoint completes meanwhile, so it should be quick.
  std::function<Status(const CheckpointMetadata&)> take;
  // Sources read nothing after the savepoint's barrier. They continue when it fails; otherwise the
  // job is to be cancelled.
  bool pause = false;
  // Once it is true the savepoint is given up wherever it is, unless `take` has begun; null: never.
  // The coordinator is to be told (Coordinator::LookAgain).
  std::shared_ptr<const std::atomic<bool>> unwanted = nullptr;
  bool wanted() const { return unwanted == nullptr || !unwanted->load(); }
};

}  // namespace weir::checkpoint
