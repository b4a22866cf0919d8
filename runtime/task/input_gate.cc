#include "runtime/task/input_gate.h"

#include <algorithm>

namespace weir::task {

void InputGate::AddChannel(Channel& channel, int port) {
  inputs_.push_back({&channel, port});
}

void InputGate::Open() {
  WEIR_CHECK(!inputs_.empty());
  aligner_ = std::make_unique<BarrierAligner>(inputs_.size(), mode_);
  watermarks_ = std::make_unique<WatermarkMerger>(inputs_.size());
}

GateEvent InputGate::Next(std::chrono::nanoseconds longest, const Clock& clock,
                          const std::atomic<bool>& stop, TaskTimes& times, bool empty) {
  GateEvent next;
  if (Poll(next) || longest.count() <= 0) return next;
  const int64_t start = clock.MonotonicNanos();
  // Announced first and checked afterwards, so that no element is missed (EventCount).
  const uint64_t key = arrival_.Prepare();
  if (AnyReady() || stop.load(std::memory_order_seq_cst)) {
    arrival_.Cancel();
  } else {
    times.waiting.store(empty, std::memory_order_seq_cst);
    arrival_.Wait(key, longest);
    times.waiting.store(false, std::memory_order_seq_cst);
  }
  times.idle_nanos.fetch_add(static_cast<uint64_t>(clock.MonotonicNanos() - start),
                             std::memory_order_relaxed);
  Poll(next);
  return next;
}

bool InputGate::AnyReady() const {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!aligner_->blocked(i) && !inputs_[i].channel->EmptyForWait()) return true;
  }
  return false;
}

bool InputGate::Poll(GateEvent& next) {
  size_t misses = 0;
  // Ends when an element gave an event, or when no channel has an element that may be read. An
  // element may give none, such as a watermark that does not raise the minimum.
  while (taken_ == ready_.size() && misses < inputs_.size()) {
    const size_t channel = turn_;
    turn_ = turn_ + 1 == inputs_.size() ? 0 : turn_ + 1;
    if (aligner_->blocked(channel) || !inputs_[channel].channel->TryPop(element_)) {
      ++misses;
      continue;
    }
    misses = 0;
    ready_.clear();
    taken_ = 0;
    Digest(channel, element_);
  }
  if (taken_ == ready_.size()) return false;
  next = std::move(ready_[taken_++]);
  return true;
}

void InputGate::Digest(size_t channel, Element& element) {
  switch (element.kind) {
    case ElementKind::kBatch: {
      GateEvent event{.kind = GateEventKind::kRows, .port = inputs_[channel].port};
      event.batch = std::move(element.batch);
      return Add(std::move(event));
    }
    case ElementKind::kWatermark:
      return NoteWatermark(watermarks_->Advance(channel, element.watermark));
    case ElementKind::kIdle:
      NoteWatermark(watermarks_->SetIdle(channel, true));
      return NoteIdleness();
    case ElementKind::kActive:
      NoteWatermark(watermarks_->SetIdle(channel, false));
      return NoteIdleness();
    case ElementKind::kBarrier:
      return NoteBarriers(aligner_->OnBarrier(channel, element.barrier));
    case ElementKind::kCancelBarrier:
      return NoteBarriers(aligner_->OnCancel(element.barrier.checkpoint_id));
    case ElementKind::kEndOfInput:
      NoteWatermark(watermarks_->SetEnded(channel));
      if (watermarks_->all_ended()) return Add({.kind = GateEventKind::kEndOfInput});
      return NoteIdleness();
  }
}

void InputGate::NoteWatermark(std::optional<Timestamp> risen) {
  if (!risen) return;
  GateEvent event{.kind = GateEventKind::kWatermark};
  event.watermark = *risen;
  Add(std::move(event));
}

void InputGate::NoteIdleness() {
  if (watermarks_->all_idle() == idle_) return;
  idle_ = !idle_;
  Add({.kind = idle_ ? GateEventKind::kIdle : GateEventKind::kActive});
}

// Declined checkpoints first: they are older than the one that is complete.
void InputGate::NoteBarriers(const BarrierAligner::Outcome& outcome) {
  for (const uint64_t id : outcome.declined) {
    GateEvent event{.kind = GateEventKind::kCancelBarrier};
    event.barrier.checkpoint_id = id;
    Add(std::move(event));
  }
  if (!outcome.complete) return;
  GateEvent event{.kind = GateEventKind::kBarrier};
  event.barrier = *outcome.complete;
  Add(std::move(event));
}

}  // namespace weir::task
