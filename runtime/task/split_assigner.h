// Finds the splits of a source and deals them out to its subtasks: by turns, in the order in which
// they were found. The splits of a restored checkpoint are dealt as stored, never found again.
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

// What the assigner does with what it finds.
struct AssignerSetup {
  Source* source = nullptr;  // outlives the assigner
  uint32_t subtasks = 1;
  const Clock* clock = nullptr;
  bool continued = false;  // from a checkpoint
  // Told of all subtasks that get splits before the first of them does.
  std::function<void(uint32_t subtask)> expect;
  std::function<void(uint32_t subtask, std::vector<SplitCheckpoint> splits)> assign;
  std::function<void(Status)> fail;  // a later discovery failed
};

// Start on one thread; later discoveries of an unbounded source run on a thread of its own. Run,
// Stop and Refresh are called under one lock or by one thread.
// Deterministic: equal discoveries and parallelism deal equally. A split is known by its id and
// dealt once, however often it is found.
class SplitAssigner {
 public:
  explicit SplitAssigner(AssignerSetup setup);

  // Deals out the restored splits and those found now, all that a subtask gets at once: one that
  // has finished splits only would be idle, and time would move past the rows of new ones. A
  // bounded source with restored splits is not searched again: what it had to read was fixed when
  // it first started.
  Status Start(std::vector<SplitCheckpoint> restored);
  // Begins periodic discovery, where the source wants it.
  Status Run();
  // Ends periodic discovery.
  // No call of `assign` or `fail` after it.
  void Stop();

  // Looks for new splits soon, whatever the interval; no effect where nothing is looked for.
  // Every subtask looks at its silent splits again, too.
  void Refresh();
  // Whether all refreshes asked for have been carried out: what they found is dealt out. Any
  // thread.
  bool settled() const { return refreshes_.load(std::memory_order_seq_cst) == 0; }

 private:
  using Hands = std::vector<std::vector<SplitCheckpoint>>;  // one a subtask
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
  std::atomic<int> refreshes_{0};
  std::unique_ptr<checkpoint::EventLoop> loop_;
};

}  // namespace weir::task
