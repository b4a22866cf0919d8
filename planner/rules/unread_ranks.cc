// A rank that nobody reads is not emitted: without it, a row that enters in the middle moves no
// other. Part of find-ranks, since it decides which changes are sent.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "planner/logical/rewrite.h"
#include "planner/rules/rule.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;

class Readers {
 public:
  explicit Readers(const logical::Plan& plan) {
    for (const NodePtr& node : logical::ProducersFirst(plan)) {
      for (const NodePtr& input : node->inputs) consumers_[input.get()].push_back(node.get());
    }
  }

  // Whether the column decides anything but itself. Each column of a node is followed once, however
  // many ways lead to it.
  bool IsRead(const Node& node, int column) {
    const auto found = consumers_.find(&node);
    if (found == consumers_.end()) return true;
    const std::pair<const Node*, int> asked(&node, column);
    if (const auto known = read_.find(asked); known != read_.end()) return known->second;
    const bool read = std::any_of(found->second.begin(), found->second.end(),
                                  [&](const Node* consumer) { return Reads(*consumer, column); });
    return read_.emplace(asked, read).first->second;
  }

 private:
  static bool Mentions(const expr::Expr& expression, int column) {
    std::vector<int> columns;
    expr::CollectColumns(expression, columns);
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  }

  bool Reads(const Node& consumer, int column) {
    if (const auto* project = std::get_if<logical::Project>(&consumer.operation)) {
      for (size_t i = 0; i < project->expressions.size(); ++i) {
        if (Mentions(*project->expressions[i], column) && IsRead(consumer, static_cast<int>(i))) {
          return true;
        }
      }
      return false;
    }
    if (const auto* filter = std::get_if<logical::Filter>(&consumer.operation)) {
      return Mentions(*filter->predicate, column) || IsRead(consumer, column);
    }
    if (const auto* aggregate = std::get_if<logical::Aggregate>(&consumer.operation)) {
      return ReadsRow(aggregate->keys, aggregate->calls, column);
    }
    if (const auto* window = std::get_if<logical::WindowAggregate>(&consumer.operation)) {
      return ReadsRow(window->keys, window->calls, column);
    }
    return !std::holds_alternative<logical::Union>(consumer.operation) || IsRead(consumer, column);
  }

  static bool ReadsRow(const std::vector<int>& keys, const std::vector<expr::AggregateCall>& calls,
                       int column) {
    const auto holds = [&](const std::vector<int>& columns) {
      return std::find(columns.begin(), columns.end(), column) != columns.end();
    };
    return holds(keys) ||
           std::any_of(calls.begin(), calls.end(), [&](const expr::AggregateCall& call) {
             return call.filter == column || holds(call.arguments);
           });
  }

  std::unordered_map<const Node*, std::vector<const Node*>> consumers_;
  std::map<std::pair<const Node*, int>, bool> read_;
};

// The node without its last column, which is replaced by a constant that is never read.
NodePtr WithoutRank(const NodePtr& node, logical::Operation operation) {
  std::vector<logical::Column> columns = node->columns;
  columns.pop_back();
  const NodePtr bare =
      logical::MakeNode(std::move(operation), node->inputs, std::move(columns), node->origin);
  logical::Project project;
  for (size_t i = 0; i < bare->columns.size(); ++i) {
    project.expressions.push_back(logical::ColumnRef(*bare, static_cast<int>(i)));
  }
  project.expressions.push_back(
      expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), int64_t{0})));
  return logical::MakeNode(std::move(project), {bare}, node->columns, node->origin);
}

}  // namespace

Result<logical::Plan> LeaveOutUnreadRanks(const logical::Plan& plan) {
  Readers readers(plan);
  return logical::Rewrite(plan, [&](const Node& original, NodePtr node) -> Result<NodePtr> {
    const int last = static_cast<int>(original.columns.size()) - 1;
    if (const auto* rank = std::get_if<logical::Rank>(&node->operation)) {
      if (!rank->output_rank || readers.IsRead(original, last)) return node;
      logical::Rank bare = *rank;
      bare.output_rank = false;
      return WithoutRank(node, std::move(bare));
    }
    if (const auto* rank = std::get_if<logical::WindowRank>(&node->operation)) {
      if (!rank->spec.output_rank || readers.IsRead(original, last)) return node;
      logical::WindowRank bare = *rank;
      bare.spec.output_rank = false;
      return WithoutRank(node, std::move(bare));
    }
    return node;
  });
}

}  // namespace weir::rules
