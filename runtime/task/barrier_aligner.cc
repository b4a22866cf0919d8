#include "runtime/task/barrier_aligner.h"

#include <algorithm>
#include <utility>

#include "runtime/fault_point.h"

namespace weir::task {

BarrierAligner::BarrierAligner(size_t channels, checkpoint::CheckpointMode mode,
                               std::vector<bool> unawaited)
    : channels_(channels),
      unawaited_(unawaited.empty() ? std::vector<bool>(channels, false) : std::move(unawaited)),
      awaited_(static_cast<size_t>(std::ranges::count(unawaited_, false))),
      blocking_(mode == checkpoint::CheckpointMode::kExactlyOnce),
      blocked_(channels, false) {}

void BarrierAligner::UnblockAll() {
  std::fill(blocked_.begin(), blocked_.end(), false);
}

void BarrierAligner::DeclineBefore(uint64_t checkpoint_id, Outcome& outcome) {
  while (!arrived_.empty() && arrived_.begin()->first < checkpoint_id) {
    outcome.declined.push_back(arrived_.begin()->first);
    done_through_ = std::max(done_through_, arrived_.begin()->first);
    arrived_.erase(arrived_.begin());
  }
}

BarrierAligner::Outcome BarrierAligner::OnBarrier(size_t channel,
                                                  const checkpoint::Barrier& barrier) {
  Outcome outcome;
  const uint64_t id = barrier.checkpoint_id;
  if (id <= done_through_) return outcome;
  // With blocking, at most one checkpoint is pending: the newer one wins.
  if (blocking_ && !arrived_.empty() && arrived_.begin()->first != id) {
    if (id < arrived_.begin()->first) return outcome;
    DeclineBefore(id, outcome);
    UnblockAll();
  }
  Arrivals& arrivals = arrived_[id];
  if (arrivals.on.empty()) arrivals.on.assign(channels_, false);
  if (arrivals.on[channel]) return outcome;
  arrivals.on[channel] = true;
  if (!unawaited_[channel]) ++arrivals.count;
  if (arrivals.count < awaited_) {
    blocked_[channel] = blocking_ && !DefectPlanted("row-past-barrier");
    return outcome;
  }
  outcome.arrived = std::move(arrivals.on);
  DeclineBefore(id, outcome);
  arrived_.erase(id);
  done_through_ = id;
  UnblockAll();
  outcome.complete = barrier;
  return outcome;
}

BarrierAligner::Overtaken BarrierAligner::Overtake(uint64_t checkpoint_id) {
  Outcome older;
  DeclineBefore(checkpoint_id, older);
  Overtaken overtaken{std::vector<bool>(channels_, false), std::move(older.declined)};
  const auto pending = arrived_.find(checkpoint_id);
  if (pending != arrived_.end()) {
    overtaken.arrived = std::move(pending->second.on);
    arrived_.erase(pending);
  }
  done_through_ = std::max(done_through_, checkpoint_id);
  UnblockAll();
  return overtaken;
}

BarrierAligner::Outcome BarrierAligner::OnCancel(uint64_t checkpoint_id) {
  Outcome outcome;
  if (checkpoint_id <= done_through_) return outcome;
  DeclineBefore(checkpoint_id, outcome);
  arrived_.erase(checkpoint_id);
  done_through_ = checkpoint_id;
  outcome.declined.push_back(checkpoint_id);
  if (blocking_) UnblockAll();
  return outcome;
}

}  // namespace weir::task
