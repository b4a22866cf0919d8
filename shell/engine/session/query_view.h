// Where the rows of a SELECT go: changes as they come, or the final table at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/mutex.h"
#include "runtime/result_listener.h"
#include "runtime/task/job_snapshot.h"
#include "shell/engine/session/result_table.h"

namespace weir::shell {

// Life: Begin, then OnBatch and Refresh in any order, Still, then End. OnBatch is called from the
// task that collects the result, up to End, the rest from the shell's thread; End after the task
// has ended. A failure of OnBatch ends the query with it.
class QueryView : public ResultListener {
 public:
  ~QueryView() override = default;
  // Before the first row. `bounded`: the query ends by itself.
  virtual void Begin(const ResultTable& header, bool bounded) = 0;
  Status OnWatermark(Timestamp) override { return {}; }
  // From time to time while the query runs; `now_nanos`: monotonic.
  virtual void Refresh(const task::JobSnapshot&, int64_t /*now_nanos*/) {}
  // No Refresh comes any more, though rows may: the screen is anybody's again.
  virtual void Still() {}
  // After the last row. The table to show, or nothing when rows were shown as they came.
  virtual std::optional<ResultTable> End() = 0;
  // Rows or changes so far.
  virtual uint64_t row_count() const = 0;
};

// Folds changes into a table: +I and +U add a row, -U and -D take the newest equal one away. The
// row that an update adds stands where the one stood that it took away; others keep the order in
// which they were added. Not thread-safe.
// Rows are equal when their texts are. Taking one away costs a look-up; places of rows that went
// are squeezed out from time to time.
class FoldedTable {
 public:
  // `zone`: of the session, for TIMESTAMP_LTZ.
  void Begin(const ResultTable& header, TimeZone zone = TimeZone::Utc());
  // kDataError when a row is taken away that is not there.
  Status Apply(const Batch& batch);
  // Rows that are there now; removes nothing.
  ResultTable Table() const;
  // At most `most` of them: the first ones, or the last when `newest`.
  ResultTable Part(size_t most, bool newest) const;
  // Forgets the oldest rows but `kept`. REQUIRES: append_only(), or the forgotten rows are never
  // taken away.
  void KeepNewest(size_t kept);
  size_t row_count() const { return live_; }
  // No row was ever taken away.
  bool append_only() const { return append_only_; }

 private:
  void Add(std::string key, std::vector<Value> row, bool updates);
  Status Take(const std::string& key);
  void Compact();

  ResultTable table_;  // header; rows with holes
  TimeZone zone_;
  std::vector<std::string> keys_;  // of each place; as text, without the kind
  std::vector<uint8_t> present_;
  std::unordered_map<std::string, std::vector<size_t>> places_;  // row text -> places, newest last
  std::optional<size_t> vacated_;                                // by the -U before
  size_t live_ = 0;
  bool append_only_ = true;
};

// Row `row` of a batch as values, in the session's zone.
std::vector<Value> RowValues(const Batch& batch, uint32_t row, const TimeZone& zone);

// Collects the final table; at most `most_rows` rows (kDataError beyond).
// Shows nothing before the end; the table's rows are in the order of FoldedTable.
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

// Chooses the view once it is known whether the query ends by itself.
// REQUIRES: the chooser never gives null.
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
