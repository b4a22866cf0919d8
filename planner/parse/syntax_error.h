// Says what is wrong with tokens that the grammar does not take.
#pragma once

#include <string_view>
#include <vector>

#include "planner/parse/tokens.h"
#include "runtime/base/status.h"

namespace weir::parse {

// The first token that is wrong whatever stands around it (an unclosed string, a stray character),
// as an E1001; success if there is none.
Status CheckTokens(std::string_view text, const std::vector<Token>& tokens);

// Why `tokens` are not a `start` (the index of a rule of the grammar): an E1001 at the offending
// token, with what was expected instead and, where a word looks misspelt, a hint. REQUIRES: they
// are not one.
Status ExplainSyntaxError(std::string_view text, const std::vector<Token>& tokens, size_t start);

}  // namespace weir::parse
