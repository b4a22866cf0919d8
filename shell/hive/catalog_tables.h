// The answers of HiveServer2's catalog calls: the result sets of java.sql.DatabaseMetaData.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/catalog/catalog.h"
#include "shell/engine/session/result_table.h"

namespace weir::shell {

// The names that a call asks for. '%' and '*' stand for any text and '_' for any one byte, unless a
// backslash precedes them; "" matches every name. Case is ignored.
struct NamePatterns {
  std::string catalog;
  std::string schema;
  std::string object;  // a table or function
  std::string column;
};
bool MatchesPattern(std::string_view name, std::string_view pattern);

// One row for each type, with its number in java.sql.Types.
ResultTable TypesTable();
// "TABLE" and "VIEW".
ResultTable TableTypesTable();
// One row for each catalog, and one for each database that the pattern matches.
Result<ResultTable> CatalogsTable(const catalog::Catalog& catalog);
Result<ResultTable> SchemasTable(const catalog::Catalog& catalog, const NamePatterns& patterns);
// `kinds`: "TABLE", "VIEW" or both; empty means both.
Result<ResultTable> TablesTable(const catalog::Catalog& catalog, const NamePatterns& patterns,
                                const std::vector<std::string>& kinds);
// The columns of tables and views, in their order.
Result<ResultTable> ColumnsTable(const catalog::Catalog& catalog, const NamePatterns& patterns);
Result<ResultTable> PrimaryKeysTable(const catalog::Catalog& catalog, const NamePatterns& patterns);
// Never has rows, as there are no foreign keys.
ResultTable CrossReferencesTable();
// Built-in functions, and those of users in the current database; only patterns.object is used.
Result<ResultTable> FunctionsTable(const catalog::Catalog& catalog, const NamePatterns& patterns);

}  // namespace weir::shell
