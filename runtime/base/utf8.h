// Where the characters of UTF-8 begin and end, by their bytes' marks alone: nothing here checks
// that a text is well-formed (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

// Whether the byte goes on with a character that began before it.
constexpr bool ContinuesCharacter(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// Where the character ends that begins at `at`. REQUIRES: at < text.size().
constexpr size_t EndOfCharacter(std::string_view text, size_t at) {
  for (++at; at < text.size() && ContinuesCharacter(text[at]);) ++at;
  return at;
}

}  // namespace weir
