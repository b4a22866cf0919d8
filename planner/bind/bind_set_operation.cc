// UNION, INTERSECT and EXCEPT. The latter two as Flink plans them: without ALL, rows of the left
// side with (without) an equal row on the right, once each (ReplaceIntersectWithSemiJoinRule,
// ReplaceMinusWithAntiJoinRule); with ALL, the rows of both sides are counted, and each is given as
// often as the counts say (RewriteIntersectAllRule, RewriteMinusAllRule). NULL equals NULL.
#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/conjunction.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/outer_rows.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/set_shapes.h"
#include "planner/logical/rewrite.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::Column;
using logical::NodePtr;

namespace {

// Where a set operation stands, for the nodes that it becomes.
struct SetPlace {
  logical::Origin origin;
  std::string branches;  // "a+b": tells joins of one scope apart; "" when a branch has no name
  int64_t ttl_millis = 0;
};

// The alias or table that a branch reads, which names it; "" where it has neither.
std::string BranchName(const ast::Query& query);

std::string FirstArgumentName(const ast::FunctionTable& function) {
  for (const ast::Argument& argument : function.call.arguments) {
    const auto* table = argument.value->As<ast::TableArgument>();
    if (table != nullptr) return BranchName(*table->query);
  }
  return "";
}

std::string BranchName(const ast::TableRef& reference) {
  if (reference.alias) return reference.alias->name.text;
  if (const auto* table = reference.As<ast::NamedTable>()) return table->name.last().text;
  if (const auto* function = reference.As<ast::FunctionTable>())
    return FirstArgumentName(*function);
  return "";
}

std::string BranchName(const ast::Query& query) {
  if (const auto* table = query.As<ast::TableQuery>()) return table->name.last().text;
  if (const auto* nested = query.As<ast::Nested>()) return BranchName(*nested->query);
  const auto* select = query.As<ast::Select>();
  return select != nullptr && select->from.size() == 1 ? BranchName(*select->from[0]) : "";
}

std::string_view SetOperatorName(ast::SetOperator op) {
  switch (op) {
    case ast::SetOperator::kUnion:
      return "UNION";
    case ast::SetOperator::kIntersect:
      return "INTERSECT";
    case ast::SetOperator::kExcept:
      return "EXCEPT";
  }
  return "";
}

// The types that the columns of all branches share.
Result<std::vector<Type>> CommonTypes(const std::vector<NodePtr>& branches, std::string_view name) {
  std::vector<Type> types;
  for (size_t i = 0; i < branches[0]->columns.size(); ++i) {
    std::vector<Type> candidates;
    for (const NodePtr& branch : branches) candidates.push_back(branch->columns[i].type);
    Result<Type> common = expr::CommonType(candidates);
    if (!common.ok()) {
      return Status::InvalidSql(fmt::format("column {} of {} (\"{}\"): {}", i + 1, name,
                                            branches[0]->columns[i].name,
                                            common.status().message()))
          .WithId("E2006")
          .WithHint("one of them has to be cast: CAST(… AS …)")
          .WithSpan(SpanOfColumn(*branches.back(), i));
    }
    types.push_back(std::move(*common));
  }
  return types;
}

// Rows of the first branch with, or without, an equal row in the second one.
Result<NodePtr> Compared(const std::vector<NodePtr>& branches, const SetPlace& place,
                         graph::JoinType type) {
  const int width = static_cast<int>(branches[0]->columns.size());
  std::vector<ExprPtr> equal;
  for (int i = 0; i < width; ++i) {
    const auto column = static_cast<size_t>(i);
    equal.push_back(
        TRY(expr::BindCall("IS NOT DISTINCT FROM",
                           {expr::MakeColumnRef(i, branches[0]->columns[column].type),
                            expr::MakeColumnRef(width + i, branches[1]->columns[column].type)},
                           place.origin.span)));
  }
  logical::Join join;
  join.type = type;
  join.residual = AllOf(std::move(equal), place.origin.span);
  join.left_ttl_millis = place.ttl_millis;
  join.right_ttl_millis = place.ttl_millis;
  logical::Origin origin = place.origin;
  origin.discriminator = place.branches;
  NodePtr joined = logical::MakeNode(std::move(join), branches, branches[0]->columns, origin);
  return Distinct(joined, place.ttl_millis, place.origin);
}

ExprPtr Marker(std::optional<int64_t> value) {
  const Type type = Type::BigInt().WithNullable(true);
  return expr::MakeLiteral(value ? Value(type, *value) : Value::Null(type));
}

// The rows of a branch with markers behind them.
NodePtr Marked(const NodePtr& branch, const std::vector<std::optional<int64_t>>& markers,
               const logical::Origin& origin) {
  logical::Project project{References(branch->columns)};
  std::vector<Column> columns = branch->columns;
  for (Column& column : columns) column.time = logical::TimeAttribute::kNone;
  for (const auto& marker : markers) {
    project.expressions.push_back(Marker(marker));
    columns.push_back({fmt::format("marker{}", columns.size()), project.expressions.back()->type});
  }
  return logical::MakeNode(std::move(project), {branch}, std::move(columns), origin);
}

// Both branches grouped by all of their columns; calls of `function`, one per marker.
Result<NodePtr> Counted(std::vector<NodePtr> marked, size_t width, expr::AggregateFunction function,
                        const SetPlace& place) {
  const NodePtr both = United(std::move(marked), place.origin);
  const std::vector<Column>& united = both->columns;
  logical::Aggregate aggregate;
  aggregate.keys = FirstIndexes(width);
  aggregate.ttl_millis = place.ttl_millis;
  std::vector<Column> columns(united.begin(), united.begin() + static_cast<ptrdiff_t>(width));
  for (size_t i = width; i < united.size(); ++i) {
    expr::AggregateCall call;
    call.function = function;
    call.arguments = {static_cast<int>(i)};
    call.argument_types = {united[i].type};
    call.result_type = TRY(expr::AggregateResultType(function, call.argument_types, {}));
    call.state_name = fmt::format("{}{}", expr::AggregateName(function), i - width);
    columns.push_back({call.state_name, call.result_type});
    aggregate.calls.push_back(std::move(call));
  }
  return logical::MakeNode(std::move(aggregate), {both}, std::move(columns), place.origin);
}

// Repeats each row of `input` as often as its last column says, if that is a positive number, and
// leaves that column out.
Result<NodePtr> Repeated(const NodePtr& input, const logical::Origin& origin) {
  const int last = static_cast<int>(input->columns.size()) - 1;
  const ExprPtr positive =
      TRY(expr::BindCall(">", {logical::ColumnRef(*input, last), Marker(0)}, origin.span));
  const NodePtr some =
      logical::MakeNode(logical::Filter{positive}, {input}, input->columns, origin);
  std::vector<Column> columns = input->columns;
  columns.pop_back();
  return logical::MakeNode(logical::Replicate{}, {some}, std::move(columns), origin);
}

Result<NodePtr> ExceptAll(const std::vector<NodePtr>& branches, const SetPlace& place) {
  const size_t width = branches[0]->columns.size();
  return Repeated(
      TRY(Counted({Marked(branches[0], {1}, place.origin), Marked(branches[1], {-1}, place.origin)},
                  width, expr::AggregateFunction::kSum, place)),
      place.origin);
}

Result<NodePtr> IntersectAll(const std::vector<NodePtr>& branches, const SetPlace& place) {
  const size_t width = branches[0]->columns.size();
  const NodePtr counted = TRY(Counted({Marked(branches[0], {1, std::nullopt}, place.origin),
                                       Marked(branches[1], {std::nullopt, 1}, place.origin)},
                                      width, expr::AggregateFunction::kCount, place));
  logical::Project least{References(counted->columns)};
  const ExprPtr right = std::move(least.expressions.back());
  least.expressions.pop_back();
  const ExprPtr left = std::move(least.expressions.back());
  least.expressions.back() = TRY(expr::BindCall("LEAST", {left, right}, place.origin.span));
  std::vector<Column> columns(counted->columns.begin(), counted->columns.end() - 1);
  columns.back() = {"least", least.expressions.back()->type};
  return Repeated(logical::MakeNode(std::move(least), {counted}, std::move(columns), place.origin),
                  place.origin);
}

}  // namespace

Result<std::vector<NodePtr>> QueryBinder::BindBranches(const ast::SetOperation& operation,
                                                       const QueryScope& scope) {
  const std::string_view name = SetOperatorName(operation.op);
  std::vector<NodePtr> branches;
  for (const ast::Query* query : BranchesOf(operation)) {
    const std::string branch = BranchName(*query);
    QueryScope inner = branch.empty() ? scope.Unnamed() : scope.Branch(branch);
    if (branches.empty()) inner.repeated = scope.repeated;  // it names the columns
    inner.outer = scope.outer;
    branches.push_back(TRY(Bind(*query, inner)));
    if (branches.back()->columns.size() == branches[0]->columns.size()) continue;
    const size_t outer = scope.outer != nullptr ? scope.outer->width() : 0;
    return Status::InvalidSql(fmt::format("the branches of {} have {} and {} columns", name,
                                          branches[0]->columns.size() - outer,
                                          branches.back()->columns.size() - outer))
        .WithId("E2006")
        .WithSpan(scope.At(query->span));
  }
  const std::vector<Type> types = TRY(CommonTypes(branches, name));
  for (NodePtr& branch : branches) branch = TRY(WithTypes(branch, types, /*assignment=*/false));
  return branches;
}

Result<NodePtr> QueryBinder::BindSetOperation(const ast::SetOperation& operation,
                                              const ast::Query& query, const QueryScope& scope) {
  if (scope.outer != nullptr) {
    scope.outer->whole = false;
    if (operation.op != ast::SetOperator::kUnion || !operation.all) scope.outer->groups = true;
  }
  std::vector<NodePtr> branches = TRY(BindBranches(operation, scope));
  SetPlace place{scope.OriginAt(query.span), "", options_.state_ttl_millis};
  const std::string left = BranchName(*operation.left);
  const std::string right = BranchName(*operation.right);
  if (!left.empty() && !right.empty()) place.branches = left + "+" + right;
  switch (operation.op) {
    case ast::SetOperator::kUnion:
      break;
    case ast::SetOperator::kIntersect:
      return operation.all ? IntersectAll(branches, place)
                           : Compared(branches, place, graph::JoinType::kSemi);
    case ast::SetOperator::kExcept:
      return operation.all ? ExceptAll(branches, place)
                           : Compared(branches, place, graph::JoinType::kAnti);
  }
  NodePtr node = United(std::move(branches), place.origin);
  return operation.all ? node : Distinct(node, place.ttl_millis, place.origin);
}

}  // namespace weir::bind
