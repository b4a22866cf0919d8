#include "runtime/task/loop_gate.h"

namespace weir::task {

bool RoundAligner::Arrive(uint64_t round) {
  if (round != round_) {
    round_ = round;
    arrived_ = 0;
  }
  return ++arrived_ == channels_;
}

std::optional<uint64_t> LoopEnd::TakeRound() {
  const uint64_t newest = progress_.round();
  if (newest == round_) return std::nullopt;
  round_ = newest;
  passed_rows_ = false;
  return newest;
}

std::optional<Timestamp> LoopEnd::TakeSettled() {
  const Timestamp newest = progress_.settled();
  if (newest <= settled_) return std::nullopt;
  settled_ = newest;
  return newest;
}

}  // namespace weir::task
