#include "planner/rules/empty_inputs.h"

#include <algorithm>
#include <unordered_set>

#include "planner/logical/rewrite.h"
#include "planner/rules/contradictions.h"
#include "planner/rules/predicates.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/binding.h"

namespace weir::rules {
namespace {

using expr::AggregateFunction;
using logical::Node;
using logical::NodePtr;

// Whether the conditions read nothing that the projection computes. What it computes could double
// them, again and again.
bool ReadsColumnsAlone(const std::vector<expr::ExprPtr>& conditions,
                       const logical::Project& project) {
  std::vector<int> columns;
  for (const expr::ExprPtr& condition : conditions) expr::CollectColumns(*condition, columns);
  return std::ranges::all_of(columns, [&](int column) {
    const expr::ExprKind kind = project.expressions.at(static_cast<size_t>(column))->kind;
    return kind == expr::ExprKind::kColumn || kind == expr::ExprKind::kLiteral;
  });
}

// What holds for every row above `input` where `predicate` does: it, and the filters below.
expr::ExprPtr AllConditions(expr::ExprPtr predicate, const Node& input) {
  std::vector<expr::ExprPtr> conditions{std::move(predicate)};
  for (const Node* at = &input;; at = at->inputs[0].get()) {
    if (const auto* filter = std::get_if<logical::Filter>(&at->operation)) {
      conditions.push_back(filter->predicate);
    } else if (const auto* project = std::get_if<logical::Project>(&at->operation);
               project != nullptr && ReadsColumnsAlone(conditions, *project)) {
      for (expr::ExprPtr& condition : conditions)
        condition = expr::Substitute(condition, project->expressions);
    } else {
      return MakeConjunction(conditions);
    }
  }
}

// Whether the node has no row, by itself and by which of its inputs are `empty`.
class EmptyNode {
 public:
  EmptyNode(const Node& node, const std::unordered_set<const Node*>& empty)
      : node_(node), empty_(empty) {}

  bool operator()(const logical::Values& values) const { return values.rows.empty(); }
  bool operator()(const logical::Filter& filter) const {
    return Input(0) || IsNeverTrue(AllConditions(filter.predicate, *node_.inputs[0]));
  }
  bool operator()(const logical::Sort& sort) const { return Input(0) || sort.limit == 0; }
  bool operator()(const logical::Aggregate& aggregate) const {
    return !aggregate.keys.empty() && Input(0);
  }
  bool operator()(const logical::Union&) const {
    return std::ranges::all_of(node_.inputs,
                               [&](const NodePtr& input) { return empty_.contains(input.get()); });
  }
  bool operator()(const logical::Join& join) const {
    const bool never = join.residual && IsNeverTrue(join.residual);
    switch (join.type) {
      case graph::JoinType::kInner:
      case graph::JoinType::kSemi:
        return Input(0) || Input(1) || never;
      case graph::JoinType::kLeft:
      case graph::JoinType::kAnti:
        return Input(0);
      case graph::JoinType::kRight:
        return Input(1);
      case graph::JoinType::kFull:
        return Input(0) && Input(1);
    }
    return false;
  }
  bool operator()(const logical::Project&) const { return Input(0); }
  bool operator()(const logical::Watermark&) const { return Input(0); }
  bool operator()(const logical::Normalize&) const { return Input(0); }
  bool operator()(const logical::Replicate&) const { return Input(0); }
  bool operator()(const logical::WindowTable&) const { return Input(0); }
  // Flink's planner looks through nothing else, so that an aggregate above waits for a row.
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }

 private:
  bool Input(size_t index) const { return empty_.contains(node_.inputs[index].get()); }

  const Node& node_;
  const std::unordered_set<const Node*>& empty_;
};

// Whether Flink's planner knows what the function gives of nothing.
bool IsKnownOfNothing(const expr::AggregateCall& call) {
  switch (call.function) {
    case AggregateFunction::kAvg:
    case AggregateFunction::kCount:
    case AggregateFunction::kMax:
    case AggregateFunction::kMin:
    case AggregateFunction::kSum:
      return true;
    default:
      return false;
  }
}

bool IsGlobal(const Node& node) {
  const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation);
  return aggregate != nullptr && aggregate->keys.empty() && !aggregate->calls.empty();
}

expr::ExprPtr OfNothing(const expr::AggregateCall& call, const Type& type) {
  switch (call.function) {
    case AggregateFunction::kCount:
      return expr::MakeLiteral(Value(type, int64_t{0}));
    case AggregateFunction::kCollect:
      return expr::MakeLiteral(Value(type.WithNullable(false), std::vector<Value>()));
    case AggregateFunction::kJsonArrayAgg:
      return expr::MakeLiteral(Value(type.WithNullable(false), std::string("[]")));
    case AggregateFunction::kJsonObjectAgg:
      return expr::MakeLiteral(Value(type.WithNullable(false), std::string("{}")));
    default:
      return expr::MakeLiteral(Value::Null(type));
  }
}

// The row that the aggregate has without any input.
NodePtr RowOfNothing(const Node& node) {
  const auto& aggregate = std::get<logical::Aggregate>(node.operation);
  logical::Values values{{{}}};
  for (size_t i = 0; i < aggregate.calls.size(); ++i)
    values.rows[0].push_back(OfNothing(aggregate.calls[i], node.columns[i].type));
  return logical::MakeNode(std::move(values), {}, node.columns, node.origin);
}

// The aggregate's columns of the join below.
NodePtr OfRowOrNothing(const Node& node, const NodePtr& join) {
  const auto& calls = std::get<logical::Aggregate>(node.operation).calls;
  logical::Project project;
  for (size_t i = 0; i < calls.size(); ++i) {
    expr::ExprPtr value = logical::ColumnRef(*join, static_cast<int>(i) + 1);
    const expr::ExprPtr nothing = OfNothing(calls[i], node.columns[i].type);
    if (!nothing->literal.is_null())
      value = expr::BindCall("COALESCE", {std::move(value), nothing}, {}).value();
    project.expressions.push_back(std::move(value));
  }
  return logical::MakeNode(std::move(project), {join}, node.columns, join->origin);
}

// The node's row, or that of nothing where it has none: a LEFT JOIN from one row that is always
// there.
NodePtr OrRowOfNothing(const NodePtr& node) {
  logical::Origin origin = node->origin;
  origin.explicit_id.clear();
  const Type always = Type::Boolean().WithNullable(false);
  const expr::ExprPtr truth = expr::MakeLiteral(Value(always, uint8_t{1}));
  const NodePtr one =
      logical::MakeNode(logical::Values{{{truth}}}, {}, {{"always", always}}, origin);
  logical::Project found;
  std::vector<logical::Column> columns = node->columns;
  for (size_t i = 0; i < columns.size(); ++i)
    found.expressions.push_back(logical::ColumnRef(*node, static_cast<int>(i)));
  found.expressions.push_back(truth);
  columns.push_back({"always", always});
  const NodePtr row = logical::MakeNode(std::move(found), {node}, columns, origin);
  logical::Join join{graph::JoinType::kLeft, {0}, {static_cast<int>(node->columns.size())}, {0}};
  std::vector<logical::Column> joined = one->columns;
  for (logical::Column& column : columns) {
    column.type = column.type.WithNullable(true);
    joined.push_back(std::move(column));
  }
  return OfRowOrNothing(*node, logical::MakeNode(std::move(join), {one, row}, joined, origin));
}

}  // namespace

Result<logical::Plan> CountEmptyInputs(const logical::Plan& plan) {
  std::unordered_set<const Node*> empty;
  return logical::Rewrite(plan, [&](const Node&, NodePtr node) -> Result<NodePtr> {
    if (std::visit(EmptyNode(*node, empty), node->operation)) empty.insert(node.get());
    if (!IsGlobal(*node) || !empty.contains(node->inputs[0].get())) return node;
    const auto& calls = std::get<logical::Aggregate>(node->operation).calls;
    return std::ranges::all_of(calls, IsKnownOfNothing) ? RowOfNothing(*node) : node;
  });
}

Result<logical::Plan> CountNothingInTheEnd(const logical::Plan& plan) {
  return logical::Rewrite(plan, [](const Node&, const NodePtr& node) -> Result<NodePtr> {
    return IsGlobal(*node) ? OrRowOfNothing(node) : node;
  });
}

}  // namespace weir::rules
