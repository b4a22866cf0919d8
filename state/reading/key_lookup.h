// Which keys a condition asks for, so that they alone are looked up.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/expr/expr.h"
#include "state/reading/state_columns.h"

namespace weir::state {

// The canonical bytes of all keys for which `condition` can be TRUE, where it says them all: by =
// or IN with literals for each key column, among conditions combined by AND. Ascending, each once.
// Nothing where it does not, or names more than kMostKeys. The condition is over the scan's
// columns, of which the i-th is scanned[i] of `columns`; it may be null.
inline constexpr size_t kMostKeys = 1000;
std::optional<std::vector<std::string>> KeysAskedFor(const expr::ExprPtr& condition,
                                                     std::span<const int> scanned,
                                                     const std::vector<StateColumn>& columns,
                                                     const StateSchema& schema);

}  // namespace weir::state
