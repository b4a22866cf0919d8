#include "runtime/task/input_gate.h"

#include <algorithm>
#include <utility>

namespace weir::task {

void InputGate::AddChannel(Channel& channel, int port,
                           std::shared_ptr<const checkpoint::ChannelName> name, ChannelPart part) {
  channel.CountBarriers(barriers_);
  inputs_.push_back({&channel, port, std::move(name), part});
}

void InputGate::EndLoop(LoopProgress& progress, size_t subtask) {
  loop_end_ = std::make_unique<LoopEnd>(progress, subtask, inputs_.size());
}

void InputGate::Open() {
  WEIR_CHECK(!inputs_.empty());
  std::vector<bool> returned;
  for (const Input& input : inputs_) {
    returned.push_back(input.part == ChannelPart::kReturned);
    if (input.part != ChannelPart::kUsual) rounds_.AddChannel();
  }
  aligner_ = std::make_unique<BarrierAligner>(inputs_.size(), mode_, returned);
  watermarks_ = std::make_unique<WatermarkMerger>(inputs_.size());
  if (loop_end_ == nullptr) return;
  // The gate's merger and the loop's share the numbering of channels, so in each of them those of
  // the other count as ended.
  for (size_t i = 0; i < inputs_.size(); ++i)
    (returned[i] ? *watermarks_ : loop_end_->returned()).SetEnded(i);
}

GateEvent InputGate::Next(std::chrono::nanoseconds longest, const Clock& clock,
                          const std::atomic<bool>& stop, TaskTimes& times, bool empty) {
  GateEvent next;
  if (Poll(next, clock) || longest.count() <= 0) return next;
  longest = LongestWait(longest, clock);
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
  Poll(next, clock);
  return next;
}

std::chrono::nanoseconds InputGate::LongestWait(std::chrono::nanoseconds longest,
                                                const Clock& clock) const {
  if (!waiting_) return longest;
  const int64_t left = waiting_->overtakes_at - clock.MonotonicNanos();
  return std::clamp(std::chrono::nanoseconds(left), std::chrono::nanoseconds(0), longest);
}

bool InputGate::AnyReady() const {
  if (lets_overtake_ && barriers_.load(std::memory_order_seq_cst) != barriers_seen_) return true;
  if (loop_end_ != nullptr && !loop_end_->keeps && loop_end_->HasNews()) return true;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (!aligner_->blocked(i) && !inputs_[i].channel->EmptyForWait()) return true;
  }
  return false;
}

bool InputGate::TakeReady(GateEvent& next) {
  if (taken_ == ready_.size()) return false;
  next = std::move(ready_[taken_++]);
  return true;
}

bool InputGate::PollBarriers(GateEvent& next, const Clock& clock) {
  clock_ = &clock;
  if (taken_ == ready_.size()) LookForBarriers(clock);
  return TakeReady(next);
}

// Rows that come back to a recursion are read before new ones, so that they do not pile up, but at
// most kReturnedBefore in a row, since barriers and watermarks come with the new ones.
size_t InputGate::TakeTurn() {
  constexpr size_t kReturnedBefore = 32;
  if (loop_end_ != nullptr && returned_before_ < kReturnedBefore) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const bool returned = inputs_[i].part == ChannelPart::kReturned;
      if (!returned || aligner_->blocked(i) || inputs_[i].channel->empty()) continue;
      ++returned_before_;
      return i;
    }
  }
  returned_before_ = 0;
  const size_t channel = turn_;
  turn_ = turn_ + 1 == inputs_.size() ? 0 : turn_ + 1;
  return channel;
}

bool InputGate::Poll(GateEvent& next, const Clock& clock) {
  if (PollBarriers(next, clock)) return true;
  LookAtLoop();
  size_t misses = 0;
  // Ends once an element has made an event, or no channel has an element that may be read. Some
  // elements make none, such as a watermark that does not raise the minimum.
  while (taken_ == ready_.size() && misses < inputs_.size()) {
    const size_t channel = TakeTurn();
    if (aligner_->blocked(channel) || !inputs_[channel].channel->TryPop(element_)) {
      ++misses;
      continue;
    }
    misses = 0;
    ready_.clear();
    taken_ = 0;
    Digest(channel, element_);
    if (taken_ == ready_.size()) LookAtLoop();
  }
  return TakeReady(next);
}

void InputGate::Digest(size_t channel, Element& element) {
  const bool rows_or_barrier = element.kind == ElementKind::kBatch ||
                               element.kind == ElementKind::kBarrier ||
                               element.kind == ElementKind::kCancelBarrier;
  if (inputs_[channel].part == ChannelPart::kReturned && !rows_or_barrier)
    return DigestReturned(channel, element);
  switch (element.kind) {
    case ElementKind::kBatch:
      if (recorder_.Wants(channel)) recorder_.Record(channel, element.batch);
      return AddRows(channel, std::move(element.batch));
    case ElementKind::kWatermark:
      return NoteWatermark(watermarks_->Advance(channel, element.watermark));
    case ElementKind::kIdle:
      NoteWatermark(watermarks_->SetIdle(channel, true));
      return NoteIdleness();
    case ElementKind::kActive:
      NoteWatermark(watermarks_->SetIdle(channel, false));
      return NoteIdleness();
    case ElementKind::kBarrier:
      NoteFirst(element.barrier.checkpoint_id);
      if (recorder_.Wants(channel) && recorder_.active() == element.barrier.checkpoint_id) {
        recorder_.Arrive(channel);
        return NoteRecorded();
      }
      NoteOvertaking(element.barrier);
      return NoteBarriers(aligner_->OnBarrier(channel, element.barrier));
    case ElementKind::kCancelBarrier:
      NoteCancelled(element.barrier.checkpoint_id);
      return NoteBarriers(aligner_->OnCancel(element.barrier.checkpoint_id));
    case ElementKind::kEndOfInput:
      NoteWatermark(watermarks_->SetEnded(channel));
      if (!watermarks_->all_ended()) return NoteIdleness();
      // The input of a recursion ends when its loop is at rest (LookAtLoop).
      if (loop_end_ == nullptr) Add({.kind = GateEventKind::kEndOfInput});
      return;
    case ElementKind::kRound:
      if (rounds_.Arrive(element.round)) AddElement(std::move(element));
      return;
  }
}

void InputGate::NoteWatermark(std::optional<Timestamp> risen) {
  if (!risen) return;
  if (loop_end_ != nullptr) return AddElement(Element::Watermark(*risen));
  GateEvent event{.kind = GateEventKind::kWatermark};
  event.watermark = *risen;
  Add(std::move(event));
}

void InputGate::NoteIdleness() {
  if (watermarks_->all_idle() == idle_) return;
  idle_ = !idle_;
  if (loop_end_ != nullptr)
    return AddElement(Element::Of(idle_ ? ElementKind::kIdle : ElementKind::kActive));
  Add({.kind = idle_ ? GateEventKind::kIdle : GateEventKind::kActive});
}

// Declined checkpoints come first, as they are older than the one that is complete.
void InputGate::NoteBarriers(const BarrierAligner::Outcome& outcome) {
  for (const uint64_t id : outcome.declined) {
    GateEvent event{.kind = GateEventKind::kCancelBarrier};
    event.barrier.checkpoint_id = id;
    Add(std::move(event));
  }
  if (!outcome.complete) return;
  if (waiting_ && waiting_->checkpoint_id <= outcome.complete->checkpoint_id) waiting_.reset();
  GateEvent event{.kind = GateEventKind::kBarrier};
  event.barrier = *outcome.complete;
  event.first_nanos = TakeFirst(event.barrier.checkpoint_id);
  event.recording = loop_end_ != nullptr;
  Add(std::move(event));
  if (loop_end_ == nullptr) return;
  // Rows on their way back to the recursion belong to the checkpoint.
  NoteCancelled(outcome.complete->checkpoint_id - 1);
  recorder_.Begin(outcome.complete->checkpoint_id, outcome.arrived);
  RecordKept();
  NoteRecorded();
}

// --- loops of recursions -------------------------------------------------------------------------

void InputGate::AddElement(Element element) {
  GateEvent event{.kind = GateEventKind::kIntoLoop};
  event.element = std::move(element);
  Add(std::move(event));
}

void InputGate::AddRows(size_t channel, Batch batch) {
  if (loop_end_ != nullptr) {
    if (loop_end_->stopped()) return;
    // Rows that are kept count as well: they will be passed on, so the loop is not at rest.
    loop_end_->NoteRows();
    const bool returned = inputs_[channel].part == ChannelPart::kReturned;
    if (returned && loop_end_->keeps) {
      loop_end_->kept.push_back({channel, std::move(batch)});
      return;
    }
  }
  GateEvent event{.kind = GateEventKind::kRows, .port = inputs_[channel].port};
  if (lets_overtake_) event.channel = inputs_[channel].name;
  event.batch = std::move(batch);
  Add(std::move(event));
}

void InputGate::LookAtLoop() {
  if (loop_end_ == nullptr || loop_end_->keeps || !loop_end_->HasNews()) return;
  if (const auto round = loop_end_->TakeRound()) AddElement(Element::Round(*round));
  const auto settled = loop_end_->TakeSettled();
  if (!settled) return;
  GateEvent event{.kind = GateEventKind::kWatermark};
  event.watermark = *settled;
  Add(std::move(event));
  if (*settled == Timestamp::Max()) Add({.kind = GateEventKind::kEndOfInput});
}

void InputGate::DigestReturned(size_t channel, const Element& element) {
  WatermarkMerger& returned = loop_end_->returned();
  const bool was_idle = returned.all_idle();
  std::optional<Timestamp> risen;
  if (element.kind == ElementKind::kRound && rounds_.Arrive(element.round))
    loop_end_->RoundReturned(element.round);
  if (element.kind == ElementKind::kWatermark) risen = returned.Advance(channel, element.watermark);
  if (element.kind == ElementKind::kIdle) risen = returned.SetIdle(channel, true);
  if (element.kind == ElementKind::kActive) risen = returned.SetIdle(channel, false);
  if (risen) loop_end_->ReturnedWatermark(*risen);
  if (returned.all_idle() != was_idle)
    Add({.kind = was_idle ? GateEventKind::kActive : GateEventKind::kIdle});
}

// Records the kept rows for this checkpoint, too: they came before its barrier.
void InputGate::RecordKept() {
  if (loop_end_ == nullptr) return;
  for (const LoopEnd::Kept& kept : loop_end_->kept) recorder_.Record(kept.channel, kept.batch);
}

void InputGate::KeepReturned(bool on) {
  if (loop_end_ == nullptr) return;
  loop_end_->keeps = on;
  if (on) return;
  for (LoopEnd::Kept& kept : std::exchange(loop_end_->kept, {}))
    AddRows(kept.channel, std::move(kept.batch));
}

// --- barriers that overtake rows -----------------------------------------------------------------

void InputGate::LookForBarriers(const Clock& clock) {
  if (!lets_overtake_) return;
  const uint64_t barriers = barriers_.load(std::memory_order_seq_cst);
  if (barriers != barriers_seen_) {
    barriers_seen_ = barriers;
    for (size_t i = 0; i < inputs_.size(); ++i) LookThrough(i);
    NoteRecorded();
  }
  if (waiting_ && clock.MonotonicNanos() >= waiting_->overtakes_at) BeginRecording();
}

void InputGate::LookThrough(size_t channel) {
  if (recorder_.Wants(channel)) RecordWaiting(channel);
  for (size_t i = 0; const Element* element = inputs_[channel].channel->PeekAt(i); ++i) {
    const uint64_t id = element->barrier.checkpoint_id;
    if (element->kind == ElementKind::kCancelBarrier) NoteCancelled(id);
    if (element->kind == ElementKind::kBarrier) NoteOvertaking(element->barrier);
  }
}

void InputGate::NoteOvertaking(const checkpoint::Barrier& barrier) {
  const uint64_t done = std::max(aligner_->done_through(), cancelled_through_);
  if (!lets_overtake_ || !barrier.overtakes || barrier.checkpoint_id <= done) return;
  NoteFirst(barrier.checkpoint_id);
  if (!waiting_ || barrier.checkpoint_id > waiting_->checkpoint_id) waiting_ = barrier;
}

void InputGate::NoteFirst(uint64_t checkpoint_id) {
  if (checkpoint_id <= std::max(aligner_->done_through(), cancelled_through_)) return;
  if (!first_nanos_.contains(checkpoint_id))
    first_nanos_.emplace(checkpoint_id, clock_->MonotonicNanos());
}

int64_t InputGate::TakeFirst(uint64_t checkpoint_id) {
  const auto found = first_nanos_.find(checkpoint_id);
  const int64_t nanos = found == first_nanos_.end() ? clock_->MonotonicNanos() : found->second;
  first_nanos_.erase(first_nanos_.begin(), first_nanos_.upper_bound(checkpoint_id));
  return nanos;
}

// Ends the recording of a checkpoint that was given up, without waiting for the rows in front of
// what cancels it.
void InputGate::NoteCancelled(uint64_t checkpoint_id) {
  cancelled_through_ = std::max(cancelled_through_, checkpoint_id);
  if (waiting_ && waiting_->checkpoint_id <= checkpoint_id) waiting_.reset();
  const std::optional<uint64_t> recording = recorder_.active();
  if (!recording || *recording > checkpoint_id) return;
  recorder_.Cancel();
  NoteBarriers({.complete = std::nullopt, .declined = {*recording}});
}

void InputGate::BeginRecording() {
  const checkpoint::Barrier barrier = *waiting_;
  NoteCancelled(barrier.checkpoint_id - 1);
  waiting_.reset();
  BarrierAligner::Overtaken overtaken = aligner_->Overtake(barrier.checkpoint_id);
  NoteBarriers({.complete = std::nullopt, .declined = std::move(overtaken.declined)});
  recorder_.Begin(barrier.checkpoint_id, std::move(overtaken.arrived));
  RecordKept();
  GateEvent event{.kind = GateEventKind::kBarrier};
  event.barrier = barrier;
  event.first_nanos = TakeFirst(barrier.checkpoint_id);
  event.recording = true;
  Add(std::move(event));
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (recorder_.Wants(i)) RecordWaiting(i);
  }
  NoteRecorded();
}

void InputGate::RecordWaiting(size_t channel) {
  // If the barrier is not queued yet, the rows are recorded as they are read (Digest).
  const Channel& waiting = *inputs_[channel].channel;
  size_t before = 0;
  for (const Element* element = waiting.PeekAt(0);; element = waiting.PeekAt(++before)) {
    if (element == nullptr) return;
    if (element->kind == ElementKind::kBarrier &&
        recorder_.active() == element->barrier.checkpoint_id) {
      break;
    }
  }
  for (size_t i = 0; i < before; ++i) {
    const Element* element = waiting.PeekAt(i);
    if (element->kind == ElementKind::kBatch) recorder_.Record(channel, element->batch);
  }
  recorder_.Arrive(channel);
}

void InputGate::NoteRecorded() {
  const std::optional<uint64_t> id = recorder_.active();
  auto recorded = recorder_.TakeIfComplete();
  if (!recorded) return;
  GateEvent event{.kind = GateEventKind::kRecorded};
  event.barrier.checkpoint_id = *id;
  for (auto& [channel, batch] : *recorded)
    event.in_flight.push_back({inputs_[channel].name, 0, std::move(batch)});
  Add(std::move(event));
}

}  // namespace weir::task
