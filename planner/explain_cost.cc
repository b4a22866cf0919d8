#include "planner/explain_cost.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/graph/loops.h"

namespace weir::planner {
namespace {

using graph::Node;

// A bound beyond this many rows counts as unknown, so that no sum or multiple of bounds overflows.
constexpr int64_t kMost = int64_t{1} << 60;

RowBound Unknown() {
  return {};
}

RowBound AtMost(std::optional<int64_t> rows) {
  if (rows && *rows > kMost) rows.reset();
  return {rows, false};
}

struct BoundVisitor {
  const graph::ConnectorCatalog& connectors;
  const std::vector<RowBound>& inputs;

  RowBound operator()(const graph::ScanSpec& scan) const {
    const auto* connector = connectors.FindConnector(graph::OptionValue(scan.options, "connector"));
    if (connector == nullptr || connector->row_bound == nullptr) return Unknown();
    const RowBound bound = connector->row_bound(scan.table_schema, scan.options);
    return scan.filter == nullptr ? bound : AtMost(bound.at_most);
  }
  RowBound operator()(const graph::ValuesSpec& values) const {
    return {static_cast<int64_t>(values.rows.size()), true};
  }
  RowBound operator()(const graph::CalcSpec& calc) const {
    return calc.filter == nullptr ? inputs[0] : AtMost(inputs[0].at_most);
  }
  RowBound operator()(const graph::WatermarkSpec&) const { return inputs[0]; }
  RowBound operator()(const graph::CollectSpec&) const { return inputs[0]; }
  RowBound operator()(const graph::SinkSpec&) const { return inputs[0]; }
  RowBound operator()(const graph::UnionSpec&) const {
    RowBound sum{0, true};
    for (const RowBound& input : inputs) {
      if (!input.at_most) return Unknown();
      sum.at_most = *sum.at_most + *input.at_most;
      sum.exact = sum.exact && input.exact;
    }
    return *sum.at_most > kMost ? Unknown() : sum;
  }
  RowBound operator()(const graph::SortLimitSpec& sort) const {
    if (sort.limit < 0) return AtMost(inputs[0].at_most);
    return AtMost(std::min(sort.limit, inputs[0].at_most.value_or(sort.limit)));
  }
  RowBound operator()(const graph::OverAggregateSpec&) const { return AtMost(inputs[0].at_most); }
  RowBound operator()(const graph::OverAheadSpec&) const { return AtMost(inputs[0].at_most); }
  // A row is given with each match that it belongs to; past the last row none belongs to another.
  RowBound operator()(const graph::MatchSpec& match) const {
    const bool apart = !match.all_rows || match.skip == graph::MatchSkip::kPastLastRow;
    return apart ? AtMost(inputs[0].at_most) : Unknown();
  }
  RowBound operator()(const graph::TemporalJoinSpec&) const { return AtMost(inputs[0].at_most); }
  RowBound operator()(const graph::TemporalSortSpec&) const { return AtMost(inputs[0].at_most); }
  // An update is two changes; a local phase emits one row per key at most.
  RowBound operator()(const graph::GroupAggregateSpec& aggregate) const {
    const bool local = aggregate.phase == graph::AggregatePhase::kLocal;
    return Times(local || !aggregate.emit_update_before ? 1 : 2);
  }
  RowBound operator()(const graph::DeduplicateSpec&) const { return Times(2); }
  RowBound operator()(const graph::ChangelogNormalizeSpec&) const { return Times(2); }
  RowBound operator()(const graph::UpsertMaterializeSpec&) const {
    return AtMost(inputs[0].at_most);
  }
  RowBound operator()(const graph::UpsertCompactSpec&) const { return AtMost(inputs[0].at_most); }
  RowBound operator()(const graph::ToChangelogSpec& spec) const {
    const bool all = std::ranges::all_of(spec.codes, [](const auto& code) { return !!code; });
    return all ? inputs[0] : AtMost(inputs[0].at_most);
  }
  RowBound operator()(const graph::FromChangelogSpec&) const { return inputs[0]; }
  // A window of HOP or CUMULATE holds a row several times.
  RowBound operator()(const graph::WindowAggregateSpec&) const { return Unknown(); }
  RowBound operator()(const graph::WindowAssignSpec&) const { return Unknown(); }
  RowBound operator()(const graph::WindowRankSpec&) const { return AtMost(inputs[0].at_most); }
  // Ranks and joins: every row may change what many others give.
  template <typename Other>
  RowBound operator()(const Other&) const {
    return Unknown();
  }

 private:
  RowBound Times(int64_t factor) const {
    if (!inputs[0].at_most || *inputs[0].at_most > kMost / factor) return Unknown();
    return AtMost(*inputs[0].at_most * factor);
  }
};

}  // namespace

std::vector<RowBound> RowBoundsOf(const PlannedJob& job,
                                  const graph::ConnectorCatalog& connectors) {
  std::vector<RowBound> bounds;
  for (const Node& node : job.graph.nodes) {
    std::vector<RowBound> inputs;
    for (const graph::Edge& edge : node.inputs) {
      // The bounds of rows that come back to a recursion are not known.
      if (!graph::IsFeedback(node, edge)) inputs.push_back(bounds[static_cast<size_t>(edge.from)]);
    }
    bounds.push_back(std::visit(BoundVisitor{connectors, inputs}, node.spec));
  }
  return bounds;
}

std::string ToString(const RowBound& bound) {
  if (!bound.at_most) return "rows: unknown";
  return fmt::format("rows: {}{}", bound.exact ? "" : "at most ", *bound.at_most);
}

}  // namespace weir::planner
