#include "runtime/expr/binding.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "runtime/base/names.h"
#include "runtime/expr/foreign.h"
#include "runtime/expr/function.h"
#include "runtime/expr/hints.h"
#include "runtime/expr/type_rules.h"

namespace weir::expr {
namespace {

std::string ListTypes(std::span<const ExprPtr> args) {
  std::string text;
  for (const ExprPtr& arg : args) {
    if (!text.empty()) text += ", ";
    text += arg->type.ToStringIgnoringNullability();
  }
  return text;
}

Status Mismatch(std::string message, SourceSpan span) {
  return Status::InvalidSql(std::move(message)).WithId("E2006").WithSpan(span);
}

// The type to which an integer argument is cast implicitly where the parameter takes integers up to
// `target`; nothing when it is no integer or a wider one.
std::optional<Type> IntegerUpTo(const Type& from, const Type& target) {
  if (!from.is_integer() || from.kind() > target.kind()) return std::nullopt;
  return target;
}

std::optional<Type> If(bool fits, const Type& type) {
  return fits ? std::optional<Type>(type) : std::nullopt;
}

std::optional<Type> TypeOfNull(ArgumentClass wanted) {
  switch (wanted) {
    case ArgumentClass::kAny:
      return Type::Null();
    case ArgumentClass::kBoolean:
      return Type::Boolean();
    case ArgumentClass::kInt:
      return Type::Int();
    case ArgumentClass::kBigInt:
      return Type::BigInt();
    case ArgumentClass::kDouble:
      return Type::Double();
    case ArgumentClass::kString:
      return Type::String();
    case ArgumentClass::kBinary:
      return Type::Bytes();
    case ArgumentClass::kDate:
      return Type::Date();
    case ArgumentClass::kTime:
      return Type::Time(0);
    case ArgumentClass::kTimestamp:
      return Type::Timestamp(3);
    default:
      return std::nullopt;
  }
}

bool IsStringLiteral(const Expr& arg) {
  return arg.kind == ExprKind::kLiteral && arg.type.is_character() && !arg.literal.is_null();
}

std::optional<Type> TypeOfArgument(const Expr& arg, ArgumentClass wanted) {
  const Type& type = arg.type;
  if (type.kind() == TypeKind::kNull) return TypeOfNull(wanted);
  const bool temporal =
      type.kind() == TypeKind::kDate || type.kind() == TypeKind::kTime || type.is_timestamp();
  switch (wanted) {
    case ArgumentClass::kAny:
      return type;
    case ArgumentClass::kBoolean:
      return If(type.kind() == TypeKind::kBoolean, type);
    case ArgumentClass::kInt:
      return IntegerUpTo(type, Type::Int());
    case ArgumentClass::kBigInt:
      return IntegerUpTo(type, Type::BigInt());
    case ArgumentClass::kInteger:
      return If(type.is_integer(), type);
    case ArgumentClass::kNumeric:
      return If(type.is_numeric(), type);
    case ArgumentClass::kExact:
      return If(type.is_integer() || type.kind() == TypeKind::kDecimal, type);
    case ArgumentClass::kDouble:
      return If(type.is_numeric(), Type::Double());
    case ArgumentClass::kString:
      return If(type.is_character(), type);
    case ArgumentClass::kBinary:
      return If(type.is_binary(), type);
    case ArgumentClass::kStringOrBinary:
      return If(type.is_character() || type.is_binary(), type);
    case ArgumentClass::kDate:
      return If(type.kind() == TypeKind::kDate, type);
    case ArgumentClass::kTime:
      return If(type.kind() == TypeKind::kTime, type);
    case ArgumentClass::kTimestamp:
      return If(type.is_timestamp(), type);
    case ArgumentClass::kTemporal:
      return If(temporal, type);
    case ArgumentClass::kInterval:
      return If(type.is_interval(), type);
    case ArgumentClass::kArray:
      return If(type.kind() == TypeKind::kArray, type);
    case ArgumentClass::kMap:
      return If(type.kind() == TypeKind::kMap, type);
    case ArgumentClass::kCollection:
      return If(type.physical() == PhysicalType::kList, type);
    case ArgumentClass::kRow:
      return If(type.kind() == TypeKind::kRow, type);
    case ArgumentClass::kUnit:
      return If(IsStringLiteral(arg), type);
  }
  WEIR_UNREACHABLE();
}

// The coerced argument types, or nothing when the overload does not take these arguments.
std::optional<std::vector<Type>> Match(const Overload& overload, std::span<const ExprPtr> args) {
  const size_t most = overload.params.size();
  if (args.size() + overload.optional < most) return std::nullopt;
  if (args.size() > most && !overload.variadic) return std::nullopt;
  std::vector<Type> types;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::optional<Type> type =
        TypeOfArgument(*args[i], overload.params[std::min(i, most - 1)]);
    if (!type) return std::nullopt;
    types.push_back(*type);
  }
  if (overload.unify != nullptr && !overload.unify(args, types)) return std::nullopt;
  return types;
}

// The first argument that no overload of this many parameters takes where it stands; null when the
// number of arguments is wrong, or each is good by itself but not with the others.
const Expr* FirstMisfit(const ScalarFunction& function, std::span<const ExprPtr> args) {
  size_t fitting = 0;
  bool counted = false;
  for (const Overload& overload : function.overloads) {
    const size_t most = overload.params.size();
    const bool fits_number =
        args.size() + overload.optional >= most && (args.size() <= most || overload.variadic);
    if (!fits_number) continue;
    counted = true;
    size_t prefix = 0;
    while (prefix < args.size() &&
           TypeOfArgument(*args[prefix], overload.params[std::min(prefix, most - 1)])) {
      ++prefix;
    }
    fitting = std::max(fitting, prefix);
  }
  return counted && fitting < args.size() ? args[fitting].get() : nullptr;
}

Result<ExprPtr> CastTo(ExprPtr argument, const Type& target) {
  if (argument->type.EqualsIgnoringNullability(target)) return argument;
  const bool same_string = argument->type.is_character() && target.kind() == TypeKind::kVarChar &&
                           target.length() >= argument->type.length();
  if (same_string) return argument;
  const SourceSpan span = argument->span;
  const bool literal = argument->kind == ExprKind::kLiteral;
  ExprPtr cast = TRY(BindCast(std::move(argument), target, /*try_cast=*/false, span));
  return literal ? FoldConstants(cast) : Result<ExprPtr>(std::move(cast));
}

bool AnyNullable(std::span<const ExprPtr> args) {
  return std::ranges::any_of(args, [](const ExprPtr& arg) { return arg->type.nullable(); });
}

// Whether the result of arithmetic may be NULL because its DECIMAL does not hold it. The types of
// results have room for all their digits, unless those are more than a DECIMAL can have.
bool CanOverflow(std::string_view name, std::span<const ExprPtr> args, const Type& type) {
  if (type.kind() != TypeKind::kDecimal) return false;
  const bool full = type.precision() == Type::kMaxDecimalPrecision;
  if (name == "SIGN") return type.precision() == type.scale();
  if (name == "ROUND") {
    const bool any_digits = args.size() > 1 && args[1]->kind != ExprKind::kLiteral;
    return full || any_digits;
  }
  constexpr std::string_view kOperators[] = {"+", "-", "*", "/", "%"};
  return full && std::ranges::find(kOperators, name) != std::end(kOperators);
}

Result<Type> TypeOfCall(const ScalarFunction& function, size_t overload,
                        std::span<const ExprPtr> args) {
  if (const ForeignFunction* foreign = AsForeign(&function)) return ForeignCallType(*foreign, args);
  const Type type = TRY(function.overloads[overload].result(args));
  const bool propagates = function.nulls == NullRule::kPropagate && AnyNullable(args);
  return type.WithNullable(type.nullable() || propagates || CanOverflow(function.name, args, type));
}

Result<ExprPtr> MakeCall(const ScalarFunction& function, size_t overload, std::vector<ExprPtr> args,
                         SourceSpan span) {
  auto call = std::make_shared<Expr>();
  call->kind = ExprKind::kCall;
  call->span = span;
  call->function = &function;
  call->overload = overload;
  Result<Type> type = TypeOfCall(function, overload, args);
  if (!type.ok()) return std::move(type).status().WithSpan(span);
  call->type = *std::move(type);
  call->args = std::move(args);
  return ExprPtr(call);
}

Result<ExprPtr> BindFunction(std::string_view name, std::vector<ExprPtr> args, SourceSpan span);
Result<ExprPtr> BindLogical(ExprKind kind, std::vector<ExprPtr> args, SourceSpan span);

// (a, b) = (c, d) is a = c AND b = d, so that a NULL among the fields makes it unknown.
Result<ExprPtr> BindRowEquality(const std::vector<ExprPtr>& rows, SourceSpan span) {
  std::vector<ExprPtr> fields;
  for (size_t i = 0; i < rows[0]->args.size(); ++i) {
    fields.push_back(TRY(BindFunction("=", {rows[0]->args[i], rows[1]->args[i]}, span)));
  }
  if (fields.size() == 1) return fields[0];
  return BindLogical(ExprKind::kAnd, std::move(fields), span);
}

// The function as a user has written it, for functions that only operators call.
std::string_view WrittenAs(std::string_view name) {
  if (name == "NEGATE") return "the sign -";
  if (name == "ITEM") return "element access with []";
  return name;
}

Status DoesNotTake(std::string_view name, std::string types, std::string hint, SourceSpan span) {
  return Status::InvalidSql(
             fmt::format("{} does not take these arguments: ({})", WrittenAs(name), types))
      .WithId("E2005")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

// Flink compares a text with a time by TRY_CAST for = and <>: a text that is no time makes the
// result NULL and does not fail.
Result<std::vector<ExprPtr>> TextsAsTimes(std::string_view name, std::vector<ExprPtr> args) {
  if (args.size() != 2 || (name != "=" && name != "<>")) return args;
  for (size_t i = 0; i < 2; ++i) {
    const Type& other = args[1 - i]->type;
    const bool time =
        other.kind() == TypeKind::kDate || other.kind() == TypeKind::kTime || other.is_timestamp();
    if (!time || !args[i]->type.is_character() || IsStringLiteral(*args[i])) continue;
    const SourceSpan span = args[i]->span;
    args[i] = TRY(BindCast(std::move(args[i]), other, /*try_cast=*/true, span));
  }
  return args;
}

// The error of a form that is made of comparisons. A comparison that does not take its arguments is
// reported with the form's name and arguments; other errors, such as a text that is no number,
// stay.
Status MisfitOf(std::string_view form, std::span<const ExprPtr> args, const Status& comparison,
                SourceSpan span) {
  if (comparison.id() != "E2005") return comparison;
  return DoesNotTake(form, ListTypes(args), std::string(comparison.hint()), span);
}

Result<ExprPtr> BindFunction(std::string_view name, std::vector<ExprPtr> args, SourceSpan span) {
  args = TRY(TextsAsTimes(name, std::move(args)));
  const bool rows = args.size() == 2 && IsRowOfFields(*args[0]) && IsRowOfFields(*args[1]) &&
                    args[0]->args.size() == args[1]->args.size();
  if (rows && name == "=") return BindRowEquality(args, span);
  if (rows && name == "<>") return BindCall("NOT", {TRY(BindRowEquality(args, span))}, span);
  const ScalarFunction* function = FindFunction(name);
  if (function == nullptr) {
    return Status::InvalidSql(fmt::format("no such function: {}", name))
        .WithId("E2005")
        .WithHint(SuggestFunction(name))
        .WithSpan(span);
  }
  for (size_t i = 0; i < function->overloads.size(); ++i) {
    const std::optional<std::vector<Type>> types = Match(function->overloads[i], args);
    if (!types) continue;
    for (size_t k = 0; k < args.size(); ++k) {
      args[k] = TRY(CastTo(std::move(args[k]), (*types)[k]));
    }
    return MakeCall(*function, i, std::move(args), span);
  }
  const Expr* misfit = FirstMisfit(*function, args);
  return DoesNotTake(function->name, ListArguments(*function, args), MismatchHint(*function, args),
                     misfit != nullptr ? misfit->span : span);
}

std::shared_ptr<Expr> MakeForm(ExprKind kind, std::vector<ExprPtr> args, SourceSpan span) {
  auto form = std::make_shared<Expr>();
  form->kind = kind;
  form->args = std::move(args);
  form->span = span;
  return form;
}

Status WrongCount(std::string_view name, std::string_view expected, SourceSpan span) {
  return Status::InvalidSql(fmt::format("{} takes {}", name, expected))
      .WithId("E2005")
      .WithSpan(span);
}

// a AND (b AND c) becomes one node.
Result<ExprPtr> BindLogical(ExprKind kind, std::vector<ExprPtr> args, SourceSpan span) {
  std::vector<ExprPtr> flat;
  for (ExprPtr& arg : args) {
    if (arg->type.kind() != TypeKind::kBoolean && arg->type.kind() != TypeKind::kNull) {
      return Mismatch(
          fmt::format("{} takes conditions, this is {}", kind == ExprKind::kAnd ? "AND" : "OR",
                      arg->type.ToStringIgnoringNullability()),
          arg->span);
    }
    if (arg->kind == kind) {
      flat.insert(flat.end(), arg->args.begin(), arg->args.end());
    } else {
      flat.push_back(TRY(CastTo(std::move(arg), Type::Boolean())));
    }
  }
  auto form = MakeForm(kind, std::move(flat), span);
  form->type = Type::Boolean().WithNullable(AnyNullable(form->args));
  return ExprPtr(form);
}

Result<Type> CommonTypeAt(std::span<const ExprPtr> args, std::string_view what, SourceSpan span) {
  std::vector<Type> types;
  for (const ExprPtr& arg : args) types.push_back(arg->type);
  Result<Type> common = CommonType(types);
  if (common.ok()) return common;
  return Mismatch(fmt::format("{} have no common type: {}", what, ListTypes(args)), span);
}

Result<ExprPtr> BindCase(std::vector<ExprPtr> args, SourceSpan span) {
  if (args.size() < 2) return WrongCount("CASE", "at least one WHEN and THEN", span);
  std::vector<ExprPtr> results;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool is_condition = i % 2 == 0 && i + 1 < args.size();
    if (!is_condition) {
      results.push_back(args[i]);
    } else if (args[i]->type.kind() != TypeKind::kBoolean) {
      return Mismatch(fmt::format("a condition must be BOOLEAN, this is {}",
                                  args[i]->type.ToStringIgnoringNullability()),
                      args[i]->span);
    }
  }
  const Type common = TRY(CommonTypeAt(results, "the results", span));
  const bool has_else = args.size() % 2 == 1;
  auto form = MakeForm(ExprKind::kCase, std::move(args), span);
  form->type = common.WithNullable(!has_else || AnyNullable(results));
  for (size_t i = 0; i < form->args.size(); ++i) {
    const bool is_condition = i % 2 == 0 && i + 1 < form->args.size();
    if (!is_condition) form->args[i] = TRY(CastTo(form->args[i], common));
  }
  return ExprPtr(form);
}

Result<ExprPtr> BindCoalesce(std::vector<ExprPtr> args, SourceSpan span) {
  if (args.empty()) return WrongCount("COALESCE", "at least one argument", span);
  const Type common = TRY(CommonTypeAt(args, "the arguments of COALESCE", span));
  bool nullable = true;
  std::vector<ExprPtr> needed;
  for (ExprPtr& arg : args) {
    // What is computed may yet be a key of GROUPING SETS, which is NULL in the sets without it.
    const bool plain = arg->kind == ExprKind::kColumn || arg->kind == ExprKind::kLiteral;
    needed.push_back(TRY(CastTo(std::move(arg), common)));
    const bool never = !needed.back()->type.nullable();
    nullable = nullable && !never;
    if (never && plain) break;  // COALESCE does not reach later ones
  }
  if (needed.size() == 1) return needed[0];
  auto form = MakeForm(ExprKind::kCoalesce, std::move(needed), span);
  form->type = common.WithNullable(nullable);
  return ExprPtr(form);
}

Result<ExprPtr> BindNullIf(std::vector<ExprPtr> args, SourceSpan span) {
  if (args.size() != 2) return WrongCount("NULLIF", "two arguments", span);
  ExprPtr value = args[0];
  ExprPtr equal = TRY(BindFunction("=", std::move(args), span));
  ExprPtr null = MakeLiteral(Value::Null(value->type.WithNullable(true)), span);
  return BindCase({std::move(equal), std::move(null), std::move(value)}, span);
}

bool IsTruth(const Type& type) {
  return type.kind() == TypeKind::kBoolean;
}

bool IsTimeOrText(const Type& type) {
  return IsTemporal(type) || type.is_character() || type.kind() == TypeKind::kNull;
}

// The type that the items of IN are cast to, if the value is a text and the items are not, or the
// items are texts and the value is not. std::nullopt: they are not cast.
std::optional<Type> TypeOfItems(std::span<const ExprPtr> args) {
  const Type& value = args[0]->type;
  const auto all = [&](auto&& fits) {
    return std::ranges::all_of(args.subspan(1),
                               [&](const ExprPtr& arg) { return fits(arg->type); });
  };
  const auto number = [](const Type& type) { return type.is_numeric(); };
  if (value.is_character()) {
    if (all(number) || all(IsTruth)) return Type::String();
    const bool times = std::ranges::any_of(
        args.subspan(1), [](const ExprPtr& arg) { return IsTemporal(arg->type); });
    if (times && all(IsTimeOrText)) return Type::String();
  } else if (value.is_numeric() || IsTruth(value)) {
    if (all([](const Type& type) { return type.is_character(); })) return value;
  }
  return std::nullopt;
}

Status CastItems(std::vector<ExprPtr>& args) {
  const std::optional<Type> type = TypeOfItems(args);
  for (size_t i = 1; i < args.size() && type; ++i) {
    const Type target = type->WithNullable(args[i]->type.nullable());
    args[i] = TRY(BindCast(args[i], target, /*try_cast=*/false, args[i]->span));
  }
  return {};
}

// Literals of the needle's type become a set; anything else is a chain of comparisons.
Result<ExprPtr> BindIn(std::vector<ExprPtr> args, SourceSpan span) {
  if (args.size() < 2) return WrongCount("IN", "a value and a list", span);
  RETURN_IF_ERROR(CastItems(args));
  Result<Type> common = CommonTypeAt(args, "the values of IN", span);
  bool literals = common.ok() && common->value_bytes() > 0;
  // A DECIMAL of 38 digits may have no room for the fraction of another: comparing keeps it.
  for (const ExprPtr& arg : args) {
    const bool cut = literals && common->kind() == TypeKind::kDecimal &&
                     arg->type.kind() == TypeKind::kDecimal && arg->type.scale() > common->scale();
    literals = literals && !cut;
  }
  for (size_t i = 1; i < args.size() && literals; ++i) {
    ExprPtr folded = TRY(FoldConstants(TRY(CastTo(args[i], *common))));
    literals = folded->kind == ExprKind::kLiteral;
    if (literals) args[i] = std::move(folded);
  }
  // CHAR values of different lengths differ by their padding, so that the needle must not be
  // padded.
  if (literals) {
    args[0] = TRY(CastTo(args[0], *common));
    auto form = MakeForm(ExprKind::kIn, std::move(args), span);
    form->type = Type::Boolean().WithNullable(AnyNullable(form->args));
    return ExprPtr(form);
  }
  std::vector<ExprPtr> equal;
  for (size_t i = 1; i < args.size(); ++i) {
    Result<ExprPtr> test = BindFunction("=", {args[0], args[i]}, span);
    if (!test.ok()) return MisfitOf("IN", args, test.status(), span);
    equal.push_back(*std::move(test));
  }
  return equal.size() == 1 ? Result<ExprPtr>(equal[0])
                           : BindLogical(ExprKind::kOr, std::move(equal), span);
}

Result<ExprPtr> BindBetween(std::vector<ExprPtr> args, SourceSpan span) {
  if (args.size() != 3) return WrongCount("BETWEEN", "a value and two bounds", span);
  Result<ExprPtr> low = BindFunction(">=", {args[0], args[1]}, span);
  if (!low.ok()) return MisfitOf("BETWEEN", args, low.status(), span);
  Result<ExprPtr> high = BindFunction("<=", {args[0], args[2]}, span);
  if (!high.ok()) return MisfitOf("BETWEEN", args, high.status(), span);
  return BindLogical(ExprKind::kAnd, {*std::move(low), *std::move(high)}, span);
}

Result<ExprPtr> BindSymmetricBetween(std::vector<ExprPtr> args, SourceSpan span) {
  if (args.size() != 3) return WrongCount("BETWEEN SYMMETRIC", "a value and two bounds", span);
  ExprPtr forward = TRY(BindBetween({args[0], args[1], args[2]}, span));
  ExprPtr backward = TRY(BindBetween({args[0], args[2], args[1]}, span));
  return BindLogical(ExprKind::kOr, {std::move(forward), std::move(backward)}, span);
}

Result<ExprPtr> BindIf(std::vector<ExprPtr> args, SourceSpan span) {
  if (args.size() != 3) return WrongCount("IF", "a condition and two results", span);
  return BindCase(std::move(args), span);
}

Result<ExprPtr> BindIfNull(std::vector<ExprPtr> args, SourceSpan span) {
  if (args.size() != 2) return WrongCount("IFNULL", "two arguments", span);
  return BindCoalesce(std::move(args), span);
}

Result<ExprPtr> BindAnd(std::vector<ExprPtr> args, SourceSpan span) {
  return BindLogical(ExprKind::kAnd, std::move(args), span);
}

Result<ExprPtr> BindOr(std::vector<ExprPtr> args, SourceSpan span) {
  return BindLogical(ExprKind::kOr, std::move(args), span);
}

struct SpecialForm {
  FormDoc doc;
  Result<ExprPtr> (*bind)(std::vector<ExprPtr> args,
                          SourceSpan span);  // null: has a tree of its own
};

constexpr SpecialForm kSpecialForms[] = {
    {{"AND", "condition1 AND condition2 → BOOLEAN",
      "TRUE if both are, FALSE if one is; the second is evaluated where it matters only."},
     BindAnd},
    {{"OR", "condition1 OR condition2 → BOOLEAN",
      "TRUE if one is, FALSE if both are; the second is evaluated where it matters only."},
     BindOr},
    {{"CASE",
      "CASE [value] WHEN value | condition THEN result … [ELSE result] END → the common type",
      "The result of the first case that holds; NULL when none does and there is no ELSE."},
     BindCase},
    {{"IF", "IF(condition, then, else) → the common type",
      "One of two results; the other is not evaluated."},
     BindIf},
    {{"COALESCE", "COALESCE(value, …) → the common type", "The first value that is not NULL."},
     BindCoalesce},
    {{"IFNULL", "IFNULL(value, otherwise) → the common type", "The value, or another for NULL."},
     BindIfNull},
    {{"NULLIF", "NULLIF(value1, value2) → the type of value1",
      "NULL if the values are equal, else the first."},
     BindNullIf},
    {{"IN", "value [NOT] IN (value, …) → BOOLEAN", "TRUE if the value is one of the list."},
     BindIn},
    {{"BETWEEN", "value [NOT] BETWEEN low AND high → BOOLEAN", "TRUE if low <= value <= high."},
     BindBetween},
    {{"BETWEEN SYMMETRIC", "value [NOT] BETWEEN SYMMETRIC bound1 AND bound2 → BOOLEAN",
      "As BETWEEN, with the bounds in either order."},
     BindSymmetricBetween},
    {{"CAST", "CAST(value AS type) → the type", "The value as another type; fails if it is none."},
     nullptr},
    {{"OVERLAPS", "(start1, end1 | interval1) OVERLAPS (start2, end2 | interval2) → BOOLEAN",
      "TRUE if the periods have a moment in common, their ends included."},
     nullptr},
    {{"CURRENT_DATABASE", "CURRENT_DATABASE() → STRING",
      "The database that was current when the statement was planned."},
     nullptr},
    {{"TRY_CAST", "TRY_CAST(value AS type) → the type",
      "The value as another type; NULL if it is none."},
     nullptr},
};

}  // namespace

bool IsRowOfFields(const Expr& expression) {
  return expression.kind == ExprKind::kCall && expression.function->name == "ROW";
}

Result<ExprPtr> BindCall(std::string_view name, std::vector<ExprPtr> args, SourceSpan span) {
  for (const SpecialForm& form : kSpecialForms) {
    if (form.bind != nullptr && EqualsIgnoreCase(name, form.doc.name)) {
      return form.bind(std::move(args), span);
    }
  }
  return BindFunction(name, std::move(args), span);
}

std::span<const FormDoc> SpecialForms() {
  static const std::vector<FormDoc> docs = [] {
    std::vector<FormDoc> all;
    for (const SpecialForm& form : kSpecialForms) all.push_back(form.doc);
    return all;
  }();
  return docs;
}

Result<ExprPtr> BindCast(ExprPtr argument, const Type& target, bool try_cast, SourceSpan span) {
  if (argument->type.EqualsIgnoringNullability(target)) return argument;
  if (!CanCast(argument->type, target)) {
    return Mismatch(
        fmt::format("no cast from {} to {}", argument->type.ToStringIgnoringNullability(),
                    target.ToStringIgnoringNullability()),
        span);
  }
  const bool overflows = CastCanOverflow(argument->type, target);
  const bool may_be_null =
      argument->type.nullable() || overflows || (try_cast && CastCanFail(argument->type, target));
  const Type type = target.WithNullable(may_be_null);
  if (argument->type.kind() == TypeKind::kNull) return MakeLiteral(Value::Null(type), span);
  const bool literal = argument->kind == ExprKind::kLiteral && !argument->type.nullable();
  auto form = MakeForm(ExprKind::kCast, {std::move(argument)}, span);
  form->type = type;
  form->try_cast = try_cast;
  // Whether a constant fits is known.
  if (literal && overflows) {
    const Result<ExprPtr> folded = FoldConstants(form);
    if (folded.ok()) form->type = target.WithNullable((*folded)->type.nullable());
  }
  return ExprPtr(form);
}

namespace {

// The type of an expression whose arguments are no longer those that its type was made from.
Type TypeOverArguments(const Expr& expression) {
  const std::vector<ExprPtr>& args = expression.args;
  const auto nullable = [](const ExprPtr& arg) { return arg->type.nullable(); };
  bool may_be_null = true;
  switch (expression.kind) {
    case ExprKind::kCall: {
      const Result<Type> type = TypeOfCall(*expression.function, expression.overload, args);
      if (type.ok() && type->is_nested()) return *type;
      may_be_null = !type.ok() || type->nullable();
      break;
    }
    case ExprKind::kCase:
      may_be_null = args.size() % 2 == 0 || nullable(args.back());
      for (size_t i = 1; i < args.size(); i += 2) may_be_null = may_be_null || nullable(args[i]);
      break;
    case ExprKind::kCoalesce:
      may_be_null = std::ranges::all_of(args, nullable);
      break;
    default:
      may_be_null = AnyNullable(args);
      break;
  }
  return expression.type.WithNullable(expression.type.nullable() || may_be_null);
}

}  // namespace

ExprPtr WithArguments(const ExprPtr& expression, std::vector<ExprPtr> args) {
  const bool same = std::ranges::equal(
      args, expression->args, [](const auto& a, const auto& b) { return a->type == b->type; });
  auto copy = std::make_shared<Expr>(*expression);
  copy->args = std::move(args);
  if (!same) copy->type = TypeOverArguments(*copy);
  return copy;
}

Result<ExprPtr> Coerce(ExprPtr argument, const Type& target, bool assignment) {
  const Type& from = argument->type;
  const bool temporal_literal = !assignment && IsStringLiteral(*argument) &&
                                (target.kind() == TypeKind::kDate ||
                                 target.kind() == TypeKind::kTime || target.is_timestamp());
  if (!temporal_literal && !CanAssign(from, target)) {
    return Mismatch(fmt::format("{} is required, this is {}", target.ToStringIgnoringNullability(),
                                from.ToStringIgnoringNullability()),
                    argument->span)
        .WithHint(CanCast(from, target)
                      ? fmt::format("CAST(… AS {})", target.ToStringIgnoringNullability())
                      : "");
  }
  return CastTo(std::move(argument), target);
}

Result<Type> CommonType(const std::vector<Type>& types) {
  Type common;
  bool nullable = false;
  for (const Type& type : types) {
    const std::optional<Type> next = CommonTypeOf(common, type);
    nullable = nullable || type.nullable();
    if (!next) {
      return Status::InvalidSql(fmt::format("no common type: {} and {}",
                                            common.ToStringIgnoringNullability(),
                                            type.ToStringIgnoringNullability()))
          .WithId("E2006");
    }
    common = *next;
  }
  return common.WithNullable(nullable);
}

}  // namespace weir::expr
