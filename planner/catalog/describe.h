// The text of definitions: SHOW CREATE TABLE, VIEW and FUNCTION, and the rows of DESCRIBE.
#pragma once

#include <string>
#include <vector>

#include "planner/catalog/function_definition.h"
#include "planner/catalog/table_definition.h"

namespace weir::catalog {

// The statement that creates an equal object, as Flink prints it: qualified and quoted names, a
// column or option on each line, no semicolon at the end.
std::string ShowCreateTable(const TableDefinition& table);
// REQUIRES: it is a materialized table.
std::string ShowCreateMaterializedTable(const TableDefinition& table, bool or_alter);
// "INTERVAL '30' SECOND", in the largest unit that it is a whole number of.
std::string FreshnessText(int64_t millis);
std::string ShowCreateView(const ViewDefinition& view);
std::string ShowCreateFunction(const FunctionDefinition& function);
// The expression or query that a call becomes, or what implements it in another language.
std::string BodyText(const FunctionDefinition& function);

// One column of DESCRIBE; cells that do not apply are empty (NULL when shown).
struct DescribeRow {
  std::string name;
  std::string type;  // without NOT NULL; "TIMESTAMP(3) *ROWTIME*", "TIMESTAMP_LTZ(3) *PROCTIME*"
  bool nullable = true;
  std::string key;        // "PRI(id)"
  std::string extras;     // "AS `price` * 2", "METADATA FROM 'key' VIRTUAL"
  std::string watermark;  // "`ts` - INTERVAL '5' SECOND"
  std::string comment;
};
// In the order of the columns. Views have time attributes, but neither keys nor watermarks.
std::vector<DescribeRow> DescribeTable(const TableDefinition& table);
std::vector<DescribeRow> DescribeView(const ViewDefinition& view);
// "TIMESTAMP(3) *ROWTIME*", without NOT NULL.
std::string TypeText(const Type& type, logical::TimeAttribute time);

}  // namespace weir::catalog
