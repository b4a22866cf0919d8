#include "runtime/task/task.h"

#include <algorithm>
#include <utility>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/checkpoint/event_loop.h"
#include "runtime/fault_point.h"
#include "runtime/graph/loops.h"

namespace weir::task {
namespace {

constexpr std::chrono::milliseconds kLongestIdleWait{100};
// Frozen state is copied for this long between two batches, so that the pause of a barrier is
// spread over several short ones.
constexpr std::chrono::milliseconds kLongestCopy{2};
// A source's batches become smaller when their rows wait longer than this for room, or when the
// operators take longer for them, and larger again when both are much less.
constexpr int64_t kLongNanos = 20'000'000;
// Batches of fewer rows would not make the queues in front of a slow reader shorter, only costlier.
constexpr uint32_t kLeastBlockedRows = 16;

}  // namespace

Batch RowsAhead::Rest(uint32_t most) const {
  const uint32_t count = std::min(batch.size() - taken, most);
  if (count == batch.size()) return batch;
  std::vector<uint32_t> rows(count);
  for (uint32_t i = 0; i < count; ++i) rows[i] = batch.RowAt(taken + i);
  return GatherBatch(batch, rows.data(), count);
}

class Task::PauseNote {
 public:
  explicit PauseNote(Task& task) : task_(task), from_(task.setup_.clock->MonotonicNanos()) {}
  ~PauseNote() {
    const auto nanos = static_cast<uint64_t>(task_.setup_.clock->MonotonicNanos() - from_);
    auto& longest = task_.times_.longest_pause_nanos;
    if (nanos > longest.load(std::memory_order_relaxed))
      longest.store(nanos, std::memory_order_relaxed);
  }
  PauseNote(const PauseNote&) = delete;
  PauseNote& operator=(const PauseNote&) = delete;

 private:
  Task& task_;
  const int64_t from_;
};

void Task::SetSource(Source& source, uint32_t batch_rows) {
  read_from_ = &source;
  source_ = std::make_unique<SourceReader>(source, partitions_, *setup_.clock, batch_rows);
}

Status Task::KeepReadSplits(std::unique_ptr<ReadSplits> read) {
  return source_->KeepReadSplits(std::move(read));
}

Status Task::Start(checkpoint::Coordinator& coordinator) {
  setup_.coordinator = &coordinator;
  times_.started.store(setup_.clock->MonotonicNanos());
  thread_ = TRY(Thread::Start(setup_.name, [this] { Run(); }));
  return {};
}

void Task::RequestStop() {
  stop_.store(true, std::memory_order_seq_cst);
  arrival_.Notify();
}

void Task::Join() {
  thread_.Join();
}

void Task::Run() {
  self_.Begin();
  const auto loop = [this] {
    self_.AssertHeld();
    const InterruptedBy stop(stop_);
    return Loop();
  };
  Status outcome = DefectPlanted("tasks-unfenced") ? loop() : Fenced(loop);
  // After an exception, its objects may be in any state and are not read.
  if (outcome.ok()) chain_->PublishStateMetrics();
  // A failure during a stop is a consequence of the stop.
  if (!outcome.ok() && !stop_.load()) setup_.fail(std::move(outcome));
}

Status Task::Loop() {
  RETURN_IF_ERROR(chain_->Seed(stop_));
  while (!stop_.load(std::memory_order_relaxed)) {
    RETURN_IF_ERROR(!ahead_.empty() ? RunAheadOnce() : source_ ? RunSourceOnce() : RunGateOnce());
    RETURN_IF_ERROR(FireProcessingTime());
    RETURN_IF_ERROR(TendState());
    chain_->PublishDueStateMetrics();
  }
  return {};
}

bool Task::Silent() {
  if (silent_for_ != 0 && setup_.coordinator->IsAborted(silent_for_)) {
    silent_for_ = 0;
    if (gate_ != nullptr) gate_->KeepReturned(false);
  }
  return silent_for_ != 0;
}

std::chrono::nanoseconds Task::LongestWait() {
  // Asked first, as it releases what was kept behind the last barrier once that was given up.
  const bool silent = Silent();
  if (copying()) return std::chrono::nanoseconds(0);
  const Timestamp next = chain_->NextProcessingTime();
  if (next == Timestamp::Max() || silent) return kLongestIdleWait;
  const int64_t millis = next.millis - setup_.clock->Now().millis;
  return std::chrono::milliseconds(std::clamp<int64_t>(millis, 0, kLongestIdleWait.count()));
}

Status Task::FireProcessingTime() {
  if (input_ended_ || chain_->NextProcessingTime() == Timestamp::Max() || Silent()) return {};
  return chain_->OnProcessingTime(setup_.clock->Now());
}

// --- rows that are ahead -------------------------------------------------------------------------

// Barriers that may overtake rows are looked for before each step, so they do not wait for the rows
// that are ahead either.
Status Task::RunAheadOnce() {
  NoteWork();
  if (source_) {
    if (!mailbox_.empty()) RETURN_IF_ERROR(HandleMail());
  } else if (GateEvent event; gate_->PollBarriers(event, *setup_.clock)) {
    return HandleGateEvent(std::move(event));
  }
  if (ahead_.empty()) return {};
  return LacksRoom() ? WaitForRoom() : TakeAhead();
}

Status Task::TakeAhead() {
  if (ahead_.front().taken == 0) {
    WEIR_FAULT_POINT("task.before_restored_batch");
  } else {
    WEIR_FAULT_POINT("task.before_rest_of_batch");
  }
  return StepAhead();
}

Status Task::StepAhead() {
  RowsAhead& rows = ahead_.front();
  Batch batch = rows.Rest(overtaken_ ? step_.rows() : rows.batch.size());
  rows.taken += batch.size();
  const size_t member = rows.member;
  const int port = rows.channel->port;
  if (rows.taken == rows.batch.size()) ahead_.pop_front();
  RETURN_IF_ERROR(Step(member, port, std::move(batch)));
  return ahead_.empty() && std::exchange(time_waits_, false) ? UpdateSourceTime() : Status();
}

Status Task::TakeAllAhead() {
  while (!ahead_.empty()) RETURN_IF_ERROR(TakeAhead());
  return {};
}

// The gate may give several batches that it kept back while others are still ahead; they queue
// behind those, so the order stays.
Status Task::TakeRows(GateEvent event) {
  WEIR_FAULT_POINT("task.before_batch");
  const bool whole = ahead_.empty() && event.batch.size() <= step_.rows();
  if (whole || event.channel == nullptr) return Step(0, event.port, std::move(event.batch));
  ahead_.push_back({std::move(event.channel), 0, std::move(event.batch)});
  return StepAhead();
}

Status Task::Step(size_t member, int port, Batch batch) {
  if (!overtaken_) return chain_->Deliver(member, port, std::move(batch));
  const uint32_t rows = batch.size();
  const int64_t from = setup_.clock->MonotonicNanos();
  RETURN_IF_ERROR(chain_->Deliver(member, port, std::move(batch)));
  step_.Note(rows, setup_.clock->MonotonicNanos() - from);
  return {};
}

// --- tasks behind channels -----------------------------------------------------------------------

// Without room only barriers are taken from the gate, since they need none.
Status Task::RunGateOnce() {
  if (LacksRoom()) {
    GateEvent event;
    if (gate_->PollBarriers(event, *setup_.clock)) return HandleGateEvent(std::move(event));
    return WaitForRoom();
  }
  GateEvent event = gate_->Next(LongestWait(), *setup_.clock, stop_, times_, !chain_->HoldsRows());
  if (event.kind != GateEventKind::kNothing) NoteWork();
  return HandleGateEvent(std::move(event));
}

Status Task::HandleGateEvent(GateEvent event) {
  switch (event.kind) {
    case GateEventKind::kNothing:
      chain_->PublishDueStateMetrics(setup_.clock->MonotonicNanos());
      return {};
    case GateEventKind::kRows:
      return TakeRows(std::move(event));
    case GateEventKind::kWatermark:
      return chain_->OnWatermark(event.watermark);
    case GateEventKind::kIdle:
      return chain_->Forward(Element::Of(ElementKind::kIdle));
    case GateEventKind::kActive:
      return chain_->Forward(Element::Of(ElementKind::kActive));
    case GateEventKind::kBarrier:
      return PassBarrier(event.barrier, event.first_nanos, event.recording);
    case GateEventKind::kRecorded:
      Recorded(event.barrier.checkpoint_id, std::move(event.in_flight));
      return {};
    case GateEventKind::kCancelBarrier:
      // Acknowledged all the same, so that what was frozen for it goes back to the backend.
      Recorded(event.barrier.checkpoint_id, {});
      setup_.coordinator->Decline(setup_.index, event.barrier.checkpoint_id,
                                  Status::External("its barrier did not come on every channel"));
      return chain_->Forward(Element::OfBarrier(ElementKind::kCancelBarrier, event.barrier));
    case GateEventKind::kEndOfInput:
      return EndInput();
    case GateEventKind::kIntoLoop:
      return chain_->ForwardIntoLoop(event.element);
  }
  WEIR_UNREACHABLE();
}

Status Task::EndInput() {
  if (source_) source_->LeaveGroup();
  RETURN_IF_ERROR(chain_->EndOfInput());
  RETURN_IF_ERROR(chain_->Forward(Element::Of(ElementKind::kEndOfInput)));
  input_ended_ = true;
  times_.ended.store(setup_.clock->MonotonicNanos());
  chain_->PublishStateMetrics();
  setup_.coordinator->TaskEnded(setup_.index);
  return {};
}

Status Task::SendBarrier(const checkpoint::Barrier& barrier) {
  if (!DefectPlanted("rows-held-past-barrier")) RETURN_IF_ERROR(chain_->Flush());
  // The barrier is forwarded before this task's own work for it, so that tasks further down can
  // align early. Nothing is processed in between, so the state is that at the barrier.
  return chain_->Forward(Element::OfBarrier(ElementKind::kBarrier, barrier));
}

Status Task::PassBarrier(const checkpoint::Barrier& barrier, int64_t first_nanos, bool recording) {
  WEIR_FAULT_POINT("task.before_barrier");
  const int64_t alignment_nanos = setup_.clock->MonotonicNanos() - first_nanos;
  RETURN_IF_ERROR(SendBarrier(barrier));
  // The time for sending is left out of the pause: it may be spent waiting for room, as with rows.
  const PauseNote note(*this);
  if (barrier.last) {
    silent_for_ = barrier.checkpoint_id;
    if (gate_ != nullptr) gate_->KeepReturned(true);
  }
  // Nothing is frozen for an aborted checkpoint, since its rows would be missing in a later one.
  if (setup_.coordinator->IsAborted(barrier.checkpoint_id)) return {};
  // A table can have frozen rows of only one barrier.
  if (copying()) RETURN_IF_ERROR(CopyState(std::chrono::nanoseconds::max()));
  checkpoint::TaskAck ack{.task = setup_.index,
                          .checkpoint_id = barrier.checkpoint_id,
                          .first_barrier_nanos = first_nanos,
                          .alignment_nanos = alignment_nanos};
  for (const RowsAhead& rows : ahead_) {
    if (rows.taken > 0 && DefectPlanted("rest-of-batch-dropped")) continue;
    ack.in_flight.push_back({rows.channel, setup_.subtask, rows.Rest()});
  }
  chain_->PublishStateMetrics();
  if (source_)
    chain_->NoteSkippedRecords(source_->metrics().records_skipped.load(std::memory_order_relaxed));
  RETURN_IF_ERROR(chain_->Snapshot(barrier.checkpoint_id, ack.operators));
  if (source_) ack.operators.front().splits = source_->Snapshot();
  // A channel brings barriers, or what cancels them, in their order.
  WEIR_CHECK(!held_);
  const bool copying = setup_.state && barrier.durable;
  if (copying) RETURN_IF_ERROR(setup_.state->BeginSnapshot(barrier.checkpoint_id));
  held_ = {std::move(ack), copying, recording};
  AcknowledgeIfWhole();
  return {};
}

Status Task::CopyState(std::chrono::nanoseconds longest) {
  held_->ack.part = TRY(setup_.state->ContinueSnapshot(longest));
  held_->copying = held_->ack.part == nullptr;
  AcknowledgeIfWhole();
  return {};
}

void Task::Recorded(uint64_t checkpoint_id, std::vector<checkpoint::ChannelRows> in_flight) {
  if (!held_ || held_->ack.checkpoint_id != checkpoint_id) return;
  for (checkpoint::ChannelRows& rows : in_flight) rows.subtask = setup_.subtask;
  if (!DefectPlanted("channel-state-dropped")) HoldInFlight(std::move(in_flight));
  held_->recording = false;
  AcknowledgeIfWhole();
}

// Rows that come back to a recursion are part of its state, in savepoints too.
void Task::HoldInFlight(std::vector<checkpoint::ChannelRows> in_flight) {
  std::vector<checkpoint::ChannelRows> returned;
  for (checkpoint::ChannelRows& rows : in_flight) {
    const bool returns = gate_->ends_loop() && rows.channel->port == graph::kFeedbackPort;
    (returns ? returned : held_->ack.in_flight).push_back(std::move(rows));
  }
  if (returned.empty() || DefectPlanted("returned-rows-dropped")) return;
  held_->ack.operators.front().operator_state.push_back(
      {setup_.subtask, std::string(kReturnedEntry),
       checkpoint::EncodeChannelState(std::move(returned))});
}

void Task::AcknowledgeIfWhole() {
  if (held_->copying || held_->recording) return;
  WEIR_FAULT_POINT("checkpoint.before_ack");
  setup_.coordinator->Acknowledge(std::move(std::exchange(held_, std::nullopt)->ack));
}

Status Task::TendState() {
  if (!setup_.state) return {};
  if (copying()) {
    const PauseNote note(*this);
    RETURN_IF_ERROR(CopyState(kLongestCopy));
  }
  return setup_.state->Tidy();
}

// --- source tasks --------------------------------------------------------------------------------

Status Task::RunSourceOnce() {
  if (!mailbox_.empty()) RETURN_IF_ERROR(HandleMail());
  if (input_ended_ || paused_for_ != 0) {
    WaitForMail(input_ended_ && !copying() ? std::chrono::nanoseconds(kLongestIdleWait)
                                           : LongestWait());
    return {};
  }
  return LacksRoom() ? WaitForRoom() : ReadSource();
}

bool Task::LacksRoom() const {
  return overtaken_ && !chain_->HasRoom();
}

// The wait ends with a barrier, a letter, or an element that was taken from a channel behind this
// task.
Status Task::WaitForRoom() {
  const int64_t start = setup_.clock->MonotonicNanos();
  const uint64_t key = arrival_.Prepare();
  if (chain_->HasRoom() || !mailbox_.empty() || stop_.load(std::memory_order_seq_cst)) {
    arrival_.Cancel();
  } else {
    arrival_.Wait(key, LongestWait());
  }
  times_.blocked_nanos.fetch_add(static_cast<uint64_t>(setup_.clock->MonotonicNanos() - start),
                                 std::memory_order_relaxed);
  return {};
}

void Task::WaitForMail(std::chrono::nanoseconds longest) {
  const int64_t start = setup_.clock->MonotonicNanos();
  chain_->PublishDueStateMetrics(start);
  // Announced first and checked afterwards, so that no letter is missed (EventCount).
  const uint64_t key = arrival_.Prepare();
  if (!mailbox_.empty() || stop_.load(std::memory_order_seq_cst) || longest.count() <= 0) {
    arrival_.Cancel();
  } else {
    times_.waiting.store(paused_for_ == 0 && !chain_->HoldsRows() && !source_->has_waiting(),
                         std::memory_order_seq_cst);
    arrival_.Wait(key, longest);
    times_.waiting.store(false, std::memory_order_seq_cst);
  }
  times_.idle_nanos.fetch_add(static_cast<uint64_t>(setup_.clock->MonotonicNanos() - start),
                              std::memory_order_relaxed);
}

Status Task::HandleMail() {
  NoteWork();
  mailbox_.Take(letters_);
  for (Letter& letter : letters_) RETURN_IF_ERROR(HandleLetter(letter));
  return {};
}

Status Task::HandleLetter(Letter& letter) {
  const uint64_t id = letter.barrier.checkpoint_id;
  switch (letter.kind) {
    case LetterKind::kSplits:
      RETURN_IF_ERROR(source_->Add(std::move(letter.splits)));
      // The splits are not read any more, but the next checkpoint has to contain them.
      if (input_ended_) return {};
      if (partitions_.in_use()) partitions_.Combined();  // tells the table about them
      partitions_.Arrived();
      // The time of the new splits may be ahead of restored rows that are not taken yet.
      time_waits_ = !ahead_.empty();
      return time_waits_ ? Status() : UpdateSourceTime();
    case LetterKind::kBarrier:
      // An abort that overtook its barrier: the barrier has been cancelled downstream.
      if (id <= last_barrier_) return {};
      last_barrier_ = id;
      if (letter.pause) paused_for_ = id;
      if (!letter.barrier.overtakes) RETURN_IF_ERROR(TakeAllAhead());
      return PassBarrier(letter.barrier, setup_.clock->MonotonicNanos(), false);
    case LetterKind::kAbort:
      if (paused_for_ == id) paused_for_ = 0;
      // The barrier was never emitted here. Tasks that wait for it must be told, or their channels
      // stay blocked.
      if (id <= last_barrier_) return {};
      last_barrier_ = id;
      return chain_->Forward(Element::OfBarrier(ElementKind::kCancelBarrier, letter.barrier));
    case LetterKind::kDrain:
      return Drain();
  }
  WEIR_UNREACHABLE();
}

// The watermark of an idle channel does not count, so an idle source makes its channel active
// before it sends its last watermark.
Status Task::Drain() {
  if (input_ended_) return {};
  RETURN_IF_ERROR(TakeAllAhead());
  if (idle_) RETURN_IF_ERROR(chain_->Forward(Element::Of(ElementKind::kActive)));
  idle_ = false;
  RETURN_IF_ERROR(chain_->EmitSourceWatermark(Timestamp::Max()));
  return EndInput();
}

Status Task::ReadSource() {
  WEIR_FAULT_POINT("task.before_read");
  Batch batch;
  const int64_t from = setup_.clock->MonotonicNanos();
  auto read = source_->Read(batch);
  chain_->NoteSourceTime(setup_.clock->MonotonicNanos() - from);
  if (!read.ok()) return std::move(read).status().WithContext(chain_->node(0).name);
  const ReadStep step = *read;
  if (step == ReadStep::kRows || step == ReadStep::kSplitEnded) NoteWork();
  switch (step) {
    case ReadStep::kRows: {
      // After a return from idleness the channel must be active before the watermark of its first
      // row.
      RETURN_IF_ERROR(UpdateSourceTime());
      const int64_t emitting = setup_.clock->MonotonicNanos();
      RETURN_IF_ERROR(chain_->EmitFromSource(std::move(batch)));
      AdaptBatches(setup_.clock->MonotonicNanos() - emitting);
      return {};
    }
    case ReadStep::kSplitEnded:
      return UpdateSourceTime();
    case ReadStep::kAllEnded:
      if (read_from_->bounded()) {
        RETURN_IF_ERROR(chain_->EmitSourceWatermark(Timestamp::Max()));
        return EndInput();
      }
      break;
    case ReadStep::kNothing:
      break;
  }
  RETURN_IF_ERROR(UpdateSourceTime());
  WaitForMail(std::min(LongestWait(), std::chrono::nanoseconds(source_->wait_nanos())));
  return {};
}

void Task::LetBarriersOvertake() {
  overtaken_ = true;
  if (source_) source_->BeginWithSmallBatches();
}

void Task::AdaptBatches(int64_t step_nanos) {
  if (!overtaken_) return;
  const uint64_t now = times_.blocked_nanos.load(std::memory_order_relaxed);
  const auto blocked = static_cast<int64_t>(now - std::exchange(blocked_before_, now));
  const int64_t longer = std::max(blocked, step_nanos);
  if (longer > kLongNanos) source_->SmallerBatches(step_nanos > kLongNanos ? 1 : kLeastBlockedRows);
  if (longer < kLongNanos / 4) source_->GreaterBatches();
}

// Partitions may have become idle, active or finished, so the watermark may have moved and the
// channel may become idle. It does so only after the table's last watermark was sent.
Status Task::UpdateSourceTime() {
  if (!partitions_.in_use()) return {};
  const bool idle = source_->idle() || (DefectPlanted("idle-without-timeout") &&
                                        !partitions_.has_active() && !read_from_->bounded());
  if (!idle && idle_) RETURN_IF_ERROR(chain_->Forward(Element::Of(ElementKind::kActive)));
  RETURN_IF_ERROR(chain_->EmitSourceWatermark(Timestamp::Min()));
  if (idle && !idle_) RETURN_IF_ERROR(chain_->Forward(Element::Of(ElementKind::kIdle)));
  idle_ = idle;
  return {};
}

}  // namespace weir::task
