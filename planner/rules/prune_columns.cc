// prune-columns: columns that nobody reads are dropped, down to those that sources decode. What
// aggregates compute is kept even when it is not read: it is in their state.
//
//   SELECT bidder FROM bid WHERE price > 0       (bid has ten columns)
//   Project(bidder) over Filter(price > 0) over Scan(ten columns)  =>  … over Scan(bidder, price)
#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "planner/logical/rewrite.h"
#include "planner/rules/needed_columns.h"
#include "planner/rules/rule.h"

namespace weir::rules {
namespace {

using logical::Node;
using logical::NodePtr;

// A rewritten node and where the columns of the old one are in it; -1 for dropped ones.
struct Pruned {
  NodePtr node;
  std::vector<int> places;
};

int At(const std::vector<int>& places, int column) {
  return column < 0 ? column : places[static_cast<size_t>(column)];
}

void MoveSortKeys(std::vector<graph::SortKey>& keys, const std::vector<int>& places) {
  for (graph::SortKey& key : keys) key.column = At(places, key.column);
}

std::vector<int> At(const std::vector<int>& places, const std::vector<int>& columns) {
  std::vector<int> result;
  for (const int column : columns) result.push_back(At(places, column));
  return result;
}

class Pruner {
 public:
  explicit Pruner(const logical::Plan& plan) : plan_(plan), order_(logical::ProducersFirst(plan)) {}

  logical::Plan Run() {
    for (const NodePtr& node : order_) needed_[node.get()] = Needed(node->columns.size(), 0);
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) Spread(**node);
    for (const NodePtr& node : order_) pruned_[node.get()] = Rebuild(node);
    logical::Plan result;
    for (const NodePtr& root : plan_.roots) result.roots.push_back(pruned_.at(root.get()).node);
    return result;
  }

 private:
  void Spread(const Node& node) {
    Needed& output = needed_.at(&node);
    // One column stays even if none is read: the rows of a batch are counted by it.
    const bool none = std::find(output.begin(), output.end(), 1) == output.end();
    if (none && !output.empty()) output[Cheapest(node)] = 1;
    AddNeeds(node, needed_);
  }

  static size_t Cheapest(const Node& node) {
    const auto* project = std::get_if<logical::Project>(&node.operation);
    for (size_t i = 0; i < node.columns.size(); ++i) {
      const bool fixed = node.columns[i].type.value_bytes() > 0 &&
                         node.columns[i].type.physical() != PhysicalType::kString;
      const bool computed = project && project->expressions[i]->kind != expr::ExprKind::kColumn;
      if (fixed && !computed) return i;
    }
    return 0;
  }

  // What each column of the old input is in the rewritten one. Made once for all expressions of a
  // node: there may be as many of them as of columns.
  static std::vector<expr::ExprPtr> Moved(const Pruned& input, const Node& old_input) {
    std::vector<expr::ExprPtr> columns;
    columns.reserve(old_input.columns.size());
    for (size_t i = 0; i < old_input.columns.size(); ++i) {
      columns.push_back(
          expr::MakeColumnRef(std::max(input.places[i], 0), old_input.columns[i].type));
    }
    return columns;
  }

  // The expression with its references turned to where the columns of the input are now.
  static expr::ExprPtr Move(const expr::ExprPtr& expression, const Pruned& input,
                            const Node& old_input) {
    return expr::Substitute(expression, Moved(input, old_input));
  }

  static void Move(std::vector<expr::AggregateCall>& calls, const std::vector<int>& places) {
    for (expr::AggregateCall& call : calls) {
      call.arguments = At(places, call.arguments);
      call.filter = At(places, call.filter);
    }
  }

  // Columns of `node` that are needed, in order, and where each old one goes.
  std::vector<int> Keep(const Node& node, std::vector<int>& places) const {
    const Needed& needed = needed_.at(&node);
    std::vector<int> kept;
    places.assign(needed.size(), -1);
    for (size_t i = 0; i < needed.size(); ++i) {
      if (needed[i] == 0) continue;
      places[i] = static_cast<int>(kept.size());
      kept.push_back(static_cast<int>(i));
    }
    return kept;
  }

  static std::vector<logical::Column> Columns(const Node& node, const std::vector<int>& kept) {
    std::vector<logical::Column> columns;
    for (const int column : kept) columns.push_back(node.columns[static_cast<size_t>(column)]);
    return columns;
  }

  Pruned Rebuild(const NodePtr& node) {
    if (std::holds_alternative<logical::Scan>(node->operation)) return RebuildScan(*node);
    if (std::holds_alternative<logical::Project>(node->operation)) return RebuildProject(*node);
    if (std::holds_alternative<logical::Union>(node->operation)) return RebuildUnion(*node);
    if (std::holds_alternative<logical::Recursion>(node->operation)) return RebuildRecursion(*node);
    if (std::holds_alternative<logical::Join>(node->operation)) return RebuildJoin(*node);
    const bool replicates = std::holds_alternative<logical::Replicate>(node->operation);
    if (replicates && logical::IsUnnest(*node)) return RebuildUnnest(*node);
    if (std::holds_alternative<logical::Filter>(node->operation) ||
        std::holds_alternative<logical::Watermark>(node->operation) ||
        std::holds_alternative<logical::WindowTable>(node->operation) ||
        std::holds_alternative<logical::Over>(node->operation) ||
        std::holds_alternative<logical::OverAggregate>(node->operation) ||
        std::holds_alternative<logical::Rank>(node->operation) ||
        std::holds_alternative<logical::Deduplicate>(node->operation) ||
        std::holds_alternative<logical::Normalize>(node->operation) ||
        std::holds_alternative<logical::WindowRank>(node->operation)) {
      return RebuildPassing(*node);
    }
    if (std::holds_alternative<logical::FromChangelog>(node->operation))
      return RebuildFromChangelog(*node);
    return RebuildWhole(node);
  }

  Pruned RebuildScan(const Node& node) const {
    logical::Scan scan = std::get<logical::Scan>(node.operation);
    Pruned result;
    const std::vector<int> kept = Keep(node, result.places);
    scan.spec.columns = At(scan.spec.columns, kept);
    if (scan.spec.filter) scan.spec.filter = Move(scan.spec.filter, result, node);
    result.node = logical::MakeNode(std::move(scan), {}, Columns(node, kept), node.origin);
    return result;
  }

  Pruned RebuildProject(const Node& node) const {
    const auto& project = std::get<logical::Project>(node.operation);
    const Pruned& input = pruned_.at(node.inputs[0].get());
    Pruned result;
    const std::vector<int> kept = Keep(node, result.places);
    logical::Project narrow;
    const std::vector<expr::ExprPtr> moved = Moved(input, *node.inputs[0]);
    for (const int column : kept) {
      narrow.expressions.push_back(
          expr::Substitute(project.expressions[static_cast<size_t>(column)], moved));
    }
    result.node =
        logical::MakeNode(std::move(narrow), {input.node}, Columns(node, kept), node.origin);
    return result;
  }

  // Branches must agree on their columns, whatever each has to read for itself.
  Pruned RebuildUnion(const Node& node) const {
    Pruned result;
    const std::vector<int> kept = Keep(node, result.places);
    result.node =
        logical::MakeNode(logical::Union{}, Branches(node, kept), Columns(node, kept), node.origin);
    return result;
  }

  // Keeps those of the columns beside the collection that are needed, and all that UNNEST makes of
  // the collection.
  Pruned RebuildUnnest(const Node& node) const {
    const size_t others = node.inputs[0]->columns.size() - 1;
    const Pruned input = Narrowed(node);
    Pruned result;
    std::vector<logical::Column> columns;
    for (size_t i = 0; i < node.columns.size(); ++i) {
      const bool kept = i >= others || input.places[i] >= 0;
      result.places.push_back(kept ? static_cast<int>(columns.size()) : -1);
      if (kept) columns.push_back(node.columns[i]);
    }
    result.node =
        logical::MakeNode(logical::Replicate{}, {input.node}, std::move(columns), node.origin);
    return result;
  }

  // Keeps what its input keeps, without the code.
  Pruned RebuildFromChangelog(const Node& node) const {
    const Pruned& input = pruned_.at(node.inputs[0].get());
    const auto& before = std::get<logical::FromChangelog>(node.operation).spec;
    logical::FromChangelog changes{before};
    changes.spec.op_column = input.places[static_cast<size_t>(before.op_column)];
    Pruned result;
    std::vector<logical::Column> columns;
    for (size_t i = 0; i < node.columns.size(); ++i) {
      const int from = before.InputOf(static_cast<int>(i));
      const bool kept = input.places[static_cast<size_t>(from)] >= 0;
      result.places.push_back(kept ? static_cast<int>(columns.size()) : -1);
      if (kept) columns.push_back(node.columns[i]);
    }
    result.node =
        logical::MakeNode(std::move(changes), {input.node}, std::move(columns), node.origin);
    return result;
  }

  // The input that leads back to a recursion needs all columns that leave it.
  Pruned RebuildRecursion(const Node& node) const {
    Pruned result;
    result.places.resize(node.columns.size());
    std::iota(result.places.begin(), result.places.end(), 0);
    result.node =
        logical::MakeNode(node.operation, Branches(node, result.places), node.columns, node.origin);
    return result;
  }

  std::vector<NodePtr> Branches(const Node& node, const std::vector<int>& kept) const {
    std::vector<NodePtr> branches;
    for (const NodePtr& branch : node.inputs) {
      const Pruned& input = pruned_.at(branch.get());
      const std::vector<int> places = At(input.places, kept);
      std::vector<int> all(input.node->columns.size());
      std::iota(all.begin(), all.end(), 0);
      branches.push_back(places == all ? input.node
                                       : logical::SelectColumns(input.node, places, node.origin));
    }
    return branches;
  }

  // A join keeps all columns of its inputs in state. Those that only another reader of the same
  // node needs are projected away first.
  Pruned Narrow(const Node& input, const Needed& both, size_t first,
                const logical::Origin& origin) {
    Pruned narrow = pruned_.at(&input);
    std::vector<int> kept;
    std::vector<int> places(narrow.places.size(), -1);
    for (size_t i = 0; i < places.size(); ++i) {
      if (both[first + i] == 0) continue;
      places[i] = static_cast<int>(kept.size());
      kept.push_back(narrow.places[i]);
    }
    if (kept.empty() || kept.size() == narrow.node->columns.size()) return narrow;
    return {logical::SelectColumns(narrow.node, kept, origin), std::move(places)};
  }

  // The output is what is left of both inputs.
  Pruned RebuildJoin(const Node& node) {
    logical::Join join = std::get<logical::Join>(node.operation);
    const Needed both = NeededByJoin(node, join, needed_.at(&node));
    const Pruned left = Narrow(*node.inputs[0], both, 0, node.origin);
    const Pruned right = Narrow(*node.inputs[1], both, node.inputs[0]->columns.size(), node.origin);
    const auto width = static_cast<int>(left.node->columns.size());
    std::vector<int> places = left.places;
    for (const int place : right.places) places.push_back(place < 0 ? place : width + place);
    join.left_keys = At(left.places, join.left_keys);
    join.right_keys = At(right.places, join.right_keys);
    if (join.interval) {
      join.interval->left_time = At(left.places, join.interval->left_time);
      join.interval->right_time = At(right.places, join.interval->right_time);
    }
    if (join.versions) {
      join.versions->left_time = At(left.places, join.versions->left_time);
      join.versions->right_time = At(right.places, join.versions->right_time);
    }
    if (join.window) {
      join.window->left_start = At(left.places, join.window->left_start);
      join.window->left_end = At(left.places, join.window->left_end);
      join.window->right_start = At(right.places, join.window->right_start);
      join.window->right_end = At(right.places, join.window->right_end);
    }
    if (join.residual) {
      std::vector<expr::ExprPtr> columns;
      for (size_t side = 0; side < 2; ++side) {
        for (const logical::Column& column : node.inputs[side]->columns) {
          columns.push_back(expr::MakeColumnRef(std::max(places[columns.size()], 0), column.type));
        }
      }
      join.residual = expr::Substitute(join.residual, columns);
    }
    Pruned result;
    result.places.assign(places.begin(),
                         places.begin() + static_cast<ptrdiff_t>(node.columns.size()));
    std::vector<logical::Column> columns(static_cast<size_t>(width));
    if (!graph::GivesLeftOnly(join.type))
      columns.resize(columns.size() + right.node->columns.size());
    for (size_t i = 0; i < node.columns.size(); ++i) {
      if (places[i] >= 0) columns[static_cast<size_t>(places[i])] = node.columns[i];
    }
    result.node = logical::MakeNode(std::move(join), {left.node, right.node}, std::move(columns),
                                    node.origin);
    return result;
  }

  // Whether the node's state holds whole rows of its input.
  static bool KeepsRows(const Node& node) {
    const auto* table = std::get_if<logical::WindowTable>(&node.operation);
    return std::holds_alternative<logical::Rank>(node.operation) ||
           std::holds_alternative<logical::OverAggregate>(node.operation) ||
           std::holds_alternative<logical::Deduplicate>(node.operation) ||
           std::holds_alternative<logical::Normalize>(node.operation) ||
           std::holds_alternative<logical::WindowRank>(node.operation) ||
           (table != nullptr && table->window.kind == window::WindowKind::kSession);
  }

  // The node's input without columns that are there for other readers, such as a time that only the
  // watermark is made of.
  Pruned Narrowed(const Node& node) const {
    const Node& old_input = *node.inputs[0];
    const Pruned& input = pruned_.at(&old_input);
    const Needed own = NeededOfInput(node, needed_.at(&node));
    std::vector<int> kept;
    Pruned result;
    result.places.assign(own.size(), -1);
    for (size_t i = 0; i < own.size(); ++i) {
      if (own[i] == 0) continue;
      result.places[i] = static_cast<int>(kept.size());
      kept.push_back(input.places[i]);
    }
    if (kept.size() == input.node->columns.size()) return input;
    result.node = logical::SelectColumns(input.node, kept, node.origin);
    return result;
  }

  static void MoveRanking(logical::Operation& operation, const std::vector<int>& places) {
    if (auto* rank = std::get_if<logical::Rank>(&operation)) {
      rank->partition = At(places, rank->partition);
      rank->input_key = At(places, rank->input_key);
      MoveSortKeys(rank->order, places);
    } else if (auto* deduplicate = std::get_if<logical::Deduplicate>(&operation)) {
      deduplicate->keys = At(places, deduplicate->keys);
      deduplicate->time_column = At(places, deduplicate->time_column);
    } else if (auto* normalize = std::get_if<logical::Normalize>(&operation)) {
      normalize->keys = At(places, normalize->keys);
    } else if (auto* window = std::get_if<logical::WindowRank>(&operation)) {
      graph::WindowRankSpec& spec = window->spec;
      spec.partition = At(places, spec.partition);
      spec.start_column = At(places, spec.start_column);
      spec.end_column = At(places, spec.end_column);
      MoveSortKeys(spec.order, places);
    } else if (auto* over = std::get_if<logical::Over>(&operation)) {
      over->partition = At(places, over->partition);
      MoveSortKeys(over->order, places);
    } else if (auto* frames = std::get_if<logical::OverAggregate>(&operation)) {
      frames->partition = At(places, frames->partition);
      MoveSortKeys(frames->order, places);
      for (graph::OverCall& call : frames->calls) {
        call.call.arguments = At(places, call.call.arguments);
        call.call.filter = At(places, call.call.filter);
        call.default_column = At(places, call.default_column);
      }
    }
  }

  // Nodes whose output is their input's columns, and maybe some of their own behind them.
  Pruned RebuildPassing(const Node& node) const {
    const Node& old_input = *node.inputs[0];
    const Pruned input = KeepsRows(node) ? Narrowed(node) : pruned_.at(&old_input);
    logical::Operation operation = node.operation;
    if (auto* filter = std::get_if<logical::Filter>(&operation)) {
      filter->predicate = Move(filter->predicate, input, old_input);
    } else if (auto* watermark = std::get_if<logical::Watermark>(&operation)) {
      watermark->spec.rowtime_column = At(input.places, watermark->spec.rowtime_column);
      watermark->spec.watermark = Move(watermark->spec.watermark, input, old_input);
    } else if (auto* table = std::get_if<logical::WindowTable>(&operation)) {
      table->time_column = At(input.places, table->time_column);
      table->keys = At(input.places, table->keys);
    }
    MoveRanking(operation, input.places);
    Pruned result;
    std::vector<logical::Column> columns(input.node->columns.size());
    for (size_t i = 0; i < old_input.columns.size(); ++i) {
      result.places.push_back(input.places[i]);
      if (input.places[i] >= 0) columns[static_cast<size_t>(input.places[i])] = node.columns[i];
    }
    for (size_t i = old_input.columns.size(); i < node.columns.size(); ++i) {
      result.places.push_back(static_cast<int>(columns.size()));
      columns.push_back(node.columns[i]);
    }
    result.node =
        logical::MakeNode(std::move(operation), {input.node}, std::move(columns), node.origin);
    return result;
  }

  // A node that keeps all of its columns, over an input that may have lost some.
  Pruned RebuildWhole(const NodePtr& node) const {
    Pruned result;
    result.places.resize(node->columns.size());
    std::iota(result.places.begin(), result.places.end(), 0);
    if (node->inputs.empty()) {
      result.node = node;
      return result;
    }
    const Pruned& input = pruned_.at(node->inputs[0].get());
    logical::Operation operation = node->operation;
    if (auto* aggregate = std::get_if<logical::Aggregate>(&operation)) {
      aggregate->keys = At(input.places, aggregate->keys);
      Move(aggregate->calls, input.places);
    } else if (auto* window = std::get_if<logical::WindowAggregate>(&operation)) {
      window->keys = At(input.places, window->keys);
      window->time_column = At(input.places, window->time_column);
      window->start_column = At(input.places, window->start_column);
      window->end_column = At(input.places, window->end_column);
      Move(window->calls, input.places);
    }
    result.node =
        logical::MakeNode(std::move(operation), {input.node}, node->columns, node->origin);
    return result;
  }

  const logical::Plan& plan_;
  std::vector<NodePtr> order_;
  NeededColumns needed_;
  std::unordered_map<const Node*, Pruned> pruned_;
};

}  // namespace

Result<logical::Plan> PruneColumns(const logical::Plan& plan) {
  return Pruner(plan).Run();
}

}  // namespace weir::rules
