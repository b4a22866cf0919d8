// Where the rows of a SELECT go: changes as they come, or the final table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/mutex.h"
#include "runtime/operators/rank/sort_order.h"
#include "runtime/result_listener.h"
#include "runtime/task/job_snapshot.h"
#include "shell/engine/session/result_table.h"

namespace weir::shell {

// Called in the order ExpectUpdates, ExpectEnd, Begin, then OnBatch and Refresh in any order, then
// Still, End. OnBatch is called by the task that collects the result, the rest by the shell's
// thread, with End after the task has ended. If OnBatch fails, the query fails.
class QueryView : public ResultListener {
 public:
  ~QueryView() override = default;
  // Called before Begin when rows will be changed or taken back.
  virtual void ExpectUpdates() {}
  // Called before Begin when the query ends by itself: its input does, or its LIMITs end the
  // reading of it.
  virtual void ExpectEnd() {}
  // Called before the first row. `bounded`: the input ends by itself.
  virtual void Begin(const ResultTable& header, bool bounded) = 0;
  Status OnWatermark(Timestamp) override { return {}; }
  // Called from time to time while the query runs; `now_nanos` is monotonic.
  virtual void Refresh(const task::JobSnapshot&, int64_t /*now_nanos*/) {}
  // No Refresh follows, though rows may: others may write to the screen now.
  virtual void Still() {}
  // Called after the last row. Returns the table to show, or nothing when rows were shown as they
  // came.
  virtual std::optional<ResultTable> End() = 0;
  // The number of rows or changes so far.
  virtual uint64_t row_count() const = 0;
};

// Takes no rows.
class NoRows final : public QueryView {
 public:
  void Begin(const ResultTable&, bool) override {}
  Status OnBatch(const Batch&) override { return {}; }
  std::optional<ResultTable> End() override { return std::nullopt; }
  uint64_t row_count() const override { return 0; }
};

// Folds changes into a table: +I and +U add a row, -U and -D remove the newest row with the same
// text. Rows are in the order of the header; where it says none, the new row of an update takes the
// position of the row that the update removed, and others keep the order in which they were added.
// Removing a row costs a lookup, and holes are removed from time to time. Not thread-safe.
class FoldedTable {
 public:
  // `zone`: that of the session, for TIMESTAMP_LTZ.
  void Begin(const ResultTable& header, TimeZone zone = TimeZone::Utc());
  // kDataError when a row is retracted that is not there.
  Status Apply(const Batch& batch);
  // The current rows; changes nothing.
  ResultTable Table() const;
  // At most `most` of the current rows: the first ones, or the last ones if `newest`.
  ResultTable Part(size_t most, bool newest) const;
  // Drops the oldest rows except the last `kept`. REQUIRES: append_only(), or that the dropped rows
  // are never retracted.
  void KeepNewest(size_t kept);
  size_t row_count() const { return live_; }
  // Whether no row was ever retracted.
  bool append_only() const { return append_only_; }

 private:
  void Add(std::string key, std::vector<Value> row, std::string sorted_by, bool updates);
  Status Take(const std::string& key);
  void Compact();
  // The positions of the current rows, in their order.
  std::vector<size_t> Positions() const;

  ResultTable table_;  // header, and rows with holes
  TimeZone zone_;
  std::vector<std::string> keys_;       // text of each position's row, without the kind
  std::vector<std::string> sorted_by_;  // of each position, as SortOrder has it; "": no order
  std::vector<uint8_t> present_;
  operators::SortOrder sort_keys_;  // of a batch
  // Row text -> positions, newest last.
  std::unordered_map<std::string, std::vector<size_t>> places_;
  std::optional<size_t> vacated_;  // position of the row that the preceding -U removed
  size_t live_ = 0;
  bool append_only_ = true;
};

// Row `row` of a batch as values, with instants in the session's zone.
std::vector<Value> RowValues(const Batch& batch, uint32_t row, const TimeZone& zone);

// Collects the final table of at most `most_rows` rows, in the order of FoldedTable; kDataError
// when there are more.
class TableView final : public QueryView {
 public:
  TableView(size_t most_rows, TimeZone zone) : most_rows_(most_rows), zone_(std::move(zone)) {}
  void Begin(const ResultTable& header, bool bounded) override;
  Status OnBatch(const Batch& batch) override;
  std::optional<ResultTable> End() override;
  uint64_t row_count() const override;

 private:
  const size_t most_rows_;
  const TimeZone zone_;
  mutable Mutex mutex_;
  FoldedTable folded_ WEIR_GUARDED_BY(mutex_);
};

// Creates the view once it is known whether the query ends by itself. REQUIRES: the function never
// returns null.
class ChosenView final : public QueryView {
 public:
  using Chooser = std::function<std::unique_ptr<QueryView>(bool bounded)>;
  explicit ChosenView(Chooser choose) : choose_(std::move(choose)) {}
  void Begin(const ResultTable& header, bool bounded) override;
  Status OnBatch(const Batch& batch) override { return view_->OnBatch(batch); }
  void Refresh(const task::JobSnapshot& job, int64_t now_nanos) override;
  void Still() override;
  std::optional<ResultTable> End() override;
  uint64_t row_count() const override { return view_ == nullptr ? 0 : view_->row_count(); }

 private:
  Chooser choose_;
  std::unique_ptr<QueryView> view_;  // after Begin
};

}  // namespace weir::shell
