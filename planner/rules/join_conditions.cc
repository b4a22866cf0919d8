// join-conditions: what a join compares is found in its ON and in the filters above it: equal
// columns become keys, a bound on the difference of two times makes an interval join, equal windows
// make a window join, what reads one input alone moves below. Always on: it decides what is kept
// in state (Flink: FlinkJoinPushExpressions, StreamPhysicalIntervalJoinRule, WindowJoinUtil).
//
//   SELECT * FROM a, b WHERE a.id = b.id + 1 AND a.x > 3 AND a.y < b.y
//   Filter over Join(inner)
//     =>  Join(inner; keys: left.id = (id + 1); where: (left.y < right.y))
//         over Filter(x > 3) over a, and Project(…, (id + 1)) over b
#include "planner/rules/join_conditions.h"

#include <algorithm>
#include <numeric>

#include "planner/logical/expression_kind.h"
#include "planner/logical/rewrite.h"
#include "planner/logical/window_columns.h"
#include "planner/rules/predicates.h"
#include "planner/rules/rule.h"
#include "planner/traits/traits.h"
#include "runtime/expr/function.h"
#include "runtime/types/key_encoding.h"

namespace weir::rules {
namespace {

using expr::ExprPtr;
using logical::Node;
using logical::NodePtr;
using logical::Side;
using logical::SideOf;

// Whether values of the two types have the same canonical keys and the same layout. Types without
// an order, such as MAP, have no canonical keys: they stay in the condition.
bool CanBeKeys(const Type& a, const Type& b) {
  const bool strings = (a.is_character() && b.is_character()) || (a.is_binary() && b.is_binary());
  const bool chars = a.kind() == TypeKind::kChar || b.kind() == TypeKind::kChar;
  const bool same = a.EqualsIgnoringNullability(b) || (strings && !chars);
  return same && CheckHasOrder(a).ok() && CheckHasOrder(b).ok();
}

// One input of a join that is given columns for its keys.
struct KeyedInput {
  NodePtr node;
  logical::Project project;  // empty while no column was added
  std::vector<logical::Column> columns;

  explicit KeyedInput(const NodePtr& input) : node(input), columns(input->columns) {}

  int ColumnOf(const ExprPtr& key) {
    if (key->kind == expr::ExprKind::kColumn) return key->column;
    for (size_t i = node->columns.size(); i < project.expressions.size(); ++i) {
      if (expr::Equal(*project.expressions[i], *key)) return static_cast<int>(i);
    }
    if (project.expressions.empty()) {
      for (size_t i = 0; i < node->columns.size(); ++i) {
        project.expressions.push_back(logical::ColumnRef(*node, static_cast<int>(i)));
      }
    }
    project.expressions.push_back(key);
    columns.push_back({expr::ToString(*key, logical::NamesOf(node->columns)), key->type});
    return static_cast<int>(columns.size()) - 1;
  }
  NodePtr Build(const logical::Origin& origin) {
    if (project.expressions.empty()) return node;
    return logical::MakeNode(std::move(project), {node}, columns, origin);
  }
};

// Sorts the keys by their names, so that another order in the text is the same state.
void SortKeys(logical::Join& join, const KeyedInput& left, const KeyedInput& right) {
  std::vector<size_t> order(join.left_keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto names = [&](size_t i) {
    return std::pair(left.columns[static_cast<size_t>(join.left_keys[i])].name,
                     right.columns[static_cast<size_t>(join.right_keys[i])].name);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return names(a) < names(b); });
  const logical::Join unsorted = join;
  for (size_t i = 0; i < order.size(); ++i) {
    join.left_keys[i] = unsorted.left_keys[order[i]];
    join.right_keys[i] = unsorted.right_keys[order[i]];
    join.null_safe[i] = unsorted.null_safe[order[i]];
  }
}

void AddKey(logical::Join& join, int left, int right, bool null_safe) {
  for (size_t i = 0; i < join.left_keys.size(); ++i) {
    if (join.left_keys[i] != left || join.right_keys[i] != right) continue;
    // = and IS NOT DISTINCT FROM of the same two columns mean =, which NULLs do not fulfil.
    if (!null_safe) join.null_safe[i] = 0;
    return;
  }
  join.left_keys.push_back(left);
  join.right_keys.push_back(right);
  join.null_safe.push_back(null_safe ? 1 : 0);
}

// `join` over wider inputs, and a projection that gives the columns of `node` back.
NodePtr Rebuild(const Node& node, logical::Join join, KeyedInput left, KeyedInput right) {
  const size_t old_width = node.inputs[0]->columns.size();
  const size_t shift = left.columns.size() - old_width;
  const bool widened = shift > 0 || right.columns.size() > node.inputs[1]->columns.size();
  const auto place = [&](size_t column) { return column < old_width ? column : column + shift; };
  if (join.residual && shift > 0) {
    std::vector<ExprPtr> columns;
    for (const NodePtr& input : node.inputs) {
      for (const logical::Column& column : input->columns) {
        columns.push_back(
            expr::MakeColumnRef(static_cast<int>(place(columns.size())), column.type));
      }
    }
    join.residual = expr::Substitute(join.residual, columns);
  }
  std::vector<logical::Column> columns = node.columns;
  const bool left_only = graph::GivesLeftOnly(join.type);
  if (widened) {
    columns = left.columns;
    if (!left_only) columns.insert(columns.end(), right.columns.begin(), right.columns.end());
    for (size_t i = 0; i < node.columns.size(); ++i) columns[place(i)] = node.columns[i];
  }
  NodePtr joined =
      logical::MakeNode(std::move(join), {left.Build(node.origin), right.Build(node.origin)},
                        std::move(columns), node.origin);
  if (!widened) return joined;
  std::vector<int> kept;
  for (size_t i = 0; i < node.columns.size(); ++i) kept.push_back(static_cast<int>(place(i)));
  return logical::SelectColumns(joined, kept, node.origin);
}

// Refuses a STATE_TTL on a join that decides itself how long rows are kept: it would have no
// effect.
Status CheckTtlHint(const logical::Join& join) {
  if (join.ttl_hint.empty()) return {};
  const auto refuse = [&](std::string_view what, std::string_view why) {
    return Status::InvalidSql(std::string(what))
        .WithId("E2015")
        .WithHint(std::string(why))
        .WithSpan(join.ttl_hint);
  };
  if (join.interval) {
    return refuse("the hint STATE_TTL does not apply to interval joins",
                  "a row is dropped when the watermark has passed its last match");
  }
  if (join.window) return logical::RefuseTtlOfWindow(join.ttl_hint);
  if (!join.lookup) return {};
  return refuse("the hint STATE_TTL does not apply to lookup joins", "they keep no state");
}

// Whether both give inserts only, once ranks and what windows they keep are found in them.
Result<bool> InsertsOnly(const std::vector<NodePtr>& inputs) {
  const logical::Plan known = TRY(GroupWindows(TRY(FindRanks({inputs}))));
  const traits::TraitMap traits = traits::InferOutputs(known);
  return std::all_of(known.roots.begin(), known.roots.end(), [&](const NodePtr& root) {
    return traits.at(root.get()).gives.append_only();
  });
}

// Takes what makes it an interval join or a window join. These take inserts only: with updates it
// stays a regular join, and the conditions on time are as others. Not by processing time, which is
// another one when a row is taken back.
Status TakeTimes(const Node& node, logical::Join& join, std::vector<ExprPtr>& conditions) {
  if (join.lookup || join.versions) return {};
  std::vector<ExprPtr> rest = conditions;
  if (!graph::GivesLeftOnly(join.type)) join.interval = TakeInterval(node, rest);
  if (!join.interval) join.window = TakeWindow(node, rest);
  if (!join.interval && !join.window) return {};
  const bool by_clock =
      join.interval ? join.interval->processing_time : join.window->processing_time;
  if (by_clock || TRY(InsertsOnly(node.inputs))) {
    conditions = std::move(rest);
  } else {
    join.interval.reset();
    join.window.reset();
  }
  return {};
}

}  // namespace

ExprPtr OnRight(const ExprPtr& expression, const Node& join) {
  std::vector<ExprPtr> columns(join.inputs[0]->columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i] = logical::ColumnRef(*join.inputs[0], static_cast<int>(i));
  }
  for (size_t i = 0; i < join.inputs[1]->columns.size(); ++i) {
    columns.push_back(logical::ColumnRef(*join.inputs[1], static_cast<int>(i)));
  }
  return expr::Substitute(expression, columns);
}

std::optional<KeyPair> KeyPairOf(const ExprPtr& condition, const Node& join) {
  if (condition->kind != expr::ExprKind::kCall || condition->args.size() != 2) return std::nullopt;
  const bool null_safe = condition->function->name == "IS NOT DISTINCT FROM";
  if (condition->function->name != "=" && !null_safe) return std::nullopt;
  if (!expr::IsDeterministic(*condition)) return std::nullopt;
  const size_t width = join.inputs[0]->columns.size();
  const ExprPtr& a = condition->args[0];
  const ExprPtr& b = condition->args[1];
  if (!CanBeKeys(a->type, b->type)) return std::nullopt;
  const Side first = SideOf(*a, width);
  const Side second = SideOf(*b, width);
  if (first == Side::kLeft && second == Side::kRight) return KeyPair{a, b, null_safe};
  if (first == Side::kRight && second == Side::kLeft) return KeyPair{b, a, null_safe};
  return std::nullopt;
}

Result<NodePtr> ResolveJoin(const NodePtr& node) {
  logical::Join join = std::get<logical::Join>(node->operation);
  if (!join.residual) return node;
  std::vector<ExprPtr> conditions = SplitConjunction(join.residual);
  RETURN_IF_ERROR(TakeTimes(*node, join, conditions));
  RETURN_IF_ERROR(CheckTtlHint(join));
  if (join.interval || join.window) KeepWhileInTime(join);
  if (join.versions) join.left_ttl_millis = 0;  // its rows leave as the watermark passes them
  KeyedInput left(node->inputs[0]);
  KeyedInput right(node->inputs[1]);
  std::vector<ExprPtr> rest;
  for (const ExprPtr& condition : conditions) {
    const std::optional<KeyPair> pair = KeyPairOf(condition, *node);
    if (!pair) {
      rest.push_back(condition);
      continue;
    }
    const ExprPtr right_key = OnRight(pair->right, *node);
    AddKey(join, left.ColumnOf(pair->left), right.ColumnOf(right_key), pair->null_safe);
  }
  join.residual = MakeConjunction(rest);
  if (join.lookup && join.left_keys.empty()) {
    return Status::InvalidSql("a lookup needs a column of the table that equals something")
        .WithId("E2015")
        .WithHint("add an equality with a column of the table behind FOR SYSTEM_TIME AS OF to ON")
        .WithSpan(node->origin.span);
  }
  SortKeys(join, left, right);
  return Rebuild(*node, std::move(join), std::move(left), std::move(right));
}

Result<logical::Plan> JoinConditions(const logical::Plan& plan) {
  const logical::Plan sunk = TRY(SinkIntoJoins(plan));
  const logical::Plan resolved =
      TRY(logical::Rewrite(sunk, [](const Node&, NodePtr node) -> Result<NodePtr> {
        if (!std::holds_alternative<logical::Join>(node->operation)) return node;
        NodePtr split = TRY(SplitNotIn(node));
        return split == node ? ResolveJoin(node) : split;
      }));
  const logical::Plan bounded =
      TRY(logical::Rewrite(resolved, [](const Node&, NodePtr node) -> Result<NodePtr> {
        if (!std::holds_alternative<logical::Join>(node->operation)) return node;
        return BoundByWatermark(node);
      }));
  return DropJoinedTimes(bounded);
}

}  // namespace weir::rules
