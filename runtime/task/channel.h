// A bounded queue from one task to another: batches and control elements in one order. Backpressure
// is a full queue.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/clock.h"
#include "runtime/task/event_count.h"
#include "runtime/types/batch.h"

namespace weir::task {

// The order of elements in a channel is the order in which they happened at its producer.
enum class ElementKind : uint8_t {
  kBatch,
  kWatermark,  // no later row has an event time <= `watermark`, save rows marked late
  kIdle,       // this channel holds the watermark back no longer …
  kActive,     // … until now
  kBarrier,
  kCancelBarrier,  // the barrier of this checkpoint will not come
  kEndOfInput,     // no row follows; barriers may
};

// What a channel carries. Only the members that its kind names mean anything.
struct Element {
  ElementKind kind = ElementKind::kBatch;
  Batch batch;
  Timestamp watermark;
  checkpoint::Barrier barrier;

  // One maker a kind; the batch is moved.
  static Element Rows(Batch batch) {
    Element element;
    element.batch = std::move(batch);
    return element;
  }
  static Element Watermark(Timestamp watermark) {
    Element element{.kind = ElementKind::kWatermark};
    element.watermark = watermark;
    return element;
  }
  static Element OfBarrier(ElementKind kind, const checkpoint::Barrier& barrier) {
    Element element{.kind = kind};
    element.barrier = barrier;
    return element;
  }
  static Element Of(ElementKind kind) { return Element{.kind = kind}; }
};

// Single producer, single consumer. Slots are allocated once. The consumer shares one EventCount
// among all its channels; the producer waits on the channel's own.
// A ring with one index a side: neither takes a lock while there is room and something to take. A
// popped slot keeps no batch alive.
class Channel {
 public:
  // Outlived by `consumer`. REQUIRES: capacity >= 1.
  Channel(size_t capacity, EventCount& consumer);

  // Producer: appends, waiting while the queue is full; the time waited is added to
  // `blocked_nanos`. False when the channel was closed; the element is lost then.
  // Only the producer's thread; the order of pushes is the order of pops.
  bool Push(Element element, const Clock& clock, std::atomic<uint64_t>& blocked_nanos);
  // Consumer: takes the oldest element; false when there is none.
  bool TryPop(Element& out);
  // Consumer: the i-th oldest element, null when there is none. For barriers that overtake rows:
  // the receiver may look behind what it has not yet taken.
  // Valid until the next TryPop.
  const Element* PeekAt(size_t i) const;
  // Any thread; a moment old for everyone but the caller's own side.
  size_t size() const {
    return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire);
  }
  bool empty() const { return size() == 0; }
  // Sequentially consistent, for the consumer's second look after EventCount::Prepare.
  bool EmptyForWait() const {
    return tail_.load(std::memory_order_seq_cst) == head_.load(std::memory_order_relaxed);
  }

  // Any thread: ends all waiting; later pushes fail.
  void Close();

 private:
  // False when the channel was closed meanwhile.
  bool WaitForRoom(size_t tail, const Clock& clock, std::atomic<uint64_t>& blocked_nanos);
  bool Full(size_t tail) const {
    return tail - head_.load(std::memory_order_seq_cst) >= slots_.size();
  }

  std::vector<Element> slots_;
  EventCount& consumer_;
  EventCount room_;
  std::atomic<bool> closed_{false};
  alignas(64) std::atomic<size_t> head_{0};  // next to take; written by the consumer
  alignas(64) std::atomic<size_t> tail_{0};  // next to fill; written by the producer
};

}  // namespace weir::task
