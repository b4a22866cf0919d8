#include "runtime/expr/functions/text.h"

namespace weir::expr {

uint32_t NextCodePoint(std::string_view text, size_t& offset) {
  const auto lead = static_cast<uint8_t>(text[offset]);
  const size_t length = Utf8Length(text[offset]);
  if (length == 1 || offset + length > text.size()) {
    ++offset;
    return lead;
  }
  uint32_t code_point = lead & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    code_point = (code_point << 6) | (static_cast<uint8_t>(text[offset + i]) & 0x3FU);
  }
  offset += length;
  return code_point;
}

void AppendCodePoint(uint32_t c, TextBuilder& out) {
  const auto tail = [&](int shift) { out.Append(static_cast<char>(0x80 | ((c >> shift) & 0x3F))); };
  if (c < 0x80) {
    out.Append(static_cast<char>(c));
  } else if (c < 0x800) {
    out.Append(static_cast<char>(0xC0 | (c >> 6)));
    tail(0);
  } else if (c < 0x10000) {
    out.Append(static_cast<char>(0xE0 | (c >> 12)));
    tail(6);
    tail(0);
  } else {
    out.Append(static_cast<char>(0xF0 | (c >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace weir::expr
