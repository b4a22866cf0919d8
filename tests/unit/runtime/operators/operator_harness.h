// Runs one operator, or its local and global halves, over batches written as text, and folds what
// comes out. Rows are routed by key groups, and a restart goes through a checkpoint of the memory
// backend.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/file_system.h"
#include "runtime/graph/aggregate_state.h"
#include "runtime/operators/factory/factory.h"
#include "runtime/types/batch_text.h"
#include "state/checkpoint/backends.h"

namespace weir::operators {

// What an operator put out: lines as text, watermarks as "watermark 17", and the rows left after
// folding.
class CapturedOutput : public Output {
 public:
  Status Emit(Batch batch) override;
  Status EmitWatermark(Timestamp watermark) override;

  const std::vector<std::string>& lines() const { return lines_; }
  std::vector<std::string> TakeLines() { return std::exchange(lines_, {}); }
  // Row text without its kind -> how often it is there.
  const std::map<std::string, int>& table() const { return table_; }
  // The table as sorted lines.
  std::vector<std::string> Rows() const;
  // Every row that came with its late mark, as "+I[1, a] behind 17" where it has one, sorted.
  std::vector<std::string> RowsWithMarks() const;
  // Retractions of rows that were not there; batches beyond the limit.
  int violations() const { return violations_; }
  size_t max_batch_rows = SIZE_MAX;

 private:
  std::vector<std::string> lines_;
  std::vector<std::string> marked_rows_;
  std::map<std::string, int> table_;
  int violations_ = 0;
};

inline std::string WatermarkLine(int64_t millis) {
  return "watermark " + std::to_string(millis);
}

// "1970-01-01 00:00:01.017"
inline std::string TimeText(int64_t millis) {
  const MutableColumnPtr column = Column::Make(Type::Timestamp(3), 1);
  column->mutable_data<int64_t>()[0] = millis * 1000;
  std::string text;
  FormatCell(*column, 0, text);
  return text;
}

// A clock that stands still until it is told.
class ManualClock : public Clock {
 public:
  Timestamp Now() const override { return now; }
  int64_t MonotonicNanos() const override { return now.millis * 1'000'000; }
  void Sleep(std::chrono::nanoseconds) override {}
  Timestamp now{0};
};

struct HarnessOptions {
  uint32_t parallelism = 1;
  uint32_t batch_rows = kDefaultBatchRows;
  bool two_phases = false;
};

class OperatorHarness {
 public:
  // `spec` is that of the single phase. Failures abort the test program.
  OperatorHarness(graph::OperatorSpec spec, Schema input, Schema output,
                  HarnessOptions options = {});
  ~OperatorHarness();

  void Feed(const std::string& rows);
  void Feed(const Batch& batch);
  // To every subtask; forwarded once.
  void Watermark(int64_t millis);
  // To one subtask only, as when its inputs are ahead of the others'.
  void WatermarkOf(uint32_t subtask, int64_t millis);
  // Sets the clock and calls those that asked to be called by then.
  void AdvanceClock(int64_t millis);
  void End();
  // Rows of state, of all subtasks and tables.
  uint64_t StateRows() const;
  // Takes a checkpoint, closes everything, and restores it at another parallelism.
  void Restart(uint32_t parallelism);

  CapturedOutput out;
  ManualClock clock;
  OperatorMetrics metrics;

 private:
  struct Instance;
  void OpenAll(std::vector<OperatorStateEntry> restored, std::vector<StateFile> files);
  void Route(Batch batch);
  void CloseAll();

  graph::Node node_;
  graph::Node local_node_;
  Schema input_;
  Schema global_input_;
  std::vector<int> keys_;
  HarnessOptions options_;
  std::string directory_;
  uint64_t checkpoint_ = 0;
  expr::EvaluationContext evaluation_;
  std::unique_ptr<StateBackend> backend_;
  std::unique_ptr<Operator> local_;
  std::unique_ptr<OperatorContext> local_context_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

// A bound call over the columns of `input`.
expr::AggregateCall MakeCall(const std::string& function, const Schema& input,
                             std::vector<int> arguments, bool distinct = false, int filter = -1);

// `batch` with the marks that a watermark operator gives it: the partition's watermark is the
// greatest time seen less `delay_millis`, and `watermark` before and after the batch.
Batch MarkLate(Batch batch, int time_column, int64_t delay_millis, int64_t& watermark);

}  // namespace weir::operators
