// What the calls that look into the catalog answer: the result sets of java.sql.DatabaseMetaData.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/catalog/catalog.h"
#include "shell/engine/session/result_table.h"

namespace weir::shell {

// The names that a call asks for. '%' and '*' stand for any text and '_' for any character, unless
// a backslash is before them; "" stands for every name. Case does not count.
struct NamePatterns {
  std::string catalog;
  std::string schema;
  std::string object;  // a table or function
  std::string column;
};
bool MatchesPattern(std::string_view name, std::string_view pattern);

// A row a type, with its number of java.sql.Types.
ResultTable TypesTable();
// "TABLE" and "VIEW".
ResultTable TableTypesTable();
// One row for each catalog, and one for each database that the pattern matches.
Result<ResultTable> CatalogsTable(const catalog::Catalog& catalog);
Result<ResultTable> SchemasTable(const catalog::Catalog& catalog, const NamePatterns& patterns);
// `kinds`: of "TABLE" and "VIEW"; none: both.
Result<ResultTable> TablesTable(const catalog::Catalog& catalog, const NamePatterns& patterns,
                                const std::vector<std::string>& kinds);
// The columns of tables and views, in their order.
Result<ResultTable> ColumnsTable(const catalog::Catalog& catalog, const NamePatterns& patterns);
Result<ResultTable> PrimaryKeysTable(const catalog::Catalog& catalog, const NamePatterns& patterns);
// Never has rows, as there are no foreign keys.
ResultTable CrossReferencesTable();
// Built-in ones; only patterns.object counts.
ResultTable FunctionsTable(const NamePatterns& patterns);

}  // namespace weir::shell
