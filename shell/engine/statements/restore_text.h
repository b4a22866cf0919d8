// The text of a restore, printed before it is carried out.
#pragma once

#include <string>
#include <string_view>

#include "runtime/checkpoint/restore_plan.h"

namespace weir::shell {

// The table that EXPLAIN RESTORE and RESTORE print: a line for each operator, schemas where they
// differ, the windows or groups that will mix values of two queries and from when on, what to type
// where it is refused, and the outcome. `sql` is the text that the rows' spans point into, from
// `begin` on.
std::string RestoreText(const checkpoint::RestorePlan& plan, const CheckpointMetadata& from,
                        std::string_view sql, size_t begin);

// The same of one row: which windows or groups hold values of both queries, a line each; "" for
// none.
std::string MixedText(const checkpoint::RestoreRow& row, const CheckpointMetadata& from);

}  // namespace weir::shell
