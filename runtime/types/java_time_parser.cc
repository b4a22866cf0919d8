// Parsing by patterns of DateTimeFormatter (java.time, Java SE 17), as Flink's TO_TIMESTAMP does:
// strict about texts and numbers, and resolved in the SMART style. Zones and offsets are read and
// have no effect, since Flink takes the local fields. A field that the text lacks is taken from
// 1970-01-01 00:00.
#include "runtime/types/java_time_parser.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/types/datetime.h"
#include "runtime/types/datetime_letters.h"
#include "runtime/types/day_period.h"
#include "runtime/types/time_zone.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, 4> kQuarters = {"1st quarter", "2nd quarter", "3rd quarter",
                                                       "4th quarter"};
constexpr std::array<std::string_view, 4> kQuartersNarrow = {"1", "2", "3", "4"};
constexpr std::array<std::string_view, 4> kQuartersShort = {"Q1", "Q2", "Q3", "Q4"};
// Abbreviations of zones that Java takes and the time zone database does not have as names.
constexpr std::string_view kZoneWords[] = {"PST",  "PDT", "CST", "CDT", "EDT", "MDT",
                                           "CEST", "BST", "IST", "JST", "EEST"};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

int64_t SundayOnOrBefore(int64_t days) {
  return days - FloorModulo(days + 4, 7);
}

}  // namespace

// The fields that pattern letters stand for; letters of the same meaning share one.
enum class JavaTimeParser::Field : uint8_t {
  kEra,  // 0: before Christ, 1: after
  kYearOfEra,
  kYear,
  kWeekYear,
  kMonth,
  kDay,
  kDayOfYear,
  kQuarter,
  kWeek,
  kWeekOfMonth,
  kAlignedDay,  // 1 for days 1, 8, 15, … of the month
  kModifiedJulianDay,
  kIsoWeekday,
  kSundayWeekday,
  kHalf,  // half of the day: 0 for AM, 1 for PM
  kHour,
  kClockHour,        // 1 to 24
  kHourOfHalf,       // 0 to 11
  kClockHourOfHalf,  // 1 to 12
  kMinute,
  kSecond,
  kNano,
  kMilliOfDay,
  kNanoOfDay,
  kOther,  // fields that are read and ignored
};

// How NumberPrinterParser reads a number.
struct JavaTimeParser::Width {
  enum class Sign : uint8_t { kNone, kNormal, kExceedsPad };
  size_t least = 1;
  size_t most = 19;
  Sign sign = Sign::kNormal;

  bool fixed() const { return least == most && sign == Sign::kNone; }
};

JavaTimeParser::Width JavaTimeParser::WidthOf(const Item& item) {
  using Sign = Width::Sign;
  const size_t count = item.count;
  switch (item.letter) {
    case 'y':
    case 'u':
    case 'Y':
      if (count == 2) return {2, 2, Sign::kNone};
      return {count, 19, count < 4 ? Sign::kNormal : Sign::kExceedsPad};
    case 'D':
      return count == 1 ? Width() : Width{count, 3, Sign::kNone};
    case 'w':
      return {count, 2, Sign::kNone};
    case 'e':
    case 'W':
    case 'S':
      return {count, count, Sign::kNone};
    case 'A':
    case 'n':
    case 'N':
      return {count, 19, Sign::kNone};
    case 'g':
      return {count, 19, Sign::kNormal};
    default:
      return count == 1 ? Width() : Width{count, count, Sign::kNone};
  }
}

JavaTimeParser::Field JavaTimeParser::FieldOf(char letter) {
  switch (letter) {
    case 'y':
      return Field::kYearOfEra;
    case 'u':
      return Field::kYear;
    case 'Y':
      return Field::kWeekYear;
    case 'M':
    case 'L':
      return Field::kMonth;
    case 'd':
      return Field::kDay;
    case 'D':
      return Field::kDayOfYear;
    case 'Q':
    case 'q':
      return Field::kQuarter;
    case 'w':
      return Field::kWeek;
    case 'W':
      return Field::kWeekOfMonth;
    case 'F':
      return Field::kAlignedDay;
    case 'g':
      return Field::kModifiedJulianDay;
    case 'e':
      return Field::kSundayWeekday;
    case 'H':
      return Field::kHour;
    case 'k':
      return Field::kClockHour;
    case 'K':
      return Field::kHourOfHalf;
    case 'h':
      return Field::kClockHourOfHalf;
    case 'm':
      return Field::kMinute;
    case 's':
      return Field::kSecond;
    case 'S':
    case 'n':
      return Field::kNano;
    case 'A':
      return Field::kMilliOfDay;
    case 'N':
      return Field::kNanoOfDay;
    default:
      return Field::kOther;
  }
}

JavaTimeParser::JavaTimeParser(const std::vector<Item>& items, std::string_view text)
    : items_(items), text_(text) {
  static_assert(static_cast<size_t>(Field::kOther) + 1 == kFields);
  fields_.values.fill(kAbsent);
}

std::optional<TimestampNanos> JavaTimeParser::Run() {
  if (!Items(0, items_.size()) || !text_.empty()) return std::nullopt;
  if (!ResolveTime() || !ResolveDate()) return std::nullopt;
  const auto given = [&](Field field, int64_t otherwise) {
    return Has(field) ? At(field) : otherwise;
  };
  const int64_t year = given(Field::kYear, 1970);
  const int64_t month = given(Field::kMonth, 1);
  const int64_t day = given(Field::kDay, 1);
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  if (day > DaysInMonth(year, static_cast<int>(month))) return std::nullopt;
  const bool dated = Has(Field::kYear) && Has(Field::kMonth) && Has(Field::kDay);
  const int64_t days = DaysFromCivil(year, static_cast<int>(month), static_cast<int>(day)) +
                       (dated && ends_day_ ? 1 : 0);
  const int64_t seconds = days * 86'400 + given(Field::kHour, 0) * 3'600 +
                          given(Field::kMinute, 0) * 60 + given(Field::kSecond, 0);
  const int64_t nanos = given(Field::kNano, 0);
  return TimestampNanos{seconds * kMillisPerSecond + nanos / kNanosPerMilli,
                        static_cast<int32_t>(nanos % kNanosPerMilli)};
}

// --- Reading -------------------------------------------------------------------------------------

bool JavaTimeParser::Has(Field field) const {
  return fields_.values[static_cast<size_t>(field)] != kAbsent;
}
int64_t JavaTimeParser::At(Field field) const {
  return fields_.values[static_cast<size_t>(field)];
}

// False if the field has another value already: the text contradicts itself.
bool JavaTimeParser::Set(Field field, int64_t value) {
  int64_t& known = fields_.values[static_cast<size_t>(field)];
  if (field != Field::kOther && known != kAbsent && known != value) return false;
  known = value;
  return true;
}

bool JavaTimeParser::Items(size_t first, size_t end) {
  for (size_t i = first; i < end; ++i) {
    const Item& item = items_[i];
    if (item.letter == '[') {
      const Fields fields = fields_;
      const std::string_view text = text_;
      if (!Items(i + 1, item.close)) {
        fields_ = fields;
        text_ = text;
      }
      i = item.close;
    } else if (!(item.pad == 0 ? One(i) : Padded(i))) {
      return false;
    }
  }
  return true;
}

// A field that has exactly `pad` characters, counting the blanks in front of it.
bool JavaTimeParser::Padded(size_t index) {
  const size_t width = items_[index].pad;
  if (text_.size() < width) return false;
  const std::string_view rest = text_.substr(width);
  text_ = text_.substr(0, width);
  text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
  if (!One(index) || !text_.empty()) return false;
  text_ = rest;
  return true;
}

bool JavaTimeParser::One(size_t index) {
  const Item& item = items_[index];
  if (IsNumericItem(item.letter, item.count)) return Number(index);
  switch (item.letter) {
    case '\'':
      return Word(item.text);
    case 'G':
      return Era(item.count);
    case 'M':
    case 'L':
      return Name(kMonthNames, item.count, Field::kMonth, 1);
    case 'E':
    case 'e':
      return Name(kWeekdayNames, item.count < 3 ? 3 : item.count, Field::kIsoWeekday, 1);
    case 'Q':
    case 'q':
      if (item.count == 4) return OneOf(kQuarters, Field::kQuarter, 1);
      return OneOf(item.count == 3 ? kQuartersShort : kQuartersNarrow, Field::kQuarter, 1);
    case 'a':
      return OneOf(std::array<std::string_view, 2>{"AM", "PM"}, Field::kHalf, 0);
    case 'B':
      return Period(item.count == 5);
    case 'x':
    case 'X':
      return Offset(item);
    case 'z':
    case 'V':
      return Zone();
    default:
      return false;
  }
}

bool JavaTimeParser::Word(std::string_view word) {
  if (!text_.starts_with(word)) return false;
  text_.remove_prefix(word.size());
  return true;
}

template <size_t kCount>
bool JavaTimeParser::OneOf(const std::array<std::string_view, kCount>& words, Field field,
                           int64_t first) {
  for (size_t i = 0; i < kCount; ++i) {
    if (Word(words[i])) return Set(field, first + static_cast<int64_t>(i));
  }
  return false;
}

// A name in full (four letters in the pattern), by its first three letters, or by the first alone
// (five): that then means the last name that begins with it, as in java.time, whose map of names
// keeps only one.
template <size_t kCount>
bool JavaTimeParser::Name(const std::array<std::string_view, kCount>& names, int letters,
                          Field field, int64_t first) {
  if (letters == 4) return OneOf(names, field, first);
  const size_t length = letters == 5 ? 1 : 3;
  for (size_t i = kCount; i-- > 0;) {
    if (Word(names[i].substr(0, length))) return Set(field, first + static_cast<int64_t>(i));
  }
  return false;
}

bool JavaTimeParser::Era(int letters) {
  using Words = std::array<std::string_view, 2>;
  if (letters == 4) return OneOf(Words{"Before Christ", "Anno Domini"}, Field::kEra, 0);
  return OneOf(letters == 5 ? Words{"B", "A"} : Words{"BC", "AD"}, Field::kEra, 0);
}

bool JavaTimeParser::Period(bool narrow) {
  for (const DayPeriod& period : DayPeriods()) {
    if (!Word(period.Name(narrow))) continue;
    fields_.period = &period;
    return true;
  }
  return false;
}

// How many digits the numbers that follow without a break need: a number of any width leaves them
// to those of fixed widths (adjacent value parsing).
size_t JavaTimeParser::ReservedBehind(size_t index) const {
  size_t reserved = 0;
  for (size_t i = index + 1; i < items_.size() && IsNumericItem(items_[i].letter, items_[i].count);
       ++i) {
    const Width width = WidthOf(items_[i]);
    if (items_[i].pad != 0) break;
    if (!width.fixed()) return 0;
    reserved += width.most;
  }
  return reserved;
}

bool JavaTimeParser::Number(size_t index) {
  const Item& item = items_[index];
  const Width width = WidthOf(item);
  const bool negative = width.sign != Width::Sign::kNone && Word("-");
  const bool plus = !negative && width.sign == Width::Sign::kExceedsPad && Word("+");
  const size_t reserved = width.fixed() || item.pad != 0 ? 0 : ReservedBehind(index);
  size_t count = 0;
  while (count < std::min(text_.size(), width.most + reserved) && IsDigit(text_[count])) ++count;
  if (reserved > 0) count = std::max(width.least, count - std::min(count, reserved));
  if (count < width.least || count > text_.size()) return false;
  int64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit(text_[i])) return false;
    if (__builtin_mul_overflow(value, 10, &value)) return false;
    if (__builtin_add_overflow(value, text_[i] - '0', &value)) return false;
  }
  if (width.sign == Width::Sign::kExceedsPad && !negative && plus != (count > width.least))
    return false;
  if (negative && value == 0) return false;
  text_.remove_prefix(count);
  return Take(item, negative ? -value : value);
}

bool JavaTimeParser::Take(const Item& item, int64_t value) {
  constexpr int64_t kFirstYearOfTwoDigits = 2000;
  const bool year = item.letter == 'y' || item.letter == 'u' || item.letter == 'Y';
  if (year && item.count == 2) value += kFirstYearOfTwoDigits;
  if (item.letter == 'S') {
    for (int i = item.count; i < 9; ++i) value *= 10;
  }
  return Set(FieldOf(item.letter), value);
}

bool JavaTimeParser::Digits(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (i >= text_.size() || !IsDigit(text_[i])) return false;
  }
  text_.remove_prefix(count);
  return true;
}

bool JavaTimeParser::Offset(const Item& item) {
  if (item.letter == 'X' && Word("Z")) return true;
  if (!Word("-") && !Word("+")) return false;
  const bool colons = item.count == 3 || item.count == 5;
  if (!Digits(2)) return false;
  if (item.count == 1) return Digits(2) || true;
  if ((colons && !Word(":")) || !Digits(2)) return false;
  if (item.count >= 4 && (!colons || Word(":"))) return Digits(2) || !colons;
  return true;
}

// The longest run that can be a zone's name.
bool JavaTimeParser::Zone() {
  const auto belongs = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("/_+-:").find(c) != std::string_view::npos;
  };
  size_t count = 0;
  while (count < text_.size() && belongs(text_[count])) ++count;
  const std::string_view name = text_.substr(0, count);
  if (name.empty()) return false;
  if (std::ranges::find(kZoneWords, name) == std::end(kZoneWords) && !TimeZone::Find(name).ok())
    return false;
  text_.remove_prefix(count);
  return true;
}

// --- Resolving (java.time.format.Parsed, ResolverStyle.SMART) ------------------------------------

bool JavaTimeParser::IsWithin(Field field, int64_t least, int64_t most) const {
  return !Has(field) || (At(field) >= least && At(field) <= most);
}

bool JavaTimeParser::ResolveTime() {
  const bool valid = IsWithin(Field::kClockHour, 0, 24) && IsWithin(Field::kHourOfHalf, 0, 11) &&
                     IsWithin(Field::kClockHourOfHalf, 0, 12) &&
                     IsWithin(Field::kMilliOfDay, 0, kMillisPerDay - 1) &&
                     IsWithin(Field::kNanoOfDay, 0, kNanosPerDay - 1);
  if (!valid || !ResolveHours()) return false;
  if (Has(Field::kMilliOfDay) && !SetTimeOfDay(At(Field::kMilliOfDay) * kNanosPerMilli))
    return false;
  if (Has(Field::kNanoOfDay) && !SetTimeOfDay(At(Field::kNanoOfDay))) return false;
  const bool no_clock =
      !Has(Field::kHour) && !Has(Field::kMinute) && !Has(Field::kSecond) && !Has(Field::kNano);
  if (no_clock && fields_.period != nullptr) {
    return Set(Field::kHour, fields_.period->Middle() / 60) &&
           Set(Field::kMinute, fields_.period->Middle() % 60);
  }
  if (no_clock && Has(Field::kHalf)) return Set(Field::kHour, At(Field::kHalf) * 12 + 6);
  const bool clock = IsWithin(Field::kHour, 0, 24) && IsWithin(Field::kMinute, 0, 59) &&
                     IsWithin(Field::kSecond, 0, 59) &&
                     IsWithin(Field::kNano, 0, kNanosPerSecond - 1);
  return clock && CheckHour();
}

// Sets the hour of the day from the other hour fields (1 to 24, AM and PM, part of the day).
bool JavaTimeParser::ResolveHours() {
  if (Has(Field::kClockHour) && !Set(Field::kHour, At(Field::kClockHour) % 24)) return false;
  if (Has(Field::kClockHourOfHalf) && !Set(Field::kHourOfHalf, At(Field::kClockHourOfHalf) % 12))
    return false;
  if (!Has(Field::kHourOfHalf)) return true;
  const int64_t hour = At(Field::kHourOfHalf);
  if (Has(Field::kHalf)) return Set(Field::kHour, At(Field::kHalf) * 12 + hour);
  if (fields_.period == nullptr) return true;
  const int64_t minute = Has(Field::kMinute) ? At(Field::kMinute) : 0;
  const bool later = fields_.period->Includes((hour + 12) * 60 + minute);
  fields_.period = nullptr;
  return Set(Field::kHour, later ? hour + 12 : hour);
}

bool JavaTimeParser::SetTimeOfDay(int64_t nanos) {
  const int64_t seconds = nanos / kNanosPerSecond;
  return Set(Field::kHour, seconds / 3'600) && Set(Field::kMinute, seconds / 60 % 60) &&
         Set(Field::kSecond, seconds % 60) && Set(Field::kNano, nanos % kNanosPerSecond);
}

// Makes 24:00 the midnight at the end of the day, and checks that AM, PM, the hour of the half or
// the part of the day in the text fits the hour.
bool JavaTimeParser::CheckHour() {
  if (!Has(Field::kHour)) return true;
  int64_t& hour = fields_.values[static_cast<size_t>(Field::kHour)];
  if (hour == 24) {
    for (const Field field : {Field::kMinute, Field::kSecond, Field::kNano}) {
      if (!IsWithin(field, 0, 0)) return false;
    }
    hour = 0;
    ends_day_ = true;
  }
  if (Has(Field::kHalf) && At(Field::kHalf) != hour / 12) return false;
  if (Has(Field::kHourOfHalf) && At(Field::kHourOfHalf) != hour % 12) return false;
  const int64_t minute = Has(Field::kMinute) ? At(Field::kMinute) : 0;
  return fields_.period == nullptr || fields_.period->Includes(hour * 60 + minute);
}

bool JavaTimeParser::ResolveDate() {
  if (Has(Field::kYearOfEra)) {
    const int64_t of_era = At(Field::kYearOfEra);
    const bool before = Has(Field::kEra) && At(Field::kEra) == 0;
    if (of_era < 1 || !Set(Field::kYear, before ? 1 - of_era : of_era)) return false;
  }
  if (!IsWithin(Field::kYear, -999'999'999, 999'999'999) || !ResolveWeekday()) return false;
  if (Has(Field::kYear) && Has(Field::kMonth) && Has(Field::kDay)) return ResolveDay();
  if (Has(Field::kYear) && Has(Field::kDayOfYear)) {
    const int64_t first = DaysFromCivil(At(Field::kYear), 1, 1);
    const int64_t days = DaysFromCivil(At(Field::kYear) + 1, 1, 1) - first;
    if (!IsWithin(Field::kDayOfYear, 1, days)) return false;
    return SetDate(first + At(Field::kDayOfYear) - 1);
  }
  if (Has(Field::kModifiedJulianDay)) {
    constexpr int64_t kOf1970 = 40'587;
    constexpr int64_t kMost = 365'000'000'000;  // days of a billion years, all that LocalDate has
    return IsWithin(Field::kModifiedJulianDay, -kMost, kMost) &&
           SetDate(At(Field::kModifiedJulianDay) - kOf1970);
  }
  if (!Has(Field::kIsoWeekday)) return true;
  if (Has(Field::kYear)) {
    return !Has(Field::kMonth) || !Has(Field::kWeekOfMonth) || ResolveWeekOfMonth();
  }
  return !Has(Field::kWeekYear) || !Has(Field::kWeek) || ResolveWeek();
}

// A weekday as a number takes the place of one by its name (WeekFields.resolve).
bool JavaTimeParser::ResolveWeekday() {
  if (!Has(Field::kSundayWeekday)) return true;
  const int64_t weekday = At(Field::kSundayWeekday);
  fields_.values[static_cast<size_t>(Field::kIsoWeekday)] = (weekday + 5) % 7 + 1;
  return weekday >= 1 && weekday <= 7;
}

bool JavaTimeParser::ResolveDay() {
  if (!IsWithin(Field::kMonth, 1, 12) || !IsWithin(Field::kDay, 1, 31)) return false;
  const auto month = static_cast<int>(At(Field::kMonth));
  int64_t& day = fields_.values[static_cast<size_t>(Field::kDay)];
  day = std::min<int64_t>(day, DaysInMonth(At(Field::kYear), month));
  return CheckDate(DaysFromCivil(At(Field::kYear), month, static_cast<int>(day)));
}

// Weeks of Java's default locale: they begin on Sunday, and the first has January 1 in it.
bool JavaTimeParser::ResolveWeek() {
  if (!IsWithin(Field::kWeek, 1, 53) || !IsWithin(Field::kIsoWeekday, 1, 7)) return false;
  if (!IsWithin(Field::kWeekYear, -999'999'999, 999'999'999)) return false;
  const int64_t new_year = DaysFromCivil(At(Field::kWeekYear), 1, 1);
  const int64_t days =
      SundayOnOrBefore(new_year) + (At(Field::kWeek) - 1) * 7 + At(Field::kIsoWeekday) % 7;
  // A week 53 may be the first of the next year: these two have done their work.
  fields_.values[static_cast<size_t>(Field::kWeek)] = kAbsent;
  fields_.values[static_cast<size_t>(Field::kWeekYear)] = kAbsent;
  return SetDate(days);
}

// The week, the month and the year have then done their work: the day may be in another month.
bool JavaTimeParser::ResolveWeekOfMonth() {
  if (!IsWithin(Field::kWeekOfMonth, 0, 6) || !IsWithin(Field::kMonth, 1, 12)) return false;
  const int64_t first = DaysFromCivil(At(Field::kYear), static_cast<int>(At(Field::kMonth)), 1);
  const int64_t days =
      SundayOnOrBefore(first) + (At(Field::kWeekOfMonth) - 1) * 7 + At(Field::kIsoWeekday) % 7;
  for (const Field done : {Field::kWeekOfMonth, Field::kYear, Field::kMonth}) {
    fields_.values[static_cast<size_t>(done)] = kAbsent;
  }
  return SetDate(days);
}

bool JavaTimeParser::SetDate(int64_t days) {
  const CivilDate date = CivilFromDays(days);
  return Set(Field::kYear, date.year) && Set(Field::kMonth, date.month) &&
         Set(Field::kDay, date.day) && CheckDate(days);
}

// Checks the other fields of the date that the text has against the date.
bool JavaTimeParser::CheckDate(int64_t days) {
  constexpr int64_t kOf1970 = 40'587;
  const CivilDate date = CivilFromDays(days);
  return Set(Field::kDayOfYear, days - DaysFromCivil(date.year, 1, 1) + 1) &&
         Set(Field::kQuarter, (date.month + 2) / 3) &&
         Set(Field::kIsoWeekday, FloorModulo(days + 3, 7) + 1) &&
         Set(Field::kAlignedDay, (date.day - 1) % 7 + 1) &&
         Set(Field::kModifiedJulianDay, days + kOf1970) && CheckWeeks(days);
}

bool JavaTimeParser::CheckWeeks(int64_t days) {
  const CivilDate date = CivilFromDays(days);
  const int64_t sunday = SundayOnOrBefore(days);
  const int64_t first = SundayOnOrBefore(days - date.day + 1);
  const int64_t week_year = CivilFromDays(sunday + 6).year;
  const int64_t first_of_year = SundayOnOrBefore(DaysFromCivil(week_year, 1, 1));
  return Set(Field::kWeekOfMonth, (sunday - first) / 7 + 1) && Set(Field::kWeekYear, week_year) &&
         Set(Field::kWeek, (sunday - first_of_year) / 7 + 1);
}

std::optional<TimestampNanos> DateTimePattern::Parse(std::string_view text) const {
  return JavaTimeParser(items_, text).Run();
}

}  // namespace weir
