// Calls: scalar functions in all their spellings, and aggregates.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/text_literal.h"
#include "planner/bind/user_functions.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"
#include "runtime/expr/hints.h"

namespace weir::bind {

using expr::ExprPtr;

namespace {

bool IsUnknown(std::string_view name) {
  const auto forms = expr::SpecialForms();
  return expr::FindFunction(name) == nullptr &&
         std::ranges::none_of(
             forms, [&](const expr::FormDoc& form) { return EqualsIgnoreCase(form.name, name); });
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

}  // namespace

bool IsOverOnlyFunction(std::string_view name) {
  constexpr std::string_view kNames[] = {"ROW_NUMBER",   "RANK",      "DENSE_RANK",
                                         "PERCENT_RANK", "CUME_DIST", "NTILE",
                                         "LAG",          "LEAD",      "NTH_VALUE"};
  for (const std::string_view known : kNames) {
    if (EqualsIgnoreCase(known, name)) return true;
  }
  return false;
}

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
  // A misspelt aggregate may come with *, DISTINCT or FILTER: that there is no such function says
  // more about it than that these clauses are not allowed.
  const bool like_aggregate =
      call.star || call.quantifier != ast::Quantifier::kUnsaid || call.filter != nullptr;
  if (like_aggregate && IsUnknown(name)) return expr::BindCall(name, {}, At(at.span)).status();
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
  const bool navigates = call.name.parts.size() == 1 && IsNavigation(name);
  if (const catalog::FunctionPtr function =
          navigates ? nullptr : TRY(UserFunctionOf(call, at.span)))
    return BindUserCall(function, call, at);
  if (call.over) return BindOver(call, at);
  if (IsOverOnlyFunction(name)) {
    return NotAllowed(fmt::format("{} needs an OVER clause", name), at.span);
  }
  if (call.semantics != ast::MatchSemantics::kUnsaid && surroundings_.match == nullptr)
    return NotAllowed("RUNNING and FINAL stand in MATCH_RECOGNIZE only", at.span);
  if (call.semantics == ast::MatchSemantics::kFinal && surroundings_.clause == "DEFINE")
    return NotAllowed("DEFINE cannot hold FINAL: the match is not complete there", at.span);
  if (navigates) return BindNavigation(name, call, at);
  if (expr::IsAggregateFunction(name)) return BindAggregate(call, at);
  if (GroupWindowNamed(name)) {
    return BindWindowBound(call, At(at.span), surroundings_.group_window, relation_);
  }
  if (name == "GROUP_ID") return NotSupported(name, at.span);
  if (name == "GROUPING" || name == "GROUPING_ID") return BindGrouping(call, at);
  if (expr::IsMissingFunction(name)) return NotSupported(name, at.span);
  if (name == "NEGATE" || name == "ITEM") {  // these are for operators and cannot be called by name
    return Status::InvalidSql(fmt::format("no such function: {}", name))
        .WithId("E2005")
        .WithHint(name == "ITEM" ? "elements are array[1], map['key']" : "write -value")
        .WithSpan(At(at.span));
  }
  if (name == "SOURCE_WATERMARK") {
    return NotAllowed(
        "SOURCE_WATERMARK() stands for watermarks that a connector gives, and none does", at.span,
        "compute it: WATERMARK FOR ts AS ts - INTERVAL '5' SECOND");
  }
  if (name == "CURRENT_DATABASE" && call.arguments.empty() && surroundings_.database != nullptr) {
    return TextLiteral(*surroundings_.database, At(at.span));
  }
  RETURN_IF_ERROR(CheckScalarCall(call, at));
  if (name == "JSON" && !inside_json_) {
    return NotAllowed("JSON(…) stands in JSON_OBJECT and JSON_ARRAY only", at.span,
                      "JSON_QUERY(…, '$') gives JSON text");
  }
  inside_json_ = false;
  if (name == "CURRENT_WATERMARK") return BindCurrentWatermark(call, at);
  Result<ExprPtr> bound = Call(name, TRY(BindArguments(call)), at.span);
  if (bound.ok() || !IsUnknown(name) || surroundings_.text.functions == nullptr) return bound;
  const std::string hint =
      DidYouMean(name, surroundings_.text.functions->Names(surroundings_.text));
  return hint.empty() ? std::move(bound) : Status(bound.status()).WithHint(hint);
}

Result<ExprPtr> ExpressionBinder::BindCurrentWatermark(const ast::Call& call, const ast::Expr& at) {
  if (surroundings_.match != nullptr)
    return NotSupported("CURRENT_WATERMARK in MATCH_RECOGNIZE", at.span);
  Args arguments = TRY(BindArguments(call));
  ExprPtr bound = TRY(Call("CURRENT_WATERMARK", arguments, at.span));
  const expr::Expr& rowtime = *arguments[0];
  // A cast to its own type is no column, though it binds to one.
  const bool is_column = call.arguments[0].value->As<ast::ColumnRef>() != nullptr;
  const bool has_watermark = is_column && rowtime.kind == expr::ExprKind::kColumn &&
                             relation_.columns()[static_cast<size_t>(rowtime.column)].time ==
                                 logical::TimeAttribute::kEvent;
  if (has_watermark) return bound;
  return Status::InvalidSql(
             fmt::format("the argument of CURRENT_WATERMARK must be a column that has a WATERMARK, "
                         "but is {}",
                         expr::ToString(rowtime, relation_.column_names())))
      .WithId("E2005")
      .WithHint(
          "declare WATERMARK FOR it in CREATE TABLE; expressions, casts and GROUP BY end a "
          "time attribute")
      .WithSpan(rowtime.span);
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

Result<ExprPtr> ExpressionBinder::Visit(const ast::Difference& difference, const ast::Expr& at) {
  ExprPtr later = TRY(BindNode(*difference.later));
  ExprPtr earlier = TRY(BindNode(*difference.earlier));
  ExprPtr unit = TextLiteral(ast::TimeUnitName(difference.unit.from), At(at.span));
  return Call("-", {std::move(later), std::move(earlier), std::move(unit)}, at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Position& position, const ast::Expr& at) {
  ExprPtr needle = TRY(BindNode(*position.needle));
  ExprPtr haystack = TRY(BindNode(*position.haystack));
  if (position.start) {
    ExprPtr start = TRY(BindNode(*position.start));
    return Call("LOCATE", {std::move(needle), std::move(haystack), std::move(start)}, at.span);
  }
  return Call("POSITION", {std::move(needle), std::move(haystack)}, at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Trim& trim, const ast::Expr& at) {
  Args args{TRY(BindNode(*trim.operand))};
  if (trim.characters) args.push_back(TRY(BindNode(*trim.characters)));
  Result<ExprPtr> call = Call(TrimName(trim.side), args, at.span);
  if (call.ok() || call.status().id() != "E2005") return call;
  const expr::ScalarFunction& function = *expr::FindFunction(TrimName(trim.side));
  return Status::InvalidSql(fmt::format("TRIM does not take these arguments: ({})",
                                        expr::ListArguments(function, args)))
      .WithId("E2005")
      .WithHint(fmt::format("it is {}", expr::FindFunction("BTRIM")->signature))
      .WithSpan(call.status().span().value_or(At(at.span)));
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
  if (operand->type.kind() != TypeKind::kRow) {
    return CallIfKnown("ITEM", {std::move(operand), std::move(index)}, at,
                       "element access with []");
  }
  // row['field'] is row.field, and row[1] the first one: which it is, and so its type, is known
  // only of constants.
  index = TRY(expr::FoldConstants(index));
  if (index->kind == expr::ExprKind::kLiteral && !index->literal.is_null()) {
    if (index->type.is_character()) {
      const ast::Identifier field{index->literal.get<std::string>(), true, element.index->span};
      return BindField(std::move(operand), field, at.span);
    }
    const auto count = static_cast<int32_t>(operand->type.fields().size());
    const bool whole = index->type.kind() == TypeKind::kInt;
    const int32_t place = whole ? index->literal.get<int32_t>() : 0;
    if (place >= 1 && place <= count) {
      Value at_field(Type::Int().WithNullable(false), place - 1);
      return Call("FIELD",
                  {std::move(operand), expr::MakeLiteral(std::move(at_field), index->span)},
                  at.span);
    }
  }
  return Status::InvalidSql("a field of a ROW is given by a constant name, or number from 1")
      .WithId("E2005")
      .WithHint("row['field'] and row.field are the same")
      .WithSpan(index->span);
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
