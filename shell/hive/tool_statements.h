// Statements that tools made for Hive send on their own, or write in Hive's dialect.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shell/engine/session/result_table.h"

namespace weir::shell {

// What a statement turns into: an answer, or SQL in our language to execute.
struct ToolStatement {
  bool answered = false;
  std::optional<ResultTable> table;  // where it is answered with rows
  std::string sql;                   // a single statement
  bool describes = false;            // DESCRIBE of a table, which needs HiveDescription
};

// Hive's own settings are accepted and ignored. SHOW of things that do not exist here
// (TBLPROPERTIES, PARTITIONS, …) gives no rows. USE default means our default database, and SCHEMA
// is DATABASE.
ToolStatement ReadToolStatement(std::string_view sql);

// Whether the statement's first word is one that answers with rows.
bool AsksForRows(std::string_view sql);

// The columns that Hive's clients expect of DESCRIBE: col_name, data_type and comment.
ResultTable HiveDescription(const ResultTable& described);

// Whether this is a setting of Hive or Hadoop, which has no meaning here.
bool IsForeignSetting(std::string_view key);

}  // namespace weir::shell
