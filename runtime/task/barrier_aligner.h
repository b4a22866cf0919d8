// When the barriers of a checkpoint have arrived on all channels of a task
// (docs/design/checkpoint-protocol.md, "One checkpoint").
// Pure: it is told what arrives and says what to do.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/checkpoint/decide.h"

namespace weir::task {

// Exactly once: a channel whose barrier came is blocked until all others have brought it, so that
// no row of the next checkpoint mixes in. At least once: nothing blocks, barriers are counted, for
// several checkpoints at a time. A channel that has reached the end of input still brings barriers.
// Of Chandy and Lamport's cuts, the aligned form of Carbone et al., 2015; unaligned ones are not
// built.
class BarrierAligner {
 public:
  // Declined ids ascend; none is told twice.
  struct Outcome {
    std::optional<checkpoint::Barrier>
        complete;                    // came on all channels: snapshot and forward it now
    std::vector<uint64_t> declined;  // will never complete here, newly known
  };

  // REQUIRES: channels >= 1.
  BarrierAligner(size_t channels, checkpoint::CheckpointMode mode);

  // A barrier on `channel`. Repeated ones, and those of checkpoints that completed or were
  // cancelled, have no effect. One that is newer than the pending one ends that one's alignment.
  Outcome OnBarrier(size_t channel, const checkpoint::Barrier& barrier);
  // The barrier of this checkpoint will not come on `channel`: it cannot complete any more.
  Outcome OnCancel(uint64_t checkpoint_id);
  // Elements of this channel must wait.
  bool blocked(size_t channel) const { return blocked_[channel]; }
  // Some checkpoint has barriers on some channels but not on all.
  bool aligning() const { return !arrived_.empty(); }

 private:
  // Checkpoints older than `checkpoint_id` cannot complete after it.
  void DeclineBefore(uint64_t checkpoint_id, Outcome& outcome);
  void UnblockAll();

  const size_t channels_;
  const bool blocking_;
  // Channels on which the barrier of each pending checkpoint came; at most one when blocking.
  struct Arrivals {
    std::vector<bool> on;
    size_t count = 0;
  };
  std::map<uint64_t, Arrivals> arrived_;
  std::vector<bool> blocked_;
  uint64_t done_through_ = 0;  // the greatest id that completed or was cancelled
};

}  // namespace weir::task
