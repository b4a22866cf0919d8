#include "runtime/base/valid_utf8.h"

#include <simdjson.h>

#include <cstdint>

namespace weir {

bool IsUtf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

int Utf8Sequence(std::string_view text, size_t offset) {
  const auto at = [&](size_t i) -> uint32_t {
    return offset + i < text.size() ? static_cast<uint8_t>(text[offset + i]) : 0U;
  };
  const uint32_t lead = at(0);
  if (lead < 0x80) return 1;
  const int length = lead >= 0xC2 && lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (lead < 0xC2 || lead > 0xF4) return -1;
  const uint32_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint32_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (at(1) < low || at(1) > high) return -1;
  for (int i = 2; i < length; ++i) {
    if ((at(static_cast<size_t>(i)) & 0xC0) != 0x80) return -i;
  }
  return length;
}

std::string ValidUtf8(std::string_view bytes) {
  std::string text;
  PutValidUtf8(bytes, [&](std::string_view piece) { text += piece; });
  return text;
}

std::string_view BeginningOf(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  constexpr size_t kLongest = 4;
  size_t end = bytes;
  while (end > 0 && bytes - end < kLongest && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

}  // namespace weir
