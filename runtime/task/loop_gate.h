// What the input side of a task does where the loop of a recursion passes or ends. Used by the
// task's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/task/loop_progress.h"
#include "runtime/task/watermark_merger.h"
#include "runtime/types/batch.h"

namespace weir::task {

// What a channel is to the loop that its consumer is in.
enum class ChannelPart : uint8_t {
  kUsual,     // not in a loop, or enters it from outside
  kInLoop,    // brings what the recursion passed and what was made of it
  kReturned,  // leads back to the recursion
};

// Counts the markers of a round on the channels of a loop. Rounds follow each other: the next one
// begins when all subtasks of the recursion have got back all markers of the last one.
class RoundAligner {
 public:
  void AddChannel() { ++channels_; }
  size_t channels() const { return channels_; }
  // To be called when a marker of the round comes on a channel. Returns whether it has now come on
  // all channels.
  bool Arrive(uint64_t round);

 private:
  size_t channels_ = 0;
  uint64_t round_ = 0;
  size_t arrived_ = 0;
};

// The recursion's own side of LoopProgress, for one subtask: it takes part in rounds, and learns
// what may leave the loop. The merger's channels are those that lead back, in the order in which
// they were added to the gate.
class LoopEnd {
 public:
  LoopEnd(LoopProgress& progress, size_t subtask, size_t returned)
      : progress_(progress), subtask_(subtask), returned_(returned) {}

  WatermarkMerger& returned() { return returned_; }
  void ReturnedWatermark(Timestamp watermark) { progress_.Returned(subtask_, watermark); }
  // To be called when the task takes rows: the loop is then not at rest.
  void NoteRows() { passed_rows_ = true; }
  // The markers of this round have come back on all channels.
  void RoundReturned(uint64_t round) { progress_.Vote(subtask_, round, !passed_rows_); }

  // Whether TakeRound or TakeSettled may return something.
  bool HasNews() const { return progress_.round() != round_ || progress_.settled() > settled_; }
  // The round for which the subtask has to send its marker now, if there is one: what it has passed
  // before does not count.
  std::optional<uint64_t> TakeRound();
  // The watermark that may leave the loop, if it has risen.
  std::optional<Timestamp> TakeSettled();
  // Whether rows that come back are dropped.
  bool stopped() const { return progress_.stopped(); }

  // What is kept behind the last barrier (InputGate::KeepReturned).
  bool keeps = false;
  struct Kept {
    size_t channel;
    Batch batch;
  };
  std::vector<Kept> kept;

 private:
  LoopProgress& progress_;
  const size_t subtask_;
  WatermarkMerger returned_;
  bool passed_rows_ = false;
  uint64_t round_ = 0;
  Timestamp settled_ = Timestamp::Min();
};

}  // namespace weir::task
