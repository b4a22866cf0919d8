// Where the rows of a SELECT go: changes as they come, or the final table at the end.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/result_listener.h"
#include "shell/result_table.h"

namespace weir::shell {

// Called from the task that collects a result, then from the shell's thread once it has ended.
class QueryView : public ResultListener {
 public:
  ~QueryView() override = default;
  // Before the first row. `bounded`: the query ends by itself.
  virtual void Begin(const ResultTable& header, bool bounded) = 0;
  Status OnWatermark(Timestamp) override { return {}; }
  // After the last row. The table to show, or nothing when rows were shown as they came.
  virtual std::optional<ResultTable> End() = 0;
};

// Folds changes into a table: +I and +U add a row, -U and -D take the newest equal one away. Rows keep the
// order in which they were added. Not thread-safe.
class FoldedTable {
 public:
  void Begin(const ResultTable& header) { table_ = header; }
  // kDataError when a row is taken away that is not there.
  Status Apply(const Batch& batch);
  // Rows that are there now; removes nothing.
  ResultTable Table() const;
  size_t row_count() const { return live_; }

 private:
  void Add(std::string key, std::vector<Value> row);
  Status Take(const std::string& key);

  ResultTable table_;                                   // header; rows with holes
  std::vector<uint8_t> present_;
  std::unordered_map<std::string, std::vector<size_t>> places_;  // row text -> places, newest last
  size_t live_ = 0;
};

// Row `row` of a batch as values.
std::vector<Value> RowValues(const Batch& batch, uint32_t row);

// Collects the final table; at most `most_rows` rows (kDataError beyond).
class TableView final : public QueryView {
 public:
  explicit TableView(size_t most_rows) : most_rows_(most_rows) {}
  void Begin(const ResultTable& header, bool bounded) override;
  Status OnBatch(const Batch& batch) override;
  std::optional<ResultTable> End() override;

 private:
  size_t most_rows_;
  std::mutex mutex_;
  FoldedTable folded_;  // guarded by mutex_
};

}  // namespace weir::shell
