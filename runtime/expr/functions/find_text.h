// Searches for bytes and texts in the short strings of rows, many bytes at a step.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/base/wide_bytes.h"

namespace weir::expr {

constexpr size_t kPlacesAtOnce = 64;

// Bit i tells whether byte i of the first min(size, 64) bytes is `wanted`. Reads no byte beyond
// them.
inline uint64_t PlacesOf(char wanted, const char* bytes, size_t size) {
  return wide::Widest::PlacesOf(wanted, bytes, size);
}

// As text.find(wanted, from). The C library's search builds a table for each call, which is more
// work than most rows have text; here only places are tried at which both the first and the last
// byte agree (W. Mula, "SIMD-friendly algorithms for substring searching").
inline size_t FindText(std::string_view text, std::string_view wanted, size_t from = 0) {
  if (wanted.empty()) return text.find(wanted, from);
  const size_t last = wanted.size() - 1;
  for (; from + last < text.size(); from += kPlacesAtOnce) {
    const char* place = text.data() + from;
    const size_t count = text.size() - last - from;
    uint64_t places = PlacesOf(wanted.front(), place, count);
    if (places != 0) places &= PlacesOf(wanted.back(), place + last, count);
    for (; places != 0; places &= places - 1) {
      const auto at = static_cast<size_t>(std::countr_zero(places));
      if (std::memcmp(place + at, wanted.data(), wanted.size()) == 0) return from + at;
    }
  }
  return std::string_view::npos;
}

}  // namespace weir::expr
