// Texts as times by java.text.SimpleDateFormat (Java SE 17, English), with which Flink computes
// UNIX_TIMESTAMP, TO_DATE and CONVERT_TZ, and DATE_FORMAT of a text. It is lenient: numbers of any
// width, what is beyond a field counts on into the next one, and text behind what the pattern takes
// does not matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/time_zone.h"

namespace weir::expr {

// A compiled pattern of the letters G y Y M L w W D d F E u a H k K h m s S z Z X. Immutable; any
// thread may use it.
class SimpleDateFormat {
 public:
  // kInvalidArgument for other letters and where a quote is not closed.
  static Result<SimpleDateFormat> Compile(std::string_view pattern);

  // The instant in milliseconds since 1970-01-01 00:00:00 UTC that the text spells on the clock of
  // `zone`, unless it has an offset of its own; nothing where the text does not fit. What the text
  // lacks is that of 1970-01-01 00:00:00. Differs from Java as differences-from-flink.md says: two
  // digits behind yy are a year from 2000 to 2099, and days are Gregorian for all time.
  // kDataError (E3001) where letter z or Z meets the name of a zone other than GMT and UTC: Java
  // finds those in its own list of names, which depends on the zone of the session.
  Result<std::optional<int64_t>> Parse(std::string_view text, const TimeZone& zone) const;

 private:
  friend class SimpleDateReader;
  struct Item {
    char letter = 0;     // 0: `text` as it is
    size_t count = 0;    // how often the letter stands
    bool exact = false;  // another number follows at once: at most `count` characters
    std::string text = {};
  };
  std::vector<Item> items_;
};

}  // namespace weir::expr
