// Calls: scalar functions in all their spellings, and aggregates.
#include <fmt/format.h>

#include "planner/ast/to_sql.h"
#include "planner/bind/expression_binder.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"

namespace weir::bind {

using expr::ExprPtr;

namespace {

ExprPtr TextLiteral(std::string_view text, SourceSpan span) {
  return expr::MakeLiteral(Value(Type::String().WithNullable(false), std::string(text)), span);
}

std::string_view UnitCallName(ast::UnitCallKind kind) {
  switch (kind) {
    case ast::UnitCallKind::kExtract:
      return "EXTRACT";
    case ast::UnitCallKind::kFloor:
      return "FLOOR";
    case ast::UnitCallKind::kCeil:
      return "CEIL";
    case ast::UnitCallKind::kTimestampAdd:
      return "TIMESTAMPADD";
    case ast::UnitCallKind::kTimestampDiff:
      return "TIMESTAMPDIFF";
  }
  return "";
}

std::string_view TrimName(ast::TrimSide side) {
  switch (side) {
    case ast::TrimSide::kBoth:
      return "BTRIM";
    case ast::TrimSide::kLeading:
      return "LTRIM";
    case ast::TrimSide::kTrailing:
      return "RTRIM";
  }
  return "";
}

std::string_view JsonName(ast::JsonFunction function) {
  switch (function) {
    case ast::JsonFunction::kExists:
      return "JSON_EXISTS";
    case ast::JsonFunction::kValue:
      return "JSON_VALUE";
    case ast::JsonFunction::kQuery:
      return "JSON_QUERY";
    case ast::JsonFunction::kObject:
      return "JSON_OBJECT";
    case ast::JsonFunction::kArray:
      return "JSON_ARRAY";
    case ast::JsonFunction::kObjectAgg:
      return "JSON_OBJECTAGG";
    case ast::JsonFunction::kArrayAgg:
      return "JSON_ARRAYAGG";
  }
  return "";
}

// Functions of the language that are known but neither scalar nor aggregate.
bool IsGroupWindowFunction(std::string_view name) {
  constexpr std::string_view kNames[] = {"TUMBLE",          "HOP",           "SESSION",
                                         "TUMBLE_START",    "TUMBLE_END",    "HOP_START",
                                         "HOP_END",         "SESSION_START", "SESSION_END",
                                         "TUMBLE_ROWTIME",  "HOP_ROWTIME",   "SESSION_ROWTIME",
                                         "TUMBLE_PROCTIME", "HOP_PROCTIME",  "SESSION_PROCTIME"};
  for (const std::string_view known : kNames) {
    if (EqualsIgnoreCase(known, name)) return true;
  }
  return false;
}

bool IsOverOnlyFunction(std::string_view name) {
  constexpr std::string_view kNames[] = {"ROW_NUMBER", "RANK",  "DENSE_RANK", "PERCENT_RANK",
                                         "CUME_DIST",  "NTILE", "LAG",        "LEAD"};
  for (const std::string_view known : kNames) {
    if (EqualsIgnoreCase(known, name)) return true;
  }
  return false;
}

}  // namespace

Result<ExpressionBinder::Args> ExpressionBinder::BindArguments(const ast::Call& call) {
  Args args;
  for (const ast::Argument& argument : call.arguments) {
    if (argument.name)
      return NotSupported("a named argument of a scalar function", argument.name->span);
    args.push_back(TRY(BindNode(*argument.value)));
  }
  return args;
}

Status ExpressionBinder::CheckScalarCall(const ast::Call& call, const ast::Expr& at) const {
  const std::string& name = call.name.last().text;
  if (call.star) return NotAllowed(fmt::format("{} does not take *", name), at.span);
  if (call.quantifier != ast::Quantifier::kUnsaid) {
    return NotAllowed("DISTINCT and ALL are for aggregates", at.span,
                      fmt::format("{} is not one", name));
  }
  if (call.filter) return NotAllowed("FILTER is for aggregates", call.filter->span);
  if (!call.order_by.empty() || !call.within_group.empty()) {
    return NotAllowed("ORDER BY inside a call is for aggregates", at.span);
  }
  return {};
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Call& call, const ast::Expr& at) {
  const std::string name = ToUpper(call.name.last().text);
  if (call.over) return NotSupported("OVER", call.over->span.empty() ? at.span : call.over->span);
  if (IsOverOnlyFunction(name)) {
    return NotAllowed(fmt::format("{} needs an OVER clause", name), at.span);
  }
  if (call.semantics != ast::MatchSemantics::kUnsaid)
    return NotSupported("RUNNING and FINAL", at.span);
  if (expr::IsAggregateFunction(name)) return BindAggregate(call, at);
  if (IsGroupWindowFunction(name)) {
    return NotSupported(fmt::format("the group window function {}", name), at.span)
        .WithHint(
            "use the table function: FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' "
            "HOUR)) "
            "GROUP BY window_start, window_end");
  }
  if (name == "GROUPING" || name == "GROUPING_ID" || name == "GROUP_ID") {
    return NotSupported(name, at.span);
  }
  RETURN_IF_ERROR(CheckScalarCall(call, at));
  return Call(name, TRY(BindArguments(call)), at.span);
}

Status ExpressionBinder::CheckAggregateCall(const ast::Call& call, const ast::Expr& at) const {
  const std::string& name = call.name.last().text;
  if (inside_aggregate_) return NotAllowed("an aggregate cannot stand inside another", at.span);
  if (surroundings_.aggregates == nullptr) {
    return NotAllowed(
        fmt::format("{} cannot hold the aggregate {}", surroundings_.clause, ToUpper(name)),
        at.span,
        surroundings_.clause == "WHERE" ? "a condition on groups belongs into HAVING" : "");
  }
  if (!call.order_by.empty()) return NotSupported("ORDER BY inside an aggregate", at.span);
  if (!call.within_group.empty()) return NotSupported("WITHIN GROUP", at.span);
  if (call.nulls != ast::NullTreatment::kUnsaid) return NotSupported("IGNORE NULLS", at.span);
  if (call.star && !EqualsIgnoreCase(name, "COUNT")) {
    return NotAllowed(fmt::format("{} does not take *", ToUpper(name)), at.span,
                      "only COUNT(*) does");
  }
  return {};
}

Result<ExprPtr> ExpressionBinder::BindAggregate(const ast::Call& call, const ast::Expr& at) {
  RETURN_IF_ERROR(CheckAggregateCall(call, at));
  inside_aggregate_ = true;
  Result<Args> bound = BindArguments(call);
  Result<ExprPtr> filter = ExprPtr();
  if (bound.ok() && call.filter) filter = BindNode(*call.filter);
  inside_aggregate_ = false;
  if (!bound.ok()) return std::move(bound).status();
  if (!filter.ok()) return std::move(filter).status();

  AggregateDraft draft;
  draft.function = ToUpper(call.name.last().text);
  draft.span = At(at.span);
  for (ExprPtr& argument : *bound) draft.arguments.push_back(TRY(expr::FoldConstants(argument)));
  if (*filter) {
    draft.filter = TRY(expr::FoldConstants(*filter));
    if (draft.filter->type.kind() != TypeKind::kBoolean) {
      return Status::InvalidSql("FILTER takes a BOOLEAN condition")
          .WithId("E2006")
          .WithSpan(At(call.filter->span));
    }
  }
  // The least and the greatest of a set do not care how often a value is in it.
  const bool idempotent = draft.function == "MIN" || draft.function == "MAX";
  draft.distinct = call.quantifier == ast::Quantifier::kDistinct && !idempotent;
  if (draft.arguments.empty() && !call.star) {
    return Status::InvalidSql(fmt::format("{} needs an argument", draft.function))
        .WithId("E2005")
        .WithSpan(At(at.span));
  }
  std::vector<Type> types;
  for (const ExprPtr& argument : draft.arguments) types.push_back(argument->type);
  draft.result_type = TRY(expr::AggregateResultType(draft.function, types, At(at.span)));
  // A filter can leave a group without values.
  if (draft.filter && draft.function != "COUNT")
    draft.result_type = draft.result_type.WithNullable(true);
  return surroundings_.aggregates->Add(std::move(draft));
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::UnitCall& call, const ast::Expr& at) {
  const ExprPtr unit = TextLiteral(ast::TimeUnitName(call.unit), At(at.span));
  ExprPtr first = TRY(BindNode(*call.first));
  const std::string_view name = UnitCallName(call.kind);
  switch (call.kind) {
    case ast::UnitCallKind::kExtract:
      return Call(name, {unit, std::move(first)}, at.span);
    case ast::UnitCallKind::kFloor:
    case ast::UnitCallKind::kCeil:
      return Call(name, {std::move(first), unit}, at.span);
    case ast::UnitCallKind::kTimestampAdd:
    case ast::UnitCallKind::kTimestampDiff:
      break;
  }
  ExprPtr second = TRY(BindNode(*call.second));
  return Call(name, {unit, std::move(first), std::move(second)}, at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Position& position, const ast::Expr& at) {
  if (position.start) return NotSupported("POSITION … FROM", position.start->span);
  ExprPtr needle = TRY(BindNode(*position.needle));
  ExprPtr haystack = TRY(BindNode(*position.haystack));
  return Call("POSITION", {std::move(needle), std::move(haystack)}, at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Trim& trim, const ast::Expr& at) {
  Args args{TRY(BindNode(*trim.operand))};
  if (trim.characters) args.push_back(TRY(BindNode(*trim.characters)));
  return Call(TrimName(trim.side), std::move(args), at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::JsonCall& call, const ast::Expr& at) {
  return NotSupported(JsonName(call.function), at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Row& row, const ast::Expr& at) {
  return CallIfKnown("ROW", TRY(BindAll(row.items)), at, "a ROW constructor");
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Collection& collection, const ast::Expr& at) {
  Args items = TRY(BindAll(collection.items));
  switch (collection.kind) {
    case ast::CollectionKind::kArray:
      return CallIfKnown("ARRAY", std::move(items), at, "ARRAY[…]");
    case ast::CollectionKind::kMultiset:
      return CallIfKnown("MULTISET", std::move(items), at, "MULTISET[…]");
    case ast::CollectionKind::kMap:
      return CallIfKnown("MAP", std::move(items), at, "MAP[…]");
  }
  return NotSupported("a collection", at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Element& element, const ast::Expr& at) {
  ExprPtr operand = TRY(BindNode(*element.operand));
  ExprPtr index = TRY(BindNode(*element.index));
  return CallIfKnown("ITEM", {std::move(operand), std::move(index)}, at, "element access with []");
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Descriptor&, const ast::Expr& at) {
  return NotAllowed("DESCRIPTOR is an argument of table functions", at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::TableArgument&, const ast::Expr& at) {
  return NotAllowed("TABLE is an argument of table functions", at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::ModelArgument&, const ast::Expr& at) {
  return NotSupported("MODEL", at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::DefaultValue&, const ast::Expr& at) {
  return NotSupported("DEFAULT", at.span);
}

}  // namespace weir::bind
