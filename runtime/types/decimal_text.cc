#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "runtime/types/decimal.h"

namespace weir {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The parts of [+-]digits[.digits][e[+-]digits].
struct DecimalParts {
  bool negative = false;
  std::string_view integer;
  std::string_view fraction;
  int exponent = 0;

  int digit_count() const { return static_cast<int>(integer.size() + fraction.size()); }
  int digit(int i) const {
    const auto at = static_cast<size_t>(i);
    return (at < integer.size() ? integer[at] : fraction[at - integer.size()]) - '0';
  }
};

std::string_view TakeDigits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool TakeExponent(std::string_view& text, int& exponent) {
  text.remove_prefix(1);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const std::string_view digits = TakeDigits(text);
  if (digits.empty() || digits.size() > 6) return false;
  std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (negative) exponent = -exponent;
  return true;
}

std::optional<DecimalParts> Split(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  DecimalParts parts;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  parts.integer = TakeDigits(text);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    parts.fraction = TakeDigits(text);
  }
  if (parts.digit_count() == 0) return std::nullopt;
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E') && !TakeExponent(text, parts.exponent)) {
    return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return parts;
}

// The first `count` digits as a number; std::nullopt above 38 digits.
std::optional<Int128> FirstDigits(const DecimalParts& parts, int count) {
  Int128 value = 0;
  for (int i = 0; i < count; ++i) {
    value = value * 10 + parts.digit(i);
    if (value >= PowerOfTen(38)) return std::nullopt;
  }
  return value;
}

char* PutDigits(UInt128 value, char* end) {
  constexpr uint64_t kChunk = 1'000'000'000'000'000'000;
  while (value >= kChunk) {
    auto chunk = static_cast<uint64_t>(value % kChunk);
    value /= kChunk;
    for (int i = 0; i < 18; ++i, chunk /= 10) *--end = static_cast<char>('0' + chunk % 10);
  }
  auto rest = static_cast<uint64_t>(value);
  do {
    *--end = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  return end;
}

}  // namespace

std::optional<Int128> ParseDecimal(std::string_view text, int precision, int scale) {
  const std::optional<DecimalParts> parts = Split(text);
  if (!parts) return std::nullopt;
  const int shift = scale - static_cast<int>(parts->fraction.size()) + parts->exponent;
  const int digits = parts->digit_count();
  const int kept = std::clamp(digits + shift, 0, digits);
  std::optional<Int128> value = FirstDigits(*parts, kept);
  if (!value) return std::nullopt;
  if (shift > 0 && *value != 0) {
    value = RescaleDecimal(*value, 0, shift, 38);
    if (!value) return std::nullopt;
  }
  // Half up: the first dropped digit decides. If the number has no digit at that place, that digit
  // is a 0.
  if (digits + shift >= 0 && kept < digits && parts->digit(kept) >= 5) ++*value;
  if (!FitsPrecision(*value, precision)) return std::nullopt;
  return parts->negative ? -*value : *value;
}

std::optional<Decimal> ParseDecimalExactly(std::string_view text) {
  const std::optional<DecimalParts> parts = Split(text);
  if (!parts || parts->exponent != 0 || parts->fraction.size() > 38) return std::nullopt;
  const std::optional<Int128> value = FirstDigits(*parts, parts->digit_count());
  if (!value) return std::nullopt;
  return Decimal{parts->negative ? -*value : *value, static_cast<int>(parts->fraction.size())};
}

char* FormatDecimal(Int128 unscaled, int scale, char* out) {
  if (unscaled < 0) *out++ = '-';
  char text[kMaxDecimalText];
  char* end = text + sizeof(text);
  char* begin = PutDigits(
      unscaled < 0 ? -static_cast<UInt128>(unscaled) : static_cast<UInt128>(unscaled), end);
  while (end - begin <= scale) *--begin = '0';  // a digit before the point
  const auto integer_digits = static_cast<size_t>(end - begin - scale);
  std::memcpy(out, begin, integer_digits);
  out += integer_digits;
  if (scale == 0) return out;
  *out++ = '.';
  std::memcpy(out, begin + integer_digits, static_cast<size_t>(scale));
  return out + scale;
}

double DecimalToDouble(Int128 unscaled, int scale) {
  constexpr Int128 kExact = Int128{1} << 53;
  if (unscaled <= kExact && unscaled >= -kExact && scale <= 22) {
    // Both are exact, so the division rounds once.
    return static_cast<double>(unscaled) / static_cast<double>(PowerOfTen(scale));
  }
  char text[kMaxDecimalText];
  const char* end = FormatDecimal(unscaled, scale, text);
  double value = 0;
  std::from_chars(text, end, value);
  return value;
}

std::optional<Int128> DecimalFromDouble(double value, int precision, int scale) {
  if (!std::isfinite(value)) return std::nullopt;
  char text[32];
  const char* end =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  return ParseDecimal({text, static_cast<size_t>(end - text)}, precision, scale);
}

}  // namespace weir
