// Matching names as SQL users expect: case-insensitive, with suggestions for near misses.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir {

// Folds ASCII letters only; other bytes are kept as they are.
std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// The candidate with the fewest edits (swaps of neighbours, too: Damerau 1964) from `name`, in any
// case, or "" when none is within (length + 2) / 3, clang's rule, or the name has more than 200
// bytes. Of those as near the longest, which has the most in common (COUNT for "cout", not COT),
// then the first. Each costs the product of the lengths, if they are close: for error messages.
std::string NearestName(std::string_view name, std::span<const std::string> candidates);

// `did you mean "x"?` for NearestName, or "" when there is none.
std::string DidYouMean(std::string_view name, std::span<const std::string> candidates);

}  // namespace weir
