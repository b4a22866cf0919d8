// Decides when the barriers of a checkpoint have arrived on all channels of a task
// (docs/design/checkpoint-protocol.md, "One checkpoint"). Pure: it is told what arrives and returns
// what to do.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/checkpoint/decide.h"

namespace weir::task {

// Exactly once: a channel whose barrier came is blocked until all others have brought theirs, so
// that no row of the next checkpoint gets into this one. At least once: nothing blocks, and the
// barriers of several checkpoints are counted at a time. A channel that has reached the end of
// input still brings barriers. This is the aligned form of Chandy and Lamport's snapshots (Carbone
// et al., 2015). A barrier that overtakes rows (ChannelRecorder) ends the alignment of its
// checkpoint, if it had begun.
class BarrierAligner {
 public:
  // Declined ids ascend, and each is reported once.
  struct Outcome {
    // The barrier that has now come on all awaited channels: snapshot and forward it now.
    std::optional<checkpoint::Barrier> complete;
    // The channels on which `complete` has come: all that are awaited, and maybe others.
    std::vector<bool> arrived = {};
    std::vector<uint64_t> declined;  // found out now that they will never complete here
  };

  // `unawaited` marks channels whose barriers follow from those that the task itself passes, those
  // that lead back into a recursion: it cannot wait for them, but they may come before. REQUIRES:
  // channels >= 1, some of which are awaited.
  BarrierAligner(size_t channels, checkpoint::CheckpointMode mode,
                 std::vector<bool> unawaited = {});

  // A barrier arrived on `channel`. Repeated barriers, and those of checkpoints that completed or
  // were cancelled, have no effect. A barrier that is newer than the pending one ends the alignment
  // of that one.
  Outcome OnBarrier(size_t channel, const checkpoint::Barrier& barrier);
  // The barrier of this checkpoint will not come on some channel, so it cannot complete any more.
  Outcome OnCancel(uint64_t checkpoint_id);
  // To be called when the task passes this barrier although it has not come on all channels: ends
  // the alignment of its checkpoint and of earlier ones, so that what arrives for them later has no
  // effect. `declined` are the older ones that had begun.
  struct Overtaken {
    std::vector<bool> arrived;  // the channels on which the barrier had come
    std::vector<uint64_t> declined;
  };
  Overtaken Overtake(uint64_t checkpoint_id);
  // The greatest id that was completed, cancelled or overtaken.
  uint64_t done_through() const { return done_through_; }
  // Whether elements of this channel must wait.
  bool blocked(size_t channel) const { return blocked_[channel]; }
  // Whether some checkpoint has barriers on some channels but not on all.
  bool aligning() const { return !arrived_.empty(); }

 private:
  // Declines the pending checkpoints that are older than `checkpoint_id`, as they cannot complete
  // after it.
  void DeclineBefore(uint64_t checkpoint_id, Outcome& outcome);
  void UnblockAll();

  const size_t channels_;
  const std::vector<bool> unawaited_;
  const size_t awaited_;
  const bool blocking_;
  // The channels on which the barrier of each pending checkpoint came; at most one is pending when
  // blocking.
  struct Arrivals {
    std::vector<bool> on;
    size_t count = 0;  // of those that are awaited
  };
  std::map<uint64_t, Arrivals> arrived_;
  std::vector<bool> blocked_;
  uint64_t done_through_ = 0;
};

}  // namespace weir::task
