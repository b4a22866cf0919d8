// What formatting and both ways of parsing by a date pattern share; for datetime_pattern.h's parts.
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

// Whether an item of so many of these letters is a number; months, quarters and weekdays are in one
// or two. False for literal text and brackets.
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
