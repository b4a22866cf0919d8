#include <fmt/format.h>

#include <algorithm>

#include "planner/planner.h"
#include "planner/rules/empty_inputs.h"
#include "planner/rules/final_rows.h"
#include "planner/rules/rule_list.h"
#include "planner/rules/time_sorts.h"
#include "planner/traits/traits.h"
#include "planner/uid/assign.h"
#include "planner/uid/meaning.h"
#include "runtime/base/names.h"

namespace weir::planner {
namespace {

bool ReturnsRows(const logical::Plan& plan) {
  return std::any_of(plan.roots.begin(), plan.roots.end(), [](const logical::NodePtr& root) {
    return std::holds_alternative<logical::Collect>(root->operation);
  });
}

bool IsOff(std::string_view rule, const std::vector<std::string>& disabled) {
  return std::any_of(disabled.begin(), disabled.end(),
                     [&](const std::string& name) { return EqualsIgnoreCase(name, rule); });
}

std::vector<Warning> WarnOfUnstableNames(const graph::JobGraph& graph) {
  std::vector<Warning> warnings;
  for (const graph::Node& node : graph.nodes) {
    if (node.uid_stable) continue;
    warnings.push_back(
        {fmt::format("the state of {} has no stable name, so that an edit of the query may "
                     "lose it; name its clause, for example {}",
                     node.name, node.suggested_name),
         node.span});
  }
  return warnings;
}

// Whether the node gives a few rows at most: what a scalar subquery gives and is compared with, and
// what NOT IN knows of NULLs.
bool GivesFewRows(const graph::JobGraph& graph, int index) {
  const graph::Node* node = &graph.nodes[static_cast<size_t>(index)];
  while (std::holds_alternative<graph::CalcSpec>(node->spec)) {
    node = &graph.nodes[static_cast<size_t>(node->inputs[0].from)];
  }
  if (const auto* aggregate = std::get_if<graph::GroupAggregateSpec>(&node->spec)) {
    return std::ranges::all_of(aggregate->keys, [&](int key) {
      const Schema& input = graph.nodes[static_cast<size_t>(node->inputs[0].from)].output;
      return input.fields.at(static_cast<size_t>(key)).type.kind() == TypeKind::kBoolean;
    });
  }
  if (const auto* sort = std::get_if<graph::SortLimitSpec>(&node->spec)) return sort->limit == 1;
  const auto* values = std::get_if<graph::ValuesSpec>(&node->spec);
  return values != nullptr && values->rows.size() == 1;
}

// Joins of many rows with many in which nothing has to be equal.
void WarnOfNestedLoops(const graph::JobGraph& graph, std::vector<Warning>& warnings) {
  for (const graph::Node& node : graph.nodes) {
    const auto* join = std::get_if<graph::JoinSpec>(&node.spec);
    if (join == nullptr || !join->shape.left.keys.empty()) continue;
    const bool few = std::ranges::any_of(
        node.inputs, [&](const graph::Edge& input) { return GivesFewRows(graph, input.from); });
    if (few) continue;
    const std::string_view way = join->shape.type == graph::JoinType::kAnti
                                     ? "NOT IN compares so where several columns may be NULL, or "
                                       "rows expire: NOT EXISTS with an equality finds rows by keys"
                                     : "add an equality to its condition if there is one";
    warnings.push_back(
        {fmt::format("no columns have to be equal in {}: every row is compared with every row of "
                     "the other side, on one subtask; {}",
                     node.name, way),
         node.span});
  }
}

// AUTO, NONE or FORCE; `what` is for messages.
template <typename Whether>
Result<Whether> ParseWhether(std::string_view text, std::string_view what) {
  if (EqualsIgnoreCase(text, "AUTO")) return Whether::kAuto;
  if (EqualsIgnoreCase(text, "NONE")) return Whether::kNone;
  if (EqualsIgnoreCase(text, "FORCE")) return Whether::kForce;
  return Status::InvalidArgument(fmt::format("no way {}: \"{}\"", what, text))
      .WithId("E6001")
      .WithHint("write AUTO, NONE or FORCE");
}

}  // namespace

Result<PlannedJob> PlanBound(const logical::Plan& bound, const graph::ConnectorCatalog& connectors,
                             const PlannerOptions& options) {
  PlannedJob job;
  job.parallelism = options.parallelism;
  job.bound = TRY(rules::ResolveMetadata(bound));
  RETURN_IF_ERROR(Verify(job.bound));
  const bool is_query = ReturnsRows(job.bound);
  logical::Plan normalized = TRY(rules::Normalize(TRY(rules::CountEmptyInputs(job.bound))));
  normalized = TRY(rules::FindTimeSorts(normalized, connectors));
  if (options.batch || options.final_table)
    normalized = TRY(rules::CountNothingInTheEnd(normalized));
  if (options.batch) normalized = TRY(rules::FinalRows(normalized, connectors));
  if (options.final_table) normalized = TRY(rules::OverFinalTables(normalized));
  const logical::Plan normal = TRY(uid::NameStates(normalized));
  const logical::Plan named = TRY(uid::Assign(normal, {.auto_generate = options.auto_generate_uids,
                                                       .sql = options.sql,
                                                       .time_zone = options.time_zone,
                                                       .connectors = &connectors,
                                                       .reuse = options.reuse,
                                                       .former_names = options.former_names}));
  job.optimized = TRY(rules::Optimize(named, options.disabled_rules));
  const Result<traits::TraitMap> inferred = traits::Infer(job.optimized, connectors);
  if (!inferred.ok()) return inferred.status();
  const traits::TraitMap& traits = *inferred;
  lower::LowerOptions lowering{options.parallelism, options.phases, options.time_zone,
                               options.keyed_shuffle};
  if (IsOff(rules::kTwoPhaseAggregation, options.disabled_rules)) {
    lowering.phases = lower::PhaseStrategy::kOnePhase;
  }
  job.graph = TRY(lower::Lower(job.optimized, traits, lowering));
  for (const logical::NodePtr& root : job.optimized.roots) {
    job.bounded = job.bounded && traits.at(root.get()).bounded;
    job.ends = job.ends && traits.at(root.get()).ends;
  }
  if (!is_query) job.warnings = WarnOfUnstableNames(job.graph);
  WarnOfNestedLoops(job.graph, job.warnings);
  return job;
}

Result<lower::PhaseStrategy> ParsePhaseStrategy(std::string_view text) {
  if (EqualsIgnoreCase(text, "AUTO")) return lower::PhaseStrategy::kAuto;
  if (EqualsIgnoreCase(text, "ONE_PHASE")) return lower::PhaseStrategy::kOnePhase;
  if (EqualsIgnoreCase(text, "TWO_PHASE")) return lower::PhaseStrategy::kTwoPhase;
  return Status::InvalidArgument(fmt::format("no strategy of aggregation: \"{}\"", text))
      .WithId("E6001")
      .WithHint("write AUTO, ONE_PHASE or TWO_PHASE");
}

Result<logical::Materialize> ParseMaterialize(std::string_view text) {
  return ParseWhether<logical::Materialize>(text, "to write upserts");
}

Result<lower::KeyedShuffle> ParseKeyedShuffle(std::string_view text) {
  return ParseWhether<lower::KeyedShuffle>(text, "to spread rows by key");
}

Result<std::vector<std::string>> ParseRuleNames(std::string_view text) {
  std::vector<std::string> names;
  std::string name;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c != ',' && c != ';') {
      if (c != ' ') name += c;
    } else if (!name.empty()) {
      names.push_back(std::move(name));
      name.clear();
    }
  }
  RETURN_IF_ERROR(rules::CheckRuleNames(names));
  return names;
}

}  // namespace weir::planner
