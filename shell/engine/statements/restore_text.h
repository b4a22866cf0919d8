// A restore as it is printed before it is done.
#pragma once

#include <string>
#include <string_view>

#include "runtime/checkpoint/restore_plan.h"

namespace weir::shell {

// The table that EXPLAIN RESTORE and RESTORE print: a line an operator, schemas where they differ,
// the windows or groups that go on with values of two queries and from when, what to type where it
// is refused, and the outcome. `sql`: what the rows' spans point into, from `begin` on.
std::string RestoreText(const checkpoint::RestorePlan& plan, const CheckpointMetadata& from,
                        std::string_view sql, size_t begin);

}  // namespace weir::shell
