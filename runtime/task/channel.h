// A bounded queue from one task to another for batches and control elements in one order. A full
// queue is what makes backpressure.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/clock.h"
#include "runtime/mutex.h"
#include "runtime/task/event_count.h"
#include "runtime/types/batch.h"

namespace weir::task {

// Elements arrive in the order in which the producer sent them.
enum class ElementKind : uint8_t {
  kBatch,
  kWatermark,  // no later row has an event time <= `watermark`, except rows marked late
  kIdle,       // this channel holds the watermark back no longer …
  kActive,     // … until now
  kBarrier,
  kCancelBarrier,  // the barrier of this checkpoint will not come
  kEndOfInput,     // no row follows; barriers may
  kRound,          // a marker of LoopProgress, of the round `round`
};

// What a channel carries. Only the members that its kind names have a meaning.
struct Element {
  ElementKind kind = ElementKind::kBatch;
  Batch batch;
  Timestamp watermark;
  checkpoint::Barrier barrier;
  uint64_t round = 0;

  // One factory for each kind.
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
  static Element Round(uint64_t round) {
    Element element{.kind = ElementKind::kRound};
    element.round = round;
    return element;
  }
  static Element Of(ElementKind kind) { return Element{.kind = kind}; }
};

// How far a push may fill a channel. Where barriers overtake rows, a producer must not wait in the
// middle of a step until rows are taken, since it would see no barrier meanwhile: it begins a step
// only while there is room (HasRoom), and what the step emits beyond it goes into an overdraft, as
// Flink's overdraft buffers (FLIP-227).
enum class Room : uint8_t {
  kUsual,      // the channel's capacity
  kOverdraft,  // rows of a step that was begun while there was room, or of a barrier
  kBarrier,    // barriers and what cancels them
};

// A single-producer, single-consumer ring buffer with one index for each side, so that neither
// takes a lock while there is room and something to take. Slots are allocated once; a slot that was
// popped keeps no batch alive. The consumer shares one EventCount among all its channels, and the
// producer waits on the channel's own.
class Channel {
 public:
  // Asks for a queue without a bound, both ends of which take a lock. It is for the edges on which
  // rows come back to a recursion, where a full queue would make the loop wait for itself. Batches
  // that follow each other are taken as one of up to `batch_rows`, since every exchange of the loop
  // cuts batches into smaller ones.
  struct Unbounded {
    uint32_t batch_rows = kDefaultBatchRows;
  };

  // `overdraft`: elements beyond the capacity that Room::kOverdraft may add.
  // REQUIRES: capacity >= 1; `consumer` outlives the channel.
  Channel(size_t capacity, EventCount& consumer, size_t overdraft = 0);
  Channel(Unbounded unbounded, EventCount& consumer);

  // `barriers`, which outlives the channel, is incremented after each barrier, and each element
  // that cancels one, that is pushed. Called before the first push.
  void CountBarriers(std::atomic<uint64_t>& barriers) { barriers_ = &barriers; }

  // Whenever an element was taken, `producer`, which outlives the channel, is notified. Called
  // before the first push.
  void NotifyOfRoom(EventCount& producer) { producer_ = &producer; }

  // Whether a Push of kUsual would not wait. Sequentially consistent, for the check that the
  // producer makes after EventCount::Prepare. Producer's thread only.
  bool HasRoom() const {
    return queue_ != nullptr || !Full(tail_.load(std::memory_order_relaxed), capacity_);
  }
  // Appends an element, waiting while there is no room of this kind; the time waited is added to
  // `blocked_nanos`. False when the channel was closed, and the element is then lost. Called by the
  // producer's thread only.
  bool Push(Element element, const Clock& clock, std::atomic<uint64_t>& blocked_nanos,
            Room room = Room::kUsual);
  // Takes the oldest element into `out`; false when there is none. Consumer's thread only.
  bool TryPop(Element& out);
  // The i-th oldest element, or null, valid until the next TryPop. Lets barriers that overtake rows
  // be found behind elements that are not taken yet.
  const Element* PeekAt(size_t i) const;
  // Any thread. Outdated already for all but the caller's own side.
  size_t size() const {
    return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire);
  }
  bool empty() const { return size() == 0; }
  // Sequentially consistent, for the check that the consumer makes after EventCount::Prepare.
  bool EmptyForWait() const {
    return tail_.load(std::memory_order_seq_cst) == head_.load(std::memory_order_relaxed);
  }

  // Ends all waiting; later pushes fail. Any thread.
  void Close();

 private:
  void PushUnbounded(Element element);
  // Takes up to `most` elements as one into `out` and returns how many. The producer may have
  // pushed more that it has not yet counted in tail_.
  size_t PopUnbounded(size_t most, Element& out);
  // Returns false when the channel was closed meanwhile.
  bool WaitForRoom(size_t tail, size_t limit, const Clock& clock,
                   std::atomic<uint64_t>& blocked_nanos);
  bool Full(size_t tail, size_t limit) const {
    return tail - head_.load(std::memory_order_seq_cst) >= limit;
  }
  size_t Limit(Room room) const;

  const size_t capacity_;
  const size_t overdraft_;
  std::vector<Element> slots_;
  std::atomic<uint64_t>* barriers_ = nullptr;  // null: nobody counts them
  // The elements of a queue without bound; both indexes count them as they do for the ring.
  struct Queue {
    mutable Mutex mutex;
    std::deque<Element> elements WEIR_GUARDED_BY(mutex);
    uint32_t batch_rows = 0;
  };
  const std::unique_ptr<Queue> queue_;  // null: the ring
  EventCount& consumer_;
  EventCount* producer_ = nullptr;  // null: it waits in Push alone
  EventCount room_;
  std::atomic<bool> closed_{false};
  alignas(64) std::atomic<size_t> head_{0};  // next to take; written by the consumer
  alignas(64) std::atomic<size_t> tail_{0};  // next to fill; written by the producer
};

}  // namespace weir::task
