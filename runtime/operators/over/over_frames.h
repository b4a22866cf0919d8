// The frames of OVER: compute the results of the calls for each row of a block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/graph/operator_spec.h"
#include "runtime/operators/time/timed_rows.h"
#include "runtime/state_backend.h"

namespace weir::operators {

// Rows that are computed together, with the hashes of their partitions.
struct OverBlock {
  const TimedRows& rows;  // by time, then by sequence
  const uint64_t* hashes;
};

// One of the three ways to compute frames: from a running state of each partition (frames without a
// beginning), from two stacks (frames with one), and by looking back (LAG). Belongs to one task's
// thread.
class OverFrames {
 public:
  virtual ~OverFrames() = default;
  // Appends one column for each call of the spec. The rows of a partition come in the order of
  // their times over all calls; where frames go by time, rows of one time come in one block.
  virtual Status Compute(const OverBlock& block, PoolVector<ColumnPtr>& results) = 0;
  // Forgets partitions that have no rows from `time` on, and no row before it in their frames.
  virtual Status DropBefore(int64_t /*time*/) { return {}; }
  // The most rows of a block, so that scratch memory stays small; a block may have more where rows
  // of one time must not be divided.
  virtual uint32_t block_rows() const { return 8192; }
};

// What frames are opened with; all of it outlives them.
struct OverPlace {
  const graph::OverAggregateSpec& spec;
  const Schema& input;
  TaskState& tasks;
  const std::string& uid;
};

// The three implementations, each in a file of its own name.
Result<std::unique_ptr<OverFrames>> MakeRunningFrames(const OverPlace& place);
Result<std::unique_ptr<OverFrames>> MakeSlidingFrames(const OverPlace& place);
Result<std::unique_ptr<OverFrames>> MakeLookingBack(const OverPlace& place);
// Makes the implementation that the spec needs.
Result<std::unique_ptr<OverFrames>> MakeOverFrames(const OverPlace& place);

// Whether rows of one time are in each other's frames. By the clock rows are ordered by arrival.
inline bool PeersTogether(const graph::OverAggregateSpec& spec) {
  return !spec.frame.rows && spec.time_column >= 0;
}

}  // namespace weir::operators
