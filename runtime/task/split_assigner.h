// Discovers the splits of a source and distributes them to its subtasks in turn, in the order of
// their discovery; those that are read in order (Source::in_order) go to the first one. Those of a
// restored checkpoint are dealt anew in turn, in the order in which they were stored, unfinished
// ones first: a subtask need not get back what it had.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/checkpoint/event_loop.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/source.h"

namespace weir::task {

// What the assigner needs and calls.
struct AssignerSetup {
  Source* source = nullptr;  // outlives the assigner
  uint32_t subtasks = 1;
  const Clock* clock = nullptr;
  bool continued = false;  // from a checkpoint
  // Called with every subtask that is about to get splits, before any of them does.
  std::function<void(uint32_t subtask)> expect;
  // Gives splits to a subtask. Without any (Refresh), it only asks its silent splits again.
  std::function<void(uint32_t subtask, std::vector<SplitCheckpoint> splits)> assign;
  // Called when a later discovery fails, after which nothing is discovered any more: the job's run
  // has to end.
  std::function<void(Status)> fail;
};

// Start is called on one thread; later discoveries of an unbounded source run on a thread of the
// assigner's own. Run, Stop and Refresh are called under one lock or by one thread. The result is
// deterministic: the same discoveries and parallelism give the same assignment. A split is known by
// its id and assigned once, however often it is discovered; a source that keeps its read splits
// (Source::keeps_read_splits) sees to that itself.
class SplitAssigner {
 public:
  explicit SplitAssigner(AssignerSetup setup);

  // Assigns the restored splits and those discovered now, giving each subtask all of its splits at
  // once. A subtask that got only finished splits first would count as idle, and time would move
  // past the rows of its new ones. A bounded source is not searched again by a job that is
  // `continued` or has restored splits, as its input was fixed when it first started.
  Status Start(std::vector<SplitCheckpoint> restored);
  // Begins periodic discovery, where the source wants it.
  Status Run();
  // Ends periodic discovery, and interrupts one that goes on (interruption.h); `assign` and `fail`
  // are not called after it.
  void Stop();

  // Looks for new splits soon, whatever the interval; no effect for sources without discovery. All
  // subtasks also ask their silent splits again.
  void Refresh();
  // Whether all refreshes are done and what they discovered is assigned. Any thread.
  bool settled() const { return refreshes_.load(std::memory_order_seq_cst) == 0; }

 private:
  using Hands = std::vector<std::vector<SplitCheckpoint>>;  // one per subtask
  Status Discover(Hands& hands);
  void Deal(std::vector<SplitCheckpoint> splits, Hands& hands);
  void Assign(Hands hands);
  int64_t Tick();
  void RefreshNow();

  const AssignerSetup setup_;
  std::set<std::string> known_;
  size_t dealt_ = 0;
  int64_t next_discovery_ = 0;
  bool failed_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<int> refreshes_{0};
  std::unique_ptr<checkpoint::EventLoop> loop_;
};

}  // namespace weir::task
