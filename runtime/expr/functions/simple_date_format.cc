#include "runtime/expr/functions/simple_date_format.h"

#include <algorithm>
#include <charconv>

#include "runtime/types/datetime.h"

namespace weir::expr {
namespace {

constexpr std::string_view kLetters = "yMdDHkKhmsS";

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

struct Fields {
  int64_t year = 1970;
  int64_t month = 1;
  int64_t day = 1;  // of the month, or of the year
  bool of_year = false;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t millis = 0;

  void Set(char letter, int64_t value) {
    switch (letter) {
      case 'y':
        year = value;
        return;
      case 'M':
        month = value;
        return;
      case 'd':
      case 'D':
        day = value;
        of_year = letter == 'D';
        return;
      case 'm':
        minute = value;
        return;
      case 's':
        second = value;
        return;
      case 'S':
        millis = value;
        return;
      case 'k':  // 1 to 24
        hour = value == 24 ? 0 : value;
        return;
      case 'h':  // 1 to 12
        hour = value == 12 ? 0 : value;
        return;
      default:
        hour = value;
    }
  }

  // The local time of the fields; nothing where 64 bits do not hold its milliseconds.
  std::optional<int64_t> LocalMillis() const {
    const int64_t months = of_year ? 0 : month - 1;
    const int64_t first = DaysFromCivil(year + FloorDivide(months, 12),
                                        static_cast<int>(FloorModulo(months, 12)) + 1, 1);
    const int64_t seconds = ((first + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    int64_t local = 0;
    const bool overflows = __builtin_mul_overflow(seconds, kMillisPerSecond, &local) ||
                           __builtin_add_overflow(local, millis, &local);
    return overflows ? std::nullopt : std::optional(local);
  }
};

// The number at `at`, which moves behind it; nothing where none stands before `end`.
std::optional<int32_t> TakeNumber(std::string_view text, size_t& at, size_t end) {
  const bool negative = at < end && text[at] == '-';
  const size_t first = at + (negative ? 1 : 0);
  size_t last = first;
  while (last < end && IsDigit(text[last])) ++last;
  if (last == first) return std::nullopt;
  int64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data() + first, text.data() + last, value);
  if (error != std::errc()) return std::nullopt;
  at = last;
  return static_cast<int32_t>(negative ? -value : value);
}

}  // namespace

std::optional<SimpleDateFormat> SimpleDateFormat::Compile(std::string_view pattern) {
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
      return std::nullopt;
    } else if (!items.empty() && items.back().letter == c) {
      ++items.back().count;
    } else {
      if (!items.empty() && items.back().letter != 0) items.back().exact = true;
      items.push_back({c, 1});
    }
  }
  const bool names = std::ranges::any_of(
      items, [](const Item& item) { return item.letter == 'M' && item.count > 2; });
  return names || quoted ? std::nullopt : std::optional(std::move(format));
}

std::optional<int64_t> SimpleDateFormat::Parse(std::string_view text) const {
  Fields fields;
  size_t at = 0;
  for (const Item& item : items_) {
    if (item.letter == 0) {
      if (!text.substr(at).starts_with(item.text)) return std::nullopt;
      at += item.text.size();
      continue;
    }
    const size_t end = item.exact ? at + item.count : text.size();
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    if (at >= text.size() || end > text.size()) return std::nullopt;
    const size_t begin = at;
    std::optional<int64_t> value = TakeNumber(text, at, end);
    if (!value) return std::nullopt;
    const bool short_year = item.letter == 'y' && item.count <= 2 && at - begin == 2;
    if (short_year && IsDigit(text[begin])) *value += 2000;
    fields.Set(item.letter, *value);
  }
  return at == 0 ? std::nullopt : fields.LocalMillis();
}

}  // namespace weir::expr
