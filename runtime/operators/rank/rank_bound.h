// The table "bounds" of ranks (runtime/graph/rank_state.h).
#pragma once

#include <cstddef>

namespace weir::operators {

// Its only column of values.
inline constexpr size_t kRankBound = 0;

}  // namespace weir::operators
