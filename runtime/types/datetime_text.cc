// Hot: readers and writers of files call these once a value.
#include <algorithm>
#include <cstring>

#include "runtime/types/datetime.h"

namespace weir {
namespace {

struct Fields {
  int year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int nanos = 0;
};

// --- Parsing -------------------------------------------------------------------------------------

bool IsDigit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

// The value of two digits. A character that is none sets bits of `bad`, which callers check once at
// the end.
int TwoDigits(const char* p, unsigned& bad) {
  const auto tens = static_cast<unsigned>(p[0]) - '0';
  const auto ones = static_cast<unsigned>(p[1]) - '0';
  bad |= static_cast<unsigned>(tens > 9) | static_cast<unsigned>(ones > 9);
  return static_cast<int>(tens * 10 + ones);
}

// "yyyy-MM-dd?HH:mm:ss" in the first 19 characters; '?' is not looked at.
bool ReadFixed(const char* p, Fields& f) {
  unsigned bad = 0;
  f.year = TwoDigits(p, bad) * 100 + TwoDigits(p + 2, bad);
  f.month = TwoDigits(p + 5, bad);
  f.day = TwoDigits(p + 8, bad);
  f.hour = TwoDigits(p + 11, bad);
  f.minute = TwoDigits(p + 14, bad);
  f.second = TwoDigits(p + 17, bad);
  bad |= static_cast<unsigned>(p[4] ^ '-') | static_cast<unsigned>(p[7] ^ '-') |
         static_cast<unsigned>(p[13] ^ ':') | static_cast<unsigned>(p[16] ^ ':');
  return bad == 0;
}

// Characters taken off the front, one item a call; false leaves an unspecified rest.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  void Skip(size_t count) { text_.remove_prefix(count); }
  bool Take(char c) {
    if (peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool Number(int min_digits, int max_digits, int& value) {
    int count = 0;
    value = 0;
    while (count < max_digits && IsDigit(peek())) {
      value = value * 10 + (peek() - '0');
      text_.remove_prefix(1);
      ++count;
    }
    return count >= min_digits;
  }
  // ".123456789" or nothing. More than nine digits are an error unless `cut` drops them.
  bool Fraction(int& nanos, bool cut) {
    nanos = 0;
    if (!Take('.')) return true;
    int digits = 0;
    for (; IsDigit(peek()); ++digits) {
      if (digits < 9) nanos = nanos * 10 + (peek() - '0');
      if (digits == 9 && !cut) return false;
      text_.remove_prefix(1);
    }
    for (; digits < 9; ++digits) nanos *= 10;
    return true;
  }

 private:
  std::string_view text_;
};

// Checks ranges and composes. A day that the month lacks is its last; 24:00:00 the next day's
// start.
bool Compose(const Fields& f, TimestampNanos& out) {
  if (f.month < 1 || f.month > 12 || f.day < 1 || f.day > 31 || f.minute > 59 || f.second > 59 ||
      f.hour > 24 || f.year < 1) {
    return false;
  }
  if (f.hour == 24 && (f.minute | f.second | f.nanos) != 0) return false;
  const int day = f.day > 28 ? std::min(f.day, DaysInMonth(f.year, f.month)) : f.day;
  const int64_t seconds =
      DaysFromCivil(f.year, f.month, day) * 86'400 + f.hour * 3'600 + f.minute * 60 + f.second;
  out.millis = seconds * kMillisPerSecond + f.nanos / 1'000'000;
  out.nanos = f.nanos % 1'000'000;
  return true;
}

bool ReadDate(Cursor& in, Fields& f) {
  return in.Number(4, 4, f.year) && in.Take('-') && in.Number(1, 2, f.month) && in.Take('-') &&
         in.Number(1, 2, f.day);
}

// "yyyy-M-d[ H:m:s[.fraction]]" in forms that ReadFixed does not take.
bool ReadLoose(Cursor& in, Fields& f) {
  if (!ReadDate(in, f)) return false;
  if (in.done()) return true;
  return in.Take(' ') && in.Number(1, 2, f.hour) && in.Take(':') && in.Number(1, 2, f.minute) &&
         in.Take(':') && in.Number(1, 2, f.second) && in.Fraction(f.nanos, false) && in.done();
}

bool ReadTimestamp(std::string_view text, TimestampNanos& out) {
  Fields f;
  if (text.size() >= 19 && text[10] == ' ' && ReadFixed(text.data(), f)) {
    Cursor in(text.substr(19));
    return in.Fraction(f.nanos, false) && in.done() && Compose(f, out);
  }
  f = Fields();
  Cursor in(text);
  return ReadLoose(in, f) && Compose(f, out);
}

// "Z", "+HH", "+HHmm", "+HH:mm", "+HH:mm:ss", or nothing.
bool ReadOffset(Cursor& in, std::optional<int32_t>& seconds) {
  if (in.done()) return true;
  if (in.Take('Z') || in.Take('z')) {
    seconds = 0;
    return in.done();
  }
  const bool negative = in.peek() == '-';
  if (!in.Take('-') && !in.Take('+')) return false;
  int hours = 0;
  int minutes = 0;
  int rest = 0;
  if (!in.Number(2, 2, hours)) return false;
  if (!in.done()) {
    in.Take(':');
    if (!in.Number(2, 2, minutes)) return false;
  }
  if (in.Take(':') && !in.Number(2, 2, rest)) return false;
  if (!in.done() || hours > 18 || minutes > 59 || rest > 59) return false;
  const int32_t total = hours * 3'600 + minutes * 60 + rest;
  seconds = negative ? -total : total;
  return true;
}

bool ReadIsoTime(Cursor& in, Fields& f) {
  if (!in.Number(1, 2, f.hour) || !in.Take(':') || !in.Number(1, 2, f.minute)) return false;
  if (!in.Take(':')) return true;
  return in.Number(1, 2, f.second) && in.Fraction(f.nanos, true);
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// A whole number with blanks around it, at most nine digits.
bool ReadPart(std::string_view text, int& value) {
  text = Trim(text);
  if (text.empty() || text.size() > 9) return false;
  Cursor in(text);
  return in.Number(1, 9, value) && in.done();
}

// Splits `text` at the first `separator` into the part before and the rest; no rest when it is
// absent.
std::string_view TakePart(std::string_view& text, char separator, bool& more) {
  const size_t at = text.find(separator);
  more = at != std::string_view::npos;
  const std::string_view part = text.substr(0, at);
  text = more ? text.substr(at + 1) : std::string_view();
  return part;
}

// "H[:m[:s[.fraction]]]" with blanks around the parts.
bool ReadClock(std::string_view text, Fields& f) {
  bool more = false;
  if (!ReadPart(TakePart(text, ':', more), f.hour)) return false;
  if (!more) return true;
  if (!ReadPart(TakePart(text, ':', more), f.minute)) return false;
  if (!more) return true;
  if (!ReadPart(TakePart(text, '.', more), f.second)) return false;
  if (!more) return true;
  if (!std::all_of(text.begin(), text.end(), IsDigit)) return false;
  for (int digits = 0; digits < 9; ++digits) {
    const auto at = static_cast<size_t>(digits);
    f.nanos = f.nanos * 10 + (at < text.size() ? text[at] - '0' : 0);
  }
  return true;
}

// --- Formatting ----------------------------------------------------------------------------------

constexpr char kTwoDigits[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
    "4748"
    "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495"
    "9697"
    "9899";

char* PutTwo(int64_t value, char* out) {
  std::memcpy(out, kTwoDigits + value * 2, 2);
  return out + 2;
}

char* PutYear(int64_t year, char* out) {
  if (year < 0) {
    *out++ = '-';
    year = -year;
  }
  if (year > 9999) {
    char digits[20];
    char* begin = digits + sizeof(digits);
    for (; year > 0; year /= 10) *--begin = static_cast<char>('0' + year % 10);
    const auto count = static_cast<size_t>(digits + sizeof(digits) - begin);
    std::memcpy(out, begin, count);
    return out + count;
  }
  return PutTwo(year % 100, PutTwo(year / 100, out));
}

char* PutFraction(int64_t nanos, int precision, char* out) {
  if (precision == 0) return out;
  *out++ = '.';
  for (int64_t unit = 100'000'000; precision > 0; --precision, unit /= 10) {
    *out++ = static_cast<char>('0' + nanos / unit % 10);
  }
  return out;
}

char* PutSeconds(int64_t second_of_day, char* out) {
  out = PutTwo(second_of_day / 3'600, out);
  *out++ = ':';
  out = PutTwo(second_of_day / 60 % 60, out);
  *out++ = ':';
  return PutTwo(second_of_day % 60, out);
}

char* PutDate(int64_t days, char* out) {
  const CivilDate date = CivilFromDays(days);
  out = PutYear(date.year, out);
  *out++ = '-';
  out = PutTwo(date.month, out);
  *out++ = '-';
  return PutTwo(date.day, out);
}

char* PutInstant(int64_t seconds, int64_t nanos, int precision, char* out, char separator) {
  const int64_t days = FloorDivide(seconds, 86'400);
  out = PutDate(days, out);
  *out++ = separator;
  return PutFraction(nanos, precision, PutSeconds(seconds - days * 86'400, out));
}

}  // namespace

std::optional<int32_t> ParseDate(std::string_view text) {
  const size_t blank = text.find(' ');
  if (blank != std::string_view::npos && blank > 0) text = text.substr(0, blank);
  Fields f;
  bool more = false;
  if (!ReadPart(TakePart(text, '-', more), f.year)) return std::nullopt;
  if (more && !ReadPart(TakePart(text, '-', more), f.month)) return std::nullopt;
  if (more && !ReadPart(text, f.day)) return std::nullopt;
  if (f.year > 9999 || f.month < 1 || f.month > 12 || f.day < 1 ||
      f.day > DaysInMonth(f.year, f.month)) {
    return std::nullopt;
  }
  return static_cast<int32_t>(DaysFromCivil(f.year, f.month, f.day));
}

std::optional<int64_t> ParseTime(std::string_view text) {
  text = Trim(text);
  std::optional<int32_t> offset;
  if (const size_t sign = text.find_first_of("+-"); sign != std::string_view::npos) {
    Cursor in(text.substr(sign));
    if (!ReadOffset(in, offset)) return std::nullopt;
    text = text.substr(0, sign);
  }
  Fields f;
  if (!ReadClock(text, f) || f.hour > 23 || f.minute > 59 || f.second > 59) return std::nullopt;
  const int64_t seconds = f.hour * 3'600 + f.minute * 60 + f.second - offset.value_or(0);
  return FloorModulo(seconds, 86'400) * kNanosPerSecond + f.nanos;
}

std::optional<int64_t> ParseTimestamp(std::string_view text, int precision) {
  TimestampNanos t;
  if (!ReadTimestamp(text, t)) return std::nullopt;
  return TruncateMicros(MicrosFromNanos(t), precision);
}

std::optional<TimestampNanos> ParseTimestampNanos(std::string_view text, int precision) {
  TimestampNanos t;
  if (!ReadTimestamp(text, t)) return std::nullopt;
  return TruncateNanos(t, precision);
}

std::optional<ParsedTimestamp> ParseIsoTimestamp(std::string_view text) {
  ParsedTimestamp parsed;
  Fields f;
  Cursor in(text);
  const bool fixed = text.size() >= 19 && (text[10] == ' ' || text[10] == 'T' || text[10] == 't') &&
                     ReadFixed(text.data(), f);
  if (fixed) {
    in.Skip(19);
    if (!in.Fraction(f.nanos, true)) return std::nullopt;
  } else {
    f = Fields();
    if (!ReadDate(in, f)) return std::nullopt;
    if ((in.Take('T') || in.Take('t') || in.Take(' ')) && !ReadIsoTime(in, f)) return std::nullopt;
  }
  if (!ReadOffset(in, parsed.offset_seconds) || !Compose(f, parsed.local)) return std::nullopt;
  return parsed;
}

char* FormatDate(int32_t days, char* out) {
  return PutDate(days, out);
}

char* FormatTime(int64_t nanos_of_day, int precision, char* out) {
  // Arithmetic wraps at midnight; a value outside the day must not read outside the digits.
  nanos_of_day = FloorModulo(nanos_of_day, kNanosPerDay);
  out = PutSeconds(nanos_of_day / kNanosPerSecond, out);
  return PutFraction(nanos_of_day % kNanosPerSecond, precision, out);
}

char* FormatTimestamp(int64_t micros, int precision, char* out, char separator) {
  const int64_t seconds = FloorDivide(micros, kMicrosPerSecond);
  return PutInstant(seconds, (micros - seconds * kMicrosPerSecond) * kNanosPerMicro, precision, out,
                    separator);
}

char* FormatTimestampNanos(TimestampNanos t, int precision, char* out, char separator) {
  const int64_t seconds = FloorDivide(t.millis, kMillisPerSecond);
  const int64_t nanos = (t.millis - seconds * kMillisPerSecond) * kNanosPerMilli + t.nanos;
  return PutInstant(seconds, nanos, precision, out, separator);
}

}  // namespace weir
