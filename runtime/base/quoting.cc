#include "runtime/base/quoting.h"

#include <cstdint>

namespace weir {

std::string Quotable(std::string_view text) {
  constexpr size_t kCharacters = 200;
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<uint8_t>(text[i]) & 0xC0) != 0x80;
    if (!begins || characters++ < kCharacters) continue;
    return std::string(text.substr(0, i)) + "…";
  }
  return std::string(text);
}

}  // namespace weir
