#include "runtime/task/split_assigner.h"

#include <algorithm>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/checkpoint/decide.h"
#include "runtime/clock.h"

namespace weir::task {

SplitAssigner::SplitAssigner(AssignerSetup setup) : setup_(std::move(setup)) {}

void SplitAssigner::Deal(std::vector<SplitCheckpoint> splits, Hands& hands) {
  for (SplitCheckpoint& split : splits) {
    if (!setup_.source->keeps_read_splits()) known_.insert(split.split.id);
    const size_t subtask = setup_.source->in_order() ? 0 : dealt_++ % setup_.subtasks;
    hands[subtask].push_back(std::move(split));
  }
}

void SplitAssigner::Assign(Hands hands) {
  for (uint32_t subtask = 0; subtask < setup_.subtasks; ++subtask) {
    if (!hands[subtask].empty() && setup_.expect) setup_.expect(subtask);
  }
  for (uint32_t subtask = 0; subtask < setup_.subtasks; ++subtask) {
    if (!hands[subtask].empty()) setup_.assign(subtask, std::move(hands[subtask]));
  }
}

Status SplitAssigner::Discover(Hands& hands) {
  std::vector<Split> found = TRY(setup_.source->Discover());
  std::vector<SplitCheckpoint> fresh;
  for (Split& split : found) {
    if (known_.contains(split.id)) continue;
    fresh.push_back({.split = std::move(split), .watermark_millis = Timestamp::Min().millis});
  }
  Deal(std::move(fresh), hands);
  return {};
}

Status SplitAssigner::Start(std::vector<SplitCheckpoint> restored) {
  const bool continues = setup_.continued || !restored.empty();
  const bool fixed = continues && setup_.source->bounded();
  if (continues) setup_.source->Continue();
  // Unfinished splits are distributed separately, so that the remaining work is even.
  std::vector<SplitCheckpoint> open;
  std::vector<SplitCheckpoint> finished;
  for (SplitCheckpoint& split : restored) {
    RETURN_IF_ERROR(setup_.source->Remember(split.split));
    (split.split.finished ? finished : open).push_back(std::move(split));
  }
  Hands hands(setup_.subtasks);
  Deal(std::move(open), hands);
  // Finished splits do not move the turn, so that the next new split goes where it would have gone
  // without them.
  const size_t dealt = dealt_;
  Deal(std::move(finished), hands);
  dealt_ = dealt;
  if (!fixed) RETURN_IF_ERROR(Discover(hands));
  Assign(std::move(hands));
  return {};
}

int64_t SplitAssigner::Tick() {
  const int64_t now = setup_.clock->MonotonicNanos();
  if (failed_ || now < next_discovery_) return failed_ ? checkpoint::kNever : next_discovery_;
  Hands hands(setup_.subtasks);
  Status outcome = Fenced([&] {
    const InterruptedBy stop(stopping_);
    return Discover(hands);
  });
  if (!outcome.ok()) {
    failed_ = true;
    if (!stopping_.load()) setup_.fail(std::move(outcome));
    return checkpoint::kNever;
  }
  Assign(std::move(hands));
  // Searching many files may take longer than the interval. The search must use no more than half
  // of a core.
  const int64_t end = setup_.clock->MonotonicNanos();
  next_discovery_ =
      std::max(now + PauseNanos(setup_.source->discovery_interval_millis()), end + (end - now));
  return next_discovery_;
}

Status SplitAssigner::Run() {
  const int64_t interval = setup_.source->discovery_interval_millis();
  if (setup_.source->bounded() || interval <= 0) return {};
  next_discovery_ = setup_.clock->MonotonicNanos() + PauseNanos(interval);
  loop_ = std::make_unique<checkpoint::EventLoop>(
      *setup_.clock, "discovery", [this] { return Tick(); }, setup_.fail);
  return loop_->Start();
}

void SplitAssigner::Stop() {
  stopping_.store(true);
  if (loop_) loop_->Stop();
}

void SplitAssigner::Refresh() {
  if (!loop_) return;
  refreshes_.fetch_add(1, std::memory_order_seq_cst);
  if (!loop_->Post([this] { RefreshNow(); })) refreshes_.fetch_sub(1, std::memory_order_seq_cst);
}

void SplitAssigner::RefreshNow() {
  next_discovery_ = setup_.clock->MonotonicNanos();
  Tick();
  for (uint32_t subtask = 0; subtask < setup_.subtasks && !failed_; ++subtask) {
    if (setup_.expect) setup_.expect(subtask);
    setup_.assign(subtask, {});
  }
  refreshes_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace weir::task
