// What a job remembers of the catalog, so that its statement can be planned again where there is
// nothing but the database that every session begins in.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/statement.h"
#include "planner/planner.h"

namespace weir::shell {

// The CREATE statements of its tables and views, in order. Those of other databases than
// default_catalog.default_database stand behind a USE, and their database behind CREATE … IF NOT
// EXISTS; the last USE is where the job's own statement stands.
std::vector<std::string> DefinitionsOf(const planner::PlannedJob& planned);

// Whether a statement can be one of those. A savepoint from elsewhere may have any text in their
// place, and that must not be executed: it could drop a job.
bool IsDefinition(const ast::Statement& statement);

}  // namespace weir::shell
