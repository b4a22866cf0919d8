// Parsing by patterns of SimpleDateFormat (datetime_pattern.h); java_time_parser.h has the others.
#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/base/names.h"
#include "runtime/types/datetime.h"
#include "runtime/types/datetime_letters.h"
#include "runtime/types/datetime_pattern.h"

namespace weir {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

// The fields that were read so far.
struct Parsed {
  int64_t year = 1970;
  int64_t month = 1;
  int64_t day = 1;
  int64_t day_of_year = 0;  // 0: not given
  int64_t hour = 0;
  int64_t hour_of_half = -1;  // -1: not given
  int64_t minute = 0;
  int64_t second = 0;
  int64_t nanos = 0;
  bool afternoon = false;
  bool before_christ = false;
  bool has_offset = false;
  int64_t offset = 0;
};

}  // namespace

class PatternParser {
 public:
  PatternParser(const std::vector<DateTimePattern::Item>& items, std::string_view text)
      : items_(items), text_(text) {}

  bool Run() {
    return std::ranges::all_of(items_, [this](const Item& item) { return One(item); }) &&
           text_.empty();
  }

  TimestampNanos Compose(const TimeZone& zone) {
    Parsed& p = parsed_;
    if (p.hour_of_half >= 0) p.hour = p.hour_of_half + (p.afternoon ? 12 : 0);
    if (p.before_christ) p.year = 1 - p.year;
    const int64_t seconds = Days() * 86'400 + p.hour * 3'600 + p.minute * 60 + p.second;
    TimestampNanos t{seconds * kMillisPerSecond + p.nanos / kNanosPerMilli,
                     static_cast<int32_t>(p.nanos % kNanosPerMilli)};
    if (!p.has_offset) return t;
    t.millis -= p.offset * kMillisPerSecond;
    return zone.ToLocal(t);
  }

 private:
  using Item = DateTimePattern::Item;

  int64_t Days() const {
    const Parsed& p = parsed_;
    if (p.day_of_year > 0) return DaysFromCivil(p.year, 1, 1) + p.day_of_year - 1;
    const int64_t year = p.year + FloorDivide(p.month - 1, 12);
    const int month = static_cast<int>(FloorModulo(p.month - 1, 12)) + 1;
    return DaysFromCivil(year, month, static_cast<int>(p.day));
  }

  bool One(const Item& item) {
    Parsed& p = parsed_;
    switch (item.letter) {
      case '\'':
        return Literal(item.text);
      case 'y':
      case 'u':
      case 'Y':
        return Year(item);
      case 'M':
      case 'L':
        return item.count <= 2 ? Number(item, 2, p.month) : Name(kMonthNames, p.month);
      case 'd':
        return Number(item, 2, p.day);
      case 'D':
        return Number(item, 3, p.day_of_year);
      case 'H':
        return Number(item, 2, p.hour);
      case 'k':
        return Number(item, 2, p.hour) && ((p.hour %= 24), true);
      case 'K':
        return Number(item, 2, p.hour_of_half);
      case 'h':
        return Number(item, 2, p.hour_of_half) && ((p.hour_of_half %= 12), true);
      case 'm':
        return Number(item, 2, p.minute);
      case 's':
        return Number(item, 2, p.second);
      case 'S':
        return Fraction(item.count);
      case 'x':
      case 'X':
        return Offset(item);
      default:
        return Rest(item);
    }
  }

  // The letters that the caller leaves: words, and fields that are read but do not change the date.
  bool Rest(const Item& item) {
    int64_t ignored = 0;
    switch (item.letter) {
      case 'a':
        return Word("AM") || (Word("PM") && (parsed_.afternoon = true));
      case 'G':
        return Word("AD") || (Word("BC") && (parsed_.before_christ = true));
      case 'E':
        return Name(kWeekdayNames, ignored);
      case 'w':
        return Number(item, 2, ignored);
      case 'z':
        return Zone();
      default:
        return false;
    }
  }

  bool Literal(std::string_view literal) {
    if (!text_.starts_with(literal)) return false;
    text_.remove_prefix(literal.size());
    return true;
  }

  bool Word(std::string_view word) {
    if (!StartsWith(text_, word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  bool Digits(size_t least, size_t most, int64_t& value) {
    size_t count = 0;
    int64_t number = 0;
    while (count < most && count < text_.size() && IsDigit(text_[count])) {
      number = number * 10 + (text_[count++] - '0');
    }
    if (count < least) return false;
    value = number;
    text_.remove_prefix(count);
    return true;
  }

  // At least as many digits as letters; up to `most`, unless a number follows directly.
  bool Number(const Item& item, size_t most, int64_t& value) {
    const size_t least = item.count;
    return Digits(least, item.adjacent ? least : std::max(most, least), value);
  }

  bool Year(const Item& item) {
    if (item.count == 2) {  // java.time's base for two digits
      if (!Digits(2, 2, parsed_.year)) return false;
      parsed_.year += 2000;
      return true;
    }
    const bool negative = Literal("-");
    const bool plus = !negative && Literal("+");
    // Four letters take more than four digits only after a sign.
    const size_t most = item.adjacent || (item.count >= 4 && !plus && !negative) ? item.count : 9;
    if (!Digits(item.count, std::max<size_t>(most, item.count), parsed_.year)) return false;
    if (negative) parsed_.year = -parsed_.year;
    return true;
  }

  bool Fraction(size_t count) {
    int64_t value = 0;
    if (!Digits(count, count, value)) return false;
    for (size_t i = count; i < 9; ++i) value *= 10;
    for (size_t i = 9; i < count; ++i) value /= 10;
    parsed_.nanos = value;
    return true;
  }

  template <size_t kCount>
  bool Name(const std::array<std::string_view, kCount>& names, int64_t& index) {
    for (size_t i = 0; i < kCount; ++i) {
      // The full name or its first three letters are taken, however many letters the pattern has.
      if (!Word(names[i]) && !Word(names[i].substr(0, 3))) continue;
      index = static_cast<int64_t>(i) + 1;
      return true;
    }
    return false;
  }

  bool Offset(const Item& item) {
    parsed_.has_offset = true;
    if (item.letter == 'X' && Literal("Z")) return true;
    const bool negative = Literal("-");
    if (!negative && !Literal("+")) return false;
    int64_t hours = 0;
    int64_t minutes = 0;
    const bool colons = item.count == 3;
    if (!Digits(2, 2, hours)) return false;
    if (item.count > 1 && ((colons && !Literal(":")) || !Digits(2, 2, minutes))) return false;
    int64_t ignored = 0;  // SimpleDateFormat stops at the hours and ignores what follows
    if (item.count == 0) Digits(2, 2, ignored);
    if (hours > 18 || minutes > 59) return false;
    parsed_.offset = hours * 3'600 + minutes * 60;
    if (negative) parsed_.offset = -parsed_.offset;
    return true;
  }

  // The longest run that can be a zone's name.
  bool Zone() {
    size_t count = 0;
    const auto belongs = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '_' || c == '+' ||
             c == '-' || c == ':';
    };
    while (count < text_.size() && belongs(text_[count])) ++count;
    const Result<TimeZone> zone = TimeZone::Find(text_.substr(0, count));
    if (count == 0 || !zone.ok()) return false;
    text_.remove_prefix(count);
    const Parsed so_far = parsed_;  // composing changes it
    const int64_t local = Compose(TimeZone()).millis;
    parsed_ = so_far;
    parsed_.has_offset = true;
    parsed_.offset = (local - zone->ToUtcMillis(local)) / kMillisPerSecond;
    return true;
  }

  const std::vector<Item>& items_;
  std::string_view text_;
  Parsed parsed_;
};

std::optional<TimestampNanos> DateTimePattern::ParseRollingOver(std::string_view text,
                                                                const TimeZone& zone) const {
  PatternParser parser(items_, text);
  if (!parser.Run()) return std::nullopt;
  return parser.Compose(zone);
}

}  // namespace weir
