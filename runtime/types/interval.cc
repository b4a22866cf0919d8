#include "runtime/types/interval.h"

#include <charconv>
#include <cstring>
#include <limits>

namespace weir {
namespace {

// The fields that an interval's text may have, from the left. `separator` stands between the field
// and the next one.
struct IntervalField {
  TimeUnit unit;
  int64_t millis;  // the length of one unit
  int64_t limit;   // exclusive bound of the value, unless the field is the first of the text
  char separator;
};
constexpr IntervalField kFields[] = {
    {TimeUnit::kDay, kMillisPerDay, 0, ' '},
    {TimeUnit::kHour, 3'600'000, 24, ':'},
    {TimeUnit::kMinute, 60'000, 60, ':'},
    {TimeUnit::kSecond, 1'000, 60, '\0'},
};

int FieldIndex(TimeUnit unit) {
  for (int i = 0; i < 4; ++i) {
    if (kFields[i].unit == unit) return i;
  }
  return -1;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool TakeSign(std::string_view& text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return negative;
}

bool TakeNumber(std::string_view& text, int64_t& value) {
  if (text.empty() || text.front() == '-') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return error == std::errc();
}

// ".5" is 500; digits beyond the third are dropped.
bool TakeMillis(std::string_view& text, int64_t& millis) {
  millis = 0;
  if (text.empty() || text.front() != '.') return true;
  text.remove_prefix(1);
  int64_t unit = 100;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10) {
    millis += (text.front() - '0') * unit;
    text.remove_prefix(1);
  }
  return unit != 100;
}

bool AddScaled(int64_t value, int64_t unit, int64_t& sum) {
  int64_t product = 0;
  return !__builtin_mul_overflow(value, unit, &product) &&
         !__builtin_add_overflow(sum, product, &sum);
}

std::optional<int64_t> SingleUnit(std::string_view text, int64_t unit) {
  int64_t value = 0;
  int64_t total = 0;
  if (!TakeNumber(text, value) || !text.empty() || !AddScaled(value, unit, total))
    return std::nullopt;
  return total;
}

std::optional<int64_t> FieldRange(std::string_view text, int first, int last) {
  int64_t total = 0;
  for (int i = first; i <= last; ++i) {
    int64_t value = 0;
    if (!TakeNumber(text, value) || (i > first && value >= kFields[i].limit)) return std::nullopt;
    if (!AddScaled(value, kFields[i].millis, total)) return std::nullopt;
    if (i == last) break;
    if (text.empty() || text.front() != kFields[i].separator) return std::nullopt;
    text.remove_prefix(1);
  }
  int64_t millis = 0;
  if (kFields[last].unit == TimeUnit::kSecond && !TakeMillis(text, millis)) return std::nullopt;
  if (!text.empty() || !AddScaled(millis, 1, total)) return std::nullopt;
  return total;
}

std::optional<int64_t> MonthsOfText(std::string_view text, TimeUnit from, TimeUnit to) {
  if (from == TimeUnit::kMonth) return SingleUnit(text, 1);
  if (from == TimeUnit::kQuarter) return SingleUnit(text, 3);
  if (from != TimeUnit::kYear) return std::nullopt;
  if (to == TimeUnit::kYear) return SingleUnit(text, 12);
  int64_t years = 0;
  int64_t months = 0;
  if (!TakeNumber(text, years) || text.empty() || text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  if (!TakeNumber(text, months) || !text.empty() || months > 11) return std::nullopt;
  return AddScaled(years, 12, months) ? std::optional(months) : std::nullopt;
}

char* PutNumber(uint64_t value, int width, char* out) {
  char digits[24];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  for (int i = count; i < width; ++i) *out++ = '0';
  while (count > 0) *out++ = digits[--count];
  return out;
}

uint64_t Magnitude(int64_t value) {
  return value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
}

}  // namespace

std::optional<int32_t> ParseIntervalYearMonth(std::string_view text, TimeUnit from, TimeUnit to) {
  text = Trim(text);
  const bool negative = TakeSign(text);
  const std::optional<int64_t> months = MonthsOfText(text, from, to);
  if (!months || *months > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return static_cast<int32_t>(negative ? -*months : *months);
}

std::optional<int64_t> ParseIntervalDayTime(std::string_view text, TimeUnit from, TimeUnit to) {
  text = Trim(text);
  const bool negative = TakeSign(text);
  std::optional<int64_t> millis;
  if (from == TimeUnit::kMillisecond) {
    millis = SingleUnit(text, 1);
  } else if (from == TimeUnit::kWeek) {
    millis = SingleUnit(text, 7 * kMillisPerDay);
  } else {
    const int first = FieldIndex(from);
    const int last = FieldIndex(to);
    if (first < 0 || last < first) return std::nullopt;
    millis = FieldRange(text, first, last);
  }
  if (!millis) return std::nullopt;
  return negative ? -*millis : *millis;
}

char* FormatIntervalYearMonth(int32_t months, char* out) {
  const uint64_t magnitude = Magnitude(months);
  *out++ = months < 0 ? '-' : '+';
  out = PutNumber(magnitude / 12, 1, out);
  *out++ = '-';
  return PutNumber(magnitude % 12, 2, out);
}

char* FormatIntervalDayTime(int64_t millis, char* out) {
  const uint64_t magnitude = Magnitude(millis);
  *out++ = millis < 0 ? '-' : '+';
  out = PutNumber(magnitude / kMillisPerDay, 1, out);
  *out++ = ' ';
  out = PutNumber(magnitude / 3'600'000 % 24, 2, out);
  *out++ = ':';
  out = PutNumber(magnitude / 60'000 % 60, 2, out);
  *out++ = ':';
  out = PutNumber(magnitude / 1'000 % 60, 2, out);
  *out++ = '.';
  return PutNumber(magnitude % 1'000, 3, out);
}

}  // namespace weir
