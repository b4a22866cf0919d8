// + - * / % and unary minus over numbers and intervals. Integers wrap; DECIMAL overflow is NULL;
// integer and DECIMAL division by zero fails (Flink).
#include <cmath>
#include <limits>
#include <type_traits>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/temporal.h"
#include "runtime/expr/kernel.h"
#include "runtime/expr/type_rules.h"
#include "runtime/types/decimal.h"

namespace weir::expr {
namespace {

// The type to compute in: unsigned where T is an integer, since signed overflow is undefined in C++
// and must wrap here.
template <typename T>
struct WrappingType {
  using Type = T;
};
template <typename T>
requires std::is_integral_v<T>
struct WrappingType<T> {
  using Type = std::conditional_t<sizeof(T) < 4, uint32_t, std::make_unsigned_t<T>>;
};
template <typename T>
using Wrapping = typename WrappingType<T>::Type;

struct Add {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(Wrapping<T>(a) + Wrapping<T>(b));
  }
  static std::optional<Int128> Decimals(Decimal a, Decimal b, int precision, int scale) {
    return AddDecimal(a, b, precision, scale);
  }
};
struct Subtract {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(Wrapping<T>(a) - Wrapping<T>(b));
  }
  static std::optional<Int128> Decimals(Decimal a, Decimal b, int precision, int scale) {
    return SubtractDecimal(a, b, precision, scale);
  }
};
struct Multiply {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(Wrapping<T>(a) * Wrapping<T>(b));
  }
  static std::optional<Int128> Decimals(Decimal a, Decimal b, int precision, int scale) {
    return MultiplyDecimal(a, b, precision, scale);
  }
};
// REQUIRES of Divide and Remainder for integers: b != 0.
struct Divide {
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b == T{-1}) return Subtract()(T{0}, a);  // the least integer has no positive counterpart
    }
    return static_cast<T>(a / b);
  }
  static std::optional<Int128> Decimals(Decimal a, Decimal b, int precision, int scale) {
    return DivideDecimal(a, b, precision, scale);
  }
};
struct Modulo {
  template <typename T>
  T operator()(T a, T b) const {
    return b == T{-1} ? T{0} : static_cast<T>(a % b);
  }
  static std::optional<Int128> Decimals(Decimal a, Decimal b, int precision, int scale) {
    return ModuloDecimal(a, b, precision, scale);
  }
};

template <typename F>
decltype(auto) DispatchPlainNumber(PhysicalType physical, F&& f) {
  switch (physical) {
    case PhysicalType::kInt8:
      return f.template operator()<int8_t>();
    case PhysicalType::kInt16:
      return f.template operator()<int16_t>();
    case PhysicalType::kInt32:
      return f.template operator()<int32_t>();
    case PhysicalType::kInt64:
      return f.template operator()<int64_t>();
    case PhysicalType::kFloat:
      return f.template operator()<float>();
    case PhysicalType::kDouble:
      return f.template operator()<double>();
    default:
      WEIR_UNREACHABLE();
  }
}

template <typename Op>
Result<ColumnPtr> WrappingKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  DispatchPlainNumber(call.type().physical(), [&]<typename T>() {
    MapBinary<T, T>(call, out->template mutable_data<T>(), Op());
  });
  return ColumnPtr(std::move(out));
}

Status DivisionByZero(const KernelCall& call) {
  return call.Fail(Status::DataError("division by zero").WithId("E3002"));
}

// A constant divisor is checked once; the loop then has no test in it.
template <typename Op, typename T>
Status DivideInto(const KernelCall& call, const uint64_t* validity, T* out) {
  const ValueReader<T> a(*call.args[0]);
  const ValueReader<T> b(*call.args[1]);
  if (call.args[1]->is_constant() && b[0] != T{0}) {
    MapBinary<T, T>(call, out, Op());
    return {};
  }
  bool zero = false;
  ForValidRows(call.rows, validity, [&](uint32_t row) {
    const T divisor = b[row];
    zero |= divisor == T{0};
    out[row] = Op()(a[row], divisor == T{0} ? T{1} : divisor);
  });
  return zero ? DivisionByZero(call) : Status();
}

template <typename Op>
Result<ColumnPtr> DivisionKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const uint64_t* validity = out->validity();
  const PhysicalType physical = call.type().physical();
  if (physical == PhysicalType::kDouble || physical == PhysicalType::kFloat) {
    if constexpr (std::is_same_v<Op, Divide>) return WrappingKernel<Op>(call);
  }
  const Status status = [&]() -> Status {
    switch (physical) {
      case PhysicalType::kInt8:
        return DivideInto<Op>(call, validity, out->mutable_data<int8_t>());
      case PhysicalType::kInt16:
        return DivideInto<Op>(call, validity, out->mutable_data<int16_t>());
      case PhysicalType::kInt32:
        return DivideInto<Op>(call, validity, out->mutable_data<int32_t>());
      case PhysicalType::kInt64:
        return DivideInto<Op>(call, validity, out->mutable_data<int64_t>());
      default:
        WEIR_UNREACHABLE();
    }
  }();
  RETURN_IF_ERROR(status);
  return ColumnPtr(std::move(out));
}

// Integers of different widths: the remainder has the divisor's type, which it always fits.
template <typename A, typename B>
Status MixedRemainder(const KernelCall& call, Column& out) {
  const ValueReader<A> a(*call.args[0]);
  const ValueReader<B> b(*call.args[1]);
  B* result = out.mutable_data<B>();
  bool zero = false;
  ForValidRows(call.rows, out.validity(), [&](uint32_t row) {
    const B divisor = b[row];
    zero |= divisor == 0;
    result[row] =
        static_cast<B>(Modulo()(int64_t{a[row]}, divisor == 0 ? int64_t{1} : int64_t{divisor}));
  });
  return zero ? DivisionByZero(call) : Status();
}

template <typename F>
decltype(auto) DispatchInteger(PhysicalType physical, F&& f) {
  switch (physical) {
    case PhysicalType::kInt8:
      return f.template operator()<int8_t>();
    case PhysicalType::kInt16:
      return f.template operator()<int16_t>();
    case PhysicalType::kInt32:
      return f.template operator()<int32_t>();
    case PhysicalType::kInt64:
      return f.template operator()<int64_t>();
    default:
      WEIR_UNREACHABLE();
  }
}

// out[row] = a[row] % divisor by way of doubles, which hold both exactly: a loop without a
// division. False when some dividend is too large for that (`out` is arbitrary then).
template <typename A, typename B>
bool RemainderByConstant(const Rows& rows, const A* __restrict a, int64_t divisor,
                         B* __restrict out) {
  constexpr uint64_t kExact = uint64_t{1} << 52;
  const double inverse = 1.0 / static_cast<double>(divisor);
  uint64_t outside = 0;
  ForRows(rows, [&](uint32_t row) {
    const int64_t value = a[row];
    // The quotient is off by one at most.
    const auto quotient = static_cast<int64_t>(static_cast<double>(value) * inverse);
    auto rest =
        static_cast<int64_t>(static_cast<uint64_t>(value) -
                             static_cast<uint64_t>(quotient) * static_cast<uint64_t>(divisor));
    rest -= value >= 0 && rest >= divisor ? divisor : 0;
    rest += value >= 0 && rest < 0 ? divisor : 0;
    rest += value < 0 && rest <= -divisor ? divisor : 0;
    rest -= value < 0 && rest > 0 ? divisor : 0;
    outside |= (static_cast<uint64_t>(value) + kExact) & ~(2 * kExact - 1);
    out[row] = static_cast<B>(rest);
  });
  return outside == 0;
}

// Computes the remainders by a divisor that is the same for all rows. False if it is not, or does
// not allow the fast way; `out` is arbitrary then.
bool TryConstantDivisor(const KernelCall& call, Column& out) {
  const Column& a = *call.args[0];
  const Column& b = *call.args[1];
  if (call.constant || !b.is_constant() || a.is_constant() || b.IsNull(0)) return false;
  return DispatchInteger(b.type().physical(), [&]<typename B>() {
    const int64_t divisor = b.data<B>()[0];
    if (divisor <= 0 || divisor >= int64_t{1} << 31) return false;
    return DispatchInteger(a.type().physical(), [&]<typename A>() {
      return RemainderByConstant(DenseRows(call), a.data<A>(), divisor, out.mutable_data<B>());
    });
  });
}

Result<ColumnPtr> RemainderKernel(const KernelCall& call) {
  const PhysicalType physical = call.type().physical();
  if (call.args[1]->is_constant() && call.args[1]->type().physical() == physical) {
    MutableColumnPtr out = call.MakeResult();
    if (TryConstantDivisor(call, *out)) return ColumnPtr(std::move(out));
  }
  if (call.args[0]->type().physical() == physical) return DivisionKernel<Modulo>(call);
  MutableColumnPtr out = call.MakeResult();
  RETURN_IF_ERROR(DispatchInteger(call.args[0]->type().physical(), [&]<typename A>() {
    return DispatchInteger(physical,
                           [&]<typename B>() { return MixedRemainder<A, B>(call, *out); });
  }));
  return ColumnPtr(std::move(out));
}

// --- DECIMAL -------------------------------------------------------------------------------------

int DecimalScale(const Type& type) {
  return type.kind() == TypeKind::kDecimal ? type.scale() : 0;
}

// Whether the result type holds every product or sum of the arguments' types, so that no row needs
// a check for overflow.
template <typename Op>
bool IsExact(const KernelCall& call) {
  const Type a = AsDecimalType(call.args[0]->type());
  const Type b = AsDecimalType(call.args[1]->type());
  const Type& r = call.type();
  if constexpr (std::is_same_v<Op, Multiply>) {
    return r.scale() == a.scale() + b.scale() && r.precision() >= a.precision() + b.precision();
  }
  if constexpr (std::is_same_v<Op, Add> || std::is_same_v<Op, Subtract>) {
    const int integral = std::max(a.precision() - a.scale(), b.precision() - b.scale());
    return r.scale() == std::max(a.scale(), b.scale()) && r.precision() > integral + r.scale();
  }
  return false;
}

template <typename Op, typename A, typename B, typename R>
void ExactDecimals(const KernelCall& call, R* out) {
  if constexpr (std::is_same_v<Op, Multiply>) {
    MapBinary<A, B>(call, out, [](A a, B b) { return Op()(static_cast<R>(a), static_cast<R>(b)); });
  } else {
    const int scale = call.type().scale();
    const R factor_a = static_cast<R>(PowerOfTen(scale - DecimalScale(call.args[0]->type())));
    const R factor_b = static_cast<R>(PowerOfTen(scale - DecimalScale(call.args[1]->type())));
    MapBinary<A, B>(call, out, [=](A a, B b) {
      return Op()(Multiply()(static_cast<R>(a), factor_a), Multiply()(static_cast<R>(b), factor_b));
    });
  }
}

template <typename Op, typename A, typename B, typename R>
Status CheckedDecimals(const KernelCall& call, Column& out) {
  const ValueReader<A> a(*call.args[0]);
  const ValueReader<B> b(*call.args[1]);
  const int scale_a = DecimalScale(call.args[0]->type());
  const int scale_b = DecimalScale(call.args[1]->type());
  const Type& type = call.type();
  R* result = out.mutable_data<R>();
  constexpr bool kDivides = std::is_same_v<Op, Divide> || std::is_same_v<Op, Modulo>;
  return TryValidRows(call.rows, out.validity(), [&](uint32_t row) -> Status {
    if (kDivides && b[row] == 0) return DivisionByZero(call);
    const std::optional<Int128> value =
        Op::Decimals({a[row], scale_a}, {b[row], scale_b}, type.precision(), type.scale());
    if (value) {
      result[row] = static_cast<R>(*value);
    } else {
      out.SetNull(row);
    }
    return {};
  });
}

template <typename F>
decltype(auto) DispatchDecimal(PhysicalType physical, F&& f) {
  if (physical == PhysicalType::kInt64) return f.template operator()<int64_t>();
  return f.template operator()<Int128>();
}

// The kernel where at least one side is a DECIMAL; the other may be a BIGINT, which is read as a
// DECIMAL(19, 0). Overflow is NULL.
template <typename Op>
Result<ColumnPtr> DecimalKernel(const KernelCall& call) {
  const bool exact = IsExact<Op>(call);
  MutableColumnPtr out = exact ? call.MakeResult() : call.MakeNullableResult();
  RETURN_IF_ERROR(DispatchDecimal(call.args[0]->type().physical(), [&]<typename A>() {
    return DispatchDecimal(call.args[1]->type().physical(), [&]<typename B>() {
      return DispatchDecimal(call.type().physical(), [&]<typename R>() -> Status {
        constexpr bool kRing = !std::is_same_v<Op, Divide> && !std::is_same_v<Op, Modulo>;
        if constexpr (kRing && sizeof(R) >= sizeof(A) && sizeof(R) >= sizeof(B)) {
          if (exact) {
            ExactDecimals<Op, A, B, R>(call, out->template mutable_data<R>());
            return {};
          }
        }
        return CheckedDecimals<Op, A, B, R>(call, *out);
      });
    });
  }));
  return ColumnPtr(std::move(out));
}

// --- Unary minus, ABS, SIGN ----------------------------------------------------------------------

struct Negate {
  template <typename T>
  T operator()(T a) const {
    return Subtract()(T{0}, a);
  }
  float operator()(float a) const { return -a; }
  double operator()(double a) const { return -a; }
};
struct Absolute {
  template <typename T>
  T operator()(T a) const {
    if constexpr (std::is_floating_point_v<T>)
      return std::fabs(a);
    else
      return a < 0 ? Negate()(a) : a;
  }
};

template <typename Op>
Result<ColumnPtr> SignKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  const PhysicalType physical = call.type().physical();
  const auto map = [&]<typename T>() { MapUnary<T>(call, out->template mutable_data<T>(), Op()); };
  if (physical == PhysicalType::kInt128) {
    map.template operator()<Int128>();
  } else {
    DispatchPlainNumber(physical, map);
  }
  return ColumnPtr(std::move(out));
}

// --- Types ---------------------------------------------------------------------------------------

bool IsApproximate(const Type& type) {
  return type.kind() == TypeKind::kFloat || type.kind() == TypeKind::kDouble;
}

// Integers and floating point: both sides become the wider type.
bool UnifyPlain(std::span<const ExprPtr>, std::vector<Type>& types) {
  const bool decimal =
      types[0].kind() == TypeKind::kDecimal || types[1].kind() == TypeKind::kDecimal;
  if (decimal && !IsApproximate(types[0]) && !IsApproximate(types[1])) return false;
  // With a FLOAT and a DOUBLE the result has the type of the first (Flink): f + d is a FLOAT, d + f
  // a DOUBLE.
  const bool keeps_first = IsApproximate(types[0]) && IsApproximate(types[1]);
  types[0] = types[1] = keeps_first ? types[0] : CommonNumericType(types[0], types[1]);
  return true;
}

// At least one DECIMAL. BIGINT is read as the DECIMAL(19, 0) that it is; narrower integers are
// cast, which costs little and keeps their digits in the type.
bool UnifyDecimal(std::span<const ExprPtr>, std::vector<Type>& types) {
  for (Type& type : types) {
    if (type.is_integer() && type.kind() != TypeKind::kBigInt) type = AsDecimalType(type);
  }
  return true;
}

bool UnifyRemainder(std::span<const ExprPtr>, std::vector<Type>& types) {
  return types[0].is_integer() && types[1].is_integer();
}

Result<Type> CommonNumberRule(Args args) {
  return args[0]->type.WithNullable(false);
}
Result<Type> SumRule(Args args) {
  return DecimalAddType(args[0]->type, args[1]->type);
}
Result<Type> ProductRule(Args args) {
  return DecimalMultiplyType(args[0]->type, args[1]->type);
}
Result<Type> QuotientRule(Args args) {
  return DecimalDivideType(args[0]->type, args[1]->type);
}
// If neither side has a fraction, the result has the divisor's type, as it has for integers
// (Flink).
Result<Type> DecimalRemainderRule(Args args) {
  const Type a = AsDecimalType(args[0]->type);
  const Type b = AsDecimalType(args[1]->type);
  return a.scale() == 0 && b.scale() == 0 ? b.WithNullable(false) : DecimalModuloType(a, b);
}

Result<Type> RemainderRule(Args args) {
  return args[1]->type.WithNullable(false);
}

constexpr ArgumentClass kNumber = ArgumentClass::kNumeric;
constexpr ArgumentClass kExact = ArgumentClass::kExact;

template <typename Op>
ScalarFunction BinaryOperator(std::string_view name, TypeRule decimal_rule, std::string_view doc) {
  ScalarFunction function;
  function.name = name;
  function.signature = "numeric1 <operator> numeric2 → the common type";
  function.doc = doc;
  if constexpr (std::is_same_v<Op, Divide>) {
    function.overloads = {
        {{kNumber, kNumber}, CommonNumberRule, DivisionKernel<Op>, 0, false, UnifyPlain}};
    function.can_fail = true;
  } else {
    function.overloads = {
        {{kNumber, kNumber}, CommonNumberRule, WrappingKernel<Op>, 0, false, UnifyPlain}};
  }
  function.overloads.push_back(
      {{kExact, kExact}, decimal_rule, DecimalKernel<Op>, 0, false, UnifyDecimal});
  return function;
}

template <typename Op>
ScalarFunction UnaryOperator(std::string_view name, std::string_view signature,
                             std::string_view doc) {
  ScalarFunction function;
  function.name = name;
  function.signature = signature;
  function.doc = doc;
  function.overloads = {{{kNumber}, ReturnsFirst, SignKernel<Op>}};
  return function;
}

std::vector<ScalarFunction> MakeTable() {
  ScalarFunction add =
      BinaryOperator<Add>("+", SumRule, "The sum; also of a time and an interval.");
  ScalarFunction subtract =
      BinaryOperator<Subtract>("-", SumRule, "The difference; also of a time and an interval.");
  ScalarFunction multiply =
      BinaryOperator<Multiply>("*", ProductRule, "The product; also of an interval and a number.");
  AppendTemporalSums(add.overloads);
  AppendTemporalDifferences(subtract.overloads);
  AppendIntervalProducts(multiply.overloads);
  ScalarFunction divide =
      BinaryOperator<Divide>("/", QuotientRule, "The quotient; of integers, cut to an integer.");
  ScalarFunction modulo;
  modulo.name = "%";
  modulo.aliases = {"MOD"};
  modulo.signature = "MOD(exact1, exact2) → the type of exact2";
  modulo.doc = "The remainder of the division, with the sign of the dividend.";
  modulo.overloads = {
      {{kExact, kExact}, RemainderRule, RemainderKernel, 0, false, UnifyRemainder},
      {{kExact, kExact}, DecimalRemainderRule, DecimalKernel<Modulo>, 0, false, UnifyDecimal}};
  modulo.can_fail = true;
  ScalarFunction negate =
      UnaryOperator<Negate>("NEGATE", "-numeric → its type", "The number negated.");
  negate.overloads.push_back({{ArgumentClass::kInterval}, ReturnsFirst, SignKernel<Negate>});
  return {add,
          subtract,
          multiply,
          divide,
          modulo,
          negate,
          UnaryOperator<Absolute>("ABS", "ABS(numeric) → its type", "The absolute value.")};
}

}  // namespace

std::span<const ScalarFunction> ArithmeticFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
