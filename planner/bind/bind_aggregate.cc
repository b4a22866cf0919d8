// Calls of aggregates: they go into the drafts, and stand for a column that the grouping will have.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/expression_binder.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/evaluator.h"
#include "runtime/expr/foreign.h"
#include "runtime/expr/function.h"
#include "runtime/types/number_text.h"

namespace weir::bind {

using expr::AggregateFunction;
using expr::ExprPtr;

namespace {

Status WrongParameter(std::string message, SourceSpan span) {
  return Status::InvalidSql(std::move(message)).WithId("E2005").WithSpan(span);
}

// Whether the expression has one value, which is known before the query runs, whatever the zone of
// the session, and without code of users.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the expression
bool IsConstant(const expr::Expr& expression) {
  if (expression.kind == expr::ExprKind::kCall && expr::DependsOnZone(expression)) return false;
  return expression.kind != expr::ExprKind::kColumn &&
         expr::AsForeign(expression.function) == nullptr &&
         std::ranges::all_of(expression.args, [](const ExprPtr& arg) { return IsConstant(*arg); });
}

// A constant fraction from 0 to 1 as text.
Result<std::string> FractionText(const expr::Expr& fraction) {
  const bool literal = fraction.kind == expr::ExprKind::kLiteral && fraction.type.is_numeric() &&
                       !fraction.literal.is_null();
  if (!literal) {
    return WrongParameter("the fraction of PERCENTILE must be a constant number", fraction.span);
  }
  std::string text = fraction.literal.ToString();
  const std::optional<double> value = ParseDouble(text);
  if (value && *value >= 0 && *value <= 1) return text;
  return WrongParameter(
      fmt::format("the fraction of PERCENTILE must be from 0 to 1, this is {}", text),
      fraction.span);
}

// The fractions of an ARRAY that is constant, as literals.
Result<std::vector<ExprPtr>> FractionsOf(const ExprPtr& fractions) {
  const bool listed =
      fractions->kind == expr::ExprKind::kCall && fractions->function->name == "ARRAY";
  if (listed) return fractions->args;
  if (!IsConstant(*fractions) || !expr::IsDeterministic(*fractions)) {
    return WrongParameter("the fractions of PERCENTILE must be constant numbers", fractions->span);
  }
  const Value list = TRY(expr::EvaluateConstant(fractions, expr::EvaluationContext()));
  if (list.is_null()) {
    return WrongParameter("the fractions of PERCENTILE must not be NULL", fractions->span);
  }
  std::vector<ExprPtr> literals;
  for (const Value& fraction : list.get<std::vector<Value>>()) {
    literals.push_back(expr::MakeLiteral(fraction, fractions->span));
  }
  return literals;
}

// One fraction, or an ARRAY of some.
Result<std::string> FractionsText(const ExprPtr& fractions) {
  if (fractions->type.kind() != TypeKind::kArray) return FractionText(*fractions);
  std::string text;
  for (const ExprPtr& fraction : TRY(FractionsOf(fractions))) {
    text += (text.empty() ? "" : ",") + TRY(FractionText(*fraction));
  }
  return "[" + text + "]";
}

Result<std::string> SeparatorText(const expr::Expr& separator) {
  const bool literal = separator.kind == expr::ExprKind::kLiteral &&
                       separator.type.is_character() && !separator.literal.is_null();
  if (literal) return separator.literal.get<std::string>();
  return WrongParameter("the separator of LISTAGG must be a literal string", separator.span);
}

}  // namespace

Result<AggregateFunction> ExpressionBinder::AggregateOf(const ast::Call& call,
                                                        const ast::Expr& at) const {
  const std::string name = ToUpper(call.name.last().text);
  const AggregateFunction function = TRY(expr::FindAggregate(name, At(at.span)));
  const bool edge =
      function == AggregateFunction::kFirstValue || function == AggregateFunction::kLastValue;
  const bool ignores = call.nulls == ast::NullTreatment::kIgnore;
  const bool usual = ignores ? edge : !edge;
  const bool array = function == AggregateFunction::kArrayAgg;
  if (call.nulls != ast::NullTreatment::kUnsaid && !usual && !(ignores && array)) {
    return NotSupported(fmt::format("{} with {} NULLS", name, ignores ? "IGNORE" : "RESPECT"),
                        at.span);
  }
  if (call.star && function != AggregateFunction::kCount) {
    return NotAllowed(fmt::format("{} does not take *", name), at.span, "only COUNT(*) does");
  }
  return function;
}

Status ExpressionBinder::CheckAggregatePlace(std::string_view name, const ast::Expr& at) const {
  if (inside_aggregate_) return NotAllowed("an aggregate cannot stand inside another", at.span);
  if (surroundings_.aggregates != nullptr) return {};
  return NotAllowed(
      fmt::format("{} cannot hold the aggregate {}", surroundings_.clause, name), at.span,
      surroundings_.clause == "WHERE" ? "a condition on groups belongs into HAVING" : "");
}

Status ExpressionBinder::TakeParameter(const ast::Call& call, AggregateDraft& draft) const {
  if (draft.function == AggregateFunction::kListAgg) {
    draft.parameter = ",";
    if (draft.arguments.size() != 2) return {};
    draft.parameter = TRY(SeparatorText(*draft.arguments[1]));
    draft.arguments.pop_back();
  }
  if (draft.function == AggregateFunction::kPercentile && draft.arguments.size() >= 2) {
    draft.parameter = TRY(FractionsText(draft.arguments[1]));
    draft.arguments.erase(draft.arguments.begin() + 1);
  }
  if (draft.function == AggregateFunction::kArrayAgg && call.nulls == ast::NullTreatment::kIgnore) {
    draft.parameter = "IGNORE NULLS";
  }
  return {};
}

// COUNT(a, b) counts the rows in which neither is NULL (SQL:2016 has one argument only; Calcite's
// grammar has several).
Status ExpressionBinder::CountTogether(AggregateDraft& draft) const {
  Args present;
  for (const ExprPtr& argument : draft.arguments) {
    present.push_back(TRY(expr::BindCall("IS NOT NULL", {argument}, argument->span)));
  }
  draft.filter = TRY(expr::BindCall("AND", std::move(present), draft.span));
  if (draft.distinct) {
    draft.arguments = {TRY(expr::BindCall("ROW", std::move(draft.arguments), draft.span))};
  } else {
    draft.arguments.clear();
  }
  return {};
}

// PERCENTILE(value, fraction, frequency) keeps rows of both, where the value counts at all.
Status ExpressionBinder::CountByFrequency(AggregateDraft& draft) const {
  const ExprPtr value = draft.arguments[0];
  const ExprPtr frequency =
      TRY(expr::BindCast(draft.arguments[1], Type::BigInt(), false, draft.arguments[1]->span));
  const ExprPtr none = expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), int64_t{0}));
  Args conditions;
  conditions.push_back(TRY(expr::BindCall("IS NOT NULL", {value}, draft.span)));
  conditions.push_back(TRY(expr::BindCall(">", {frequency, none}, draft.span)));
  if (draft.filter) conditions.push_back(draft.filter);
  draft.filter = TRY(expr::BindCall("AND", std::move(conditions), draft.span));
  draft.arguments = {TRY(expr::BindCall("ROW", {value, frequency}, draft.span))};
  return {};
}

Result<ExprPtr> ExpressionBinder::BindAggregate(const ast::Call& call, const ast::Expr& at) {
  RETURN_IF_ERROR(CheckAggregatePlace(ToUpper(call.name.last().text), at));
  const AggregateFunction function = TRY(AggregateOf(call, at));
  if (!call.order_by.empty() || !call.within_group.empty()) return BindOrdered(function, call, at);
  inside_aggregate_ = true;
  Result<AggregateDraft> draft = DraftOf(function, call, at);
  inside_aggregate_ = false;
  if (!draft.ok()) return std::move(draft).status();
  return surroundings_.aggregates->Add(std::move(*draft));
}

Result<AggregateDraft> ExpressionBinder::DraftOf(AggregateFunction function, const ast::Call& call,
                                                 const ast::Expr& at) {
  AggregateDraft draft;
  draft.function = function;
  draft.span = At(at.span);
  draft.running = IsRunning(call);
  for (ExprPtr& argument : TRY(BindArguments(call))) {
    draft.arguments.push_back(TRY(expr::FoldConstants(argument)));
  }
  // MIN, MAX and the first value do not change when equal values are counted once, so that DISTINCT
  // may be dropped.
  const bool idempotent = function == AggregateFunction::kMin ||
                          function == AggregateFunction::kMax ||
                          function == AggregateFunction::kFirstValue;
  draft.distinct = call.quantifier == ast::Quantifier::kDistinct && !idempotent;
  if (draft.arguments.empty() && !call.star) {
    return Status::InvalidSql(fmt::format("{} needs an argument", expr::AggregateName(function)))
        .WithId("E2005")
        .WithHint(expr::AggregateHint(function))
        .WithSpan(At(at.span));
  }
  RETURN_IF_ERROR(TakeParameter(call, draft));
  if (function == AggregateFunction::kCount && draft.arguments.size() > 1) {
    RETURN_IF_ERROR(CountTogether(draft));
  }
  return Finished(std::move(draft), call.filter.get(), at);
}

Result<ExprPtr> ExpressionBinder::BindGrouping(const ast::Call& call, const ast::Expr& at) {
  RETURN_IF_ERROR(CheckAggregatePlace("GROUPING", at));
  if (call.star || call.filter || call.quantifier != ast::Quantifier::kUnsaid ||
      call.arguments.empty()) {
    return NotAllowed("GROUPING takes expressions of GROUP BY and nothing else", at.span);
  }
  AggregateDraft draft;
  draft.span = At(at.span);
  draft.result_type = Type::BigInt().WithNullable(false);
  for (ExprPtr& argument : TRY(BindArguments(call))) {
    draft.arguments.push_back(TRY(expr::FoldConstants(argument)));
  }
  return surroundings_.aggregates->Add(std::move(draft));
}

Result<AggregateDraft> ExpressionBinder::Finished(AggregateDraft draft, const ast::Expr* filter,
                                                  const ast::Expr& at) {
  if (filter != nullptr) {
    ExprPtr folded = TRY(expr::FoldConstants(TRY(BindNode(*filter))));
    if (folded->type.kind() != TypeKind::kBoolean) {
      return Status::InvalidSql(fmt::format("FILTER takes a BOOLEAN condition, not {}",
                                            folded->type.ToStringIgnoringNullability()))
          .WithId("E2006")
          .WithSpan(At(filter->span));
    }
    draft.filter = draft.filter ? TRY(expr::BindCall("AND", {folded, draft.filter}, At(at.span)))
                                : std::move(folded);
  }
  std::vector<Type> types;
  for (const ExprPtr& argument : draft.arguments) types.push_back(argument->type);
  // The last argument is the one too many, or the only one.
  const SourceSpan wrong = draft.arguments.empty() ? At(at.span) : draft.arguments.back()->span;
  const AggregateFunction function = *draft.function;
  draft.result_type = TRY(expr::AggregateResultType(function, types, {At(at.span), wrong}));
  const bool percentile = function == AggregateFunction::kPercentile;
  if (percentile && draft.parameter.empty()) {
    return Status::InvalidSql("PERCENTILE needs a fraction")
        .WithId("E2005")
        .WithHint(expr::AggregateHint(function))
        .WithSpan(At(at.span));
  }
  if (percentile) {
    draft.arguments[0] =
        TRY(expr::BindCast(draft.arguments[0], Type::Double(), false, draft.arguments[0]->span));
    if (draft.arguments.size() == 2) RETURN_IF_ERROR(CountByFrequency(draft));
    if (draft.parameter.starts_with('[')) draft.result_type = Type::Array(Type::Double());
  }
  // A filter can leave a group without values.
  if (draft.filter && expr::GivesNull(function))
    draft.result_type = draft.result_type.WithNullable(true);
  return draft;
}

// The argument becomes the JSON text of an element, or an object of one member; what is absent is
// NULL, or an object without members.
Result<ExprPtr> ExpressionBinder::BindJsonAggregate(const ast::JsonCall& call,
                                                    const ast::Expr& at) {
  const bool object = call.function == ast::JsonFunction::kObjectAgg;
  const AggregateFunction function =
      object ? AggregateFunction::kJsonObjectAgg : AggregateFunction::kJsonArrayAgg;
  const std::string_view name = expr::AggregateName(function);
  RETURN_IF_ERROR(CheckAggregatePlace(name, at));
  if (call.over) return NotSupported(fmt::format("{} with OVER", name), at.span);
  ast::JsonCall member;
  member.function = ast::JsonFunction::kObject;
  member.keys = call.keys;
  member.values = call.values;
  member.nulls = call.nulls;
  const bool keeps_null = call.nulls == ast::JsonNulls::kNull;
  inside_aggregate_ = true;
  Result<ExprPtr> text =
      object ? BindJsonText(member, at) : BindJsonElement(*call.values[0], keeps_null, at.span);
  inside_aggregate_ = false;
  if (!text.ok()) return text;
  AggregateDraft draft;
  draft.function = function;
  draft.span = At(at.span);
  draft.arguments.push_back(TRY(expr::FoldConstants(*text)));
  inside_aggregate_ = true;
  Result<AggregateDraft> finished = Finished(std::move(draft), call.filter.get(), at);
  inside_aggregate_ = false;
  if (!finished.ok()) return std::move(finished).status();
  return surroundings_.aggregates->Add(std::move(*finished));
}

}  // namespace weir::bind
