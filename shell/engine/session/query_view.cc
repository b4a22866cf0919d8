#include "shell/engine/session/query_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "runtime/types/batch_text.h"

namespace weir::shell {

std::vector<Value> RowValues(const Batch& batch, uint32_t row, const TimeZone& zone) {
  std::vector<Value> values;
  values.reserve(batch.columns.size());
  for (const ColumnPtr& column : batch.columns)
    values.push_back(InZone(GetValue(*column, row), zone));
  return values;
}

void FoldedTable::Begin(const ResultTable& header, TimeZone zone) {
  *this = FoldedTable();
  table_.columns = header.columns;
  table_.order = header.order;
  zone_ = std::move(zone);
}

void FoldedTable::Add(std::string key, std::vector<Value> row, std::string sorted_by,
                      bool updates) {
  size_t place = table_.rows.size();
  if (updates && vacated_) {
    place = *vacated_;
    table_.rows[place] = std::move(row);
    keys_[place] = key;
    sorted_by_[place] = std::move(sorted_by);
    present_[place] = 1;
  } else {
    // The row comes last: if one of these throws for lack of memory, the table without the row can
    // still be shown.
    keys_.push_back(key);
    sorted_by_.push_back(std::move(sorted_by));
    present_.push_back(1);
    table_.rows.push_back(std::move(row));
  }
  places_[std::move(key)].push_back(place);
  vacated_.reset();
  ++live_;
}

Status FoldedTable::Take(const std::string& key) {
  const auto found = places_.find(key);
  if (found == places_.end()) {
    return Status::DataError("the changes take away a row that is not there: " + key);
  }
  const size_t place = found->second.back();
  found->second.pop_back();
  if (found->second.empty()) places_.erase(found);
  present_[place] = 0;
  table_.rows[place].clear();
  keys_[place].clear();
  vacated_ = place;
  append_only_ = false;
  --live_;
  return {};
}

Status FoldedTable::Apply(const Batch& batch) {
  std::vector<ColumnPtr> ordered;
  for (const graph::SortKey& key : table_.order)
    ordered.push_back(batch.columns[static_cast<size_t>(key.column)]);
  sort_keys_.Encode(ordered, table_.order, batch.row_count);
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    std::string text;
    FormatRow(batch, row, text);
    std::string key = text.substr(2);  // without the kind
    const RowKind kind = batch.kind(row);
    if (IsAddition(kind)) {
      Add(std::move(key), RowValues(batch, row, zone_), std::string(sort_keys_[row]),
          kind == RowKind::kUpdateAfter);
    } else {
      RETURN_IF_ERROR(Take(key));
      if (kind == RowKind::kDelete) vacated_.reset();
    }
  }
  constexpr size_t kFewHoles = 1024;
  if (table_.rows.size() > 2 * live_ + kFewHoles) Compact();
  return {};
}

void FoldedTable::Compact() {
  size_t to = 0;
  places_.clear();
  for (size_t from = 0; from < table_.rows.size(); ++from) {
    // The hole that a -U has just made is kept for the +U that follows.
    if (present_[from] == 0 && vacated_ != from) continue;
    if (vacated_ == from) vacated_ = to;
    if (to != from) {
      table_.rows[to] = std::move(table_.rows[from]);
      keys_[to] = std::move(keys_[from]);
      sorted_by_[to] = std::move(sorted_by_[from]);
      present_[to] = present_[from];
    }
    if (present_[to] != 0) places_[keys_[to]].push_back(to);
    ++to;
  }
  table_.rows.resize(to);
  keys_.resize(to);
  sorted_by_.resize(to);
  present_.resize(to);
}

ResultTable FoldedTable::Table() const {
  return Part(live_, false);
}

std::vector<size_t> FoldedTable::Positions() const {
  std::vector<size_t> positions;
  positions.reserve(live_);
  for (size_t i = 0; i < table_.rows.size(); ++i) {
    if (present_[i] != 0) positions.push_back(i);
  }
  if (!table_.order.empty()) {
    std::ranges::stable_sort(positions, {},
                             [this](size_t i) { return std::string_view(sorted_by_[i]); });
  }
  return positions;
}

ResultTable FoldedTable::Part(size_t most, bool newest) const {
  ResultTable shown;
  shown.columns = table_.columns;
  const std::vector<size_t> positions = Positions();
  const size_t count = std::min(most, positions.size());
  const auto part = newest ? std::span(positions).last(count) : std::span(positions).first(count);
  for (const size_t i : part) shown.rows.push_back(table_.rows[i]);
  return shown;
}

void FoldedTable::KeepNewest(size_t kept) {
  for (size_t i = 0; i < table_.rows.size() && live_ > kept; ++i) {
    if (present_[i] == 0) continue;
    present_[i] = 0;
    --live_;
  }
  Compact();
}

void TableView::Begin(const ResultTable& header, bool) {
  const MutexLock lock(mutex_);
  folded_.Begin(header, zone_);
}

Status TableView::OnBatch(const Batch& batch) {
  const MutexLock lock(mutex_);
  RETURN_IF_ERROR(folded_.Apply(batch));
  if (folded_.row_count() <= most_rows_) return {};
  return Status::DataError(fmt::format("the result has more than {} rows", most_rows_))
      .WithHint(
          "add LIMIT, write it into a table, or raise "
          "'sql-client.execution.max-table-result.rows'");
}

std::optional<ResultTable> TableView::End() {
  const MutexLock lock(mutex_);
  return folded_.Table();
}

uint64_t TableView::row_count() const {
  const MutexLock lock(mutex_);
  return folded_.row_count();
}

void ChosenView::Begin(const ResultTable& header, bool bounded) {
  view_ = choose_(bounded);
  view_->Begin(header, bounded);
}

void ChosenView::Refresh(const task::JobSnapshot& job, int64_t now_nanos) {
  if (view_ != nullptr) view_->Refresh(job, now_nanos);
}

void ChosenView::Still() {
  if (view_ != nullptr) view_->Still();
}

std::optional<ResultTable> ChosenView::End() {
  return view_ == nullptr ? std::nullopt : view_->End();
}

}  // namespace weir::shell
