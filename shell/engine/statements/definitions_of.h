// What a job records of the catalog, so that its statement can be planned again in a session that
// has only the default database.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/statement.h"
#include "planner/catalog/catalog.h"
#include "planner/planner.h"

namespace weir::shell {

// The CREATE statements of the job's tables, views and functions, in order. Before an object of
// another database than default_catalog.default_database there is a CREATE … IF NOT EXISTS of that
// database and a USE. After the last USE, names in the job's own statement mean what they meant.
std::vector<std::string> DefinitionsOf(const planner::PlannedJob& planned);

// Adds what `known` holds to `recorded`, in the place of what has its name there.
Status PutOver(const catalog::Catalog& known, catalog::Catalog& recorded);

// Whether a statement can be one of those. A savepoint from elsewhere may have any text in their
// place, which must not be executed: it could drop a job.
bool IsDefinition(const ast::Statement& statement);

}  // namespace weir::shell
