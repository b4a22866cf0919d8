// The lines that make up an operator's meaning (Node::fingerprint). Persisted (state/FORMAT.md,
// "Meanings").
#pragma once

#include <array>
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

// Parts of a meaning that hold its differences to how former versions would say the same: a line
// that only they have, and a line that only the present one has. So savepoints of them can be
// compared in their own words.
struct FormerWords {
  std::string_view of;
  std::string_view since;
};
inline constexpr FormerWords kWordsOf5 = {"of version 5", "since version 6"};  // and of version 4
inline constexpr FormerWords kWordsOf6 = {"of version 6", "since version 7"};
inline constexpr FormerWords kWordsOf7 = {"of version 7", "since version 8"};
inline constexpr std::array kFormerWords = {kWordsOf5, kWordsOf6, kWordsOf7};

// "<part> TAB <name> TAB <text> NEWLINE", with what would end a field or a line escaped by a
// backslash.
std::string MeaningLine(std::string_view part, std::string_view name, std::string_view text);

// The lines of a meaning, sorted. A malformed one becomes a part of its own, so that it differs
// from all others.
std::vector<MeaningPart> ParseMeaning(std::string_view meaning);

// The lines with those parts, from today's lines of a meaning and those that former versions would
// write.
std::vector<std::string> FormerLines(std::vector<std::string> now, std::vector<std::string> former,
                                     const FormerWords& words);

// Drops the lines of those parts of all versions. `meaning` is sorted, and so is the result.
std::vector<MeaningPart> WithoutFormer(std::vector<MeaningPart> meaning);

// The meaning in the words of former versions, made with the help of those parts.
std::vector<MeaningPart> AsOf(const FormerWords& words, const std::vector<MeaningPart>& meaning);

}  // namespace weir::graph
