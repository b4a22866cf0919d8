// The table "bounds" of Top-N operators (runtime/graph/rank_state.h).
#pragma once

#include <cstddef>

namespace weir::operators {

// The table's only value field: the `order` behind which a row cannot change the result.
inline constexpr size_t kRankBound = 0;

}  // namespace weir::operators
