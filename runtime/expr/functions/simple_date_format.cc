#include "runtime/expr/functions/simple_date_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "runtime/base/names.h"
#include "runtime/base/quoting.h"
#include "runtime/expr/functions/calendar_fields.h"
#include "runtime/types/datetime.h"
#include "runtime/types/datetime_letters.h"

namespace weir::expr {
namespace {

constexpr std::string_view kLetters = "GyYMLwWDdFEuaHkKhmsSzZX";
constexpr int64_t kMillisPerMinute = 60 * kMillisPerSecond;

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

// SimpleDateFormat.shouldObeyCount: whether the field in front of this one ends where this begins.
bool IsNumber(char letter, size_t count) {
  if (letter == 'M' || letter == 'L') return count <= 2;
  return std::string_view("ydkHmsSDFwWhKYu").find(letter) != std::string_view::npos;
}

// A run of digits with an exponent: java.text.DecimalFormat reads "2E3" as 2000.
struct Decimal {
  // Far above 64 bits, far below 128.
  static constexpr Int128 kBeyond = Int128{1} << 100;

  Int128 value = 0;
  bool exact = true;  // no digits were cut off

  void Append(int digit) { value = std::min(value * 10 + digit, kBeyond); }
  void Shift(int64_t exponent) {
    for (; exponent > 0 && value != 0 && value < kBeyond; --exponent) Append(0);
    for (; exponent < 0 && value != 0; ++exponent) {
      exact &= value % 10 == 0;
      value /= 10;
    }
  }
  // Number.intValue: of a Long its lower half, of a Double the nearest int.
  int32_t IntValue(bool negative) const {
    const Int128 number = negative ? -value : value;
    const bool is_long = exact && number >= std::numeric_limits<int64_t>::min() &&
                         number <= std::numeric_limits<int64_t>::max();
    if (is_long) return static_cast<int32_t>(static_cast<int64_t>(number));
    return static_cast<int32_t>(std::clamp<Int128>(number, std::numeric_limits<int32_t>::min(),
                                                   std::numeric_limits<int32_t>::max()));
  }
};

// Takes digits behind an optional minus sign from `text`; false, and nothing is taken, where there
// are none.
bool TakeDigits(std::string_view& text, Decimal& number, bool& negative) {
  negative = text.starts_with('-');
  size_t at = negative ? 1 : 0;
  const size_t first = at;
  for (; at < text.size() && IsDigit(text[at]); ++at) number.Append(text[at] - '0');
  if (at == first) return false;
  text.remove_prefix(at);
  return true;
}

// The number at the beginning of `text`, from which it is taken, as DecimalFormat.parse reads it.
std::optional<int32_t> TakeNumber(std::string_view& text) {
  Decimal number;
  bool negative = false;
  if (!TakeDigits(text, number, negative)) return std::nullopt;
  if (text.starts_with('E')) {
    std::string_view rest = text.substr(1);
    Decimal exponent;
    bool downwards = false;
    if (TakeDigits(rest, exponent, downwards)) {
      const int32_t shift = exponent.IntValue(downwards);
      number.Shift(shift);
      text = rest;
    }
  }
  return number.IntValue(negative);
}

}  // namespace

Result<SimpleDateFormat> SimpleDateFormat::Compile(std::string_view pattern) {
  SimpleDateFormat format;
  std::vector<Item>& items = format.items_;
  const auto literal = [&](char c) {
    if (items.empty() || items.back().letter != 0) items.push_back({});
    items.back().text += c;
  };
  bool quoted = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\'') {
      const bool doubled = i + 1 < pattern.size() && pattern[i + 1] == '\'';
      if (doubled) {
        literal(c);
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (quoted || !IsLetter(c)) {
      literal(c);
    } else if (kLetters.find(c) == std::string_view::npos) {
      return Status::InvalidArgument(
          fmt::format("{} has no meaning in a date pattern: {}", c, pattern));
    } else if (!items.empty() && items.back().letter == c) {
      ++items.back().count;
    } else {
      items.push_back({c, 1});
    }
  }
  if (quoted) {
    return Status::InvalidArgument(
        fmt::format("a quote is not closed in a date pattern: {}", pattern));
  }
  for (size_t i = 1; i < items.size(); ++i) {
    items[i - 1].exact = IsNumber(items[i].letter, items[i].count);
  }
  return format;
}

// Reads one text. The member functions return false where the text does not fit.
class SimpleDateReader {
 public:
  using Item = SimpleDateFormat::Item;

  explicit SimpleDateReader(std::string_view text) : text_(text) {}

  bool Take(const Item& item) {
    if (item.letter == 0) return Literal(item.text);
    const std::string_view before = text_;
    while (text_.starts_with(' ') || text_.starts_with('\t')) text_.remove_prefix(1);
    return !text_.empty() &&
           (IsNumber(item.letter, item.count) ? Number(item, before.size() - text_.size())
                                              : Word(item, before.size() - text_.size()));
  }

  bool took_nothing(std::string_view all) const { return text_.size() == all.size(); }
  // The text from a zone's name on that cannot be read here; empty otherwise.
  std::string_view zone_name() const { return zone_name_; }
  std::optional<int64_t> offset() const { return offset_; }
  std::optional<int64_t> LocalMillis() const { return fields_.LocalMillis(); }

 private:
  bool Literal(std::string_view literal) {
    if (!text_.starts_with(literal)) return false;
    text_.remove_prefix(literal.size());
    return true;
  }

  // `blanks` were skipped in front, which count as the field's characters.
  bool Number(const Item& item, size_t blanks) {
    std::string_view field = text_;
    if (item.exact) {
      if (item.count > blanks + text_.size() || item.count < blanks) return false;
      field = text_.substr(0, item.count - blanks);
    }
    const size_t width = field.size();
    const std::optional<int32_t> value = TakeNumber(field);
    if (!value) return false;
    const std::string_view digits = text_.substr(0, width - field.size());
    text_.remove_prefix(digits.size());
    Set(item, *value, digits);
    return true;
  }

  void Set(const Item& item, int32_t value, std::string_view digits) {
    using enum CalendarField;
    switch (item.letter) {
      case 'y':
      case 'Y':
        if (item.count <= 2 && digits.size() == 2 && IsDigit(digits[0]) && IsDigit(digits[1])) {
          value += 2000;
        }
        return fields_.Set(item.letter == 'y' ? kYear : kWeekYear, value);
      case 'M':
      case 'L':
        return fields_.Set(kMonth, static_cast<int32_t>(static_cast<uint32_t>(value) - 1));
      case 'u':  // 1: Monday; 7, and only that, is Sunday
        return fields_.Set(kDayOfWeek, value == 7                ? 1
                                       : value >= 1 && value < 7 ? value + 1
                                                                 : value);
      case 'k':
        return fields_.Set(kHourOfDay, value == 24 ? 0 : value);
      case 'h':
        return fields_.Set(kHour, value == 12 ? 0 : value);
      default:
        return fields_.Set(FieldOf(item.letter), value);
    }
  }

  static CalendarField FieldOf(char letter) {
    using enum CalendarField;
    switch (letter) {
      case 'd':
        return kDayOfMonth;
      case 'D':
        return kDayOfYear;
      case 'F':
        return kDayOfWeekInMonth;
      case 'w':
        return kWeekOfYear;
      case 'W':
        return kWeekOfMonth;
      case 'H':
        return kHourOfDay;
      case 'K':
        return kHour;
      case 'm':
        return kMinute;
      case 's':
        return kSecond;
      default:
        return kMillisecond;
    }
  }

  bool Word(const Item& item, size_t blanks) {
    using enum CalendarField;
    if (item.letter == 'X') return IsoOffset(item.count);
    if (item.letter == 'z' || item.letter == 'Z') return Zone(blanks == 0);
    if (blanks > 0) return false;  // Java skips them, but then looks for names in front of them
    switch (item.letter) {
      case 'G':
        return Era();
      case 'a':
        return Name("AM", kHalf, 0) || Name("PM", kHalf, 1);
      case 'E':
        return Weekday();
      default:
        return Month();
    }
  }

  bool Era() {
    using enum CalendarField;
    return Name("AD", kEra, 1) || Name("BC", kEra, 0) || Name("Anno Domini", kEra, 1) ||
           Name("Before Christ", kEra, 0);
  }

  bool Name(std::string_view name, CalendarField field, int32_t value) {
    if (!StartsWith(text_, name)) return false;
    text_.remove_prefix(name.size());
    fields_.Set(field, value);
    return true;
  }

  // The full name or its first three letters, however many letters the pattern has.
  bool FullOrShort(std::string_view name, CalendarField field, size_t value) {
    constexpr size_t kShort = 3;
    const auto number = static_cast<int32_t>(value);
    return Name(name, field, number) || Name(name.substr(0, kShort), field, number);
  }

  bool Month() {
    for (size_t i = 0; i < kMonthNames.size(); ++i) {
      if (FullOrShort(kMonthNames[i], CalendarField::kMonth, i)) return true;
    }
    return false;
  }

  bool Weekday() {
    for (size_t i = 0; i < kWeekdayNames.size(); ++i) {  // Monday, which is day 2, to Sunday
      if (FullOrShort(kWeekdayNames[i], CalendarField::kDayOfWeek, (i + 1) % 7 + 1)) return true;
    }
    return false;
  }

  // X: Z, +hh, +hhmm or +hh:mm for one, two or three letters.
  bool IsoOffset(size_t count) {
    if (Literal("Z")) return SetOffset(0);
    const bool negative = text_.starts_with('-');
    if (!negative && !text_.starts_with('+')) return false;
    text_.remove_prefix(1);
    return NumericOffset(negative, count, count == 3);
  }

  // z and Z: +hhmm, GMT+h:mm, GMT or UTC. `whole`: the field begins here, without blanks.
  bool Zone(bool whole) {
    const char c = text_[0];
    if (c == '+' || c == '-') {
      text_.remove_prefix(1);
      return NumericOffset(c == '-', 0, false);
    }
    constexpr size_t kLength = 3;
    if (!StartsWith(text_, "GMT") && !StartsWith(text_, "UTC")) {
      if (IsLetter(c)) zone_name_ = text_;
      return false;
    }
    const bool is_gmt = StartsWith(text_, "GMT") && whole;
    text_.remove_prefix(kLength);
    const bool negative = text_.starts_with('-');
    if (!is_gmt || (!negative && !text_.starts_with('+'))) return SetOffset(0);
    text_.remove_prefix(1);
    return NumericOffset(negative, 0, true);
  }

  // SimpleDateFormat.subParseNumericZone: `count` 1 takes hours alone; with a colon and no count an
  // hour may have one digit.
  bool NumericOffset(bool negative, size_t count, bool colon) {
    int64_t hours = 0;
    int64_t minutes = 0;
    if (!Digit(hours)) return false;
    if (!Digit(hours) && (count > 0 || !colon)) return false;
    if (hours > 23) return false;
    if (count != 1) {
      if (colon && !Literal(":")) return false;
      if (!Digit(minutes) || !Digit(minutes) || minutes > 59) return false;
    }
    const int64_t offset = (hours * 60 + minutes) * kMillisPerMinute;
    return SetOffset(negative ? -offset : offset);
  }

  bool Digit(int64_t& number) {
    if (text_.empty() || !IsDigit(text_[0])) return false;
    number = number * 10 + (text_[0] - '0');
    text_.remove_prefix(1);
    return true;
  }

  bool SetOffset(int64_t millis) {
    offset_ = millis;
    return true;
  }

  std::string_view text_;
  std::string_view zone_name_;
  std::optional<int64_t> offset_;
  CalendarFields fields_;
};

namespace {

// java.util.Calendar's rule: a local time that occurs twice means the second, one in a gap moves
// on.
int64_t CalendarUtcMillis(const TimeZone& zone, int64_t local) {
  const int64_t second = zone.ToUtcMillisForTimer(local);
  return zone.ToLocalMillis(second) == local ? second : zone.ToUtcMillis(local);
}

}  // namespace

Result<std::optional<int64_t>> SimpleDateFormat::Parse(std::string_view text,
                                                       const TimeZone& zone) const {
  SimpleDateReader reader(text);
  const bool fits =
      std::ranges::all_of(items_, [&](const Item& item) { return reader.Take(item); });
  if (!reader.zone_name().empty()) {
    return Status::DataError(fmt::format("the name of a time zone for letter z or Z of a pattern: "
                                         "'{}' in '{}'",
                                         Quotable(reader.zone_name()), Quotable(text)))
        .WithId("E3001")
        .WithHint("GMT, UTC and offsets are read: +0100, GMT+01:00; with letter X +01:00 and Z");
  }
  if (!fits || reader.took_nothing(text)) return std::optional<int64_t>();
  const std::optional<int64_t> local = reader.LocalMillis();
  if (!local) return std::optional<int64_t>();
  if (!reader.offset()) return std::optional(CalendarUtcMillis(zone, *local));
  int64_t instant = 0;
  if (__builtin_sub_overflow(*local, *reader.offset(), &instant)) return std::optional<int64_t>();
  return std::optional(instant);
}

}  // namespace weir::expr
