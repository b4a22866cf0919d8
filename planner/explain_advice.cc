#include "planner/explain_advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/uid/assign.h"
#include "runtime/graph/aggregate_state.h"

namespace weir::planner {
namespace {

using graph::Node;

class Adviser {
 public:
  Adviser(const PlannedJob& job, bool one_phase) : job_(job), one_phase_(one_phase) {}

  std::vector<Advice> Collect() {
    for (const Node& node : job_.graph.nodes) {
      CheckName(node);
      CheckDeterminism(node);
      CheckGrowth(node);
      CheckPhases(node);
    }
    return std::move(advice_);
  }

 private:
  void Add(bool warning, std::string message, const Node& node) {
    advice_.push_back({warning, std::move(message), node.span});
  }

  void CheckName(const Node& node) {
    if (node.uid_stable || node.suggested_name.empty()) return;
    Add(true,
        fmt::format(
            "the state of {} has a generated uid, which an edit of the query may lose: name "
            "its clause, for example {}",
            node.uid, node.suggested_name),
        node);
  }

  // Whether rows that come into the node may be taken back.
  bool TakesBack(const Node& node) const {
    return std::ranges::any_of(node.inputs, [&](const graph::Edge& edge) {
      return !job_.graph.nodes[static_cast<size_t>(edge.from)].changelog.append_only();
    });
  }

  void CheckDeterminism(const Node& node) {
    const auto* calc = std::get_if<graph::CalcSpec>(&node.spec);
    if (calc == nullptr || !TakesBack(node)) return;
    std::vector<std::string> names;
    for (const Field& field : graph::InputSchema(job_.graph, node).fields)
      names.push_back(field.name);
    const auto check = [&](const expr::ExprPtr& expression) {
      if (!expression || expr::IsDeterministic(*expression)) return;
      Add(true,
          fmt::format(
              "{} has another value for a row that is taken back than it had for the row that "
              "was sent: compute it before rows are updated",
              expr::ToString(*expression, names)),
          node);
    };
    check(calc->filter);
    std::ranges::for_each(calc->projections, check);
  }

  // State with one row per key (or all rows of a join or an OVER) that nothing but a time-to-live
  // ever drops.
  static bool Accumulates(const Node& node) {
    if (const auto* aggregate = std::get_if<graph::GroupAggregateSpec>(&node.spec)) {
      return aggregate->phase != graph::AggregatePhase::kLocal && !aggregate->keys.empty();
    }
    return std::holds_alternative<graph::JoinSpec>(node.spec) ||
           std::holds_alternative<graph::TemporalJoinSpec>(node.spec) ||
           std::holds_alternative<graph::RankSpec>(node.spec) ||
           std::holds_alternative<graph::OverRecomputeSpec>(node.spec) ||
           std::holds_alternative<graph::DeduplicateSpec>(node.spec) ||
           std::holds_alternative<graph::ChangelogNormalizeSpec>(node.spec) ||
           std::holds_alternative<graph::UpsertMaterializeSpec>(node.spec) ||
           std::holds_alternative<graph::UpsertCompactSpec>(node.spec);
  }

  void CheckGrowth(const Node& node) {
    if (job_.bounded || !Accumulates(node)) return;
    const OperatorStateSchema state =
        graph::StateOf(node.spec, graph::InputSchema(job_.graph, node));
    // A sliced table never grows for good: the watermark removes its slices as their windows end.
    const bool lasts = std::ranges::any_of(state.tables, [](const StateSchema& table) {
      return table.ttl_millis == 0 && !table.sliced;
    });
    if (!lasts) return;
    Add(false,
        fmt::format("the state of {} grows with every new key and never expires: set "
                    "'table.exec.state.ttl', or write /*+ STATE_TTL('…') */ behind SELECT",
                    node.uid),
        node);
  }

  void CheckPhases(const Node& node) {
    const auto* aggregate = std::get_if<graph::GroupAggregateSpec>(&node.spec);
    const auto* window = std::get_if<graph::WindowAggregateSpec>(&node.spec);
    const bool single =
        (aggregate != nullptr && aggregate->phase == graph::AggregatePhase::kSingle &&
         graph::MaySplit(aggregate->calls, aggregate->input_retracts)) ||
        (window != nullptr && window->phase == graph::AggregatePhase::kSingle &&
         graph::MaySplit(window->calls, window->input_retracts));
    if (!one_phase_ || !single || job_.parallelism == 1) return;
    Add(false,
        fmt::format(
            "{} aggregates in one phase: with 'table.optimizer.agg-phase-strategy' = 'AUTO' "
            "each task would add up its own rows first, so that fewer are exchanged",
            node.uid),
        node);
  }

  const PlannedJob& job_;
  bool one_phase_;
  std::vector<Advice> advice_;
};

}  // namespace

std::vector<Advice> AdviceOn(const PlannedJob& job, bool one_phase) {
  return Adviser(job, one_phase).Collect();
}

std::string AdviceText(const std::vector<Advice>& advice, std::string_view sql) {
  std::string text = "== Plan Advice ==\n";
  if (advice.empty()) return text + "No advice: nothing about this plan is known to surprise.\n";
  for (size_t i = 0; i < advice.size(); ++i) {
    text += fmt::format("advice[{}]: [{}] {}", i + 1, advice[i].warning ? "WARNING" : "ADVICE",
                        advice[i].message);
    if (!sql.empty() && !advice[i].span.empty()) {
      text += fmt::format(" ({})", uid::PlaceInWords(sql, advice[i].span));
    }
    text += '\n';
  }
  return text;
}

}  // namespace weir::planner
