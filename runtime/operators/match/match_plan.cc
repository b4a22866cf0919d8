#include "runtime/operators/match/match_plan.h"

#include <algorithm>

namespace weir::operators {
namespace {

using graph::MatchValueKind;

bool IsOf(const graph::MatchGroup& group, int variable) {
  return group.variables.empty() ||
         std::ranges::find(group.variables, variable) != group.variables.end();
}

}  // namespace

MatchPlan::MatchPlan(const graph::MatchSpec& spec)
    : spec_(spec), cells_(graph::CellsOf(spec)), reach_(graph::ReachOf(spec)) {
  decisive_.assign(static_cast<size_t>(cells_.count), 0);
  SetKinds();
  for (size_t i = 0; i < spec.variables.size(); ++i) {
    Variable variable;
    for (size_t group = 0; group < cells_.groups.size(); ++group) {
      if (IsOf(cells_.groups[group], static_cast<int>(i))) variable.groups.push_back(group);
    }
    SetTest(spec.variables[i].condition, variable);
    variables_.push_back(std::move(variable));
  }
  for (uint32_t position = 0; position < spec.positions.size(); ++position) {
    asked_.push_back(AskedOf(position));
  }
  asked_.push_back(AskedOf(kStart));
}

void MatchPlan::SetKinds() {
  kinds_.assign(static_cast<size_t>(cells_.count), Cell::kRow);
  extended_ = reach_.before > 0 || reach_.numbered || replays();
  for (size_t group = 0; group < cells_.groups.size(); ++group) {
    const graph::MatchGroup& of = cells_.groups[group];
    if (of.all) kinds_[static_cast<size_t>(cells_.All(group))] = Cell::kList;
    if (!of.classified) continue;
    std::fill_n(kinds_.begin() + cells_.Classes(group), of.firsts + of.lasts, Cell::kVariable);
    extended_ = true;
  }
  if (replays()) kinds_[static_cast<size_t>(cells_.path)] = Cell::kList;
}

void MatchPlan::SetTest(const expr::ExprPtr& condition, Variable& variable) {
  if (condition == nullptr) return;
  expr::CollectColumns(*condition, variable.values);
  std::ranges::sort(variable.values);
  variable.values.erase(std::unique(variable.values.begin(), variable.values.end()),
                        variable.values.end());
  for (const int value : variable.values) Decide(ValueAt(value));
  variable.test = Test::kComputed;
  if (condition->kind != expr::ExprKind::kColumn) return;
  const graph::MatchValue& value = ValueAt(condition->column);
  if (value.kind != MatchValueKind::kCurrent || value.shift != 0) return;
  variable.test = Test::kFlag;
  variable.column = value.column;
}

void MatchPlan::Decide(const graph::MatchValue& value) {
  if (value.kind == MatchValueKind::kCurrent) return;
  const size_t group = cells_.GroupOf(value.variables, value.shift);
  const auto mark = [this](int cell) { decisive_[static_cast<size_t>(cell)] = 1; };
  if (value.kind == MatchValueKind::kAggregate) return mark(cells_.All(group));
  int first = value.kind == MatchValueKind::kFirst ? cells_.First(group) : cells_.Last(group);
  if (value.classifier) first += cells_.Classes(group) - cells_.First(group);
  for (int cell = first; cell <= first + value.offset; ++cell) mark(cell);
}

std::vector<int> MatchPlan::AskedOf(uint32_t position) const {
  std::vector<int> asked;
  for (const int next : Next(position)) {
    const int variable = VariableAt(next);
    if (this->variable(variable).test != Test::kComputed) continue;
    if (std::ranges::find(asked, variable) == asked.end()) asked.push_back(variable);
  }
  return asked;
}

bool MatchPlan::SameFuture(const uint32_t* a, const uint32_t* b) const {
  for (size_t cell = 0; cell < decisive_.size(); ++cell) {
    if (decisive_[cell] != 0 && a[cell] != b[cell]) return false;
  }
  return true;
}

}  // namespace weir::operators
