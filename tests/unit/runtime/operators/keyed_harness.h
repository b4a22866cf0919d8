// Runs one operator, spread by key, over batches written as text, on either backend, and folds what
// comes out. A restart goes through a checkpoint. Joins have a harness of their own on top of it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {

struct KeyedShape {
  Schema input;
  Schema output;
  std::vector<int> keys;  // columns of the input; rows are routed by their key groups
};

// One of an operator's inputs.
struct KeyedInput {
  Schema schema;
  std::vector<int> keys;
};

struct KeyedHarnessOptions {
  uint32_t parallelism = 1;
  uint32_t batch_rows = kDefaultBatchRows;
  bool rocksdb = false;
  uint64_t memory_limit = 0;  // bytes; 0: none. Only for rocksdb.
  uint64_t sort_memory = 0;   // bytes that a sort takes before it goes to disk; 0: any
};

class KeyedHarness {
 public:
  // Failures abort the test program.
  KeyedHarness(graph::OperatorSpec spec, KeyedShape shape, KeyedHarnessOptions options = {});
  KeyedHarness(graph::OperatorSpec spec, std::vector<KeyedInput> inputs, Schema output,
               KeyedHarnessOptions options);
  ~KeyedHarness();

  void Feed(const std::string& rows) { Feed(0, rows); }
  void Feed(const Batch& batch) { Feed(0, batch); }
  void Feed(int port, const std::string& rows);
  void Feed(int port, const Batch& batch);
  void Watermark(int64_t millis);
  void AdvanceClock(int64_t millis);
  void End();
  // What new readers are given, into `seeded`. REQUIRES: nothing was fed since the restart.
  void Seed();
  // Takes a checkpoint, closes everything, and restores it at another parallelism.
  void Restart(uint32_t parallelism);
  // The same as another operator of the same state.
  void RestartAs(graph::OperatorSpec spec);
  // Of all subtasks.
  StateStatistics statistics() const;
  const Schema& output() const { return node_.output; }
  // Records that were given to sorters, which is what does not fit into memory.
  uint64_t sorter_records() const { return sorter_records_; }

  CapturedOutput out;
  CapturedOutput seeded;
  ManualClock clock;
  OperatorMetrics metrics;

 private:
  struct Instance;
  void OpenAll(std::vector<OperatorStateEntry> restored, std::vector<StateFile> files);
  void CloseAll();

  graph::Node node_;
  std::optional<graph::OperatorSpec> next_spec_;
  std::vector<KeyedInput> inputs_;
  KeyedHarnessOptions options_;
  std::string directory_;
  uint64_t checkpoint_ = 0;
  std::optional<std::vector<StateMove>> moves_;  // of a restart that is coming
  bool forgot_ = false;                          // as OperatorContext's
  uint64_t starts_ = 0;
  uint64_t sorter_records_ = 0;
  expr::EvaluationContext evaluation_;
  std::unique_ptr<StateBackend> backend_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

}  // namespace weir::operators
