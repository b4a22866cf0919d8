#include "planner/bind/bind_subquery.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_join.h"
#include "planner/bind/bind_lateral.h"
#include "planner/bind/conjunction.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/scalar_drafts.h"
#include "planner/logical/rewrite.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using graph::JoinType;
using logical::NodePtr;

namespace {

// A conjunct that is nothing but [NOT] IN (query), = ANY (query), <> ALL (query) or
// [NOT] EXISTS (query).
struct Membership {
  const ast::Query* query = nullptr;
  const ast::Expr* operand = nullptr;  // of IN; null for EXISTS
  bool negated = false;
  SourceSpan span;
};

std::optional<Membership> MembershipOf(const ast::Expr& condition) {
  const ast::Expr* inner = &condition;
  bool negated = false;
  for (const auto* unary = inner->As<ast::Unary>();
       unary != nullptr && unary->op == ast::UnaryOperator::kNot; unary = inner->As<ast::Unary>()) {
    negated = !negated;
    inner = unary->operand.get();
  }
  if (const auto* in = inner->As<ast::In>(); in != nullptr && in->query) {
    return Membership{in->query.get(), in->operand.get(), negated != in->negated, condition.span};
  }
  if (const auto* compared = inner->As<ast::Quantified>(); compared != nullptr && compared->query) {
    const std::optional<bool> not_in = IsNotIn(*compared);
    if (!not_in) return std::nullopt;
    return Membership{compared->query.get(), compared->operand.get(), negated != *not_in,
                      condition.span};
  }
  const auto* subquery = inner->As<ast::Subquery>();
  if (subquery == nullptr || subquery->kind != ast::SubqueryKind::kExists) return std::nullopt;
  return Membership{subquery->query.get(), nullptr, negated, condition.span};
}

// What names inside of a subquery can mean: its own columns, which hide those of the query around
// it.
Relation Combined(const Relation& outer, const Relation& inner) {
  Relation combined;
  std::vector<logical::Column> columns = outer.columns();
  columns.insert(columns.end(), inner.columns().begin(), inner.columns().end());
  combined.node = logical::MakeNode(logical::Join{}, {outer.node, inner.node}, std::move(columns),
                                    outer.node->origin);
  combined.inputs = outer.inputs;
  for (NamedInput& input : combined.inputs) input.outer = true;
  for (NamedInput input : inner.inputs) {
    input.first += outer.columns().size();
    for (int& column : input.merged) column += static_cast<int>(outer.columns().size());
    combined.inputs.push_back(std::move(input));
  }
  return combined;
}

class WhereBinder {
 public:
  WhereBinder(QueryBinder& binder, const QueryScope& scope) : binder_(binder), scope_(scope) {}

  // `outer`: the query around a subquery; conditions that read it go to `correlated`. Null: none.
  Result<Relation> Apply(Relation relation, const ast::Expr& where, const Relation* outer,
                         std::vector<ExprPtr>* correlated) {
    std::vector<Membership> memberships;
    std::vector<ExprPtr> conditions;
    std::vector<ExprPtr> by_scalars;
    ScalarDrafts scalars(binder_, scope_);
    for (const ast::Expr* part : ConditionsOf(where)) {
      if (const auto membership = MembershipOf(*part)) {
        memberships.push_back(*membership);
        continue;
      }
      Result<ExprPtr> bound = Condition(relation, *part, !conditions.empty(), &scalars);
      if (bound.ok()) {
        (ReadsScalars(**bound) ? by_scalars : conditions).push_back(std::move(*bound));
      } else if (outer == nullptr || !IsUnknownName(bound.status())) {
        return std::move(bound).status();
      } else {
        correlated->push_back(TRY(Condition(Combined(*outer, relation), *part, true)));
      }
    }
    relation.node = TRY(Filtered(relation.node, std::move(conditions), where.span));
    relation.node = TRY(FilteredBy(scalars, relation, std::move(by_scalars), where.span));
    for (const Membership& membership : memberships) {
      relation.node = TRY(Joined(relation, membership));
    }
    return relation;
  }

  // Binds the subquery by itself. An unknown name means that it may be correlated, which is tried
  // next.
  Result<Subquery> Bound(const ast::Query& query, bool reads_items, const Relation& outer) {
    const QueryScope inner = scope_.Unnamed();
    Result<NodePtr> plain = binder_.Bind(query, inner);
    if (plain.ok()) {
      Subquery subquery;
      const size_t width = (*plain)->columns.size();
      subquery.rows = {std::move(*plain), {{"", {}, 0, width, {}}}};
      for (size_t i = 0; i < width; ++i) {
        subquery.items.push_back(
            expr::MakeColumnRef(static_cast<int>(i), subquery.rows.columns()[i].type));
      }
      return subquery;
    }
    if (!IsUnknownName(plain.status())) return std::move(plain).status();
    return Correlated(query, reads_items, outer);
  }

  // A subquery that reads the query around it outside of its WHERE: it is bound for each row of
  // that query (BindForEach), and its rows meet the rows that they were made for.
  Result<Subquery> ForEach(const ast::Query& query, bool reads_items, const Relation& outer) {
    const QueryScope inner = scope_.Unnamed();
    const RowsForEach rows = TRY(BindForEach(binder_, query, outer, inner));
    if (!reads_items && rows.one_group && query.IsPlain() && !query.As<ast::Select>()->having)
      return Subquery{{OneRow(inner, query.span), {}}, {}, {}};
    Subquery subquery;
    subquery.rows = {rows.node, {{"", {}, 0, rows.node->columns.size(), {}}}};
    subquery.conditions = TRY(MeetByColumns(rows, outer, scope_.At(query.span)));
    for (size_t i = 0; reads_items && i < rows.items; ++i)
      subquery.items.push_back(logical::ColumnRef(*rows.node, static_cast<int>(i)));
    return subquery;
  }

 private:
  // Whether an expression could not be bound because it reads the query around the subquery, by
  // itself or in a subquery of its own.
  static bool MayReadOuter(const Status& status) {
    return IsUnknownName(status) || status.id() == "E1002";
  }

  static bool ReadsScalars(const expr::Expr& condition) {
    std::vector<int> columns;
    expr::CollectColumns(condition, columns);
    return std::ranges::any_of(columns, [](int column) { return column >= ScalarDrafts::kFirst; });
  }

  // Conditions over the values of scalar subqueries; the columns are those of `relation` again.
  Result<NodePtr> FilteredBy(ScalarDrafts& scalars, const Relation& relation,
                             std::vector<ExprPtr> conditions, SourceSpan span) const {
    if (scalars.empty()) return relation.node;
    for (ExprPtr& condition : conditions) {
      condition = WithScalars(condition, relation.columns().size());
    }
    const NodePtr filtered = TRY(Filtered(scalars.Join(relation), std::move(conditions), span));
    std::vector<int> own(relation.columns().size());
    std::iota(own.begin(), own.end(), 0);
    return logical::SelectColumns(filtered, own, scope_.OriginAt(span));
  }

  Result<ExprPtr> Condition(const Relation& relation, const ast::Expr& text, bool guarded,
                            ScalarDrafts* scalars = nullptr) const {
    ExpressionBinder::Surroundings surroundings{nullptr, "WHERE", scope_.text};
    surroundings.guarded = guarded;
    surroundings.scalars = scalars;
    if (scope_.text.catalog != nullptr)
      surroundings.database = &scope_.text.catalog->current_database();
    return ExpressionBinder(relation, surroundings).BindCondition(text);
  }

  Result<NodePtr> Filtered(NodePtr node, std::vector<ExprPtr> conditions, SourceSpan span) const {
    if (conditions.empty()) return node;
    ExprPtr predicate = conditions[0];
    if (conditions.size() > 1) {
      predicate = TRY(
          expr::FoldConstants(TRY(expr::BindCall("AND", std::move(conditions), scope_.At(span)))));
    }
    std::vector<logical::Column> columns = node->columns;
    return logical::MakeNode(logical::Filter{std::move(predicate)}, {std::move(node)},
                             std::move(columns), scope_.OriginAt(span));
  }

  Result<NodePtr> Joined(const Relation& relation, const Membership& membership) {
    Subquery subquery = TRY(Bound(*membership.query, membership.operand != nullptr, relation));
    std::vector<ExprPtr> conditions = std::move(subquery.conditions);
    if (membership.operand != nullptr) {
      RETURN_IF_ERROR(AddEqualities(relation, membership, subquery, conditions));
    }
    JoinDraft draft{membership.negated ? JoinType::kAnti : JoinType::kSemi, nullptr,
                    membership.span};
    draft.condition = AllOf(std::move(conditions), scope_.At(membership.span));
    return MakeJoin(relation, subquery.rows, draft, scope_, binder_.options().state_ttl_millis);
  }

  static std::vector<const ast::Expr*> OperandsOf(const ast::Expr& operand) {
    const auto* row = operand.As<ast::Row>();
    if (row == nullptr) return {&operand};
    std::vector<const ast::Expr*> operands;
    for (const ast::ExprPtr& item : row->items) operands.push_back(item.get());
    return operands;
  }

  // operand = value, one per column of the subquery. Where one of them may be NULL, NOT IN has to
  // know whether the comparison is FALSE or not known.
  Status AddEqualities(const Relation& relation, const Membership& membership,
                       const Subquery& subquery, std::vector<ExprPtr>& conditions) const {
    const std::vector<const ast::Expr*> operands = OperandsOf(*membership.operand);
    const SourceSpan span = scope_.At(membership.span);
    if (operands.size() != subquery.items.size()) {
      return Status::InvalidSql(fmt::format("IN compares {} value{} with {} column{}",
                                            operands.size(), operands.size() == 1 ? "" : "s",
                                            subquery.items.size(),
                                            subquery.items.size() == 1 ? "" : "s"))
          .WithId("E2006")
          .WithSpan(span);
    }
    std::vector<ExprPtr> shifted;
    for (size_t i = 0; i < subquery.rows.columns().size(); ++i) {
      shifted.push_back(expr::MakeColumnRef(static_cast<int>(relation.columns().size() + i),
                                            subquery.rows.columns()[i].type));
    }
    for (size_t i = 0; i < operands.size(); ++i) {
      ExprPtr operand =
          TRY(ExpressionBinder(relation, {nullptr, "IN", scope_.text}).Bind(*operands[i]));
      ExprPtr value = expr::Substitute(subquery.items[i], shifted);
      ExprPtr equal = TRY(expr::BindCall("=", {std::move(operand), std::move(value)}, span));
      if (membership.negated && equal->type.nullable()) {
        equal = TRY(expr::BindCall("IS FALSE", {std::move(equal)}, span));
        equal = TRY(expr::BindCall("NOT", {std::move(equal)}, span));
      }
      conditions.push_back(std::move(equal));
    }
    return {};
  }

  // A subquery whose WHERE reads the query around it: those conditions become the join's.
  Result<Subquery> Correlated(const ast::Query& query, bool reads_items, const Relation& outer) {
    const auto* select = query.As<ast::Select>();
    const bool simple = select != nullptr && select->where && query.IsPlain() &&
                        !select->group_by && !select->having && !select->qualify;
    if (!simple) return ForEach(query, reads_items, outer);
    const QueryScope inner = scope_.Unnamed();
    Subquery subquery;
    Result<Relation> from = binder_.BindFrom(select->from, query.span, inner);
    if (!from.ok() && IsUnknownName(from.status())) return ForEach(query, reads_items, outer);
    subquery.rows = TRY(std::move(from));
    WhereBinder where(binder_, inner);
    Result<Relation> filtered =
        where.Apply(std::move(subquery.rows), *select->where, &outer, &subquery.conditions);
    // A subquery in its WHERE, or its list, may read the query around it, too.
    if (!filtered.ok() && MayReadOuter(filtered.status()))
      return ForEach(query, reads_items, outer);
    subquery.rows = TRY(std::move(filtered));
    if (subquery.conditions.empty()) return ForEach(query, reads_items, outer);
    if (!select->hints.empty()) {
      return Status::InvalidSql("a correlated IN or EXISTS takes no hints")
          .WithId("E2015")
          .WithHint("STATE_TTL of the SELECT around it counts for the join that it becomes")
          .WithSpan(scope_.At(select->hints[0].span));
    }
    if (SelectsAggregates(*select, subquery.rows, outer)) {
      if (reads_items) return ForEach(query, reads_items, outer);
      return Subquery{{OneRow(inner, query.span), {}}, {}, {}};
    }
    if (!reads_items) return subquery;
    for (const ast::SelectItem& item : select->items) {
      ExpressionBinder binder(subquery.rows, {nullptr, "a correlated subquery", scope_.text});
      Result<ExprPtr> bound = binder.Bind(*item.expr);
      if (!bound.ok() && MayReadOuter(bound.status())) return ForEach(query, reads_items, outer);
      subquery.items.push_back(TRY(std::move(bound)));
    }
    return subquery;
  }

  // Whether a SELECT without GROUP BY computes aggregates. It then gives one row, even if it reads
  // none.
  bool SelectsAggregates(const ast::Select& select, const Relation& rows,
                         const Relation& outer) const {
    const Relation combined = Combined(outer, rows);
    AggregateDrafts drafts(combined.columns().size());
    for (const ast::SelectItem& item : select.items) {
      // Errors are reported when the items are bound for good.
      if (item.expr->As<ast::Star>() == nullptr)
        (void)ExpressionBinder(combined, {&drafts, "SELECT", scope_.text}).Bind(*item.expr);
    }
    return !drafts.empty();
  }

  QueryBinder& binder_;
  const QueryScope scope_;
};

}  // namespace

std::optional<bool> IsNotIn(const ast::Quantified& quantified) {
  if (quantified.op == ast::BinaryOperator::kEqual && !quantified.all) return false;
  if (quantified.op == ast::BinaryOperator::kNotEqual && quantified.all) return true;
  return std::nullopt;
}

Result<Subquery> BindSubquery(QueryBinder& binder, const ast::Query& query, bool reads_items,
                              const Relation& outer, const QueryScope& scope) {
  return WhereBinder(binder, scope).Bound(query, reads_items, outer);
}

Result<Subquery> BindSubqueryForEach(QueryBinder& binder, const ast::Query& query, bool reads_items,
                                     const Relation& outer, const QueryScope& scope) {
  return WhereBinder(binder, scope).ForEach(query, reads_items, outer);
}

Result<Relation> ApplyWhere(QueryBinder& binder, Relation relation, const ast::Expr& where,
                            const QueryScope& scope) {
  return WhereBinder(binder, scope).Apply(std::move(relation), where, nullptr, nullptr);
}

}  // namespace weir::bind
