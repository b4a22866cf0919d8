#include "runtime/types/datetime_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "runtime/base/names.h"
#include "runtime/types/datetime.h"
#include "runtime/types/datetime_letters.h"
#include "runtime/types/day_period.h"

namespace weir {
namespace {

constexpr std::string_view kLetters = "GyuMLdDEecaBhHKkmsSAnNQqwWFgYxXzV";
constexpr std::string_view kSimpleLetters = "GyYMLwWDdFEuaHkKhmsSzZX";
// Letters of items that only SimpleDateFormat has: its u and F.
constexpr char kIsoWeekday = '1';
constexpr char kWeekdayInMonth = '2';
constexpr size_t kWidestPadding = 255;
bool IsLetter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

void PutPadded(int64_t value, int width, std::string& out) {
  if (value < 0) out.push_back('-');
  char digits[24];
  const auto text = fmt::format_to(digits, "{}", value < 0 ? -value : value);
  const auto count = static_cast<int>(text - digits);
  out.append(static_cast<size_t>(std::max(width - count, 0)), '0');
  out.append(digits, static_cast<size_t>(count));
}

// x, X: "+02", "+0200", "+02:00", and with four or five letters seconds as well; X prints Z for
// zero.
void PutOffset(int32_t seconds, char letter, int count, std::string& out) {
  if (letter == 'X' && seconds == 0) return out.push_back('Z');
  const int32_t magnitude = seconds < 0 ? -seconds : seconds;
  out.push_back(seconds < 0 ? '-' : '+');
  PutPadded(magnitude / 3'600, 2, out);
  const int32_t minutes = magnitude / 60 % 60;
  if (count == 0 || (count == 1 && minutes == 0)) return;
  const bool colons = count == 3 || count == 5;
  if (colons) out.push_back(':');
  PutPadded(minutes, 2, out);
  if (count < 4 || magnitude % 60 == 0) return;
  if (colons) out.push_back(':');
  PutPadded(magnitude % 60, 2, out);
}

template <size_t kCount>
void PutName(const std::array<std::string_view, kCount>& names, size_t index, int count,
             std::string& out) {
  const std::string_view name = names[index];
  out.append(count == 4 ? name : name.substr(0, count == 5 ? 1 : 3));
}

}  // namespace

// --- Compiling -----------------------------------------------------------------------------------

namespace {

// Text up to the closing quote; '' is a quote. False when the quote is never closed.
bool TakeQuoted(std::string_view& pattern, std::string& text) {
  pattern.remove_prefix(1);
  if (!pattern.empty() && pattern[0] == '\'') {
    pattern.remove_prefix(1);
    text = "'";
    return true;
  }
  while (!pattern.empty()) {
    const char c = pattern[0];
    pattern.remove_prefix(1);
    if (c != '\'') {
      text.push_back(c);
    } else if (!pattern.empty() && pattern[0] == '\'') {
      text.push_back('\'');
      pattern.remove_prefix(1);
    } else {
      return true;
    }
  }
  return false;
}

Status BadPattern(std::string_view what, std::string_view pattern) {
  return Status::InvalidArgument(fmt::format("{} in a date pattern: {}", what, pattern));
}

// The milliseconds within whose multiples a letter prints the same text. 0: it may change within a
// second, or depends on more than the local time (the zone).
int64_t SteadyMillis(char letter) {
  switch (letter) {
    case 'S':
    case 'A':
    case 'n':
    case 'N':
    case 'V':
    case 'X':
    case 'x':
    case 'z':
      return 0;
    case 's':
      return kMillisPerSecond;
    case 'm':
    case 'B':
      return 60 * kMillisPerSecond;
    case 'H':
    case 'k':
    case 'K':
    case 'h':
    case 'a':
      return 3600 * kMillisPerSecond;
    default:  // parts of the date, and text
      return kMillisPerDay;
  }
}

// How often a letter may stand in a pattern of DateTimeFormatter.
size_t MostOf(char letter) {
  switch (letter) {
    case 'a':
    case 'F':
    case 'W':
      return 1;
    case 'd':
    case 'h':
    case 'H':
    case 'k':
    case 'K':
    case 'm':
    case 's':
    case 'w':
    case 'V':
      return 2;
    case 'D':
    case 'z':  // more ask for the zone's full name
      return 3;
    case 'G':
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
    case 'E':
    case 'e':
    case 'c':
    case 'B':
    case 'x':
    case 'X':
      return 5;
    case 'S':
      return 9;
    default:
      return 19;
  }
}

// Replaces a letter of SimpleDateFormat and its count with those of the item that prints the same.
void FromSimple(char& letter, uint8_t& count) {
  switch (letter) {
    case 'M':
    case 'L':
    case 'E':
      if (letter == 'E' || count > 2) count = count < 4 ? 3 : 4;
      return;
    case 'G':
    case 'a':
      count = 1;
      return;
    case 'u':
      letter = kIsoWeekday;
      return;
    case 'F':
      letter = kWeekdayInMonth;
      return;
    case 'X':  // one letter: the hours alone
      if (count == 1) count = 0;
      return;
    case 'Z':  // RFC 822: +0800
      letter = 'x';
      count = 2;
      return;
    default:
      return;
  }
}

// Sets an item's letter and its count (`stored`) from a run of `count` letters. False if the
// dialect lacks the letter or does not take it so often.
bool TakeLetters(PatternDialect dialect, size_t count, char& letter, uint8_t& stored) {
  const bool simple = dialect == PatternDialect::kSimpleDateFormat;
  if ((simple ? kSimpleLetters : kLetters).find(letter) == std::string_view::npos) return false;
  size_t most = MostOf(letter);
  if (simple) most = letter == 'X' || letter == 'z' ? 3 : 255;
  if (count > most || (letter == 'V' && count != 2)) return false;
  if ((letter == 'c' && count == 2) || (letter == 'B' && (count == 2 || count == 3))) return false;
  if (letter == 'c') letter = 'e';  // they differ in languages that decline weekdays
  stored = static_cast<uint8_t>(count);
  if (simple) FromSimple(letter, stored);
  return true;
}

}  // namespace

Result<DateTimePattern> DateTimePattern::Compile(std::string_view pattern, PatternDialect dialect) {
  const bool sections = dialect == PatternDialect::kDateTimeFormatter;
  DateTimePattern compiled;
  std::vector<Item>& items = compiled.items_;
  std::vector<size_t> open;
  uint8_t padding = 0;
  for (std::string_view rest = pattern; !rest.empty();) {
    Item item;
    const char c = rest[0];
    size_t count = 1;
    while (count < rest.size() && rest[count] == c) ++count;
    if (c == '\'') {
      item.letter = '\'';
      if (!TakeQuoted(rest, item.text)) return BadPattern("a quote is not closed", pattern);
    } else if (c == 'p' && sections) {
      const bool fits = count <= kWidestPadding && count < rest.size() && IsLetter(rest[count]);
      if (!fits) {
        return BadPattern(fmt::format("{} does not stand before a field", rest.substr(0, count)),
                          pattern);
      }
      padding = static_cast<uint8_t>(count);
      rest.remove_prefix(count);
      continue;
    } else if (IsLetter(c)) {
      item.letter = c;
      item.pad = std::exchange(padding, uint8_t{0});
      if (!TakeLetters(dialect, count, item.letter, item.count)) {
        const bool missing = sections && std::string_view("Ovz").find(c) != std::string_view::npos;
        return BadPattern(fmt::format("{} {}", rest.substr(0, count),
                                      missing ? "is not supported" : "has no meaning"),
                          pattern);
      }
      rest.remove_prefix(count);
    } else {
      if (sections && std::string_view("{}#").find(c) != std::string_view::npos) {
        return BadPattern(fmt::format("{} is reserved", c), pattern);
      }
      item.letter = sections && (c == '[' || c == ']') ? c : '\'';
      item.text = std::string(1, c);
      rest.remove_prefix(1);
      if (item.letter == '[') open.push_back(items.size());
      if (item.letter == ']') {
        if (open.empty()) return BadPattern("a bracket has no partner", pattern);
        items[open.back()].close = static_cast<uint16_t>(items.size());
        open.pop_back();
      }
    }
    const bool padded = item.pad != 0 || (!items.empty() && items.back().pad != 0);
    if (!items.empty() && !padded && IsNumericItem(item.letter, item.count) &&
        IsNumericItem(items.back().letter, items.back().count)) {
      items.back().adjacent = true;
    }
    items.push_back(std::move(item));
  }
  // Java closes sections that are still open at the end of the pattern.
  for (const size_t section : open) items[section].close = static_cast<uint16_t>(items.size());
  compiled.steady_millis_ = kMillisPerDay;
  for (const Item& item : items) {
    compiled.steady_millis_ = std::min(compiled.steady_millis_, SteadyMillis(item.letter));
    compiled.has_zone_ |= std::string_view("xXzV").find(item.letter) != std::string_view::npos;
  }
  return compiled;
}

// --- Formatting ----------------------------------------------------------------------------------

class PatternFormatter {
  static constexpr int64_t kDaysOf400Years = 146'097;
  static constexpr int64_t kModifiedJulianDayOf1970 = 40'587;

 public:
  PatternFormatter(TimestampNanos local, const TimeZone& zone, std::string& out)
      : local_(local),
        zone_(zone),
        days_(FloorDivide(local.millis, kMillisPerDay)),
        date_(CivilFromDays(days_)),
        nanos_of_day_(FloorModulo(local.millis, kMillisPerDay) * kNanosPerMilli + local.nanos),
        out_(out) {}

  // False where the field is wider than its padding.
  bool PutPaddedField(const DateTimePattern::Item& item) {
    const size_t begin = out_.size();
    Put(item);
    const size_t width = out_.size() - begin;  // all that fields print is ASCII
    if (item.pad == 0) return true;
    if (width < item.pad) out_.insert(begin, item.pad - width, ' ');
    return width <= item.pad;
  }

 private:
  void Put(const DateTimePattern::Item& item) {
    const int n = item.count;
    switch (item.letter) {
      case '\'':
        out_.append(item.text);
        return;
      case 'G':
        PutEra(n);
        return;
      case 'y':
        PutYear(date_.year > 0 ? date_.year : 1 - date_.year, n);
        return;
      case 'u':
        PutYear(date_.year, n);
        return;
      case 'Y':
        PutYear(CivilFromDays(WeekEnd()).year, n);
        return;
      case 'M':
      case 'L':
        PutMonth(n);
        return;
      case 'Q':
      case 'q':
        PutQuarter(n);
        return;
      case 'd':
        PutPadded(date_.day, n, out_);
        return;
      case 'D':
        PutPadded(Extract(TimeUnit::kDayOfYear), n, out_);
        return;
      case 'w':
        PutPadded(LocalWeek(), n, out_);
        return;
      case 'W':
        PutPadded((date_.day + 13 - WeekdayFromSunday(days_)) / 7, n, out_);
        return;
      case 'F':
        PutPadded((date_.day - 1) % 7 + 1, n, out_);
        return;
      case kWeekdayInMonth:
        PutPadded((date_.day - 1) / 7 + 1, n, out_);
        return;
      case 'g':
        PutPadded(days_ + kModifiedJulianDayOf1970, n, out_);
        return;
      case 'E':
      case 'e':
      case kIsoWeekday:
        PutWeekday(item.letter, n);
        return;
      case 'x':
      case 'X':
        PutOffset(zone_.OffsetAt(UtcSeconds()), item.letter, n, out_);
        return;
      case 'z':
        out_.append(zone_.AbbreviationAt(UtcSeconds()));
        return;
      case 'V':
        out_.append(zone_.name());
        return;
      case '[':
      case ']':
        return;
      default:
        PutClock(item.letter, n);
        return;
    }
  }

  // A field other than the year: the calendar repeats itself every 400 years, to the weekday, so
  // that days beyond those of a DATE have one, too.
  static int64_t ExtractAt(TimeUnit unit, int64_t days) {
    return ExtractFromDate(unit, static_cast<int32_t>(FloorModulo(days, kDaysOf400Years)));
  }
  int64_t Extract(TimeUnit unit) const { return ExtractAt(unit, days_); }
  // 1: Sunday.
  static int64_t WeekdayFromSunday(int64_t days) { return ExtractAt(TimeUnit::kDayOfWeek, days); }
  // Java's weeks in its default locale begin on Sunday, the first is the one with January 1 in it:
  // a week belongs to the year of its Saturday.
  int64_t WeekEnd() const { return days_ + 7 - WeekdayFromSunday(days_); }
  int64_t LocalWeek() const { return (ExtractAt(TimeUnit::kDayOfYear, WeekEnd()) - 1) / 7 + 1; }
  void PutEra(int n) {
    const bool christian = date_.year > 0;
    if (n == 4) return void(out_.append(christian ? "Anno Domini" : "Before Christ"));
    out_.append(std::string_view(christian ? "AD" : "BC").substr(0, n == 5 ? 1 : 2));
  }
  int64_t UtcSeconds() const {
    return FloorDivide(zone_.ToUtcMillis(local_.millis), kMillisPerSecond);
  }
  void PutYear(int64_t year, int n) {
    if (n == 2) return PutPadded(FloorModulo(year, 100), 2, out_);
    if (n >= 4 && year > 9999) out_.push_back('+');
    PutPadded(year, n, out_);
  }
  void PutMonth(int n) {
    if (n <= 2) return PutPadded(date_.month, n, out_);
    PutName(kMonthNames, static_cast<size_t>(date_.month - 1), n, out_);
  }
  void PutQuarter(int n) {
    const int64_t quarter = Extract(TimeUnit::kQuarter);
    if (n <= 2) return PutPadded(quarter, n, out_);
    constexpr std::string_view kNames[] = {"1st", "2nd", "3rd", "4th"};
    if (n == 3) out_.push_back('Q');
    if (n == 4) {
      out_.append(kNames[quarter - 1]).append(" quarter");
    } else {
      PutPadded(quarter, 1, out_);
    }
  }
  void PutWeekday(char letter, int n) {
    if (letter == kIsoWeekday) return PutPadded(Extract(TimeUnit::kIsoDayOfWeek), n, out_);
    if (letter == 'e' && n <= 2) return PutPadded(Extract(TimeUnit::kDayOfWeek), n, out_);
    PutName(kWeekdayNames, static_cast<size_t>(Extract(TimeUnit::kIsoDayOfWeek) - 1), n, out_);
  }
  void PutClock(char letter, int n) {
    const int64_t hour = nanos_of_day_ / (3'600 * kNanosPerSecond);
    const int64_t nanos = nanos_of_day_ % kNanosPerSecond;
    switch (letter) {
      case 'a':
        out_.append(hour < 12 ? "AM" : "PM");
        return;
      case 'B':
        out_.append(DayPeriodAt(nanos_of_day_ / (60 * kNanosPerSecond)).Name(n == 5));
        return;
      case 'h':
        PutPadded(hour % 12 == 0 ? 12 : hour % 12, n, out_);
        return;
      case 'K':
        PutPadded(hour % 12, n, out_);
        return;
      case 'H':
        PutPadded(hour, n, out_);
        return;
      case 'k':
        PutPadded(hour == 0 ? 24 : hour, n, out_);
        return;
      case 'm':
        PutPadded(nanos_of_day_ / (60 * kNanosPerSecond) % 60, n, out_);
        return;
      case 's':
        PutPadded(nanos_of_day_ / kNanosPerSecond % 60, n, out_);
        return;
      case 'n':
        PutPadded(nanos, n, out_);
        return;
      case 'A':
        PutPadded(nanos_of_day_ / kNanosPerMilli, n, out_);
        return;
      case 'N':
        PutPadded(nanos_of_day_, n, out_);
        return;
      default:
        break;
    }
    // S: the first n digits of the fraction.
    int64_t unit = kNanosPerSecond / 10;
    for (int i = 0; i < n; ++i, unit /= 10) {
      out_.push_back(unit > 0 ? static_cast<char>('0' + nanos / unit % 10) : '0');
    }
  }

  TimestampNanos local_;
  const TimeZone& zone_;
  int64_t days_;
  CivilDate date_;
  int64_t nanos_of_day_;
  std::string& out_;
};

bool DateTimePattern::Format(TimestampNanos local, const TimeZone& zone, std::string& out) const {
  PatternFormatter formatter(local, zone, out);
  return std::ranges::all_of(items_,
                             [&](const Item& item) { return formatter.PutPaddedField(item); });
}

}  // namespace weir
