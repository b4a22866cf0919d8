// The node of the logical plan that MATCH_RECOGNIZE becomes.
#pragma once

#include "runtime/graph/match_spec.h"

namespace weir::logical {

// The matches of a pattern (graph::MatchSpec), with columns of the input: the partition's, and the
// values that the measures above are made of. The input has inserts only.
struct Match {
  graph::MatchSpec spec;
};

}  // namespace weir::logical
