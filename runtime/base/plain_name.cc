#include "runtime/base/plain_name.h"

#include <algorithm>

namespace weir {

bool IsPlainName(std::string_view name, size_t most, std::string_view more) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const auto among = [](std::string_view set, char c) {
    return set.find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= most && among(kLetters, name.front()) &&
         std::ranges::all_of(name, [&](char c) { return among(kLetters, c) || among(more, c); });
}

}  // namespace weir
