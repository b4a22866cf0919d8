// The clauses of RESTORE JOB as they are remembered with the job, and the plan as it is printed.
#pragma once

#include <string>
#include <string_view>
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

// The table that EXPLAIN RESTORE and RESTORE print: a line an operator, schemas where they differ,
// the windows or groups that go on with values of two queries and from when, what to type where it
// is refused, and the outcome. `sql`: what the rows' spans point into, from `begin` on.
std::string RestoreText(const checkpoint::RestorePlan& plan, const CheckpointMetadata& from,
                        std::string_view sql, size_t begin);

}  // namespace weir::shell
