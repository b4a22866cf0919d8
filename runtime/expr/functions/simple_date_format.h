// Texts as times by java.text.SimpleDateFormat, with which Flink computes UNIX_TIMESTAMP, TO_DATE
// and CONVERT_TZ, and DATE_FORMAT of a text. It is lenient: numbers of any width, what is beyond a
// field counts on into the next one, and text behind what the pattern takes does not matter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::expr {

// A compiled pattern whose fields are all numbers. Immutable; any thread may use it.
class SimpleDateFormat {
 public:
  // Nothing for patterns with other letters than y M d D H k K h m s S, or with names of months
  // (MMM): those are for DateTimePattern. Nothing either where a quote is not closed.
  static std::optional<SimpleDateFormat> Compile(std::string_view pattern);

  // The local time in milliseconds since 1970-01-01 00:00:00, which also gives the fields that the
  // pattern lacks; nothing where the text does not fit. Two digits behind yy are a year from 2000
  // to 2099. Blanks before a number are skipped, and a number may be negative.
  std::optional<int64_t> Parse(std::string_view text) const;

 private:
  struct Item {
    char letter = 0;     // 0: `text` as it is
    size_t count = 0;    // how often the letter stands
    bool exact = false;  // another number follows at once: at most `count` characters
    std::string text = {};
  };
  std::vector<Item> items_;
};

}  // namespace weir::expr
