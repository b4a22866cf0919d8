#include "runtime/operators/match/match_runs.h"

#include <algorithm>
#include <utility>

namespace weir::operators {

uint32_t RowLists::Push(uint32_t row, uint32_t before) {
  for (size_t link = first_of_row_; link < links_.size(); ++link) {
    if (links_[link].row == row && links_[link].before == before)
      return static_cast<uint32_t>(link);
  }
  links_.push_back({row, before});
  return size() - 1;
}

MatchStep::MatchStep(const MatchPlan& plan)
    : plan_(plan),
      none_(static_cast<size_t>(plan.cells().count), kNoRow),
      truths_(plan.variable_count(), 0) {}

void MatchStep::Remember(int variable, uint32_t row, RowLists& lists) {
  const graph::MatchCells& cells = plan_.cells();
  for (const size_t number : plan_.variable(variable).groups) {
    const graph::MatchGroup& group = cells.groups[number];
    const auto first = run_.begin() + cells.First(number);
    const auto free = std::find(first, first + group.firsts, kNoRow);
    if (free != first + group.firsts) *free = row;
    const auto last = run_.begin() + cells.Last(number);
    if (group.lasts > 0) {
      std::move_backward(last, last + group.lasts - 1, last + group.lasts);
      *last = row;
    }
    if (group.all) {
      uint32_t& list = run_[static_cast<size_t>(cells.All(number))];
      list = lists.Push(row, list);
    }
  }
}

bool MatchStep::IsKnown(uint32_t position) const {
  for (size_t run = 0; run < positions_.size(); ++run) {
    if (positions_[run] == position &&
        plan_.SameFuture(cells_.data() + run * run_.size(), run_.data()))
      return true;
  }
  return false;
}

bool MatchStep::Branch(const MatchRow& row, uint32_t from, const uint32_t* cells, RowLists& lists,
                       MatchAttempt& attempt) {
  for (const int next : plan_.Next(from)) {
    const int variable = plan_.VariableAt(next);
    if (truths_[static_cast<size_t>(variable)] == 0) continue;
    run_.assign(cells, cells + none_.size());
    Remember(variable, row.id, lists);
    const auto position = static_cast<uint32_t>(next);
    if (IsKnown(position)) continue;
    if (!plan_.Next(position).empty()) {
      positions_.push_back(position);
      cells_.insert(cells_.end(), run_.begin(), run_.end());
    }
    if (!plan_.EndsAt(next)) continue;
    attempt.matched = true;
    attempt.end = row.number;
    attempt.end_time = row.time;
    attempt.match = run_;
    return false;
  }
  return true;
}

void MatchStep::Advance(const MatchRow& row, MatchTruths& truths, RowLists& lists,
                        MatchAttempt& attempt) {
  positions_.clear();
  cells_.clear();
  bool open = true;
  for (size_t run = 0; run < attempt.positions.size(); ++run) {
    const uint32_t from = attempt.positions[run];
    truths.Next(from, truths_);
    const uint32_t* cells = attempt.cells.data() + run * none_.size();
    if (open) open = Branch(row, from, cells, lists, attempt);
  }
  attempt.positions.assign(positions_.begin(), positions_.end());
  attempt.cells.assign(cells_.begin(), cells_.end());
}

MatchAttempt MatchStep::Begin(const MatchRow& row, MatchTruths& truths, RowLists& lists) {
  MatchAttempt attempt;
  attempt.start = row.number;
  attempt.start_time = row.time;
  positions_.clear();
  cells_.clear();
  truths.Next(MatchPlan::kStart, truths_);
  Branch(row, MatchPlan::kStart, none_.data(), lists, attempt);
  attempt.positions.assign(positions_.begin(), positions_.end());
  attempt.cells.assign(cells_.begin(), cells_.end());
  return attempt;
}

}  // namespace weir::operators
