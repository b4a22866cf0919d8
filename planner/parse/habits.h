// Hints for statements in the dialects of other systems: how the same is written here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/parse/tokens.h"

namespace weir::parse {

// The hint for a statement whose tokens from `at` on the grammar does not take (`at` is their
// number where it ends too early): "a file stands in quotes: FROM 'x.csv'" for PostgreSQL's,
// DuckDB's, ksqlDB's or MySQL's ways. Empty when none is recognised.
std::string HintOfHabit(std::string_view text, const std::vector<Token>& tokens, size_t at);

}  // namespace weir::parse
