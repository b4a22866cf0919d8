#include "runtime/connectors/sample/text_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace weir::connectors {
namespace {

constexpr size_t kDateSize = 10;  // 2026-11-23

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Whether the text can be a number that would be printed as it is written: no plus sign, no leading
// zeros, but also ".5". Only its characters are checked.
bool IsPlainNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::string_view digits = text.starts_with('.') ? text.substr(1) : text;
  if (digits.empty() || !IsDigit(digits[0])) return false;
  const bool leading_zero = text.size() > 1 && text[0] == '0' && IsDigit(text[1]);
  return !leading_zero && text.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

// Whether it can be such a number that a DOUBLE keeps: no digit would be lost, and it is no integer
// beyond BIGINT.
bool IsPlainDouble(std::string_view text) {
  if (!IsPlainNumber(text) || LosesDigits(text)) return false;
  int64_t integer = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), integer);
  return parsed.ec == std::errc() || text.find_first_of(".eE") != std::string_view::npos;
}

bool IsDate(std::string_view text) {
  return text.size() == kDateSize && text[4] == '-' && text[7] == '-';
}

bool IsTimestamp(std::string_view text) {
  return text.size() > kDateSize && IsDate(text.substr(0, kDateSize)) &&
         (text[kDateSize] == ' ' || text[kDateSize] == 'T');
}

// Whether a timestamp ends with Z or an offset such as +01:00.
bool HasOffset(std::string_view text) {
  return text.ends_with('Z') || text.find_first_of("+-", kDateSize) != std::string_view::npos;
}

bool IsTruth(std::string_view text) {
  return text == "true" || text == "false" || text == "TRUE" || text == "FALSE" || text == "True" ||
         text == "False";
}

// 3, 6 or 9, as many as the longest fraction of a second has digits.
int PrecisionOf(std::span<const FieldSlice> texts) {
  size_t longest = 0;
  for (const FieldSlice& text : texts) {
    const std::string_view view = TrimBlanks(text.view());
    const size_t point = view.find('.');
    if (!text.present || point == std::string_view::npos) continue;
    const size_t end = std::min(view.find_first_not_of("0123456789", point + 1), view.size());
    longest = std::max(longest, end - point - 1);
  }
  return longest <= 3 ? 3 : (longest <= 6 ? 6 : 9);
}

template <typename Looks>
bool All(std::span<const FieldSlice> texts, const Type& type, Looks looks) {
  const bool alike = std::ranges::all_of(texts, [&](const FieldSlice& text) {
    return !text.present || looks(TrimBlanks(text.view()));
  });
  if (!alike) return false;
  std::vector<uint8_t> bad(texts.size(), 0);
  ParseFields(texts, type, TimeZone::Utc(), bad.data());
  return std::ranges::all_of(bad, [](uint8_t one) { return one == 0; });
}

// The digits of a number from its first to its last that is not 0, wherever its point is.
std::string SignificantDigits(std::string_view number) {
  std::string digits;
  for (const char c : number.substr(0, number.find_first_of("eE"))) {
    if (IsDigit(c) && (c != '0' || !digits.empty())) digits += c;
  }
  digits.resize(digits.find_last_not_of('0') + 1);
  return digits;
}

}  // namespace

bool LosesDigits(std::string_view number) {
  constexpr size_t kAlwaysKept = 15;      // significant digits that any double keeps (DBL_DIG)
  constexpr size_t kMostOfADouble = 767;  // as a decimal fraction that is exact
  const std::string digits = SignificantDigits(number);
  if (digits.size() <= kAlwaysKept) return false;
  double nearest = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), nearest);
  if (parsed.ec != std::errc() || digits.size() > kMostOfADouble) return true;
  return SignificantDigits(fmt::format("{:.{}e}", nearest, digits.size() - 1)) != digits;
}

std::optional<Type> TypeOfTexts(std::span<const FieldSlice> texts) {
  if (std::ranges::none_of(texts, &FieldSlice::present)) return std::nullopt;
  if (All(texts, Type::Boolean(), IsTruth)) return Type::Boolean();
  if (All(texts, Type::BigInt(), IsPlainNumber)) return Type::BigInt();
  if (All(texts, Type::Double(), IsPlainDouble)) return Type::Double();
  if (All(texts, Type::Date(), IsDate)) return Type::Date();
  const int precision = PrecisionOf(texts);
  const auto zoned = [](std::string_view text) { return IsTimestamp(text) && HasOffset(text); };
  if (All(texts, Type::TimestampLtz(precision), zoned)) return Type::TimestampLtz(precision);
  const auto local = [](std::string_view text) { return IsTimestamp(text) && !HasOffset(text); };
  if (All(texts, Type::Timestamp(precision), local)) return Type::Timestamp(precision);
  return Type::String();
}

}  // namespace weir::connectors
