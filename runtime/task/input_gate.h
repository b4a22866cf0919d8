// The input side of a task without a source: waits on all its channels, aligns barriers, merges
// watermarks, and hands the task one event at a time. Used by the task's thread; the producers'
// ends of the channels are theirs.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "runtime/task/barrier_aligner.h"
#include "runtime/task/channel.h"
#include "runtime/task/task_times.h"
#include "runtime/task/watermark_merger.h"

namespace weir::task {

enum class GateEventKind : uint8_t {
  kNothing,        // the wait's time is over
  kRows,           // `batch` on `port`
  kWatermark,      // the combined one rose to `watermark`
  kIdle,           // every channel is idle now
  kActive,         // after kIdle: some channel is active again
  kBarrier,        // came on every channel
  kCancelBarrier,  // will not come on every channel
  kEndOfInput,     // of every channel; Max() came before
};

// Members beyond `kind` mean something only for the kinds that name them above.
// `port` is the input that the channel feeds, as in Operator::OnBatch.
struct GateEvent {
  GateEventKind kind = GateEventKind::kNothing;
  int port = 0;
  Batch batch;
  Timestamp watermark;
  checkpoint::Barrier barrier;
};

// Exactly-once: after its barrier a channel is not read until all have theirs (Carbone et al.,
// "Lightweight Asynchronous Snapshots for Distributed Dataflows", 2015). At-least-once: it is read
// on.
class InputGate {
 public:
  // Outlived by `arrival`, on which the producers of all channels notify.
  InputGate(EventCount& arrival, checkpoint::CheckpointMode mode)
      : arrival_(arrival), mode_(mode) {}

  // Before the first Next. The channel feeds input `port`; it outlives the gate.
  void AddChannel(Channel& channel, int port);
  // After the last AddChannel.
  // REQUIRES: at least one channel.
  void Open();

  // The next event; kNothing after `longest`, or at once when `stop` is set. Time waited is added
  // to `times`; its task counts as waiting meanwhile, if it is `empty`.
  GateEvent Next(std::chrono::nanoseconds longest, const Clock& clock,
                 const std::atomic<bool>& stop, TaskTimes& times, bool empty);
  const WatermarkMerger& watermarks() const { return *watermarks_; }

 private:
  struct Input {
    Channel* channel;
    int port;
  };

  // Looks once at every channel that is not blocked; true when `next` was filled.
  // Channels take turns, so that none starves.
  bool Poll(GateEvent& next);
  bool AnyReady() const;
  // Turns one element into zero to two events.
  void Digest(size_t channel, Element& element);
  // Each turns a change of the merged state into an event, if it is one.
  void NoteWatermark(std::optional<Timestamp> risen);
  void NoteIdleness();
  void NoteBarriers(const BarrierAligner::Outcome& outcome);
  void Add(GateEvent event) { ready_.push_back(std::move(event)); }

  EventCount& arrival_;
  const checkpoint::CheckpointMode mode_;
  std::vector<Input> inputs_;
  std::unique_ptr<BarrierAligner> aligner_;
  std::unique_ptr<WatermarkMerger> watermarks_;
  std::vector<GateEvent> ready_;  // events [taken_, end) come next
  size_t taken_ = 0;
  size_t turn_ = 0;  // channel to look at first
  bool idle_ = false;
  Element element_;
};

}  // namespace weir::task
