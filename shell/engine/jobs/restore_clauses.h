// The clauses of RESTORE JOB, and how they are recorded with the job.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/job.h"
#include "planner/uid/former_names.h"
#include "runtime/checkpoint/restore_plan.h"

namespace weir::shell {

// `match_unique`: state.mapping.auto = unique.
checkpoint::RestoreClauses ClausesOf(const ast::RestoreJob& statement, bool match_unique);

// The renamed columns, for the planner.
std::vector<uid::FormerName> FormerNamesOf(const checkpoint::RestoreClauses& clauses);

// Converts clauses to texts of a job's record, one for each clause, and back; malformed texts are
// ignored.
std::vector<std::string> EncodeClauses(const checkpoint::RestoreClauses& clauses);
checkpoint::RestoreClauses DecodeClauses(const std::vector<std::string>& texts);

}  // namespace weir::shell
