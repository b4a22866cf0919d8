// A table of PostgreSQL as its log has it, and what the server must be told before it is read from
// there: a publication, which says what the log is asked for, and a slot, which keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/postgres/change_position.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/server_table.h"

namespace weir::connectors::postgres {

// A column of the primary key. Its values have the order of this type and collation.
struct KeyColumn {
  std::string name;
  std::string type;       // as CAST takes it
  std::string collation;  // as COLLATE takes it; "": of the type
};

struct LoggedTable {
  ServerTable table;
  std::string schema;  // both as they are spelled there
  std::string name;
  TableForm form;  // of all columns
  char identity =
      'd';  // REPLICA IDENTITY: 'd' by the primary key, 'i' an index, 'f' whole, 'n' none
  bool partitioned = false;
  std::vector<KeyColumn> key;
  std::vector<std::string> identity_columns;  // of the index, where that is the identity
};

// kNotFound E4010 with what may have been meant; kExternal E4010 for what has no log: a view, a
// temporary or an unlogged table.
Result<LoggedTable> DescribeLoggedTable(Connection& connection, const std::string& schema,
                                        const std::string& name);

// A place in the log that the server was asked for.
Result<uint64_t> PlaceIn(const Answer& answer);

// That the server logs what can be read (wal_level).
Status CheckLogging(Connection& connection);

// That the publication has every change of the table. One that is not there is made if `make`, for
// this table alone.
Status NeedPublication(Connection& connection, const LoggedTable& table,
                       const std::string& publication, bool make);

struct Slot {
  uint64_t confirmed = 0;  // what was committed before is not kept
  bool whole = true;       // false: whoever was making it was killed, and nobody has read from it
};
// The transactions that have begun and not ended, in 32 bits, with those that are prepared, and
// those that wait for a standby with their commit in the log.
Result<std::vector<uint32_t>> OpenTransactions(Connection& connection);

// Nothing if there is none. E4010 for one of another kind, or of another database, and for one that
// the server gave up.
Result<std::optional<Slot>> FindSlot(Connection& connection, const std::string& name);
// Makes a slot, which waits for all transactions that are running. The temporary one is for this
// connection alone, and goes with it.
Result<Slot> MakeSlot(Connection& connection, const std::string& name, bool temporary);

// The identifier of the server's cluster. The connection is one for replication.
Result<std::string> SystemOf(Connection& replication);

}  // namespace weir::connectors::postgres
