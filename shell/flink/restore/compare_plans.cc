#include "shell/flink/restore/compare_plans.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "runtime/checkpoint/restore_plan.h"
#include "shell/flink/plan/kept_state.h"

namespace weir::shell::flink {
namespace {

using checkpoint::RestoreRow;
using checkpoint::Verdict;

std::string InWords(const KeptColumn& column) {
  return fmt::format("{} {}", column.text, column.type);
}

FlinkVerdict Incompatible(std::string reason) {
  return {.verdict = Verdict::kIncompatible, .reason = std::move(reason)};
}

// What Flink, which looks at types and places alone, would make of columns; null where each stays
// what it was. `ours`: what our planner says of the operator as a whole.
std::optional<FlinkVerdict> ByPlace(std::string_view what, const std::vector<KeptColumn>& before,
                                    const std::vector<KeptColumn>& after, Verdict ours) {
  if (before.size() != after.size()) {
    return Incompatible(fmt::format("Flink keeps {} by place: they were {}, and are {}", what,
                                    before.size(), after.size()));
  }
  std::vector<size_t> changed;
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].type != after[i].type) {
      return Incompatible(fmt::format("Flink keeps {} by place and type: {} was {}, and is {}",
                                      what, i + 1, InWords(before[i]), InWords(after[i])));
    }
    if (before[i].text != after[i].text) changed.push_back(i);
  }
  if (changed.empty()) return std::nullopt;
  // One column in other words is what our planner says that it is. Of several of one type nobody
  // can say which is which.
  bool alike = false;
  for (const size_t i : changed) {
    for (const size_t j : changed) alike = alike || (i != j && before[i].type == before[j].type);
  }
  if (ours <= Verdict::kMigrate && !alike) return std::nullopt;
  const size_t first = changed.front();
  return Incompatible(fmt::format("Flink keeps {} by place, and would take {} for {}", what,
                                  before[first].text, after[first].text));
}

std::string_view Trait(const KeptState& kept, const std::string& name) {
  const auto found = kept.traits.find(name);
  return found == kept.traits.end() ? "" : std::string_view(found->second);
}

// What Flink would make of a node's state as it is kept; null for what our planner says.
std::optional<FlinkVerdict> AsKept(const KeptState& before, const KeptState& after, Verdict ours) {
  const std::pair<std::string_view, std::vector<KeptColumn> KeptState::*> parts[] = {
      {"keys", &KeptState::keys},
      {"columns", &KeptState::columns},
      {"accumulators", &KeptState::calls}};
  for (const auto& [what, part] : parts) {
    const std::vector<KeptColumn>& was = before.*part;
    if (std::optional<FlinkVerdict> moved = ByPlace(what, was, after.*part, ours)) return moved;
  }
  std::map<std::string, std::string> traits = before.traits;
  traits.insert(after.traits.begin(), after.traits.end());
  for (const auto& [name, text] : traits) {
    if (Trait(before, name) == Trait(after, name)) continue;
    return Incompatible(
        fmt::format("{} has changed, and what Flink keeps is for the former one", name));
  }
  if (before.conditions != after.conditions && ours <= Verdict::kMigrate) {
    return FlinkVerdict{
        .verdict = Verdict::kSemantic,
        .reason = fmt::format("Flink had rows with ({}) here, and has those with ({})",
                              fmt::join(before.conditions, ") and ("),
                              fmt::join(after.conditions, ") and ("))};
  }
  return std::nullopt;
}

class Comparer {
 public:
  Comparer(const RunningPlan& before, const RunningPlan& after, const graph::JobGraph& graph)
      : before_(before), after_(after) {
    for (RestoreRow& row : checkpoint::PlanRestore(before.operators, graph, {}).rows) {
      std::string uid = row.uid;
      rows_.emplace(std::move(uid), std::move(row));
    }
  }

  Result<std::vector<FlinkVerdict>> Compare() {
    kept_before_ = TRY(ReadKeptStates(before_.plan));
    kept_after_ = TRY(ReadKeptStates(after_.plan));
    std::map<int, const NumberedNode*> left;
    for (const NumberedNode& node : before_.nodes) {
      if (node.has_state) left[node.id] = &node;
    }
    std::vector<FlinkVerdict> verdicts;
    for (const NumberedNode& node : after_.nodes) {
      if (!node.has_state) continue;
      const RestoreRow* row = WorstOf(node);
      FlinkVerdict verdict = left.erase(node.id) > 0 ? Continued(node, row) : Added(row);
      if (row != nullptr) verdict.here = row->verdict;
      verdict.name = node.name;
      verdict.description = node.description;
      verdicts.push_back(std::move(verdict));
    }
    for (const NumberedNode& node : before_.nodes) {
      if (!left.contains(node.id) || !node.has_state) continue;
      verdicts.push_back({node.name, Verdict::kDrop, Verdict::kDrop,
                          "no operator of the edited query continues it", node.description});
    }
    return verdicts;
  }

 private:
  // The severest of what our planner says of the operators that a node is.
  const RestoreRow* WorstOf(const NumberedNode& node) const {
    const RestoreRow* worst = nullptr;
    for (const std::string& uid : node.uids) {
      const auto row = rows_.find(uid);
      if (row == rows_.end()) continue;
      if (worst == nullptr || row->second.verdict > worst->verdict) worst = &row->second;
    }
    return worst;
  }

  // Here a new reader of results that exist is sent these first (RestoreRow::seeded_from).
  static FlinkVerdict Added(const RestoreRow* row) {
    if (row == nullptr || row->seeded_from.empty()) return {.verdict = Verdict::kNew};
    return {.verdict = Verdict::kPartial,
            .reason = fmt::format("it starts with new rows: Flink does not send it what {} has "
                                  "given so far",
                                  fmt::join(row->seeded_from, ", "))};
  }

  FlinkVerdict Continued(const NumberedNode& node, const RestoreRow* row) const {
    const Verdict ours = row == nullptr ? Verdict::kFull : row->verdict;
    const auto was = kept_before_.find(node.id), is = kept_after_.find(node.id);
    if (was != kept_before_.end() && is != kept_after_.end()) {
      if (std::optional<FlinkVerdict> verdict = AsKept(was->second, is->second, ours))
        return *std::move(verdict);
    }
    if (row == nullptr || ours == Verdict::kMigrate) return {};
    if (ours == Verdict::kNew)
      return {.verdict = Verdict::kSemantic, .reason = "it was another operator"};
    return {.verdict = ours, .reason = row->reason};
  }

  const RunningPlan& before_;
  const RunningPlan& after_;
  std::map<std::string, RestoreRow> rows_;  // by uids, ours
  std::map<int, KeptState> kept_before_, kept_after_;
};

}  // namespace

Result<std::vector<FlinkVerdict>> ComparePlans(const RunningPlan& before, const RunningPlan& after,
                                               const graph::JobGraph& graph) {
  return Comparer(before, after, graph).Compare();
}

}  // namespace weir::shell::flink
