// Checks a table that somebody creates against the files that its options name.
#pragma once

#include "planner/ast/definition.h"
#include "planner/catalog/table_definition.h"

namespace weir::bind {

// `table` was bound from `create`. Reads the files (ConnectorDescriptor::check_files). kInvalidSql
// E2008 points at the column or the option. REQUIRES: whoever creates the table may name the files.
Status CheckFilesOfTable(const ast::CreateTable& create, const catalog::TableDefinition& table);

}  // namespace weir::bind
