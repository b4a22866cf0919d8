// Sends the output of an operator to the subtasks of another chain.
#pragma once

#include <atomic>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/graph/job_graph.h"
#include "runtime/task/channel.h"

namespace weir::task {

// Where an exchange lies, if it is in the loop of a recursion (loop_progress.h).
enum class LoopPart : uint8_t {
  kNone,
  kBegins,  // in the chain of the recursion itself: raw watermarks go this way
  kGoesOn,  // behind that
};

struct ExchangeSetup {
  graph::ExchangeKind kind = graph::ExchangeKind::kForward;
  std::vector<int> keys;  // for kHash
  // One for each consuming subtask; they outlive the exchange. For kForward these are the subtasks
  // that this producer is connected to, the first of which gets its rows.
  std::vector<Channel*> targets;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  LoopPart loop = LoopPart::kNone;
  uint32_t first_target = 0;  // where round robin starts
  bool overdraws = false;     // whether what a step emits goes into the overdraft (Room)
  const Clock* clock = nullptr;
  std::atomic<uint64_t>* blocked_nanos = nullptr;  // time spent waiting for room is added here
};

// Used by the producing task's thread. Calls block while a queue is full, and return kCancelled
// once the job stops. kHash leaves the hashes in the batch (Batch::key_hashes) for the operator
// behind it, other kinds clear them. A batch whose rows all go to one subtask is forwarded as it
// is, otherwise rows are gathered. Each target gets its rows in their order.
class Exchange {
 public:
  explicit Exchange(ExchangeSetup setup);

  // Sends the rows of `batch`, which is not empty. Without targets they are dropped, as nobody
  // reads them.
  Status Send(Batch batch);
  // Sends a watermark, barrier and the like to every target. REQUIRES: not a batch.
  Status SendToAll(const Element& element);
  LoopPart loop() const { return setup_.loop; }
  // Whether every target has room for rows (Channel::HasRoom).
  bool HasRoom() const;

 private:
  Status Push(size_t target, Element element);
  Status SendByKey(Batch batch);
  // Distributes the selected rows into rows_ by target.
  void Partition(const Batch& batch, const uint64_t* hashes);

  const ExchangeSetup setup_;
  size_t next_ = 0;
  std::vector<std::vector<uint32_t>> rows_;  // of each target; kept for their capacity
};

}  // namespace weir::task
