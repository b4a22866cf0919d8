#include "shell/query_view.h"

#include <fmt/format.h>

#include "runtime/types/batch_text.h"

namespace weir::shell {

std::vector<Value> RowValues(const Batch& batch, uint32_t row) {
  std::vector<Value> values;
  values.reserve(batch.columns.size());
  for (const ColumnPtr& column : batch.columns) values.push_back(GetValue(*column, row));
  return values;
}

void FoldedTable::Add(std::string key, std::vector<Value> row) {
  places_[std::move(key)].push_back(table_.rows.size());
  table_.rows.push_back(std::move(row));
  present_.push_back(1);
  ++live_;
}

Status FoldedTable::Take(const std::string& key) {
  const auto found = places_.find(key);
  if (found == places_.end()) {
    return Status::DataError("the changes take away a row that is not there: " + key);
  }
  present_[found->second.back()] = 0;
  table_.rows[found->second.back()].clear();
  found->second.pop_back();
  if (found->second.empty()) places_.erase(found);
  --live_;
  return {};
}

Status FoldedTable::Apply(const Batch& batch) {
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    std::string text;
    FormatRow(batch, row, text);
    std::string key = text.substr(2);  // without the kind
    if (IsAddition(batch.kind(row))) {
      Add(std::move(key), RowValues(batch, row));
    } else {
      RETURN_IF_ERROR(Take(key));
    }
  }
  return {};
}

ResultTable FoldedTable::Table() const {
  ResultTable shown;
  shown.columns = table_.columns;
  for (size_t i = 0; i < table_.rows.size(); ++i) {
    if (present_[i] != 0) shown.rows.push_back(table_.rows[i]);
  }
  return shown;
}

void TableView::Begin(const ResultTable& header, bool) {
  std::lock_guard lock(mutex_);
  folded_ = FoldedTable();
  folded_.Begin(header);
}

Status TableView::OnBatch(const Batch& batch) {
  std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(folded_.Apply(batch));
  if (folded_.row_count() <= most_rows_) return {};
  return Status::DataError(fmt::format("the result has more than {} rows", most_rows_))
      .WithHint("add LIMIT, write it into a table, or raise 'sql-client.execution.max-table-result.rows'");
}

std::optional<ResultTable> TableView::End() {
  std::lock_guard lock(mutex_);
  return folded_.Table();
}

}  // namespace weir::shell
