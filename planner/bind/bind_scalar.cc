#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_join.h"
#include "planner/bind/bind_lateral.h"
#include "planner/bind/conjunction.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/scalar_drafts.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::NodePtr;

namespace {

bool IsCount(const ast::Expr& expression) {
  const auto* call = expression.As<ast::Call>();
  return call != nullptr && !call->over && EqualsIgnoreCase(call->name.last().text, "COUNT");
}

// The one item of the query's list, if it is a SELECT of one.
const ast::Expr* ItemOf(const ast::Query& query) {
  const auto* select = query.As<ast::Select>();
  return select != nullptr && select->items.size() == 1 ? select->items[0].expr.get() : nullptr;
}

bool CountsInside(const ast::Expr& expression) {
  const std::string text = ToUpper(ast::ToSql(expression));
  return text.find("COUNT(") != std::string::npos;
}

// Whether the node gives one row at most.
bool GivesOneRow(const NodePtr& node) {
  const logical::Node* at = node.get();
  while (std::holds_alternative<logical::Project>(at->operation)) at = at->inputs[0].get();
  if (const auto* aggregate = std::get_if<logical::Aggregate>(&at->operation)) {
    return aggregate->keys.empty();
  }
  if (const auto* values = std::get_if<logical::Values>(&at->operation)) {
    return values->rows.size() == 1;
  }
  const auto* sort = std::get_if<logical::Sort>(&at->operation);
  return sort != nullptr && sort->limit == 1;
}

bool LimitsToOne(const ast::Query& query) {
  const auto* limit = query.limit ? query.limit->As<ast::Literal>() : nullptr;
  return limit != nullptr && limit->text == "1";
}

Status OneColumn(size_t columns, SourceSpan span) {
  if (columns == 1) return {};
  return Status::InvalidSql(fmt::format("a scalar subquery has one column, not {}", columns))
      .WithId("E2006")
      .WithSpan(span);
}

// An equality of a subquery's WHERE with the query around it.
struct Correlation {
  ast::ExprPtr inner;
  ExprPtr outer;
};

std::optional<Correlation> CorrelationOf(const ast::Expr& part, const Relation& inner,
                                         const Relation& outer, const QueryScope& scope) {
  const auto* equality = part.As<ast::Binary>();
  if (equality == nullptr || equality->op != ast::BinaryOperator::kEqual) return std::nullopt;
  const auto bound = [&](const ast::ExprPtr& text, const Relation& relation) {
    return ExpressionBinder(relation, {nullptr, "WHERE", scope.text}).Bind(*text);
  };
  for (const bool swapped : {false, true}) {
    const ast::ExprPtr& mine = swapped ? equality->right : equality->left;
    const ast::ExprPtr& theirs = swapped ? equality->left : equality->right;
    if (!bound(mine, inner).ok() || bound(theirs, inner).ok()) continue;
    Result<ExprPtr> operand = bound(theirs, outer);
    if (operand.ok()) return Correlation{mine, std::move(*operand)};
  }
  return std::nullopt;
}

// Whether a comparison reads the query around the subquery; it is no Correlation then.
bool ReadsOuter(const ast::Expr& part, const Relation& inner, const Relation& outer,
                const QueryScope& scope) {
  const auto* operation = part.As<ast::Binary>();
  if (operation == nullptr) return false;
  const auto bound = [&](const ast::ExprPtr& text, const Relation& relation) {
    return ExpressionBinder(relation, {nullptr, "WHERE", scope.text}).Bind(*text).ok();
  };
  return std::ranges::any_of(std::array{operation->left, operation->right},
                             [&](const ast::ExprPtr& side) {
                               return (!bound(side, inner) && bound(side, outer)) ||
                                      ReadsOuter(*side, inner, outer, scope);
                             });
}

// Whether an item of a SELECT without GROUP BY computes an aggregate, as far as it can be bound.
bool Aggregates(const ast::Expr& item, const Relation& rows, const QueryScope& scope) {
  AggregateDrafts drafts(rows.columns().size());
  (void)ExpressionBinder(rows, {&drafts, "SELECT", scope.text}).Bind(item);
  return !drafts.empty();
}

}  // namespace

Result<ExprPtr> ScalarDrafts::Add(const ast::Query& query, const Relation& relation,
                                  SourceSpan span) {
  Draft draft = TRY(Bind(query, relation, span));
  ExprPtr value = Column(0, draft.node->columns[0].type, span);
  if (draft.counted) {
    ExprPtr rows = Column(1, draft.node->columns[1].type, span);
    value = TRY(expr::BindCall("SCALAR SUBQUERY", {std::move(value), std::move(rows)}, span));
  }
  const bool zero_of_none = draft.of_one_group && !draft.operands.empty();
  added_ += draft.node->columns.size();
  drafts_.push_back(std::move(draft));
  const ast::Expr* item = ItemOf(query);
  if (!zero_of_none || item == nullptr || !IsCount(*item)) return value;
  ExprPtr zero = expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), int64_t{0}));
  return expr::BindCall("COALESCE", {std::move(value), std::move(zero)}, span);
}

ExprPtr ScalarDrafts::Column(size_t index, const Type& type, SourceSpan span) const {
  return expr::MakeColumnRef(kFirst + static_cast<int>(added_ + index), type.WithNullable(true),
                             span);
}

std::vector<ExprPtr*> ScalarDrafts::operands() {
  std::vector<ExprPtr*> operands;
  for (Draft& draft : drafts_) {
    for (ExprPtr& operand : draft.operands) operands.push_back(&operand);
  }
  return operands;
}

Result<ScalarDrafts::Draft> ScalarDrafts::Bind(const ast::Query& query, const Relation& relation,
                                               SourceSpan span) {
  Result<NodePtr> plain = binder_.Bind(query, scope_.Unnamed());
  if (!plain.ok()) {
    if (!IsUnknownName(plain.status())) return std::move(plain).status();
    return BindCorrelated(query, relation, span);
  }
  RETURN_IF_ERROR(OneColumn((*plain)->columns.size(), span));
  if (GivesOneRow(*plain)) return Draft{std::move(*plain), {}, {}, span};
  const ExprPtr item = logical::ColumnRef(**plain, 0);
  const Relation rows{std::move(*plain), {}};
  return Counted({rows, {item}, {}, {}, {}}, span);
}

// A correlated subquery must give one value for each row of the query around it. Its equalities
// become a GROUP BY, so that it is computed once for all values, and joined.
Result<ScalarDrafts::Draft> ScalarDrafts::BindCorrelated(const ast::Query& query,
                                                         const Relation& relation,
                                                         SourceSpan span) {
  const ast::Expr* item = ItemOf(query);
  ast::Query grouped = query;
  auto* select = std::get_if<ast::Select>(&grouped.body);
  const bool simple = select != nullptr && select->where && query.IsPlain() && item != nullptr &&
                      !select->group_by && !select->having && !select->qualify &&
                      select->windows.empty() && select->quantifier != ast::Quantifier::kDistinct &&
                      (IsCount(*item) || !CountsInside(*item));
  if (!simple) return BindOneForEach(query, relation, span);
  Result<Relation> from = binder_.BindFrom(select->from, query.span, scope_.Unnamed());
  if (!from.ok() && IsUnknownName(from.status())) return BindOneForEach(query, relation, span);
  const Relation rows = TRY(std::move(from));
  if (!Aggregates(*item, rows, scope_)) {
    const Rows found = TRY(BindRows(query, true, relation, span));
    return Counted(found, span);
  }
  std::vector<ast::ExprPtr> own;
  Draft draft{nullptr, {}, {}, span};
  select->group_by = ast::GroupBy{ast::Quantifier::kUnsaid, {}, query.span};
  for (const ast::Expr* part : ConditionsOf(*query.As<ast::Select>()->where)) {
    std::optional<Correlation> correlation = CorrelationOf(*part, rows, relation, scope_);
    if (!correlation) {
      if (ReadsOuter(*part, rows, relation, scope_)) return BindOneForEach(query, relation, span);
      own.emplace_back(*part);
      continue;
    }
    ast::GroupingElement key;
    key.expressions.push_back(correlation->inner);
    key.span = part->span;
    select->group_by->elements.push_back(std::move(key));
    select->items.push_back({correlation->inner, std::nullopt, part->span});
    draft.operands.push_back(std::move(correlation->outer));
    draft.null_safe.push_back(false);
  }
  if (draft.operands.empty()) return BindOneForEach(query, relation, span);
  select->where = AllOf(own);
  Result<NodePtr> node = binder_.Bind(grouped, scope_.Unnamed());
  if (!node.ok() && IsUnknownName(node.status())) return BindOneForEach(query, relation, span);
  draft.node = TRY(std::move(node));
  draft.of_one_group = true;
  return draft;
}

// Any other correlated subquery is computed for each row of the query around it.
Result<ScalarDrafts::Draft> ScalarDrafts::BindOneForEach(const ast::Query& query,
                                                         const Relation& relation,
                                                         SourceSpan span) {
  RowsForEach rows = TRY(BindForEach(binder_, query, relation, scope_.Unnamed()));
  RETURN_IF_ERROR(OneColumn(rows.items, span));
  if (!rows.one_group && !LimitsToOne(query)) {
    Rows found{{rows.node, {}}, {logical::ColumnRef(*rows.node, 0)}, {}, {}, {}};
    for (size_t i = 0; i < rows.columns.size(); ++i) {
      found.Add(logical::ColumnRef(*relation.node, rows.columns[i]),
                logical::ColumnRef(*rows.node, static_cast<int>(rows.items + i)), rows.null_safe);
    }
    return Counted(found, span);
  }
  Draft draft{std::move(rows.node), {}, {}, span};
  draft.of_one_group = rows.one_group;
  for (const int column : rows.columns) {
    draft.operands.push_back(logical::ColumnRef(*relation.node, column));
    draft.null_safe.push_back(rows.null_safe);
  }
  return draft;
}

NodePtr ScalarDrafts::Join(const Relation& relation) {
  Relation joined = relation;
  for (Draft& draft : drafts_) {
    const size_t width = joined.columns().size();
    const Relation value{draft.node, {{"", {}, 0, draft.node->columns.size(), {}}}};
    JoinDraft join{graph::JoinType::kLeft, nullptr, draft.span};
    std::vector<ExprPtr> conditions;
    for (size_t i = 0; i < draft.operands.size(); ++i) {
      const size_t column = draft.values + i;
      ExprPtr key = expr::MakeColumnRef(static_cast<int>(width + column),
                                        draft.node->columns[column].type, draft.span);
      const bool null_safe = draft.null_safe[i] && key->type.nullable();
      conditions.push_back(expr::BindCall(null_safe ? "IS NOT DISTINCT FROM" : "=",
                                          {draft.operands[i], std::move(key)}, draft.span)
                               .value());
    }
    join.condition = AllOf(std::move(conditions), draft.span);
    joined.node = MakeJoin(joined, value, join, scope_, binder_.options().state_ttl_millis);
  }
  drafts_.clear();
  added_ = 0;
  return joined.node;
}

ExprPtr WithScalars(const ExprPtr& expression, size_t width) {
  if (expression->kind == expr::ExprKind::kColumn) {
    if (expression->column < ScalarDrafts::kFirst) return expression;
    const int column = expression->column - ScalarDrafts::kFirst + static_cast<int>(width);
    return expr::MakeColumnRef(column, expression->type, expression->span);
  }
  auto rebuilt = std::make_shared<expr::Expr>(*expression);
  for (ExprPtr& argument : rebuilt->args) argument = WithScalars(argument, width);
  return ExprPtr(rebuilt);
}

}  // namespace weir::bind
