// Patterns as Java's DateTimeFormatter has them, for DATE_FORMAT, TO_TIMESTAMP, TO_DATE and
// formats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/time_zone.h"
#include "runtime/types/type.h"

namespace weir {

// Whose letters a pattern has. Java's two classes agree on most; java.text.SimpleDateFormat has F,
// Z and a u of its own, no Q, e, n, V and x, no sections in brackets, and takes any number of
// letters. Its S prints the number of milliseconds, DateTimeFormatter's S the first digits of the
// fraction; only whole seconds are formatted by SimpleDateFormat here, for which both are zeros.
enum class PatternDialect : uint8_t { kDateTimeFormatter, kSimpleDateFormat };

// A compiled pattern: letters G y u M L d D E e c a B h H K k m s S A n N Q q w W F g x X z V, p to
// pad the next field with blanks, 'quoted text', '' for a quote, [optional] sections when parsing.
// Immutable; thread-safe.
// java.time.format.DateTimeFormatter and java.text.SimpleDateFormat (Java SE 17) say what the
// letters mean; text fields are English.
class DateTimePattern {
 public:
  // kInvalidArgument for letters that have no meaning here, more of one than the dialect takes,
  // reserved characters, and unbalanced quotes or brackets.
  static Result<DateTimePattern> Compile(
      std::string_view pattern, PatternDialect dialect = PatternDialect::kDateTimeFormatter);

  // Whether a letter asks for the zone, which a TIMESTAMP does not have.
  bool has_zone() const { return has_zone_; }

  // Two local times format alike if they lie within the same multiple of this many milliseconds, so
  // that a caller can reuse the last text. At least a second and at most a day; 0 when there is no
  // such number.
  int64_t steady_millis() const { return steady_millis_; }

  // Appends the text of `local`, a wall-clock time of `zone`; the zone matters only to zone
  // letters. False where a field is wider than the padding in front of it says: `out` is then of no
  // use.
  [[nodiscard]] bool Format(TimestampNanos local, const TimeZone& zone, std::string& out) const;

  // The local time in `text`, which must match as a whole; missing fields are those of 1970-01-01
  // 00:00:00. A zone or offset in the text has no effect, as in Flink's TO_TIMESTAMP; the 29th to
  // 31st of a shorter month are its last day (DateTimeFormatter, ResolverStyle.SMART).
  // std::nullopt when it does not match or contradicts itself. No allocation.
  std::optional<TimestampNanos> Parse(std::string_view text) const;

 private:
  friend class JavaTimeParser;
  friend class PatternFormatter;
  struct Item {
    char letter = 0;    // a pattern letter; '\'' for literal text; '[' and ']' for sections
    uint8_t count = 0;  // how often the letter stands; of an X, 0: the hours alone
    uint8_t pad = 0;    // characters that blanks fill the field up to; 0: no padding
    // Numeric and directly followed by a numeric item: parsing takes exactly `count` digits.
    bool adjacent = false;
    uint16_t close = 0;  // '[': the index of its ']'
    std::string text;    // of a literal
  };
  std::vector<Item> items_;
  int64_t steady_millis_ = 0;
  bool has_zone_ = false;
};

}  // namespace weir
