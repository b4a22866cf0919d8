// The text of a restore, printed before it is carried out.
#pragma once

#include <string>
#include <string_view>

#include "runtime/checkpoint/restore_plan.h"

namespace weir::shell {

// The table that EXPLAIN RESTORE and RESTORE print: a line for each operator, schemas where they
// differ, the windows or groups that will mix values of both queries, what to type if it is
// refused, and the outcome. The rows' spans point into `sql`, where lines are counted from `begin`
// on.
std::string RestoreText(const checkpoint::RestorePlan& plan, const CheckpointMetadata& from,
                        std::string_view sql, size_t begin);

// The lines of one row about windows or groups that hold values of both queries, and since when; ""
// for none.
std::string MixedText(const checkpoint::RestoreRow& row, const CheckpointMetadata& from);

}  // namespace weir::shell
