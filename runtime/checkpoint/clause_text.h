// The text of the clauses of RESTORE JOB, as a user would type them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/restore_plan.h"

namespace weir::checkpoint {

// `text` as a literal of SQL, with its quotes doubled.
std::string Quoted(std::string_view text);

// One text for each clause, in the order of the grammar: "ALLOW DROP ('a', 'b')", …
std::vector<std::string> ClauseTexts(const RestoreClauses& clauses);

}  // namespace weir::checkpoint
