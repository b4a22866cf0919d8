// The clauses of RESTORE JOB, and how they are remembered with the job.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/job.h"
#include "planner/uid/former_names.h"
#include "runtime/checkpoint/restore_plan.h"

namespace weir::shell {

// `match_unique`: state.mapping.auto = unique.
checkpoint::RestoreClauses ClausesOf(const ast::RestoreJob& statement, bool match_unique);

// What mappings of columns tell the planner.
std::vector<uid::FormerName> FormerNamesOf(const checkpoint::RestoreClauses& clauses);

// As texts of a job's record, and back; texts that are none are left out.
// A text a clause, persisted in the job's record.
std::vector<std::string> EncodeClauses(const checkpoint::RestoreClauses& clauses);
checkpoint::RestoreClauses DecodeClauses(const std::vector<std::string>& texts);

}  // namespace weir::shell
