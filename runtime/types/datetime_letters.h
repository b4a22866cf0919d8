// Names of months and weekdays, and which pattern letters are numbers. What formats and parses by
// Java's patterns shares them; nothing else includes this header.
#pragma once

#include <array>
#include <string_view>

namespace weir {

inline constexpr std::array<std::string_view, 12> kMonthNames = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
// From Monday on, as ISO 8601 counts them.
inline constexpr std::array<std::string_view, 7> kWeekdayNames = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

// Whether an item of `count` times this letter is a number. Months, quarters and weekdays are
// numbers in one or two letters and names in more. False for literal text and brackets.
constexpr bool IsNumericItem(char letter, int count) {
  switch (letter) {
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
    case 'e':
      return count <= 2;
    case '\'':
    case '[':
    case ']':
    case 'G':
    case 'E':
    case 'a':
    case 'B':
    case 'x':
    case 'X':
    case 'z':
    case 'V':
      return false;
    default:
      return true;
  }
}

}  // namespace weir
