// Hexadecimal digits.
#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

// 0 to 15, in either case of the letters; -1 for anything else.
constexpr int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte that the two digits at `at` say; -1 where they are none, or the text ends before.
constexpr int HexByte(std::string_view text, size_t at) {
  const int high = at + 1 < text.size() ? HexDigit(text[at]) : -1;
  const int low = high >= 0 ? HexDigit(text[at + 1]) : -1;
  return low < 0 ? -1 : high * 16 + low;
}

}  // namespace weir
