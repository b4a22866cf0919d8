// What a scan of a table's changes needs to know.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/connectors/postgres/change_position.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/logged_table.h"
#include "runtime/notices.h"
#include "runtime/types/schema.h"

namespace weir::connectors::postgres {

// Where a job begins that does not go on from a checkpoint.
enum class Beginning : uint8_t {
  kTable,     // with the rows that are there
  kLatest,    // with the changes from now on
  kConfirmed  // with those behind what the slot's last reader had confirmed
};

// A column of the scan: one of the table's, or "op_ts" and the like.
struct ChangeColumn {
  Field field;
  std::string metadata;  // "": it is the table's
};

struct ChangeScan {
  Access access;
  std::string table;  // of the DDL, for messages
  std::string database;
  std::string schema;
  std::string name;
  std::string slot;
  std::string publication;
  bool makes_publication = true;
  bool temporary = false;  // nothing outlives the connection
  Beginning beginning = Beginning::kTable;
  bool upserts = false;           // rows before updates are not given
  bool skips_truncation = false;  // else it is a failure
  int64_t portion_rows = 0;       // of the table itself
  int64_t look_again_millis = 0;  // whether the table is the same still
  int64_t retries = 0;            // in a row, of a connection that is lost
  std::vector<ChangeColumn> columns;
  std::vector<std::string> primary_key;  // of the DDL; empty: none
  Notices* notices = nullptr;
};

// The table there, which can be read in this way.
Result<LoggedTable> FindTable(const ChangeScan& scan, Connection& connection);

// Makes what the table needs there: the publication and the slot. What is read then begins at the
// position. Connections: one for statements, and one for replication, which has the slot if it is
// temporary.
Result<ChangePosition> BeginChanges(const ChangeScan& scan, const LoggedTable& table,
                                    Connection& connection, Connection& replication);

// The columns that are read, as the server has them.
Result<std::vector<ServerColumn>> ColumnsRead(const ChangeScan& scan, const LoggedTable& table);

// What the table is, by the columns that are read.
TableForm FormOf(const LoggedTable& table, const std::vector<ServerColumn>& columns);
// That the log has told of all that was done to the table between two looks at it: not where it was
// made anew, where a column was or its values were written anew, and where a partition has gone.
Status CheckForm(const ChangeScan& scan, const TableForm& before, const TableForm& now);

// That the server has kept what the position needs; kRestoreRefused for one that has not.
Status CheckPosition(const ChangeScan& scan, const ChangePosition& position, Connection& connection,
                     Connection& replication);

}  // namespace weir::connectors::postgres
