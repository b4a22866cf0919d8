// Tables of FROM 'orders.csv': files in the place of a table's name.
#pragma once

#include <span>

#include "planner/catalog/catalog.h"
#include "runtime/file_system.h"

namespace weir::shell {

// Defines such a table by what the files hold (runtime/connectors/sample), as a temporary one whose
// CREATE TABLE a job remembers. Errors as SampleFiles. `files` outlives it.
catalog::Catalog::DefineFiles FileTables(FileSystem& files);

// "(columns) WITH (options)", of a CREATE TABLE.
std::string DefinitionBody(const Schema& schema, const graph::TableOptions& options);

// Adds to an error about bad data the CREATE TABLE of such tables among `objects`, to be changed
// and pasted. Other errors stay as they are.
Status WithTablesOfFiles(Status error, std::span<const catalog::CatalogObject> objects);

}  // namespace weir::shell
