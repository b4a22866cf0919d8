#include "runtime/operators/match/match_runs.h"

#include <algorithm>
#include <utility>

namespace weir::operators {

uint32_t RowLists::Push(uint32_t row, uint32_t before, uint32_t position) {
  for (size_t link = first_of_row_; link < links_.size(); ++link) {
    const Link& known = links_[link];
    if (known.row == row && known.before == before && known.position == position)
      return static_cast<uint32_t>(link);
  }
  links_.push_back({row, before, position});
  return size() - 1;
}

MatchStep::MatchStep(const MatchPlan& plan)
    : plan_(plan),
      none_(static_cast<size_t>(plan.cells().count), kNoRow),
      truths_(plan.variable_count(), 0) {}

void MatchStep::RememberEnds(const MatchRow& row, uint32_t variable, size_t number) {
  const graph::MatchCells& cells = plan_.cells();
  const graph::MatchGroup& group = cells.groups[number];
  const uint32_t id = row.Shifted(group.shift);
  const auto classes = group.classified ? run_.begin() + cells.Classes(number) : run_.end();
  const auto first = run_.begin() + cells.First(number);
  const auto free = std::find(first, first + group.firsts, kNoRow);
  if (free != first + group.firsts) {
    *free = id;
    if (group.classified) classes[free - first] = variable;
  }
  if (group.lasts == 0) return;
  const auto last = run_.begin() + cells.Last(number);
  std::move_backward(last, last + group.lasts - 1, last + group.lasts);
  *last = id;
  if (!group.classified) return;
  const auto class_of_last = classes + group.firsts;
  std::move_backward(class_of_last, class_of_last + group.lasts - 1, class_of_last + group.lasts);
  *class_of_last = variable;
}

void MatchStep::Remember(const MatchRow& row, uint32_t position, RowLists& lists) {
  const graph::MatchCells& cells = plan_.cells();
  const int variable = plan_.VariableAt(static_cast<int>(position));
  for (const size_t number : plan_.variable(variable).groups) {
    const graph::MatchGroup& group = cells.groups[number];
    RememberEnds(row, static_cast<uint32_t>(variable), number);
    if (!group.all) continue;
    uint32_t& list = run_[static_cast<size_t>(cells.All(number))];
    list = lists.Push(row.id, list);
  }
}

void MatchStep::Replay(const MatchRow& row, uint32_t position, RowLists& lists,
                       std::vector<uint32_t>& cells) {
  std::swap(run_, cells);
  Remember(row, position, lists);
  std::swap(run_, cells);
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
    const auto position = static_cast<uint32_t>(next);
    Remember(row, position, lists);
    if (plan_.replays()) {
      uint32_t& path = run_.back();
      path = lists.Push(row.id, path, position);
    }
    if (IsKnown(position)) continue;
    if (!plan_.Next(position).empty()) {
      positions_.push_back(position);
      cells_.insert(cells_.end(), run_.begin(), run_.end());
    }
    // Of several that end with the last row of the partition the first is preferred, too, but it is
    // no match where another row comes.
    if (!plan_.EndsAt(next) || (attempt.matched && plan_.spec().to_end)) continue;
    attempt.matched = true;
    attempt.end = row.number;
    attempt.end_time = row.time;
    attempt.match = run_;
    attempt.around.resize(attempt.befores);
    if (!plan_.spec().to_end) return false;
  }
  return true;
}

void MatchStep::Advance(const MatchRow& row, MatchTruths& truths, RowLists& lists,
                        MatchAttempt& attempt) {
  positions_.clear();
  cells_.clear();
  if (plan_.spec().to_end) attempt.matched = false;
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
  if (plan_.replays()) {
    attempt.around.assign(row.around.begin(), row.around.end());
    attempt.befores = static_cast<uint32_t>(row.around.size());
  }
  positions_.clear();
  cells_.clear();
  truths.Next(MatchPlan::kStart, truths_);
  Branch(row, MatchPlan::kStart, none_.data(), lists, attempt);
  attempt.positions.assign(positions_.begin(), positions_.end());
  attempt.cells.assign(cells_.begin(), cells_.end());
  return attempt;
}

}  // namespace weir::operators
