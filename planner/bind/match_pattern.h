// The PATTERN of MATCH_RECOGNIZE as positions.
#pragma once

#include <functional>
#include <vector>

#include "planner/ast/table_ref.h"
#include "runtime/base/result.h"
#include "runtime/graph/match_spec.h"

namespace weir::bind {

// The positions of a pattern in the order of its text, and in `begins` those at which a match may
// begin, the preferred one first.
struct MatchPositions {
  std::vector<int> begins;
  std::vector<graph::MatchPosition> positions;
};

// `variable_of` gives the number of a variable by its name. Order among alternatives is that of
// SQL:2016: what is written first, more rows for a greedy quantifier, fewer for a reluctant one.
// E2015 for a pattern that matches no row at all or is too large; `span` is where the pattern is
// written. `to_end`: a match ends with the last row only, so that ending is preferred to nothing.
Result<MatchPositions> PositionsOf(const ast::Pattern& pattern, SourceSpan span,
                                   const std::function<int(const ast::Identifier&)>& variable_of,
                                   bool to_end);

}  // namespace weir::bind
