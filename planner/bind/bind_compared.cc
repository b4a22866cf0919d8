// EXISTS, IN, ANY and ALL with a subquery wherever their value is computed with: below OR, NOT or
// CASE, in SELECT and HAVING. In WHERE those that stand alone are semi joins (bind_subquery.cc).
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_group.h"
#include "planner/bind/bind_subquery.h"
#include "planner/bind/scalar_drafts.h"
#include "planner/logical/expression_kind.h"
#include "planner/logical/rewrite.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"

namespace weir::bind {

using expr::AggregateFunction;
using expr::ExprPtr;

namespace {

// One side of a condition, if it reads columns of the subquery alone, as an expression over them.
// They come after the `width` columns of the query around it.
std::optional<ExprPtr> InnerSide(const ExprPtr& side, size_t width, const Relation& rows) {
  if (logical::SideOf(*side, width) != logical::Side::kRight) return std::nullopt;
  std::vector<ExprPtr> shifted(width);
  for (size_t i = 0; i < rows.columns().size(); ++i) {
    shifted.push_back(expr::MakeColumnRef(static_cast<int>(i), rows.columns()[i].type));
  }
  return expr::Substitute(side, shifted);
}

bool IsOuterSide(const ExprPtr& side, size_t width) {
  const logical::Side reads = logical::SideOf(*side, width);
  return reads == logical::Side::kLeft || reads == logical::Side::kNone;
}

ExprPtr Truth(std::optional<bool> value) {
  if (!value) return expr::MakeLiteral(Value::Null(Type::Boolean()));
  return expr::MakeLiteral(Value(Type::Boolean().WithNullable(false), uint8_t{*value}));
}

Result<AggregateDraft> Aggregate(AggregateFunction function, const ExprPtr& argument,
                                 SourceSpan span) {
  AggregateDraft draft;
  draft.function = function;
  draft.span = span;
  std::vector<Type> types;
  if (argument) {
    draft.arguments.push_back(argument);
    types.push_back(argument->type);
  }
  draft.result_type = TRY(expr::AggregateResultType(function, types, {span, span}));
  return draft;
}

struct Comparison {
  std::string_view name;
  bool all = false;  // rather than ANY
  ExprPtr operand;
  SourceSpan span;
};

// Whether the comparison holds for one value (ANY) or every value (ALL). The least or the greatest
// value decides that; for = and <> both do.
Result<ExprPtr> Decides(const Comparison& comparison, const ExprPtr& least,
                        const ExprPtr& greatest) {
  const auto compared = [&](const ExprPtr& value) {
    return expr::BindCall(comparison.name, {comparison.operand, value}, comparison.span);
  };
  const bool equal = comparison.name == "=";
  if (equal || comparison.name == "<>") {
    ExprPtr first = TRY(compared(least));
    ExprPtr second = TRY(compared(greatest));
    return expr::BindCall(equal ? "AND" : "OR", {std::move(first), std::move(second)},
                          comparison.span);
  }
  return compared(comparison.name.starts_with('<') == comparison.all ? least : greatest);
}

// How many values there are, and how many of them are not NULL.
struct Counts {
  ExprPtr total;
  ExprPtr present;
};

// Three-valued ANY (`decided` TRUE) and ALL (`decided` FALSE): `decided` where the condition holds,
// and its opposite otherwise, or without any values. NULL where a NULL, as the operand or among the
// values, could have decided.
Result<ExprPtr> Decide(const ExprPtr& condition, bool decided, const ExprPtr& operand,
                       const Counts& counts, SourceSpan span) {
  ExprPtr zero = expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), int64_t{0}));
  ExprPtr some = TRY(expr::BindCall("COALESCE", {counts.total, zero}, span));
  ExprPtr none = TRY(expr::BindCall("=", {std::move(some), zero}, span));
  ExprPtr unknown = TRY(expr::BindCall("IS NULL", {operand}, span));
  ExprPtr missing = TRY(expr::BindCall("<", {counts.present, counts.total}, span));
  unknown = TRY(expr::BindCall("OR", {std::move(unknown), std::move(missing)}, span));
  return expr::BindCall("CASE",
                        {std::move(none), Truth(!decided), condition, Truth(decided),
                         std::move(unknown), Truth(std::nullopt), Truth(!decided)},
                        span);
}

}  // namespace

void ScalarDrafts::Rows::Add(ExprPtr operand, ExprPtr key, bool with_null) {
  operands.push_back(std::move(operand));
  keys.push_back(std::move(key));
  null_safe.push_back(with_null);
}

std::optional<ScalarDrafts::Rows> ScalarDrafts::ByEquality(const Subquery& subquery, size_t width) {
  Rows rows{subquery.rows, subquery.items, {}, {}, {}};
  for (const ExprPtr& condition : subquery.conditions) {
    if (condition->kind != expr::ExprKind::kCall || condition->args.size() != 2)
      return std::nullopt;
    const bool null_safe = condition->function->name == "IS NOT DISTINCT FROM";
    if (!null_safe && condition->function->name != "=") return std::nullopt;
    const bool swapped = IsOuterSide(condition->args[0], width);
    const ExprPtr& outer = condition->args[swapped ? 0 : 1];
    std::optional<ExprPtr> inner =
        InnerSide(condition->args[swapped ? 1 : 0], width, rows.relation);
    if (!inner || !IsOuterSide(outer, width)) return std::nullopt;
    rows.Add(outer, *std::move(inner), null_safe);
  }
  return rows;
}

Result<ScalarDrafts::Rows> ScalarDrafts::BindRows(const ast::Query& query, bool reads_items,
                                                  const Relation& relation, SourceSpan span) const {
  const size_t width = relation.columns().size();
  const Subquery subquery = TRY(BindSubquery(binder_, query, reads_items, relation, scope_));
  if (std::optional<Rows> rows = ByEquality(subquery, width)) return *std::move(rows);
  const Subquery each = TRY(BindSubqueryForEach(binder_, query, reads_items, relation, scope_));
  if (std::optional<Rows> rows = ByEquality(each, width)) return *std::move(rows);
  return OtherCorrelation(span);
}

ScalarDrafts::Draft ScalarDrafts::Grouped(const Rows& rows, std::vector<AggregateDraft> aggregates,
                                          SourceSpan span) const {
  AggregateDrafts drafts(rows.relation.columns().size());
  for (AggregateDraft& aggregate : aggregates) drafts.Add(std::move(aggregate));
  const size_t keys = rows.keys.size();
  const logical::Origin origin = scope_.Unnamed().OriginAt(span);
  logical::NodePtr grouped = MakeAggregate(
      rows.relation, {rows.keys, &drafts, binder_.options().state_ttl_millis, {}}, origin);
  const size_t values = drafts.drafts().size();
  std::vector<int> order(values + keys);
  std::iota(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(values),
            static_cast<int>(keys));
  std::iota(order.begin() + static_cast<std::ptrdiff_t>(values), order.end(), 0);
  return {logical::SelectColumns(grouped, order, origin), rows.operands, rows.null_safe, span,
          values};
}

// A type that has no order has no MIN. Of one value any of these aggregates gives that value.
Result<ScalarDrafts::Draft> ScalarDrafts::Counted(const Rows& rows, SourceSpan span) const {
  const ExprPtr& item = rows.items[0];
  const bool ordered = item->type.value_bytes() > 0;
  std::vector<AggregateDraft> aggregates;
  aggregates.push_back(TRY(
      Aggregate(ordered ? AggregateFunction::kMin : AggregateFunction::kFirstValue, item, span)));
  aggregates.push_back(TRY(Aggregate(AggregateFunction::kCount, nullptr, span)));
  Draft draft = Grouped(rows, std::move(aggregates), span);
  draft.counted = true;
  return draft;
}

std::vector<ExprPtr> ScalarDrafts::Group(const Rows& rows, std::vector<AggregateDraft> aggregates,
                                         SourceSpan span) {
  Draft draft = Grouped(rows, std::move(aggregates), span);
  std::vector<ExprPtr> columns;
  for (size_t i = 0; i < draft.values; ++i) {
    columns.push_back(Column(i, draft.node->columns[i].type, span));
  }
  added_ += draft.node->columns.size();
  drafts_.push_back(std::move(draft));
  return columns;
}

Result<ExprPtr> ScalarDrafts::AddExists(const ValuesCompared& compared, const Relation& relation) {
  return Found(TRY(BindRows(*compared.query, false, relation, compared.span)), compared);
}

Result<ExprPtr> ScalarDrafts::Found(Rows rows, const ValuesCompared& compared) {
  for (size_t i = 0; i < compared.operands.size(); ++i) {
    // BindCall casts both sides to the type that they are compared in, and the join must find equal
    // values by their keys: it gets the sides as they were cast.
    const ExprPtr equal =
        TRY(expr::BindCall("=", {compared.operands[i], rows.items[i]}, compared.span));
    if (equal->kind != expr::ExprKind::kCall || equal->args.size() != 2) {
      return OtherCorrelation(compared.span);
    }
    rows.Add(equal->args[0], equal->args[1], false);
  }
  AggregateDraft count = TRY(Aggregate(AggregateFunction::kCount, nullptr, compared.span));
  const ExprPtr number = Group(rows, {std::move(count)}, compared.span)[0];
  if (!rows.keys.empty()) return expr::BindCall("IS NOT NULL", {number}, compared.span);
  ExprPtr zero = expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), int64_t{0}));
  ExprPtr some = TRY(expr::BindCall("COALESCE", {number, zero}, compared.span));
  return expr::BindCall(">", {std::move(some), std::move(zero)}, compared.span);
}

Result<ExprPtr> ScalarDrafts::AddIn(const ValuesCompared& compared, const Relation& relation) {
  const Rows rows = TRY(BindRows(*compared.query, true, relation, compared.span));
  const size_t wanted = compared.operands.size();
  if (rows.items.size() != wanted) {
    return Status::InvalidSql(fmt::format("IN compares {} value{} with {} column{}", wanted,
                                          wanted == 1 ? "" : "s", rows.items.size(),
                                          rows.items.size() == 1 ? "" : "s"))
        .WithId("E2006")
        .WithSpan(compared.span);
  }
  ExprPtr found = TRY(Found(rows, compared));
  const auto nullable = [](const ExprPtr& value) { return value->type.nullable(); };
  const bool unknown =
      std::ranges::any_of(compared.operands, nullable) || std::ranges::any_of(rows.items, nullable);
  if (compared.only_truth || !unknown) return found;
  if (wanted != 1) {
    return Status::Unsupported(
               "(a, b) IN (query) of columns that may be NULL is supported in conditions that are "
               "not negated")
        .WithSpan(compared.span);
  }
  AggregateDraft total = TRY(Aggregate(AggregateFunction::kCount, nullptr, compared.span));
  AggregateDraft present = TRY(Aggregate(AggregateFunction::kCount, rows.items[0], compared.span));
  const std::vector<ExprPtr> counts =
      Group(rows, {std::move(total), std::move(present)}, compared.span);
  return Decide(found, true, compared.operands[0], {counts[0], counts[1]}, compared.span);
}

Result<ExprPtr> ScalarDrafts::AddQuantified(std::string_view comparison, bool all,
                                            const ValuesCompared& compared,
                                            const Relation& relation) {
  const Rows rows = TRY(BindRows(*compared.query, true, relation, compared.span));
  if (rows.items.size() != 1) {
    return Status::InvalidSql(fmt::format("{} {} compares with one column, not {}", comparison,
                                          all ? "ALL" : "ANY", rows.items.size()))
        .WithId("E2006")
        .WithSpan(compared.span);
  }
  const ExprPtr& item = rows.items[0];
  const SourceSpan span = compared.span;
  std::vector<AggregateDraft> aggregates;
  aggregates.push_back(TRY(Aggregate(AggregateFunction::kMin, item, span)));
  aggregates.push_back(TRY(Aggregate(AggregateFunction::kMax, item, span)));
  aggregates.push_back(TRY(Aggregate(AggregateFunction::kCount, nullptr, span)));
  aggregates.push_back(TRY(Aggregate(AggregateFunction::kCount, item, span)));
  const std::vector<ExprPtr> values = Group(rows, std::move(aggregates), span);
  const ExprPtr& operand = compared.operands[0];
  ExprPtr condition = TRY(Decides({comparison, all, operand, span}, values[0], values[1]));
  if (all) condition = TRY(expr::BindCall("IS FALSE", {std::move(condition)}, span));
  return Decide(condition, !all, operand, {values[2], values[3]}, span);
}

}  // namespace weir::bind
