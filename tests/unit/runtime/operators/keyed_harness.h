// Runs one operator of one input, spread by key, over batches written as text, on either backend,
// and folds what comes out. A restart goes through a checkpoint.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {

struct KeyedShape {
  Schema input;
  Schema output;
  std::vector<int> keys;  // columns of the input; rows are routed by their key groups
};

struct KeyedHarnessOptions {
  uint32_t parallelism = 1;
  uint32_t batch_rows = kDefaultBatchRows;
  bool rocksdb = false;
  uint64_t memory_limit = 0;  // bytes; 0: none. Only for rocksdb.
};

class KeyedHarness {
 public:
  // Failures abort the test program.
  KeyedHarness(graph::OperatorSpec spec, KeyedShape shape, KeyedHarnessOptions options = {});
  ~KeyedHarness();

  void Feed(const std::string& rows);
  void Feed(const Batch& batch);
  void Watermark(int64_t millis);
  void AdvanceClock(int64_t millis);
  void End();
  // Takes a checkpoint, closes everything, and restores it at another parallelism.
  void Restart(uint32_t parallelism);
  // Of all subtasks.
  StateStatistics statistics() const;

  CapturedOutput out;
  ManualClock clock;
  OperatorMetrics metrics;

 private:
  struct Instance;
  void OpenAll(std::vector<OperatorStateEntry> restored, std::vector<StateFile> files);
  void CloseAll();

  graph::Node node_;
  KeyedShape shape_;
  KeyedHarnessOptions options_;
  std::string directory_;
  uint64_t checkpoint_ = 0;
  uint64_t starts_ = 0;
  expr::EvaluationContext evaluation_;
  std::unique_ptr<StateBackend> backend_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

}  // namespace weir::operators
