// Explains why the grammar does not accept tokens.
#pragma once

#include <string_view>
#include <vector>

#include "planner/parse/tokens.h"
#include "runtime/base/status.h"

namespace weir::parse {

// E1001 for the first token that is wrong in any context (an unclosed string, a stray character);
// success if there is none. As it looks only at tokens, an unclosed string is reported as such, and
// not as what its rest fails to parse as.
Status CheckTokens(std::string_view text, const std::vector<Token>& tokens);

// Why `tokens` are not a `start` (the index of a rule of the grammar): an E1001 at the offending
// token with what was expected instead and, for a word that looks misspelt, a hint. If only one
// word or sign could follow it is named, otherwise the likeliest ones. Costs far more than parsing,
// so it is for text that failed. REQUIRES: the tokens are not a `start`.
Status ExplainSyntaxError(std::string_view text, const std::vector<Token>& tokens, size_t start);

}  // namespace weir::parse
