#include "runtime/expr/functions/java_timestamp.h"

#include <charconv>
#include <cstdint>

#include "runtime/base/trimmed.h"
#include "runtime/types/datetime.h"

namespace weir::expr {
namespace {

// As Integer.parseInt: a sign of either kind, digits, nothing else.
std::optional<int32_t> Number(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  int32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// Returns the text before the first `separator` and leaves what follows it in `text`; nullopt if
// there is none.
std::optional<std::string_view> TakeUntil(char separator, std::string_view& text) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at + 1);
  return before;
}

// Days since 1970-01-01.
std::optional<int64_t> Days(std::string_view text) {
  const auto year = TakeUntil('-', text);
  const auto month = TakeUntil('-', text);
  if (!year || !month || year->size() != 4 || month->size() > 2 || text.size() > 2) {
    return std::nullopt;
  }
  const auto y = Number(*year);
  const auto m = Number(*month);
  const auto d = Number(text);
  if (!y || !m || !d || *y < 1 || *m < 1 || *m > 12 || *d < 1 || *d > 31) return std::nullopt;
  return DaysFromCivil(*y, *m, *d);
}

// Nanoseconds of ".5": one to nine digits.
std::optional<int32_t> Fraction(std::string_view digits) {
  if (digits.empty() || digits.size() > 9 || digits[0] < '0' || digits[0] > '9') {
    return std::nullopt;
  }
  auto number = Number(digits);
  for (size_t i = digits.size(); number && i < 9; ++i) *number *= 10;
  return number;
}

}  // namespace

std::optional<TimestampNanos> JavaTimestampValueOf(std::string_view text) {
  text = TrimmedAsJava(text);
  const auto date = TakeUntil(' ', text);
  const auto days = Days(date ? *date : text);
  if (!days) return std::nullopt;
  TimestampNanos time{*days * kMillisPerDay, 0};
  if (!date) return time;
  const auto hour = TakeUntil(':', text);
  const auto minute = TakeUntil(':', text);
  if (!hour || !minute) return std::nullopt;
  const auto second = TakeUntil('.', text);
  const auto h = Number(*hour);
  const auto m = Number(*minute);
  const auto s = Number(second ? *second : text);
  const auto nanos = second ? Fraction(text) : 0;
  if (!h || !m || !s || !nanos) return std::nullopt;
  time.millis += ((*h * int64_t{60} + *m) * 60 + *s) * kMillisPerSecond + *nanos / kNanosPerMilli;
  time.nanos = static_cast<int32_t>(*nanos % kNanosPerMilli);
  return time;
}

}  // namespace weir::expr
