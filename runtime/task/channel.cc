#include "runtime/task/channel.h"

#include <utility>

namespace weir::task {
namespace {

// Nothing depends on waking up in time; this only bounds the damage of a lost wake-up.
constexpr std::chrono::milliseconds kLongestWait{250};

// Room for barriers beyond that for rows. Four are enough: at most two barriers are queued at a
// time, one that was given up and its successor, each followed by its cancellation.
constexpr size_t kBarriers = 4;

}  // namespace

Channel::Channel(size_t capacity, EventCount& consumer, size_t overdraft)
    : capacity_(capacity),
      overdraft_(overdraft),
      slots_(capacity + overdraft + kBarriers),
      consumer_(consumer) {}

Channel::Channel(Unbounded unbounded, EventCount& consumer)
    : capacity_(0), overdraft_(0), queue_(std::make_unique<Queue>()), consumer_(consumer) {
  queue_->batch_rows = unbounded.batch_rows;
}

size_t Channel::Limit(Room room) const {
  switch (room) {
    case Room::kUsual:
      return capacity_;
    case Room::kOverdraft:
      return capacity_ + overdraft_;
    case Room::kBarrier:
      return capacity_ + overdraft_ + kBarriers;
  }
  WEIR_UNREACHABLE();
}

bool Channel::Push(Element element, const Clock& clock, std::atomic<uint64_t>& blocked_nanos,
                   Room room) {
  const size_t tail = tail_.load(std::memory_order_relaxed);
  const size_t limit = Limit(room);
  const bool waits = queue_ == nullptr && Full(tail, limit);
  if (waits && !WaitForRoom(tail, limit, clock, blocked_nanos)) return false;
  if (closed_.load(std::memory_order_acquire)) return false;
  const bool barrier =
      element.kind == ElementKind::kBarrier || element.kind == ElementKind::kCancelBarrier;
  if (queue_ != nullptr) {
    PushUnbounded(std::move(element));
  } else {
    slots_[tail % slots_.size()] = std::move(element);
  }
  tail_.store(tail + 1, std::memory_order_seq_cst);
  if (barrier && barriers_ != nullptr) barriers_->fetch_add(1, std::memory_order_seq_cst);
  consumer_.Notify();
  return true;
}

void Channel::PushUnbounded(Element element) {
  const MutexLock lock(queue_->mutex);
  queue_->elements.push_back(std::move(element));
}

size_t Channel::PopUnbounded(size_t most, Element& out) {
  std::vector<Batch> batches;
  size_t popped = 0;
  {
    const MutexLock lock(queue_->mutex);
    std::deque<Element>& elements = queue_->elements;
    uint32_t rows = 0;
    do {
      out = std::move(elements.front());
      elements.pop_front();
      ++popped;
      if (out.kind != ElementKind::kBatch) return popped;
      rows += out.batch.size();
      batches.push_back(std::move(out.batch));
    } while (popped < most && elements.front().kind == ElementKind::kBatch &&
             rows + elements.front().batch.size() <= queue_->batch_rows);
  }
  out.batch = ConcatenateAll(std::move(batches));
  return popped;
}

bool Channel::WaitForRoom(size_t tail, size_t limit, const Clock& clock,
                          std::atomic<uint64_t>& blocked_nanos) {
  // Added up at each iteration, so that a long wait is visible while it lasts.
  int64_t start = clock.MonotonicNanos();
  const auto add = [&] {
    const int64_t now = clock.MonotonicNanos();
    blocked_nanos.fetch_add(static_cast<uint64_t>(now - start), std::memory_order_relaxed);
    start = now;
  };
  while (Full(tail, limit) && !closed_.load(std::memory_order_seq_cst)) {
    const uint64_t key = room_.Prepare();
    if (!Full(tail, limit) || closed_.load(std::memory_order_seq_cst)) {
      room_.Cancel();
      break;
    }
    room_.Wait(key, kLongestWait);
    add();
  }
  add();
  return !closed_.load(std::memory_order_acquire);
}

bool Channel::TryPop(Element& out) {
  const size_t head = head_.load(std::memory_order_relaxed);
  const size_t tail = tail_.load(std::memory_order_acquire);
  if (head == tail) return false;
  // The slot's buffers are moved out, so that they return to the pool as soon as the consumer is
  // done instead of when the slot is used again.
  size_t popped = 1;
  if (queue_ != nullptr) {
    popped = PopUnbounded(tail - head, out);
  } else {
    out = std::move(slots_[head % slots_.size()]);
  }
  head_.store(head + popped, std::memory_order_seq_cst);
  room_.Notify();
  if (producer_ != nullptr) producer_->Notify();
  return true;
}

const Element* Channel::PeekAt(size_t i) const {
  const size_t head = head_.load(std::memory_order_relaxed);
  const size_t queued = tail_.load(std::memory_order_acquire) - head;
  if (i >= queued) return nullptr;
  if (queue_ == nullptr) return &slots_[(head + i) % slots_.size()];
  // The pointer stays valid without the lock: a deque does not move its elements when others are
  // added at the end, and only the consumer takes any.
  const MutexLock lock(queue_->mutex);
  return &queue_->elements[i];
}

void Channel::Close() {
  closed_.store(true, std::memory_order_seq_cst);
  room_.Notify();
  consumer_.Notify();
}

}  // namespace weir::task
