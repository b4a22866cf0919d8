// DECIMAL arithmetic against sums, products and quotients worked out digit by digit, as on paper:
// exact whatever the sizes, then rounded half away from zero once.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "runtime/base/random.h"
#include "runtime/types/decimal.h"
#include "runtime/types/number_text.h"
#include "tests/seed.h"

namespace weir {
namespace {

constexpr uint64_t kDecimalSeed = 20261124;
constexpr int kPairs = 5'000;

// --- Digits on paper -----------------------------------------------------------------------------

// A natural number, most significant digit first, without leading zeros; "" is 0.
using Digits = std::string;

Digits Trimmed(Digits digits) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

bool Less(const Digits& a, const Digits& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Digits Plus(Digits a, Digits b) {
  if (a.size() < b.size()) std::swap(a, b);
  b.insert(0, a.size() - b.size(), '0');
  int carry = 0;
  for (size_t i = a.size(); i-- > 0;) {
    const int sum = a[i] - '0' + b[i] - '0' + carry;
    a[i] = static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  return carry > 0 ? "1" + a : a;
}

// REQUIRES: b <= a.
Digits Minus(Digits a, Digits b) {
  b.insert(0, a.size() - b.size(), '0');
  int borrow = 0;
  for (size_t i = a.size(); i-- > 0;) {
    const int difference = a[i] - b[i] - borrow;
    a[i] = static_cast<char>('0' + (difference + 10) % 10);
    borrow = difference < 0 ? 1 : 0;
  }
  return Trimmed(a);
}

Digits Times(const Digits& a, const Digits& b) {
  Digits product;
  for (const char digit : b) {
    if (!product.empty()) product += '0';
    for (char i = '0'; i < digit; ++i) product = Plus(product, a);
  }
  return Trimmed(product);
}

struct Quotient {
  Digits quotient;
  Digits remainder;
};

Quotient Divide(const Digits& a, const Digits& b) {
  Quotient result;
  for (const char digit : a) {
    result.remainder = Trimmed(result.remainder + digit);
    char times = '0';
    for (; !Less(result.remainder, b); ++times) result.remainder = Minus(result.remainder, b);
    result.quotient += times;
  }
  result.quotient = Trimmed(result.quotient);
  return result;
}

// --- Numbers with a sign and a scale -------------------------------------------------------------

struct Number {
  Digits digits;
  bool negative = false;
  int scale = 0;
};

Number ToNumber(Int128 unscaled, int scale) {
  Number number;
  number.negative = unscaled < 0;
  number.scale = scale;
  for (; unscaled != 0; unscaled /= 10) {
    const auto digit = static_cast<int>(unscaled % 10);
    number.digits.insert(0, 1, static_cast<char>('0' + std::abs(digit)));
  }
  return number;
}

Digits Shifted(const Digits& digits, int zeros) {
  return digits.empty() ? digits : digits + std::string(static_cast<size_t>(zeros), '0');
}

// The quotient of two naturals, rounded half up.
Digits DivideRounded(const Digits& a, const Digits& b) {
  Quotient exact = Divide(a, b);
  const bool up = !Less(Plus(exact.remainder, exact.remainder), b);
  return up ? Plus(exact.quotient, "1") : exact.quotient;
}

// As a DECIMAL(precision, scale) spells it; "NULL" when it does not fit.
std::string Rounded(const Number& number, int precision, int scale) {
  Digits digits = number.digits;
  if (scale >= number.scale) {
    digits = Shifted(digits, scale - number.scale);
  } else {
    digits = DivideRounded(digits, Shifted("1", number.scale - scale));
  }
  if (digits.size() > static_cast<size_t>(precision)) return "NULL";
  if (digits.empty()) return "0";
  return (number.negative ? "-" : "") + digits;
}

std::string Shown(const std::optional<Int128>& unscaled) {
  if (!unscaled) return "NULL";
  const Number number = ToNumber(*unscaled, 0);
  if (number.digits.empty()) return "0";
  return (number.negative ? "-" : "") + number.digits;
}

Number Sum(const Number& a, const Number& b) {
  const int scale = std::max(a.scale, b.scale);
  const Digits x = Shifted(a.digits, scale - a.scale);
  const Digits y = Shifted(b.digits, scale - b.scale);
  if (a.negative == b.negative) return {Plus(x, y), a.negative, scale};
  return Less(x, y) ? Number{Minus(y, x), b.negative, scale}
                    : Number{Minus(x, y), a.negative, scale};
}

// a / b rounded to `scale` at once.
Number Ratio(const Number& a, const Number& b, int scale) {
  const int shift = scale + b.scale - a.scale;
  const Digits x = Shifted(a.digits, std::max(shift, 0));
  const Digits y = Shifted(b.digits, std::max(-shift, 0));
  return {DivideRounded(x, y), a.negative != b.negative, scale};
}

Number Remainder(const Number& a, const Number& b) {
  const int scale = std::max(a.scale, b.scale);
  const Quotient exact =
      Divide(Shifted(a.digits, scale - a.scale), Shifted(b.digits, scale - b.scale));
  return {exact.remainder, a.negative, scale};
}

// --- Tests ---------------------------------------------------------------------------------------

struct Operand {
  Type type;
  Int128 unscaled;
};

// All sizes alike; often the ends of a type, powers of ten and their neighbours.
Operand RandomOperand(Random& random) {
  const int precision = 1 + static_cast<int>(random.Below(38));
  const int scale = static_cast<int>(random.Below(static_cast<uint64_t>(precision) + 1));
  const int digits = static_cast<int>(random.Below(static_cast<uint64_t>(precision) + 1));
  Int128 unscaled = 0;
  switch (random.Below(4)) {
    case 0:
      unscaled = PowerOfTen(digits) - 1;
      break;
    case 1:
      unscaled = digits < precision ? PowerOfTen(digits) : 0;
      break;
    case 2:
      unscaled = digits < precision ? PowerOfTen(digits) * 5 - 1 : 5;
      break;
    default:
      for (int i = 0; i < digits; ++i)
        unscaled = unscaled * 10 + static_cast<int>(random.Below(10));
  }
  if (!FitsPrecision(unscaled, precision)) unscaled = 0;
  return {Type::Decimal(precision, scale), random.Below(2) == 0 ? unscaled : -unscaled};
}

struct Pair {
  Operand a;
  Operand b;
  Decimal x;
  Decimal y;
  Number p;
  Number q;
  std::string text;
};

Pair RandomPair(Random& random) {
  Pair pair{RandomOperand(random), RandomOperand(random), {}, {}, {}, {}, {}};
  pair.x = {pair.a.unscaled, pair.a.type.scale()};
  pair.y = {pair.b.unscaled, pair.b.type.scale()};
  pair.p = ToNumber(pair.x.unscaled, pair.x.scale);
  pair.q = ToNumber(pair.y.unscaled, pair.y.scale);
  pair.text = Rounded(pair.p, 38, pair.x.scale) + " " + pair.a.type.ToString() + ", " +
              Rounded(pair.q, 38, pair.y.scale) + " " + pair.b.type.ToString();
  return pair;
}

class DecimalModelTest : public ::testing::Test {
 protected:
  DecimalModelTest() : random_(SeedOf(kDecimalSeed)) {}
  Random random_;
};

TEST_F(DecimalModelTest, SumsAndDifferences) {
  for (int i = 0; i < kPairs; ++i) {
    const Pair pair = RandomPair(random_);
    const Type type = DecimalAddType(pair.a.type, pair.b.type);
    const int precision = type.precision();
    ASSERT_EQ(Shown(AddDecimal(pair.x, pair.y, precision, type.scale())),
              Rounded(Sum(pair.p, pair.q), precision, type.scale()))
        << pair.text;
    Number negated = pair.q;
    negated.negative = !negated.negative;
    ASSERT_EQ(Shown(SubtractDecimal(pair.x, pair.y, precision, type.scale())),
              Rounded(Sum(pair.p, negated), precision, type.scale()))
        << pair.text;
  }
}

TEST_F(DecimalModelTest, Products) {
  for (int i = 0; i < kPairs; ++i) {
    const Pair pair = RandomPair(random_);
    const Type type = DecimalMultiplyType(pair.a.type, pair.b.type);
    const Number product{Times(pair.p.digits, pair.q.digits), pair.p.negative != pair.q.negative,
                         pair.p.scale + pair.q.scale};
    ASSERT_EQ(Shown(MultiplyDecimal(pair.x, pair.y, type.precision(), type.scale())),
              Rounded(product, type.precision(), type.scale()))
        << pair.text;
  }
}

TEST_F(DecimalModelTest, QuotientsAndRemainders) {
  for (int i = 0; i < kPairs; ++i) {
    const Pair pair = RandomPair(random_);
    if (pair.y.unscaled == 0) continue;
    const Type quotient = DecimalDivideType(pair.a.type, pair.b.type);
    ASSERT_EQ(
        Shown(DivideDecimal(pair.x, pair.y, quotient.precision(), quotient.scale())),
        Rounded(Ratio(pair.p, pair.q, quotient.scale()), quotient.precision(), quotient.scale()))
        << pair.text;
    const Type rest = DecimalModuloType(pair.a.type, pair.b.type);
    ASSERT_EQ(Shown(ModuloDecimal(pair.x, pair.y, rest.precision(), rest.scale())),
              Rounded(Remainder(pair.p, pair.q), rest.precision(), rest.scale()))
        << pair.text;
  }
}

TEST_F(DecimalModelTest, Comparisons) {
  for (int i = 0; i < kPairs; ++i) {
    const Pair pair = RandomPair(random_);
    Number negated = pair.q;
    negated.negative = !negated.negative;
    const Number difference = Sum(pair.p, negated);
    const int sign = difference.digits.empty() ? 0 : difference.negative ? -1 : 1;
    ASSERT_EQ(CompareDecimal(pair.x, pair.y), sign) << pair.text;
    ASSERT_EQ(CompareDecimal(pair.y, pair.x), -sign) << pair.text;
  }
}

TEST_F(DecimalModelTest, OtherScales) {
  for (int i = 0; i < kPairs; ++i) {
    const Operand operand = RandomOperand(random_);
    const Type to = RandomOperand(random_).type;
    const Number number = ToNumber(operand.unscaled, operand.type.scale());
    ASSERT_EQ(
        Shown(RescaleDecimal(operand.unscaled, operand.type.scale(), to.scale(), to.precision())),
        Rounded(number, to.precision(), to.scale()))
        << number.digits << " " << operand.type.ToString() << " as " << to.ToString();
  }
}

TEST_F(DecimalModelTest, TextAndBack) {
  for (int i = 0; i < kPairs; ++i) {
    const Operand operand = RandomOperand(random_);
    const int precision = operand.type.precision();
    const int scale = operand.type.scale();
    char buffer[kMaxDecimalText];
    const std::string text(buffer, FormatDecimal(operand.unscaled, scale, buffer));
    ASSERT_EQ(ParseDecimal(text, precision, scale), operand.unscaled) << text;
    // The same digits without a point, with the scale as an exponent.
    const std::string shifted = Shown(operand.unscaled) + "e-" + std::to_string(scale);
    ASSERT_EQ(ParseDecimal(shifted, precision, scale), operand.unscaled) << shifted;
    const std::optional<Decimal> spelled = ParseDecimalExactly(text);
    ASSERT_TRUE(spelled.has_value()) << text;
    ASSERT_EQ(CompareDecimal(*spelled, {operand.unscaled, scale}), 0) << text;
    // The nearest DOUBLE is that of the text.
    ASSERT_EQ(DecimalToDouble(operand.unscaled, scale), ParseDouble(text)) << text;
  }
}

TEST_F(DecimalModelTest, RoundingToDigits) {
  for (int i = 0; i < kPairs; ++i) {
    const Operand operand = RandomOperand(random_);
    const int scale = operand.type.scale();
    const int digits = static_cast<int>(random_.Below(50)) - 10;
    const Number number = ToNumber(operand.unscaled, scale);
    const int kept = std::clamp(digits, 0, scale);
    // Rounded to `digits`, then spelled with the scale that remains.
    Number rounded = number;
    if (digits < scale) {
      rounded.digits = DivideRounded(number.digits, Shifted("1", scale - digits));
      rounded.digits = Shifted(rounded.digits, std::max(-digits, 0));
    }
    rounded.scale = kept;
    ASSERT_EQ(Shown(RoundDecimal(operand.unscaled, scale, digits, DecimalRounding::kHalfUp)),
              Rounded(rounded, 100, kept))
        << number.digits << " scale " << scale << " to " << digits;
  }
}

}  // namespace
}  // namespace weir
