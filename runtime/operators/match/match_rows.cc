#include "runtime/operators/match/match_rows.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace weir::operators {

void MatchRows::Add(FoundMatch match, const MatchAttempt& attempt) {
  found_.push_back(match);
  cells_.insert(cells_.end(), attempt.match.begin(), attempt.match.end());
  if (!plan_.replays()) return;
  around_of_.push_back(
      {around_.size(), attempt.befores, static_cast<uint32_t>(attempt.around.size())});
  around_.insert(around_.end(), attempt.around.begin(), attempt.around.end());
}

void MatchRows::Replay(uint32_t match, RowLists& lists) {
  path_.clear();
  uint32_t link = cells_[(match + 1) * plan_.width() - 1];
  for (; link != kNoRow; link = lists.at(link).before) path_.push_back(lists.at(link));
  std::ranges::reverse(path_);
  const Around& around = around_of_[match];
  const auto beside = around_.begin() + static_cast<std::ptrdiff_t>(around.begin);
  rows_.assign(beside, beside + around.befores);
  for (const RowLists::Link& taken : path_) rows_.push_back(taken.row);
  rows_.insert(rows_.end(), beside + around.befores, beside + around.count);
  std::vector<uint32_t> cells(plan_.width(), kNoRow);
  const size_t first = given_.size();
  for (size_t i = 0; i < path_.size(); ++i) {
    lists.BeginRow();
    step_.Replay({path_[i].row, 0, 0, rows_, around.befores + i}, path_[i].position, lists, cells);
    const bool excluded = plan_.spec().positions[path_[i].position].excluded;
    const bool wanted = plan_.spec().all_rows ? !excluded : i + 1 == path_.size();
    if (wanted) given_.push_back({match, path_[i].row, replayed_.size(), 0});
    if (wanted || i + 1 == path_.size())
      replayed_.insert(replayed_.end(), cells.begin(), cells.end());
  }
  for (size_t i = first; i < given_.size(); ++i)
    given_[i].complete = replayed_.size() - plan_.width();
}

Result<ColumnPtr> MatchRows::GivenColumn(int value) const {
  const graph::MatchValue& what = plan_.spec().values[static_cast<size_t>(value)];
  if (what.kind == graph::MatchValueKind::kNumber) {
    const auto count = static_cast<uint32_t>(given_.size());
    const MutableColumnPtr numbers = Column::Make(what.type, count);
    for (uint32_t i = 0; i < count; ++i)
      numbers->mutable_data<int64_t>()[i] = found_[given_[i].match].number;
    return ColumnPtr(numbers);
  }
  const bool of_row = what.running || what.kind == graph::MatchValueKind::kCurrent;
  return std::move(TRY(values_.Of({&value, 1}, -1, of_row ? running_ : complete_)).columns[0]);
}

Result<Batch> MatchRows::Take(const Batch& keys, const std::vector<int>& key_columns,
                              RowLists& lists) {
  const auto count = static_cast<uint32_t>(found_.size());
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [this](uint32_t i) { return found_[i].order; });
  given_.clear();
  replayed_.clear();
  for (const uint32_t match : order) {
    if (plan_.replays()) {
      Replay(match, lists);
    } else {
      given_.push_back({match, kNoRow, match * plan_.width(), match * plan_.width()});
    }
  }
  const uint32_t* cells = plan_.replays() ? replayed_.data() : cells_.data();
  running_.clear();
  complete_.clear();
  std::vector<uint32_t> rows;
  for (const Given& given : given_) {
    rows.push_back(found_[given.match].key_row);
    running_.push_back({cells + given.cells, given.row});
    complete_.push_back({cells + given.complete, kNoRow});
  }
  Batch result;
  result.row_count = static_cast<uint32_t>(given_.size());
  if (result.row_count > 0) {
    for (const int column : key_columns) {
      result.columns.push_back(
          GatherColumn(*keys.columns[static_cast<size_t>(column)], rows.data(), result.row_count));
    }
    for (const int value : plan_.spec().given) result.columns.push_back(TRY(GivenColumn(value)));
  }
  found_.clear();
  cells_.clear();
  around_of_.clear();
  around_.clear();
  return result;
}

}  // namespace weir::operators
