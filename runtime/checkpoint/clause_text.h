// The clauses of RESTORE JOB as somebody would type them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/restore_plan.h"

namespace weir::checkpoint {

// As a literal of SQL, its quotes doubled.
std::string Quoted(std::string_view text);

// One text a clause, in the order of the grammar: "ALLOW DROP ('a', 'b')", …
std::vector<std::string> ClauseTexts(const RestoreClauses& clauses);

}  // namespace weir::checkpoint
