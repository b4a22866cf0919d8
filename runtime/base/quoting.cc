#include "runtime/base/quoting.h"

#include <cstdint>

#include "runtime/base/utf8.h"

namespace weir {

std::string Quotable(std::string_view text) {
  constexpr size_t kCharacters = 200;
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = !ContinuesCharacter(text[i]);
    if (!begins || characters++ < kCharacters) continue;
    return std::string(text.substr(0, i)) + "…";
  }
  return std::string(text);
}

}  // namespace weir
