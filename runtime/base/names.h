// Matching names as SQL users expect: case-insensitive, with suggestions for near misses.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir {

// ASCII-only case folding; other bytes are kept.
std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// The candidate nearest to `name` by edit distance over folded text, or "" when none is within
// (length + 2) / 3 edits (clang's rule). Ties go to the first candidate.
// Levenshtein's distance; for errors, as it costs the product of the lengths a candidate.
std::string NearestName(std::string_view name, std::span<const std::string> candidates);

// `did you mean "x"?` for NearestName, or "" when there is none.
std::string DidYouMean(std::string_view name, std::span<const std::string> candidates);

}  // namespace weir
