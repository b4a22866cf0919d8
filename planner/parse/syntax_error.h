// Says what is wrong with tokens that the grammar does not take.
#pragma once

#include <string_view>
#include <vector>

#include "planner/parse/tokens.h"
#include "runtime/base/status.h"

namespace weir::parse {

// The first token that is wrong whatever stands around it (an unclosed string, a stray character),
// as an E1001; success if there is none.
// Looks at tokens alone, so that an unclosed string is reported as such and not as what its rest
// fails to parse as.
Status CheckTokens(std::string_view text, const std::vector<Token>& tokens);

// Why `tokens` are not a `start` (the index of a rule of the grammar): an E1001 at the offending
// token, with what was expected instead and, where a word looks misspelt, a hint. REQUIRES: they
// are not one.
// What may follow is computed by Recognizer over the whole prefix; when that is one word or sign it
// is named, of many the likeliest. Costs far more than parsing: call it for text that failed only.
Status ExplainSyntaxError(std::string_view text, const std::vector<Token>& tokens, size_t start);

}  // namespace weir::parse
