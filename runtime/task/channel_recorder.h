// Collects what a barrier has overtaken on the channels of one task. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/types/batch.h"

namespace weir::task {

// When a task passes a barrier that has not come on all its channels in order, the rows that came
// before it on a channel and that the task has not taken belong to the checkpoint: those are still
// to be taken when it reads that channel on (Chandy and Lamport's state of channels, TOCS 1985).
// The task goes on meanwhile, and tells what it takes of channels whose barrier has not been seen
// yet.
class ChannelRecorder {
 public:
  // A batch on the channel of this number.
  struct Recorded {
    size_t channel;
    Batch batch;
  };

  // Begins to record for this checkpoint, whose barrier has come on the channels marked in
  // `arrived`, and drops what was recorded for an earlier one.
  void Begin(uint64_t checkpoint_id, std::vector<bool> arrived);
  void Cancel() { active_.reset(); }
  // The checkpoint whose barrier has not come on all channels; nothing when there is none.
  std::optional<uint64_t> active() const { return active_; }
  // Whether rows of this channel are still to be recorded. False when nothing is active.
  bool Wants(size_t channel) const { return active_ && !arrived_[channel]; }
  void Record(size_t channel, const Batch& batch) { recorded_.push_back({channel, batch}); }
  // The barrier has been seen on this channel, and all rows before it were taken or recorded.
  void Arrive(size_t channel) { arrived_[channel] = true; }
  // Returns what was recorded once the barrier has come on all channels, and ends recording;
  // nothing before that.
  std::optional<std::vector<Recorded>> TakeIfComplete();

 private:
  std::optional<uint64_t> active_;
  std::vector<bool> arrived_;
  std::vector<Recorded> recorded_;
};

}  // namespace weir::task
