// The lines that make up an operator's meaning (Node::fingerprint). Persisted (state/FORMAT.md,
// "Meanings").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::graph {

// Ordered by part, name, text.
struct MeaningPart {
  std::string part;  // "filter", "key", "window", "option", …
  std::string name;  // of the key column or option; "" elsewhere
  std::string text;
  friend auto operator<=>(const MeaningPart&, const MeaningPart&) = default;
};

// Parts of a meaning that hold its differences to how versions 4 and 5 would say the same: a line
// that only they have, and a line that only newer ones have. So their savepoints can be compared in
// their own words.
inline constexpr std::string_view kOfVersion5 = "of version 5";
inline constexpr std::string_view kSinceVersion6 = "since version 6";

// "<part> TAB <name> TAB <text> NEWLINE", with what would end a field or a line escaped by a
// backslash.
std::string MeaningLine(std::string_view part, std::string_view name, std::string_view text);

// The lines of a meaning, sorted. A malformed one becomes a part of its own, so that it differs
// from all others.
std::vector<MeaningPart> ParseMeaning(std::string_view meaning);

// The lines with the parts kOfVersion5 and kSinceVersion6, from today's lines of a meaning and
// those that versions 4 and 5 would write.
std::vector<std::string> FormerLines(std::vector<std::string> now, std::vector<std::string> former);

// Drops the lines of those two parts. `meaning` is sorted, and so is the result.
std::vector<MeaningPart> WithoutFormer(std::vector<MeaningPart> meaning);

// The meaning in the words of versions 4 and 5, made with the help of those two parts.
std::vector<MeaningPart> AsOfVersion5(const std::vector<MeaningPart>& meaning);

}  // namespace weir::graph
