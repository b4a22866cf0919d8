// Texts without the blanks around them.
#pragma once

#include <string_view>

namespace weir {

// Java's String.trim, by which Flink reads numbers, times and names: without the characters up to
// and including the blank (U+0020) at both ends.
inline std::string_view TrimmedAsJava(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace weir
