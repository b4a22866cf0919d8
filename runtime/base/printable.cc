#include "runtime/base/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace weir {
namespace {

struct Character {
  uint32_t code = 0;
  size_t bytes = 0;  // 0: the first byte begins no character
};

// The character that `text` begins with. REQUIRES: it is not empty.
Character FirstOf(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes > text.size()) return {};
  uint32_t code = lead & (0x7FU >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xC0U) != 0x80) return {};
    code = code << 6U | (next & 0x3FU);
  }
  return {code, bytes};
}

// Unicode's general categories Cc and, of Cf, what changes directions (UAX 9, 2.1 to 2.4).
bool IsObeyed(uint32_t code) {
  if (code == '\n' || code == '\t') return false;
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool direction = code == 0x061C || code == 0x200E || code == 0x200F ||
                         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return control || direction;
}

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0U) != 0x80; }));
}

// The byte at which the character with this index begins.
size_t PlaceOf(std::string_view text, size_t character) {
  size_t place = 0;
  for (; place < text.size(); ++place) {
    if ((static_cast<uint8_t>(text[place]) & 0xC0U) == 0x80) continue;
    if (character-- == 0) break;
  }
  return place;
}

std::string Shortened(std::string_view word, size_t longest) {
  constexpr size_t kLongestPath = 4096;
  const size_t most =
      word.find('/') == std::string_view::npos ? longest : std::max(longest, kLongestPath);
  if (word.size() <= most) return std::string(word);
  const size_t characters = CountCharacters(word);
  if (characters <= most) return std::string(word);
  const size_t behind = longest / 5;
  return fmt::format("{}…{}", word.substr(0, PlaceOf(word, longest - behind)),
                     word.substr(PlaceOf(word, characters - behind)));
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const Character first = FirstOf(text);
    const size_t bytes = std::max<size_t>(first.bytes, 1);
    if (first.bytes == 0) {
      printable += fmt::format("\\x{:02X}", static_cast<uint8_t>(text[0]));
    } else if (!IsObeyed(first.code)) {
      printable += text.substr(0, bytes);
    } else if (first.bytes == 1) {
      printable += fmt::format("\\x{:02X}", first.code);
    } else {
      printable += fmt::format("\\u{:04X}", first.code);
    }
    text.remove_prefix(bytes);
  }
  return printable;
}

std::string PrintableWords(std::string_view text, size_t longest) {
  std::string words;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \n\t"), text.size());
    words += Shortened(text.substr(0, end), longest);
    if (end < text.size()) words += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return Printable(words);
}

}  // namespace weir
