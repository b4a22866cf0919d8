// Lines that fit a terminal, broken between words.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// Breaks the lines of `text` that take more than `width` columns (0: none) at blanks; what is
// broken off begins below the line's second column, if its text stands in two ("  \q   leaves"),
// else two columns behind the line's own beginning. A word that is longer than the room stays
// whole.
std::string WrapWords(std::string_view text, int width);

// The same for messages, whose indented lines are statements to be copied, or excerpts, and stay.
std::string WrapMessage(std::string_view text, int width);

}  // namespace weir::shell
