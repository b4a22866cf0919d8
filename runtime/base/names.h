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

// The candidate with the least edit distance (Levenshtein) to `name` after case folding, or "" when
// none is within (length + 2) / 3 edits, which is clang's rule, or the name has more than 200
// bytes. Ties go to the first candidate. Each one costs the product of the two lengths, as far as
// those are close to each other: for error messages only.
std::string NearestName(std::string_view name, std::span<const std::string> candidates);

// `did you mean "x"?` for NearestName, or "" when there is none.
std::string DidYouMean(std::string_view name, std::span<const std::string> candidates);

}  // namespace weir
