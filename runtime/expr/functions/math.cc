// Mathematics over DOUBLE, constants, chance, and numbers in other bases. A function over DOUBLE
// that has no result gives NaN or an infinity (IEEE 754), as Java does, and never NULL or an error.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "runtime/base/hex_digit.h"
#include "runtime/expr/functions/java_random.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

double Cotangent(double x) {
  return 1.0 / std::tan(x);
}
double ToDegrees(double x) {
  return x * (180.0 / std::numbers::pi);
}
double ToRadians(double x) {
  return x * (std::numbers::pi / 180.0);
}

// As Java has it: std::log2 differs in the last digit.
double LogTwo(double x) {
  return std::log(x) / std::log(2.0);
}

template <double (*kFunction)(double)>
Result<ColumnPtr> MathKernel(const KernelCall& call) {
  return UnaryKernel<double, double, kFunction>(call);
}

template <typename F>
Result<ColumnPtr> BinaryMath(const KernelCall& call, F f) {
  MutableColumnPtr out = call.MakeResult();
  MapBinary<double, double>(call, out->mutable_data<double>(), f);
  return ColumnPtr(std::move(out));
}

// As Java has them: the root of -0.0 is 0.0, and no power of 1 or -1 with an exponent that is no
// number or infinite is known.
double SquareRoot(double x) {
  return std::sqrt(x) + 0.0;
}
double Power(double base, double exponent) {
  const bool unknown = std::isnan(exponent) || (std::isinf(exponent) && std::abs(base) == 1);
  return unknown ? std::numeric_limits<double>::quiet_NaN() : std::pow(base, exponent);
}

Result<ColumnPtr> PowerKernel(const KernelCall& call) {
  return BinaryMath(call, Power);
}
Result<ColumnPtr> Atan2Kernel(const KernelCall& call) {
  return BinaryMath(call, [](double a, double b) { return std::atan2(a, b); });
}
Result<ColumnPtr> LogBaseKernel(const KernelCall& call) {
  return BinaryMath(call, [](double base, double x) { return std::log(x) / std::log(base); });
}

template <const double& kValue>
Result<ColumnPtr> ConstantKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  out->mutable_data<double>()[0] = kValue;
  return ColumnPtr(std::move(out));
}
constexpr double kPi = std::numbers::pi;
constexpr double kE = std::numbers::e;

// --- Chance --------------------------------------------------------------------------------------

class SeededRandom : public KernelMemory {
 public:
  explicit SeededRandom(int32_t seed) : random(seed) {}
  JavaRandom random;
};

// Calls draw(random, row), which returns a Status, for the rows of `out` that are not NULL, with
// the generator that a first argument seeds. A constant seeds one generator for all rows, which is
// not saved: a restored job draws from the start again. Any other seed makes a generator for its
// row alone, as Flink's RandCallGen does.
template <typename Draw>
Status DrawSeeded(const KernelCall& call, const Column& out, Draw draw) {
  const ValueReader<int32_t> seed(*call.args[0]);
  if (!call.args[0]->is_constant()) {
    return TryValidRows(call.rows, out.validity(), [&](uint32_t row) {
      JavaRandom random(seed[row]);
      return draw(random, row);
    });
  }
  if (*call.memory == nullptr) *call.memory = std::make_unique<SeededRandom>(seed[0]);
  JavaRandom& random = static_cast<SeededRandom*>(call.memory->get())->random;
  return TryValidRows(call.rows, out.validity(), [&](uint32_t row) { return draw(random, row); });
}

Result<ColumnPtr> RandKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<double>();
  if (call.args.empty()) {
    ForRows(call.rows, [&](uint32_t row) { result[row] = call.random->NextDouble(); });
    return ColumnPtr(std::move(out));
  }
  RETURN_IF_ERROR(DrawSeeded(call, *out, [&](JavaRandom& random, uint32_t row) -> Status {
    result[row] = random.NextDouble();
    return {};
  }));
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> RandIntegerKernel(const KernelCall& call) {
  const ValueReader<int32_t> bound(*call.args.back());
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int32_t>();
  const auto draw = [&](auto& random, uint32_t row) -> Status {
    if (bound[row] <= 0) {
      return call.Fail(
          Status::DataError("the bound of RAND_INTEGER must be positive").WithId("E3003"));
    }
    result[row] = static_cast<int32_t>(random.Below(static_cast<uint64_t>(bound[row])));
    return {};
  };
  if (call.args.size() == 2) {
    RETURN_IF_ERROR(DrawSeeded(call, *out, draw));
  } else {
    RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(),
                                 [&](uint32_t row) { return draw(*call.random, row); }));
  }
  return ColumnPtr(std::move(out));
}

constexpr char kHexDigits[] = "0123456789ABCDEF";

// A random UUID (version 4, RFC 4122).
Result<ColumnPtr> UuidKernel(const KernelCall& call) {
  return BuildStrings(call, [&](uint32_t, TextBuilder& text) {
    const uint64_t high = (call.random->Next64() & ~uint64_t{0xF000}) | 0x4000;
    const uint64_t low = (call.random->Next64() & ~(uint64_t{3} << 62)) | (uint64_t{1} << 63);
    for (int digit = 0; digit < 32; ++digit) {
      if (digit == 8 || digit == 12 || digit == 16 || digit == 20) text.Append('-');
      const uint64_t half = digit < 16 ? high : low;
      const char c = kHexDigits[(half >> (60 - 4 * (digit % 16))) & 15];
      text.Append(c >= 'A' ? static_cast<char>(c + 32) : c);
    }
    return true;
  });
}

// --- Bases ---------------------------------------------------------------------------------------

void AppendInBase(uint64_t value, int bits, TextBuilder& text) {
  char digits[64];
  int count = 0;
  do {
    digits[count++] = kHexDigits[value & ((1U << bits) - 1)];
    value >>= bits;
  } while (value != 0);
  while (count > 0) text.Append(digits[--count]);
}

template <int kBits>
Result<ColumnPtr> BaseKernel(const KernelCall& call) {
  const ValueReader<int64_t> in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    AppendInBase(static_cast<uint64_t>(in[row]), kBits, text);
    return true;
  });
}

Result<ColumnPtr> HexTextKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    for (const char c : in[row].view()) {
      text.Append(kHexDigits[static_cast<uint8_t>(c) >> 4]);
      text.Append(kHexDigits[static_cast<uint8_t>(c) & 15]);
    }
    return true;
  });
}

Result<ColumnPtr> UnhexKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const std::string_view digits = in[row].view();
    // The first of an odd count of digits stands for a zero byte (Flink).
    const bool odd = digits.size() % 2 == 1;
    if (odd && HexDigit(digits[0]) < 0) return false;
    if (odd) text.Append('\0');
    int high = -1;
    for (const char c : digits.substr(odd ? 1 : 0)) {
      const int digit = HexDigit(c);
      if (digit < 0) return false;
      if (high >= 0) text.Append(static_cast<char>(high * 16 + digit));
      high = high >= 0 ? -1 : digit;
    }
    return true;
  });
}

template <double (*kFunction)(double)>
ScalarFunction Math(std::string_view name, std::string_view signature, std::string_view doc) {
  return Define(name, signature, doc, {{{kDouble}, ReturnsDouble, MathKernel<kFunction>}});
}

std::vector<ScalarFunction> MakeTable() {
  const std::string_view kOne = "F(numeric) → DOUBLE";
  return {
      Define("POWER", "POWER(base, exponent) → DOUBLE", "The base to the power of the exponent.",
             {{{kDouble, kDouble}, ReturnsDouble, PowerKernel}}),
      Math<SquareRoot>("SQRT", kOne, "The square root."),
      Math<std::log>("LN", kOne, "The natural logarithm."),
      Math<std::log10>("LOG10", kOne, "The logarithm to base 10."),
      Math<LogTwo>("LOG2", kOne, "The logarithm to base 2."),
      Define("LOG", "LOG([base,] numeric) → DOUBLE", "The logarithm, natural without a base.",
             {{{kDouble}, ReturnsDouble, MathKernel<std::log>},
              {{kDouble, kDouble}, ReturnsDouble, LogBaseKernel}}),
      Math<std::exp>("EXP", kOne, "e to the power of the argument."),
      Math<std::sin>("SIN", kOne, "The sine."),
      Math<std::sinh>("SINH", kOne, "The hyperbolic sine."),
      Math<std::cos>("COS", kOne, "The cosine."),
      Math<std::cosh>("COSH", kOne, "The hyperbolic cosine."),
      Math<std::tan>("TAN", kOne, "The tangent."),
      Math<std::tanh>("TANH", kOne, "The hyperbolic tangent."),
      Math<Cotangent>("COT", kOne, "The cotangent."),
      Math<std::asin>("ASIN", kOne, "The arc sine."),
      Math<std::acos>("ACOS", kOne, "The arc cosine."),
      Math<std::atan>("ATAN", kOne, "The arc tangent."),
      Define("ATAN2", "ATAN2(y, x) → DOUBLE", "The angle of the point (x, y).",
             {{{kDouble, kDouble}, ReturnsDouble, Atan2Kernel}}),
      Math<ToDegrees>("DEGREES", kOne, "Radians as degrees."),
      Math<ToRadians>("RADIANS", kOne, "Degrees as radians."),
      Define("PI", "PI() → DOUBLE", "The number pi.", {{{}, ReturnsDouble, ConstantKernel<kPi>}}),
      Define("E", "E() → DOUBLE", "Euler's number.", {{{}, ReturnsDouble, ConstantKernel<kE>}}),
      Varying(Define("RAND", "RAND([seed INT]) → DOUBLE",
                     "A random number from 0 to 1, 1 excluded; with a seed, java.util.Random's.",
                     {{{kInt}, ReturnsDouble, RandKernel, 1}}),
              Determinism::kPerRow),
      Failing(
          Varying(Define("RAND_INTEGER", "RAND_INTEGER([seed INT,] bound INT) → INT",
                         "A random integer from 0 to the bound, the bound excluded; with a seed, "
                         "java.util.Random's.",
                         {{{kInt}, ReturnsInt, RandIntegerKernel},
                          {{kInt, kInt}, ReturnsInt, RandIntegerKernel}}),
                  Determinism::kPerRow)),
      Varying(Define("UUID", "UUID() → CHAR(36)", "A random UUID (RFC 4122, version 4).",
                     {{{},
                       [](Args) -> Result<Type> { return Type::Char(36).WithNullable(false); },
                       UuidKernel}}),
              Determinism::kPerRow),
      Define("BIN", "BIN(integer) → STRING", "In binary digits.",
             {{{kBigInt}, ReturnsString, BaseKernel<1>}}),
      Define("HEX", "HEX(integer | string) → STRING", "In hexadecimal digits.",
             {{{kBigInt}, ReturnsString, BaseKernel<4>},
              {{ArgumentClass::kStringOrBinary}, ReturnsString, HexTextKernel}}),
      Define("UNHEX", "UNHEX(string) → BYTES",
             "The bytes of hexadecimal digits; NULL for other text.",
             {{{kStr}, ReturnsNullableBytes, UnhexKernel}}),
  };
}

}  // namespace

std::span<const ScalarFunction> MathFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
