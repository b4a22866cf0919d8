// The text forms of definitions: SHOW CREATE TABLE and VIEW, and the rows of DESCRIBE.
#pragma once

#include <string>
#include <vector>

#include "planner/catalog/table_definition.h"

namespace weir::catalog {

// Statements that create the object again, as Flink prints them: qualified and quoted names, one
// column or option a line, no final semicolon.
// Comments, watermark, key, partitions and options included; running it makes an equal definition.
std::string ShowCreateTable(const TableDefinition& table);
std::string ShowCreateView(const ViewDefinition& view);

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
// In the order of the columns. Views have neither keys nor watermarks, but time attributes.
std::vector<DescribeRow> DescribeTable(const TableDefinition& table);
std::vector<DescribeRow> DescribeView(const ViewDefinition& view);
// "TIMESTAMP(3) *ROWTIME*", without NOT NULL.
std::string TypeText(const Type& type, logical::TimeAttribute time);

}  // namespace weir::catalog
