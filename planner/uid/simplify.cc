#include "planner/uid/simplify.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "planner/logical/coercions.h"
#include "planner/logical/expression_kind.h"
#include "planner/uid/integers.h"
#include "planner/uid/types_read.h"
#include "runtime/expr/function.h"
#include "runtime/fault_point.h"

namespace weir::uid {
namespace {

using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;
using logical::IsCallOf;
using logical::TruthOf;
using MutableExpr = std::shared_ptr<Expr>;
using Pair = std::pair<std::string_view, std::string_view>;

// Longer IN lists stay lists. As separate conditions they would repeat the operand too often.
constexpr size_t kLongestList = 32;

bool IsComparison(const Expr& expression) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"};
  return expression.kind == ExprKind::kIn ||
         (expression.kind == ExprKind::kCall && expression.args.size() == 2 &&
          std::ranges::count(kNames, expression.function->name) > 0);
}

bool IsArithmetic(const Expr& expression) {
  static constexpr std::array<std::string_view, 5> kNames = {"+", "-", "*", "/", "%"};
  return expression.kind == ExprKind::kCall && expression.args.size() == 2 &&
         std::ranges::count(kNames, expression.function->name) > 0;
}

bool IsFloating(const Expr& expression) {
  return expression.type.kind() == TypeKind::kFloat || expression.type.kind() == TypeKind::kDouble;
}

bool IsNull(const Expr& expression) {
  return expression.kind == ExprKind::kLiteral && expression.literal.is_null();
}

ExprPtr Call(std::string_view name, std::vector<ExprPtr> args, const Type& type) {
  auto call = std::make_shared<Expr>();
  call->kind = ExprKind::kCall;
  call->type = type;
  call->function = expr::FindFunction(name);
  call->args = std::move(args);
  return call;
}

// --- what the binder added ----------------------------------------------------------------------

bool IsImplicit(const Expr& cast) {
  return cast.kind == ExprKind::kCast && !cast.try_cast && !cast.span.empty() &&
         cast.span == cast.args.front()->span;
}

// Whether a cast converts between an instant and a local time or text. That depends on the
// session's zone, which texts contain.
bool IsByZone(const Expr& cast) {
  const auto local = [](const Type& type) { return type.kind() == TypeKind::kTimestampLtz; };
  return local(cast.type) != local(cast.args.front()->type);
}

// Whether different values stay different behind the cast.
bool IsWidening(const Expr& cast) {
  if (cast.kind != ExprKind::kCast || cast.try_cast) return false;
  const Type& from = cast.args.front()->type;
  if (!from.is_integer()) return false;
  return cast.type.is_integer() && PhysicalWidth(cast.type) > PhysicalWidth(from);
}

// The time with as many digits as it needs. How many a literal has depends on the column that it is
// compared with.
Value Shortest(const Value& time) {
  const Type& type = time.type();
  const bool clock = type.kind() == TypeKind::kTime;
  int64_t units = 0;
  if (type.physical() == PhysicalType::kTimestampNanos) {
    const auto& instant = time.get<TimestampNanos>();
    if (instant.nanos % 1000 != 0) return time;
    units = instant.millis * 1000 + instant.nanos / 1000;
  } else {
    units = time.get<int64_t>();
  }
  int digits = clock ? 9 : 6;
  for (int64_t rest = units; digits > 0 && rest % 10 == 0; rest /= 10) --digits;
  const Type shorter = clock                                 ? Type::Time(digits)
                       : type.kind() == TypeKind::kTimestamp ? Type::Timestamp(digits)
                                                             : Type::TimestampLtz(digits);
  return Value(shorter.WithNullable(type.nullable()), units);
}

class Stripping {
 public:
  explicit Stripping(Words words)
      : current_(words != Words::kSixth), typed_(words == Words::kCurrent) {}

  ExprPtr Of(const ExprPtr& expression, bool compared) const {
    if (IsImplicit(*expression) && !IsByZone(*expression) && !IsKept(*expression))
      return Of(expression->args.front(), compared);
    if (expression->kind == ExprKind::kLiteral) return Literal(*expression, compared);
    if (expression->args.empty()) return expression;
    auto copy = std::make_shared<Expr>(*expression);
    const bool inside = IsComparison(*copy);
    const bool widened = IsWidenedByLiteral(*copy);
    const bool rounds = inside && typed_ && IsRoundedByLiteral(*copy);
    for (ExprPtr& argument : copy->args) {
      if (rounds && argument->kind == ExprKind::kLiteral) continue;
      if (widened && IsWidening(*argument)) {
        argument = WithArgument(*argument, Of(argument->args.front(), false));
      } else if (IsArithmetic(*expression) && IsMadeAnyway(*expression, *argument)) {
        argument = Of(argument->args.front(), false);
      } else {
        argument = Of(argument, inside);
      }
    }
    return copy;
  }

 private:
  static ExprPtr WithArgument(const Expr& cast, ExprPtr argument) {
    auto copy = std::make_shared<Expr>(cast);
    copy->args = {std::move(argument)};
    return copy;
  }

  ExprPtr Literal(const Expr& literal, bool compared) const {
    const bool number = literal.type.kind() == TypeKind::kDecimal;
    if (number && !compared && !DefectPlanted("meaning-of-widths"))
      return std::make_shared<Expr>(literal);
    const bool time = literal.type.is_timestamp() || literal.type.kind() == TypeKind::kTime;
    if (time && current_ && !literal.literal.is_null())
      return expr::MakeLiteral(Shortest(literal.literal), literal.span);
    return logical::WithoutCoercions(literal);
  }

  bool IsKept(const Expr& cast) const {
    return current_ && MovesFields(cast.args.front()->type, cast.type);
  }

  // Whether integers are compared as FLOATs, because a literal is one that was not written as such.
  static bool IsRoundedByLiteral(const Expr& comparison) {
    return std::ranges::any_of(comparison.args, [](const ExprPtr& argument) {
      return IsImplicit(*argument) && argument->type.kind() == TypeKind::kFloat &&
             argument->args.front()->type.kind() != TypeKind::kFloat;
    });
  }

  // Whether operands are widened only because of a literal that would fit into their own type.
  static bool IsWidenedByLiteral(const Expr& expression) {
    const bool values = expression.kind == ExprKind::kCoalesce ||
                        expression.kind == ExprKind::kCase || IsArithmetic(expression);
    if (!values || !expression.type.is_integer() || DefectPlanted("meaning-of-widths"))
      return false;
    bool wide = false;
    for (const ExprPtr& argument : expression.args) {
      if (!argument->type.is_integer() || argument->type.physical() != expression.type.physical())
        continue;
      if (argument->kind == ExprKind::kLiteral) {
        const std::optional<int64_t> value = IntegerOf(*argument);
        wide |= value && *value >= std::numeric_limits<int32_t>::min() &&
                *value <= std::numeric_limits<int32_t>::max();
      } else if (!IsWidening(*argument)) {
        return false;  // something else needs the width
      }
    }
    return wide && expression.type.physical() == PhysicalType::kInt64;
  }

  // Whether an explicit cast gives the type that another operand has anyway, so that the binder
  // would have added it.
  static bool IsMadeAnyway(const Expr& call, const Expr& argument) {
    if (!IsWidening(argument)) return false;
    return std::ranges::any_of(call.args, [&](const ExprPtr& other) {
      return other.get() != &argument && other->kind != ExprKind::kLiteral &&
             other->kind != ExprKind::kCast && other->type.EqualsIgnoringNullability(argument.type);
    });
  }

  const bool current_;
  const bool typed_;
};

// --- one form ------------------------------------------------------------------------------------

class Simplifying {
 public:
  explicit Simplifying(bool typed) : typed_(typed) {}

  ExprPtr Of(const ExprPtr& expression, bool asked) const {
    if (expression->args.empty()) return expression;
    auto copy = std::make_shared<Expr>(*expression);
    const bool connects = copy->kind == ExprKind::kAnd || copy->kind == ExprKind::kOr;
    for (size_t i = 0; i < copy->args.size(); ++i) {
      const bool condition =
          copy->kind == ExprKind::kCase && i % 2 == 0 && i + 1 < copy->args.size();
      copy->args[i] = Of(copy->args[i], (connects && asked) || condition);
    }
    if (copy->kind == ExprKind::kCase) return Case(std::move(copy), asked);
    if (copy->kind == ExprKind::kCoalesce) return Coalesce(std::move(copy), asked);
    if (copy->kind == ExprKind::kIn) return In(std::move(copy));
    if (copy->kind == ExprKind::kCall) return Called(std::move(copy), asked);
    return copy;
  }

 private:
  static const Expr& First(const Expr& expression) { return *expression.args.front(); }

  // --- truth

  static ExprPtr IsTrue(const ExprPtr& condition, bool asked) {
    if (asked || !condition->type.nullable()) return condition;
    return Call("IS TRUE", {condition}, Type::Boolean().WithNullable(false));
  }
  static ExprPtr IsNotTrue(const ExprPtr& condition) {
    if (!condition->type.nullable()) return Negated(condition);
    return Call("IS NOT TRUE", {condition}, Type::Boolean().WithNullable(false));
  }

  // The same in a place where NULL and FALSE have the same effect, such as a filter.
  static ExprPtr Asked(const ExprPtr& condition) {
    if (IsCallOf(*condition, "IS TRUE")) return condition->args.front();
    if (condition->kind != ExprKind::kAnd && condition->kind != ExprKind::kOr) return condition;
    auto copy = std::make_shared<Expr>(*condition);
    for (ExprPtr& operand : copy->args) operand = Asked(operand);
    return copy;
  }

  // The function that is TRUE where the call is FALSE, and NULL where it is; "" if there is none.
  static std::string_view Opposite(const Expr& call) {
    static constexpr std::array<Pair, 6> kPairs = {{{"=", "<>"},
                                                    {"<", ">="},
                                                    {">", "<="},
                                                    {"IS NULL", "IS NOT NULL"},
                                                    {"IS TRUE", "IS NOT TRUE"},
                                                    {"IS DISTINCT FROM", "IS NOT DISTINCT FROM"}}};
    for (const auto& [one, other] : kPairs) {
      const bool is_one = call.function->name == one;
      if (!is_one && call.function->name != other) continue;
      // A comparison with NaN is false both ways, so < is not the opposite of >=.
      const bool ordered = one == "<" || one == ">";
      const bool floats = std::ranges::any_of(
          call.args, [](const ExprPtr& argument) { return IsFloating(*argument); });
      if (ordered && floats && !DefectPlanted("meaning-of-nan")) return "";
      return is_one ? other : one;
    }
    return "";
  }

  static ExprPtr Negated(const ExprPtr& condition) {
    if (IsCallOf(*condition, "NOT")) return condition->args.front();
    if (const std::optional<bool> truth = TruthOf(*condition)) {
      return expr::MakeLiteral(Value(Type::Boolean(), static_cast<uint8_t>(!*truth)));
    }
    auto copy = std::make_shared<Expr>(*condition);
    switch (condition->kind) {
      case ExprKind::kAnd:
      case ExprKind::kOr:
        copy->kind = condition->kind == ExprKind::kAnd ? ExprKind::kOr : ExprKind::kAnd;
        for (ExprPtr& operand : copy->args) operand = Negated(operand);
        return copy;
      case ExprKind::kIn:
        return NotIn(condition);
      case ExprKind::kCall:
        if (const std::string_view opposite = Opposite(*condition); !opposite.empty()) {
          copy->function = expr::FindFunction(opposite);
          return copy;
        }
        break;
      default:
        break;
    }
    return Call("NOT", {condition}, condition->type);
  }

  // "v NOT IN (1, 2)" becomes "v <> 1 AND v <> 2", so that single conditions can be compared and
  // ordered.
  static ExprPtr NotIn(const ExprPtr& list) {
    const bool nulls =
        std::ranges::any_of(list->args, [](const ExprPtr& value) { return IsNull(*value); });
    // Each comparison would evaluate the operand again.
    const bool once = !expr::IsDeterministic(*list->args[0]);
    if (nulls || once || list->args.size() > kLongestList + 1)
      return Call("NOT", {list}, list->type);
    std::vector<ExprPtr> others;
    for (size_t i = 1; i < list->args.size(); ++i) {
      others.push_back(Call("<>", {list->args[0], list->args[i]}, list->type));
    }
    if (others.size() == 1) return others.front();
    auto all = std::make_shared<Expr>(*list);
    all->kind = ExprKind::kAnd;
    all->args = std::move(others);
    return all;
  }

  static ExprPtr In(MutableExpr list) {
    if (list->args.size() != 2 || IsNull(*list->args[1])) return list;
    return Call("=", {list->args[0], list->args[1]}, list->type);
  }

  // "b = TRUE" becomes b, and "b <> TRUE" becomes NOT b; null for other comparisons.
  static ExprPtr ComparedWithTruth(const Expr& call) {
    const bool equal = IsCallOf(call, "=");
    if (!equal && !IsCallOf(call, "<>")) return nullptr;
    for (size_t side = 0; side < 2; ++side) {
      const std::optional<bool> truth = TruthOf(*call.args[side]);
      if (!truth) continue;
      const ExprPtr& other = call.args[1 - side];
      return *truth == equal ? other : Negated(other);
    }
    return nullptr;
  }

  // --- calls

  static ExprPtr Called(MutableExpr call, bool asked) {
    const std::string_view name = call->function->name;
    const ExprPtr first = call->args.empty() ? nullptr : call->args.front();
    if (name == "NOT") return asked ? Asked(Negated(first)) : Negated(first);
    if (name == "IS TRUE") return IsTrue(first, asked);
    if (name == "IS NOT TRUE") return IsNotTrue(first);
    if (name == "IS FALSE") return IsTrue(Negated(first), asked);
    if (name == "IS NOT FALSE") return IsNotTrue(Negated(first));
    if (name == "IS UNKNOWN") return Call("IS NULL", {first}, call->type);
    if (name == "IS NOT UNKNOWN") return Call("IS NOT NULL", {first}, call->type);
    if (name == "NEGATE" && IsCallOf(*first, "NEGATE")) return first->args.front();
    if (call->args.size() == 2) {
      if (ExprPtr truth = ComparedWithTruth(*call)) return truth;
      if (ExprPtr operand = WithoutNeutral(*call)) return operand;
      if (name == "-") return Difference(std::move(call));
    }
    if (name == "||" || name == "CONCAT") return Joined(std::move(call));
    if (name == "EXTRACT" || IsField(name)) return FieldOfTime(std::move(call));
    if (name == "TRIM" || name == "LTRIM" || name == "RTRIM") return Trimmed(std::move(call));
    return call;
  }

  // Removes + 0, - 0, * 1 and / 1 where the result has the same type and bits; null otherwise.
  static ExprPtr WithoutNeutral(const Expr& call) {
    const std::string_view name = call.function->name;
    const bool either = name == "+" || name == "*";
    for (const size_t side : {size_t{1}, size_t{0}}) {
      const Expr& literal = *call.args[side];
      const ExprPtr& other = call.args[1 - side];
      if ((side == 0 && !either) || literal.kind != ExprKind::kLiteral || literal.literal.is_null())
        continue;
      if (!call.type.EqualsIgnoringNullability(other->type)) continue;
      const std::optional<int64_t> neutral = NeutralOf(name);
      if (other->type.is_integer() && neutral && IntegerOf(literal) == neutral) return other;
      const bool scales = name == "*" || name == "/";
      if (IsFloating(*other) && (scales || DefectPlanted("meaning-of-zero")) &&
          IsDouble(literal, scales ? 1 : 0))
        return other;
    }
    return nullptr;
  }
  static std::optional<int64_t> NeutralOf(std::string_view name) {
    if (name == "+" || name == "-") return 0;
    if (name == "*" || name == "/") return 1;
    return std::nullopt;
  }
  static bool IsDouble(const Expr& literal, double value) {
    return literal.type.kind() == TypeKind::kDouble && literal.literal.get<double>() == value;
  }

  // v - 3 becomes v + -3, which is the same as integers wrap around.
  static ExprPtr Difference(MutableExpr call) {
    const std::optional<int64_t> taken = IntegerOf(*call->args[1]);
    if (!taken || !call->type.is_integer() || !call->args[0]->type.is_integer()) return call;
    if (*taken == std::numeric_limits<int64_t>::min()) return call;
    return Call("+", {call->args[0], IntegerLiteral(call->type, -*taken)}, call->type);
  }

  static ExprPtr Joined(MutableExpr call) {
    std::vector<ExprPtr> texts;
    for (const ExprPtr& argument : call->args) {
      if (IsCallOf(*argument, "CONCAT") || IsCallOf(*argument, "||")) {
        texts.insert(texts.end(), argument->args.begin(), argument->args.end());
      } else {
        texts.push_back(argument);
      }
    }
    std::erase_if(texts, [](const ExprPtr& text) {
      return text->kind == ExprKind::kLiteral && !text->literal.is_null() &&
             text->literal.get<std::string>().empty();
    });
    // With only one text left, the result could have another type than the concatenation.
    if (texts.size() < 2) return call;
    return Call("CONCAT", std::move(texts), call->type);
  }

  static bool IsField(std::string_view name) {
    static constexpr std::array<std::string_view, 10> kFields = {
        "YEAR",       "QUARTER",   "MONTH", "WEEK",   "DAYOFYEAR",
        "DAYOFMONTH", "DAYOFWEEK", "HOUR",  "MINUTE", "SECOND"};
    return std::ranges::count(kFields, name) > 0;
  }
  // EXTRACT(HOUR FROM ts) becomes HOUR(ts).
  static ExprPtr FieldOfTime(MutableExpr call) {
    if (call->args.size() != 2 || call->args[0]->kind != ExprKind::kLiteral) return call;
    std::string unit = call->args[0]->literal.get<std::string>();
    for (const auto& [written, name] :
         {Pair("DAY", "DAYOFMONTH"), Pair("DOW", "DAYOFWEEK"), Pair("DOY", "DAYOFYEAR")}) {
      if (unit == written) unit = name;
    }
    if (!IsField(unit) || expr::FindFunction(unit) == nullptr) return call;
    return Call(unit, {call->args[1]}, call->type);
  }

  static ExprPtr Trimmed(MutableExpr call) {
    if (call->args.size() != 2 || call->args[1]->kind != ExprKind::kLiteral) return call;
    const Value& characters = call->args[1]->literal;
    if (!characters.is_null() && characters.get<std::string>() == " ") call->args.pop_back();
    return call;
  }

  // --- CASE and COALESCE

  // Whether values that become those of the outer expression are the same ones if they are of the
  // inner one first.
  bool IsPassedOn(const Expr& inner, const Expr& outer) const {
    const Type& from = inner.type;
    const Type& to = outer.type;
    if (!typed_ || !from.is_numeric() || from.EqualsIgnoringNullability(to)) return true;
    const bool has_room = from.precision() < Type::kMaxDecimalPrecision;
    return !IsFloating(inner) && (from.kind() != TypeKind::kDecimal || has_room);
  }

  ExprPtr Case(MutableExpr choice, bool asked) const {
    std::vector<ExprPtr>& args = choice->args;
    while (args.size() % 2 == 1 && args.back()->kind == ExprKind::kCase &&
           IsPassedOn(*args.back(), *choice)) {
      const ExprPtr inner = args.back();
      args.pop_back();
      args.insert(args.end(), inner->args.begin(), inner->args.end());
    }
    if (args.size() % 2 == 1 && args.size() > 1 && IsNull(*args.back())) args.pop_back();
    if (args.size() != 3) return choice;
    if (IsCallOf(*args[0], "IS NOT NULL")) {
      args[0] = Negated(args[0]);
      std::swap(args[1], args[2]);
    }
    const std::optional<bool> then = TruthOf(*args[1]);
    const std::optional<bool> otherwise = TruthOf(*args[2]);
    if (then && otherwise && *then != *otherwise)
      return *then ? IsTrue(args[0], asked) : IsNotTrue(args[0]);
    return OrElse(std::move(choice), asked);
  }

  // CASE WHEN x IS NULL THEN y ELSE x END becomes COALESCE(x, y).
  ExprPtr OrElse(MutableExpr choice, bool asked) const {
    const Expr& condition = First(*choice);
    if (!IsCallOf(condition, "IS NULL")) return choice;
    const ExprPtr value = condition.args.front();
    const bool same = expr::Equal(*value, *choice->args[2]) && expr::IsDeterministic(*value);
    if (!same) return choice;
    auto either = std::make_shared<Expr>(*choice);
    either->kind = ExprKind::kCoalesce;
    either->args = {value, choice->args[1]};
    return Coalesce(std::move(either), asked);
  }

  ExprPtr Coalesce(MutableExpr list, bool asked) const {
    std::vector<ExprPtr> values;
    for (const ExprPtr& argument : list->args) {
      if (argument->kind == ExprKind::kCoalesce && IsPassedOn(*argument, *list)) {
        values.insert(values.end(), argument->args.begin(), argument->args.end());
      } else if (!IsNull(*argument)) {
        values.push_back(argument);
      }
    }
    if (values.size() == 2 && values[0]->type.kind() == TypeKind::kBoolean) {
      if (const std::optional<bool> truth = TruthOf(*values[1]))
        return *truth ? IsNotTrue(Negated(values[0])) : IsTrue(values[0], asked);
    }
    if (values.empty()) return list;
    if (values.size() == 1 && values[0]->type.EqualsIgnoringNullability(list->type))
      return values[0];
    list->args = std::move(values);
    return list;
  }

  const bool typed_;
};

}  // namespace

ExprPtr Stripped(const ExprPtr& expression, Words words) {
  return Stripping(words).Of(expression, false);
}

ExprPtr Simplified(const ExprPtr& stripped, Simplification how) {
  return Simplifying(how.typed).Of(stripped, how.asked);
}

}  // namespace weir::uid
