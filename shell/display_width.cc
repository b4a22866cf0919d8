#include <cwchar>

#include "shell/render.h"

namespace weir::shell {
namespace {

// Decodes one UTF-8 character at `i` and moves past it; malformed bytes count as one character each.
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

}  // namespace weir::shell
