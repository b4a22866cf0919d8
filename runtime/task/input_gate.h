// The input side of a task without a source: waits on all its channels, aligns barriers, merges
// watermarks and hands the task one event at a time. Used by the task's thread.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "runtime/task/barrier_aligner.h"
#include "runtime/task/channel.h"
#include "runtime/task/channel_recorder.h"
#include "runtime/task/loop_gate.h"
#include "runtime/task/task_times.h"
#include "runtime/task/watermark_merger.h"

namespace weir::task {

enum class GateEventKind : uint8_t {
  kNothing,        // the wait timed out
  kRows,           // `batch` on `port`; of `channel` where barriers may overtake them
  kWatermark,      // the combined one rose to `watermark`
  kIdle,           // every channel is idle now
  kActive,         // after kIdle: some channel is active again
  kBarrier,        // came on every channel, or has overtaken rows (`recording`)
  kRecorded,       // after the latter: `in_flight` is what it has overtaken on all channels
  kCancelBarrier,  // will not come on every channel
  kEndOfInput,     // of every channel; Max() came before
  kIntoLoop,       // `element`, which is to go on into the loop of a recursion and nowhere else
};

// Members other than `kind` have a meaning only for the kinds that name them above. `port` is the
// input that the channel feeds, as in Operator::OnBatch.
struct GateEvent {
  GateEventKind kind = GateEventKind::kNothing;
  int port = 0;
  std::shared_ptr<const checkpoint::ChannelName> channel;
  Batch batch;
  Timestamp watermark;
  checkpoint::Barrier barrier;
  int64_t first_nanos = 0;  // when a first channel brought the barrier; monotonic
  bool recording = false;
  std::vector<checkpoint::ChannelRows> in_flight;
  Element element;
};

// With exactly-once, a channel is not read after its barrier until all channels have brought theirs
// (Carbone et al., "Lightweight Asynchronous Snapshots for Distributed Dataflows", 2015). With
// at-least-once it is read on. A barrier that may overtake rows is handed out as soon as it is on
// one of the channels, however many rows are before it, and those rows are recorded (FLIP-76,
// "Unaligned Checkpoints").
class InputGate {
 public:
  // The producers of all channels notify `arrival`, which outlives the gate.
  InputGate(EventCount& arrival, checkpoint::CheckpointMode mode)
      : arrival_(arrival), mode_(mode) {}

  // Adds a channel that feeds input `port` and outlives the gate. `name` is that of its edge.
  // Called before Open.
  void AddChannel(Channel& channel, int port,
                  std::shared_ptr<const checkpoint::ChannelName> name = nullptr,
                  ChannelPart part = ChannelPart::kUsual);
  // The task is the recursion's subtask of this number, at which the loop ends. Called after the
  // last AddChannel, before Open.
  void EndLoop(LoopProgress& progress, size_t subtask);
  bool ends_loop() const { return loop_end_ != nullptr; }
  // Barriers that may overtake rows do so here: rows of each channel can be given to the task
  // again, or to others at another parallelism. Called before Open.
  void LetBarriersOvertake() { lets_overtake_ = true; }
  // With `on`, rows that come back to a recursion are recorded and kept instead of being handed
  // out, as nothing may be emitted behind the job's last barrier; without it, they are handed out
  // again, since the checkpoint was given up. Takes effect with the next event. Only with EndLoop.
  void KeepReturned(bool on);
  // To be called after the last AddChannel. REQUIRES: at least one channel.
  void Open();

  // The next event; kNothing after `longest`, or at once when `stop` is set. The time waited is
  // added to `times`. If the task says that it holds nothing (`empty`), it counts as waiting
  // meanwhile.
  GateEvent Next(std::chrono::nanoseconds longest, const Clock& clock,
                 const std::atomic<bool>& stop, TaskTimes& times, bool empty);
  // Fills `next` with a barrier that overtakes rows, or with an event that follows from one, if
  // there is any. Takes nothing off the channels.
  bool PollBarriers(GateEvent& next, const Clock& clock);
  const WatermarkMerger& watermarks() const { return *watermarks_; }

 private:
  struct Input {
    Channel* channel;
    int port;
    std::shared_ptr<const checkpoint::ChannelName> name;
    ChannelPart part;
  };

  // Tries every channel that is not blocked once and returns whether `next` was filled. Channels
  // take turns, so that none starves.
  bool Poll(GateEvent& next, const Clock& clock);
  // The channel to try next.
  size_t TakeTurn();
  // The next event that is ready, if there is one.
  bool TakeReady(GateEvent& next);
  bool AnyReady() const;
  // The time to wait, at most until a barrier may overtake.
  std::chrono::nanoseconds LongestWait(std::chrono::nanoseconds longest, const Clock& clock) const;
  // Looks for barriers behind rows, and lets them overtake once they may.
  void LookForBarriers(const Clock& clock);
  // Looks for barriers, and what cancels them, among the elements that wait on a channel, without
  // taking any; records rows that a barrier has overtaken.
  void LookThrough(size_t channel);
  void NoteOvertaking(const checkpoint::Barrier& barrier);
  // Notes that this checkpoint's barrier has come, if it is the first to.
  void NoteFirst(uint64_t checkpoint_id);
  // When its first barrier came; forgets that, and older ones.
  int64_t TakeFirst(uint64_t checkpoint_id);
  void NoteCancelled(uint64_t checkpoint_id);
  void BeginRecording();
  // Records what waits on the channel before the barrier that is being recorded, if it has come.
  void RecordWaiting(size_t channel);
  void NoteRecorded();
  // Events of the loop's end that come from other subtasks: rounds, the watermark, the end.
  void LookAtLoop();
  // Takes what a channel that leads back to the recursion brings, except rows and barriers.
  void DigestReturned(size_t channel, const Element& element);
  void AddRows(size_t channel, Batch batch);
  void AddElement(Element element);
  void RecordKept();
  // Turns one element into zero to two events.
  void Digest(size_t channel, Element& element);
  // Each turns a change of the merged state into an event, if there is one.
  void NoteWatermark(std::optional<Timestamp> risen);
  void NoteIdleness();
  void NoteBarriers(const BarrierAligner::Outcome& outcome);
  void Add(GateEvent event) { ready_.push_back(std::move(event)); }

  EventCount& arrival_;
  const checkpoint::CheckpointMode mode_;
  std::vector<Input> inputs_;
  std::unique_ptr<BarrierAligner> aligner_;
  std::unique_ptr<WatermarkMerger> watermarks_;
  bool lets_overtake_ = false;
  std::atomic<uint64_t> barriers_{0};  // on all channels; their producers count
  uint64_t barriers_seen_ = 0;
  // The newest barrier on some channel that may overtake rows and has not yet.
  std::optional<checkpoint::Barrier> waiting_;
  uint64_t cancelled_through_ = 0;
  // For each checkpoint whose barrier has not become an event yet: when its first barrier came.
  std::map<uint64_t, int64_t> first_nanos_;
  const Clock* clock_ = nullptr;  // of the call that polls
  ChannelRecorder recorder_;
  std::unique_ptr<LoopEnd> loop_end_;  // null unless the task is a recursion
  RoundAligner rounds_;
  std::vector<GateEvent> ready_;  // events [taken_, end) come next
  size_t taken_ = 0;
  size_t turn_ = 0;             // the channel to try first
  size_t returned_before_ = 0;  // elements in a row from channels that come back to a recursion
  bool idle_ = false;
  Element element_;
};

}  // namespace weir::task
