// Statements that programs made for Hive send on their own, or write in Hive's way.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shell/engine/session/result_table.h"

namespace weir::shell {

// What is to be done for a statement: it is answered already, or `sql` is executed.
struct ToolStatement {
  bool answered = false;
  std::optional<ResultTable> table;  // where it is answered with rows
  std::string sql;                   // a single statement of ours
  bool describes = false;            // a table, of which Hive shows other columns than we do
};

// Settings of Hive's are taken and forgotten; SHOW TBLPROPERTIES, PARTITIONS and what else is about
// things that are not here is empty; USE default is our default database; SCHEMA is DATABASE.
ToolStatement ReadToolStatement(std::string_view sql);

// Whether a statement is one that answers with rows, as far as its first word says.
bool AsksForRows(std::string_view sql);

// DESCRIBE as Hive's clients read it: col_name, data_type and comment.
ResultTable HiveDescription(const ResultTable& described);

// Whether a setting is none of ours, and of no use here.
bool IsForeignSetting(std::string_view key);

}  // namespace weir::shell
