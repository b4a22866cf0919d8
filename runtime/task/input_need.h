// Finds the sources that still have readers after some operators need no more input.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/graph/job_graph.h"

namespace weir::task {

// A node is needed unless it has enough itself, or all nodes that read it are not needed. Not
// thread-safe.
class InputNeed {
 public:
  // REQUIRES: `graph` outlives this.
  explicit InputNeed(const graph::JobGraph& graph);

  // Notes that `node` needs no more input (OperatorContext::enough). Returns the sources and VALUES
  // that nobody needs any more because of that; none is ever returned twice.
  std::vector<size_t> Enough(size_t node);

  // Whether anybody still needs what the node gives, as of the last call of Enough.
  bool IsNeeded(size_t node) const { return needed_[node] != 0; }
  // Whether Enough has returned the node.
  bool IsUnneeded(size_t node) const { return told_[node] != 0; }

 private:
  void FindNeeded();

  const graph::JobGraph& graph_;
  std::vector<uint8_t> has_enough_;
  std::vector<uint8_t> needed_;
  std::vector<uint8_t> told_;  // nodes that were returned
};

}  // namespace weir::task
