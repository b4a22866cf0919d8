#include "runtime/types/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <system_error>

#include "runtime/base/trimmed.h"

namespace weir {
namespace {

char* Put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// Digits d1 d2 … dn and exponent e of d1.d2…dn × 10^e.
struct Digits {
  char digits[20];
  int count = 0;
  int exponent = 0;
};

template <typename T>
Digits ShortestDigits(T magnitude) {
  char text[32];
  // Below the normal range one digit can be the shortest that reads back without being near: Java
  // takes the nearest of two digits there (4.9E-324).
  const bool subnormal = magnitude < std::numeric_limits<T>::min();
  const char* end =
      std::to_chars(text, text + sizeof(text), magnitude, std::chars_format::scientific).ptr;
  if (subnormal && text[1] != '.') {
    end = std::to_chars(text, text + sizeof(text), magnitude, std::chars_format::scientific, 1).ptr;
  }
  Digits result;
  const char* at = text;
  for (; at < end && *at != 'e'; ++at) {
    if (*at != '.') result.digits[result.count++] = *at;
  }
  const bool negative = at[1] == '-';
  std::from_chars(at + 2, end, result.exponent);
  if (negative) result.exponent = -result.exponent;
  return result;
}

char* PutPlain(const Digits& d, char* out) {
  if (d.exponent < 0) {
    out = Put(out, "0.");
    for (int i = -1; i > d.exponent; --i) *out++ = '0';
    return Put(out, {d.digits, static_cast<size_t>(d.count)});
  }
  for (int i = 0; i <= d.exponent; ++i) *out++ = i < d.count ? d.digits[i] : '0';
  *out++ = '.';
  if (d.count <= d.exponent + 1) return Put(out, "0");
  return Put(out, {d.digits + d.exponent + 1, static_cast<size_t>(d.count - d.exponent - 1)});
}

char* PutScientific(const Digits& d, char* out) {
  *out++ = d.digits[0];
  *out++ = '.';
  out = d.count == 1 ? Put(out, "0") : Put(out, {d.digits + 1, static_cast<size_t>(d.count - 1)});
  *out++ = 'E';
  return std::to_chars(out, out + 6, d.exponent).ptr;
}

template <typename T>
char* FormatFloating(T value, char* out) {
  if (std::isnan(value)) return Put(out, "NaN");
  if (std::signbit(value)) *out++ = '-';
  const T magnitude = std::fabs(value);
  if (std::isinf(magnitude)) return Put(out, "Infinity");
  if (magnitude == 0) return Put(out, "0.0");
  const Digits digits = ShortestDigits(magnitude);
  return digits.exponent >= -3 && digits.exponent < 7 ? PutPlain(digits, out)
                                                      : PutScientific(digits, out);
}

// from_chars reports "out of range" for numbers that are too large and too small. The sign of the
// decimal exponent of the first significant digit tells which: infinity or zero.
template <typename T>
T OutOfRange(std::string_view text) {
  int leading = 0;  // digits before the point, less leading zeros; or minus zeros after it
  bool point = false;
  bool significant = false;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      point = true;
    } else if (!significant && text[i] == '0') {
      leading -= point ? 1 : 0;
    } else {
      significant = true;
      leading += point ? 0 : 1;
    }
  }
  long exponent = 0;
  if (i < text.size()) {
    const char* from = text.data() + i + 1;
    const bool negative = *from == '-';
    if (*from == '-' || *from == '+') ++from;
    if (std::from_chars(from, text.data() + text.size(), exponent).ec != std::errc()) {
      exponent = std::numeric_limits<int>::max();
    }
    if (negative) exponent = -exponent;
  }
  return exponent + leading > 0 ? std::numeric_limits<T>::infinity() : T{0};
}

template <typename T>
std::optional<T> ParseMagnitude(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<T>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<T>::infinity();
  // from_chars knows "inf" and "nan" as well, Java does not.
  if (text.empty() || (text[0] != '.' && (text[0] < '0' || text[0] > '9'))) return std::nullopt;
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc::result_out_of_range ? OutOfRange<T>(text) : value;
}

template <typename T>
std::optional<T> ParseFloating(std::string_view text) {
  text = TrimmedAsJava(text);
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const std::optional<T> magnitude = ParseMagnitude<T>(text);
  if (!magnitude) return std::nullopt;
  return negative ? -*magnitude : *magnitude;
}

}  // namespace

char* FormatDouble(double value, char* out) {
  return FormatFloating(value, out);
}
char* FormatFloat(float value, char* out) {
  return FormatFloating(value, out);
}

std::optional<double> ParseDouble(std::string_view text) {
  return ParseFloating<double>(text);
}
std::optional<float> ParseFloat(std::string_view text) {
  return ParseFloating<float>(text);
}

std::optional<int64_t> ParseInt64(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace weir
