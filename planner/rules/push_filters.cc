// push-filters: conditions move towards the sources: through projections, below unions and window
// table functions, and into scans, whose readers may then skip the decoding of rejected rows.
//
//   SELECT * FROM (SELECT price * 2 AS d, bidder FROM bid) WHERE d > 10 AND bidder = 7
//   Filter(d > 10 AND bidder = 7) over Project over Scan
//     =>  Project over Filter(price * 2 > 10 AND bidder = 7) over Scan(filter: the same)
//
// The filter over a scan stays: a reader may reject rows early, it need not. Every record counts
// for the watermark, so a filter never moves below a Watermark; only the scan under it learns the
// condition and deselects rows, without leaving them out. What several consumers read is not
// narrowed for one.
#include <algorithm>
#include <unordered_set>

#include "planner/logical/rewrite.h"
#include "planner/rules/large_conditions.h"
#include "planner/rules/predicates.h"
#include "planner/rules/rule.h"
#include "runtime/expr/foreign.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using logical::Node;
using logical::NodePtr;
using Conditions = std::vector<ExprPtr>;

// Conditions parted into those that move down and those that stay.
struct Parted {
  Conditions down;
  Conditions stay;
};

// A condition that may fail does not pass one that stays and stood in front of it.
template <typename Movable>
Parted Part(const Conditions& conditions, const Movable& movable) {
  Parted parted;
  for (const ExprPtr& condition : conditions) {
    const bool moves = expr::IsDeterministic(*condition) && movable(*condition) &&
                       (parted.stay.empty() || CannotFail(*condition));
    (moves ? parted.down : parted.stay).push_back(condition);
  }
  return parted;
}

bool AllColumns(const expr::Expr& expression, const std::vector<uint8_t>& allowed) {
  std::vector<int> columns;
  expr::CollectColumns(expression, columns);
  return std::all_of(columns.begin(), columns.end(),
                     [&](int column) { return allowed[static_cast<size_t>(column)] != 0; });
}

class Pusher {
 public:
  explicit Pusher(std::unordered_set<const Node*>& shared) : shared_(shared) {}

  // The rows of `input` for which all conditions hold, each decided as far below as it may be.
  NodePtr Push(const NodePtr& input, const Conditions& conditions, const logical::Origin& origin) {
    if (conditions.empty()) return input;
    if (shared_.count(input.get()) != 0) return MakeFilter(input, conditions, origin);
    if (const auto* project = std::get_if<logical::Project>(&input->operation)) {
      return ThroughProject(*project, input, conditions, origin);
    }
    if (const auto* filter = std::get_if<logical::Filter>(&input->operation)) {
      Conditions all = SplitConjunction(filter->predicate);
      all.insert(all.end(), conditions.begin(), conditions.end());
      return Push(input->inputs[0], all, origin);
    }
    if (std::holds_alternative<logical::Union>(input->operation)) {
      return ThroughUnion(input, conditions, origin);
    }
    const bool replicates = std::holds_alternative<logical::Replicate>(input->operation);
    if (replicates && logical::IsUnnest(*input)) return ThroughUnnest(input, conditions, origin);
    if (const auto* windows = std::get_if<logical::WindowTable>(&input->operation)) {
      return ThroughWindowTable(*windows, input, conditions, origin);
    }
    if (const auto* watermark = std::get_if<logical::Watermark>(&input->operation)) {
      return MakeFilter(BelowWatermark(*watermark, input, conditions), conditions, origin);
    }
    if (std::holds_alternative<logical::Scan>(input->operation)) {
      return MakeFilter(IntoScan(input, conditions), conditions, origin);
    }
    return MakeFilter(input, conditions, origin);
  }

 private:
  NodePtr ThroughProject(const logical::Project& project, const NodePtr& node,
                         const Conditions& conditions, const logical::Origin& origin) {
    const Parted parted = Part(conditions, [&](const expr::Expr& condition) {
      if (IsTooLargeBelow(condition, project)) return false;
      std::vector<int> columns;
      expr::CollectColumns(condition, columns);
      return std::all_of(columns.begin(), columns.end(), [&](int column) {
        return expr::IsDeterministic(*project.expressions[static_cast<size_t>(column)]);
      });
    });
    Conditions below;
    for (const ExprPtr& condition : parted.down) {
      below.push_back(expr::Substitute(condition, project.expressions));
    }
    const NodePtr input = Push(node->inputs[0], below, origin);
    return MakeFilter(logical::WithInputs(node, {input}), parted.stay, origin);
  }

  NodePtr ThroughUnion(const NodePtr& node, const Conditions& conditions,
                       const logical::Origin& origin) {
    const Parted parted = Part(conditions, [](const expr::Expr&) { return true; });
    std::vector<NodePtr> branches;
    for (const NodePtr& branch : node->inputs) {
      std::vector<ExprPtr> columns;
      for (size_t i = 0; i < branch->columns.size(); ++i) {
        columns.push_back(logical::ColumnRef(*branch, static_cast<int>(i)));
      }
      Conditions below;
      for (const ExprPtr& condition : parted.down)
        below.push_back(expr::Substitute(condition, columns));
      branches.push_back(Push(branch, below, origin));
    }
    return MakeFilter(logical::WithInputs(node, std::move(branches)), parted.stay, origin);
  }

  // The values of the collection do not exist below.
  NodePtr ThroughUnnest(const NodePtr& node, const Conditions& conditions,
                        const logical::Origin& origin) {
    std::vector<uint8_t> allowed(node->columns.size(), 0);
    std::fill_n(allowed.begin(), node->inputs[0]->columns.size() - 1, uint8_t{1});
    const Parted parted = Part(
        conditions, [&](const expr::Expr& condition) { return AllColumns(condition, allowed); });
    const NodePtr input = Push(node->inputs[0], parted.down, origin);
    return MakeFilter(logical::WithInputs(node, {input}), parted.stay, origin);
  }

  // A session is made by all rows of its keys: only whole keys may be left out below.
  NodePtr ThroughWindowTable(const logical::WindowTable& windows, const NodePtr& node,
                             const Conditions& conditions, const logical::Origin& origin) {
    const bool session = windows.window.kind == window::WindowKind::kSession;
    std::vector<uint8_t> allowed(node->columns.size(), session ? 0 : 1);
    // The last three columns are the window's, which do not exist below.
    std::fill(allowed.end() - 3, allowed.end(), uint8_t{0});
    if (session) {
      for (const int key : windows.keys) allowed[static_cast<size_t>(key)] = 1;
    }
    const Parted parted = Part(
        conditions, [&](const expr::Expr& condition) { return AllColumns(condition, allowed); });
    const NodePtr input = Push(node->inputs[0], parted.down, origin);
    return MakeFilter(logical::WithInputs(node, {input}), parted.stay, origin);
  }

  // Tells the scan under a Watermark, with projections between them, what will be rejected. Columns
  // that the watermark is made from must come from the scan as they are: others are not computed
  // for deselected rows.
  NodePtr BelowWatermark(const logical::Watermark& watermark, const NodePtr& node,
                         const Conditions& conditions) {
    std::vector<int> needed = {watermark.spec.rowtime_column};
    expr::CollectColumns(*watermark.spec.watermark, needed);
    Conditions hints;
    for (const ExprPtr& condition : conditions) {
      if (expr::IsDeterministic(*condition)) hints.push_back(condition);
    }
    const NodePtr input = Annotate(node->inputs[0], hints, std::move(needed));
    return logical::WithInputs(node, {input});
  }

  NodePtr Annotate(const NodePtr& node, const Conditions& conditions, std::vector<int> needed) {
    if (shared_.count(node.get()) != 0) return node;
    if (std::holds_alternative<logical::Scan>(node->operation)) return IntoScan(node, conditions);
    const auto* project = std::get_if<logical::Project>(&node->operation);
    if (project == nullptr) return node;
    for (int& column : needed) {
      const expr::Expr& expression = *project->expressions[static_cast<size_t>(column)];
      if (expression.kind != expr::ExprKind::kColumn) return node;
      column = expression.column;
    }
    Conditions below;
    for (const ExprPtr& condition : conditions) {
      if (IsTooLargeBelow(*condition, *project)) continue;
      ExprPtr moved = expr::Substitute(condition, project->expressions);
      if (expr::IsDeterministic(*moved)) below.push_back(std::move(moved));
    }
    return logical::WithInputs(node, {Annotate(node->inputs[0], below, std::move(needed))});
  }

  // The scan with its filter replaced by those conditions that are about physical columns alone.
  // They are evaluated again above it: for a function in Python that costs more than a scan saves.
  static NodePtr IntoScan(const NodePtr& node, const Conditions& conditions) {
    logical::Scan scan = std::get<logical::Scan>(node->operation);
    std::vector<uint8_t> physical;
    for (const int column : scan.spec.columns) {
      physical.push_back(scan.spec.metadata_keys[static_cast<size_t>(column)].empty());
    }
    const Parted parted = Part(conditions, [&](const expr::Expr& condition) {
      return AllColumns(condition, physical) && !expr::CallsForeign(condition);
    });
    if (parted.down.empty()) return node;
    Conditions all;
    if (scan.spec.filter) all = SplitConjunction(scan.spec.filter);
    all.insert(all.end(), parted.down.begin(), parted.down.end());
    scan.spec.filter = MakeConjunction(all);
    return logical::MakeNode(std::move(scan), {}, node->columns, node->origin);
  }

  std::unordered_set<const Node*>& shared_;
};

}  // namespace

Result<logical::Plan> PushFilters(const logical::Plan& plan) {
  const auto consumers = logical::CountConsumers(plan);
  std::unordered_set<const Node*> shared;
  return logical::Rewrite(plan, [&](const Node& original, NodePtr node) -> Result<NodePtr> {
    if (const auto* filter = std::get_if<logical::Filter>(&node->operation)) {
      node =
          Pusher(shared).Push(node->inputs[0], SplitConjunction(filter->predicate), node->origin);
    }
    if (consumers.at(&original) > 1) shared.insert(node.get());
    return node;
  });
}

}  // namespace weir::rules
