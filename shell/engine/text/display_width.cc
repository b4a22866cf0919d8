#include "shell/engine/text/display_width.h"

#include <cstdint>
#include <cwchar>

#include "runtime/base/utf8.h"

namespace weir::shell {
namespace {

// Decodes one UTF-8 character at `i` and moves past it; malformed bytes count as one character
// each.
char32_t NextCharacter(std::string_view text, size_t& i) {
  const auto first = static_cast<uint8_t>(text[i++]);
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  char32_t code = more == 0 ? first : first & (0x3FU >> more);
  for (int k = 0; k < more && i < text.size(); ++k) {
    code = (code << 6) | (static_cast<uint8_t>(text[i++]) & 0x3F);
  }
  return code;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t i = 0; i < text.size();) {
    const char32_t code = NextCharacter(text, i);
    const int columns = code < 0x7F ? 1 : wcwidth(static_cast<wchar_t>(code));
    width += columns < 0 ? 1 : columns;
  }
  return width;
}

std::string CutToWidth(const std::string& text, int width) {
  if (width <= 0 || DisplayWidth(text) <= width) return text;
  std::string cut;
  int used = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t end = EndOfCharacter(text, i);
    const std::string character = text.substr(i, end - i);
    if (used + DisplayWidth(character) > width - 1) break;
    used += DisplayWidth(character);
    cut += character;
    i = end;
  }
  return cut + "…";
}

}  // namespace weir::shell
