// Runs one operator of two inputs over batches written as text, on either backend, and folds what
// comes out. Rows are routed by the key groups of each input's keys.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {

struct JoinHarnessOptions {
  uint32_t parallelism = 1;
  uint32_t batch_rows = kDefaultBatchRows;
  bool rocksdb = false;
  uint64_t memory_limit = 0;  // bytes; 0: none. Only for rocksdb.
};

class JoinHarness {
 public:
  // `spec` is one of the three joins. Failures abort the test program.
  JoinHarness(graph::OperatorSpec spec, JoinHarnessOptions options = {});
  ~JoinHarness();

  void Feed(int port, const std::string& rows);
  void Feed(int port, const Batch& batch);
  void Watermark(int64_t millis);
  void AdvanceClock(int64_t millis);
  void End();
  // Takes a checkpoint, closes everything, and restores it at another parallelism.
  void Restart(uint32_t parallelism);
  // The same as another operator of the same state.
  void RestartAs(graph::OperatorSpec spec);
  // Of all subtasks.
  StateStatistics statistics() const;
  const Schema& output() const { return node_.output; }

  CapturedOutput out;
  ManualClock clock;
  OperatorMetrics metrics;

 private:
  struct Instance;
  void OpenAll(std::vector<OperatorStateEntry> restored, std::vector<StateFile> files);
  void CloseAll();
  const graph::JoinShape& shape() const;

  graph::Node node_;
  std::optional<graph::OperatorSpec> next_spec_;
  Schema inputs_[2];
  JoinHarnessOptions options_;
  std::string directory_;
  uint64_t checkpoint_ = 0;
  uint64_t starts_ = 0;
  expr::EvaluationContext evaluation_;
  std::unique_ptr<StateBackend> backend_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

// Output columns of a join: those of both inputs, nullable where a side may be absent.
Schema JoinedSchema(const graph::JoinShape& shape);

}  // namespace weir::operators
