// The last part of join-conditions: which columns are still time attributes.
#include <fmt/format.h>

#include <algorithm>

#include "planner/logical/rewrite.h"
#include "planner/rules/join_conditions.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;
using logical::TimeAttribute;

// The column of the first input that column `column` of the node's output is; -1 when it is none.
int SourceOf(const Node& node, size_t column) {
  if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
    const expr::Expr& expression = *project->expressions[column];
    return expression.kind == expr::ExprKind::kColumn ? expression.column : -1;
  }
  if (const auto* match = std::get_if<logical::Match>(&node.operation)) {
    const graph::MatchSpec& spec = match->spec;
    const size_t partition = spec.partition.size();
    if (column < partition) return spec.partition[column];
    return spec.values[static_cast<size_t>(spec.given[column - partition])].column;
  }
  if (std::holds_alternative<logical::ToChangelog>(node.operation))
    return static_cast<int>(column) - 1;
  if (const auto* changes = std::get_if<logical::FromChangelog>(&node.operation))
    return changes->spec.InputOf(static_cast<int>(column));
  const std::vector<int>* keys = nullptr;
  if (const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation)) {
    keys = &aggregate->keys;
  } else if (const auto* window = std::get_if<logical::WindowAggregate>(&node.operation)) {
    keys = &window->keys;
  }
  if (keys != nullptr) return column < keys->size() ? (*keys)[column] : -1;
  const bool passes = !node.inputs.empty() && column < node.inputs[0]->columns.size();
  return passes ? static_cast<int>(column) : -1;
}

int WindowTimeOf(const Node& node) {
  if (const auto* table = std::get_if<logical::WindowTable>(&node.operation)) {
    return table->time_column;
  }
  if (const auto* window = std::get_if<logical::WindowAggregate>(&node.operation)) {
    return window->time_column;
  }
  return -1;
}

// Whether the join is an interval join in SQL's sense, by time attributes. One that was only found
// to be bounded by other columns is a regular join.
bool IsOfAttributes(const Node& original, const logical::Join& join) {
  const auto is_time = [&](size_t side, int column) {
    const auto index = static_cast<size_t>(column);
    return original.inputs[side]->columns[index].time != TimeAttribute::kNone;
  };
  return is_time(0, join.interval->left_time) && is_time(1, join.interval->right_time);
}

Status LostTime(const Node& node, int column) {
  const std::string& name = node.inputs[0]->columns[static_cast<size_t>(column)].name;
  return Status::InvalidSql(
             fmt::format("\"{}\" is no time attribute any more: it went through a regular join, "
                         "whose rows come when their last match comes",
                         name))
      .WithId("E2010")
      .WithHint(
          "over inputs with inserts only, bound the times of both in the join's condition: a.t "
          "BETWEEN b.t - INTERVAL '1' HOUR AND b.t")
      .WithSpan(node.origin.span);
}

}  // namespace

Result<logical::Plan> DropJoinedTimes(const logical::Plan& plan) {
  return logical::Rewrite(plan, [](const Node& original, NodePtr node) -> Result<NodePtr> {
    const int time = WindowTimeOf(*node);
    if (time >= 0) {
      const auto column = static_cast<size_t>(time);
      const bool had = original.inputs[0]->columns[column].time != TimeAttribute::kNone;
      if (had && node->inputs[0]->columns[column].time == TimeAttribute::kNone) {
        return LostTime(*node, time);
      }
    }
    std::vector<logical::Column> columns = node->columns;
    const auto* join = std::get_if<logical::Join>(&node->operation);
    const bool regular = join != nullptr && !join->lookup && !join->versions && !join->window &&
                         !(join->interval && IsOfAttributes(original, *join));
    bool changed = false;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].time == TimeAttribute::kNone) continue;
      const int source = join != nullptr ? -1 : SourceOf(*node, i);
      const bool lost =
          source >= 0 &&
          node->inputs[0]->columns[static_cast<size_t>(source)].time == TimeAttribute::kNone &&
          !std::holds_alternative<logical::Watermark>(node->operation);
      if (!regular && !lost) continue;
      columns[i].time = TimeAttribute::kNone;
      changed = true;
    }
    if (!changed) return node;
    return logical::MakeNode(node->operation, node->inputs, std::move(columns), node->origin);
  });
}

}  // namespace weir::rules
