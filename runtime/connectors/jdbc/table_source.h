// The rows of a table of a database, once.
#pragma once

#include <memory>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/jdbc/server.h"

namespace weir::connectors::jdbc {

// The option, which nobody writes, with the snapshot of PostgreSQL that a scan reads
// (postgres/table_changer.h).
inline constexpr std::string_view kSnapshot = "scan.snapshot";

// A bounded scan. A split is a range of 'scan.partition.column', or the whole table.
//
// Promise: of a job that is killed and goes on from a checkpoint, a row that was in the table all
// the time, unchanged, is read once. Rows come in the order of the primary key (of the server's
// table, whatever the DDL says), and a start goes on behind the last key that was read, in a new
// snapshot: a row that is inserted meanwhile may be read, one whose key changes may be read twice
// or not at all. Without a primary key, as from views, the order is that of texts which stand for
// whole rows, and the position is such a text and how many equal ones were read.
Result<std::unique_ptr<Source>> MakeTableSource(const graph::ConnectorDescriptor& connector,
                                                const graph::ScanSpec& spec,
                                                std::unique_ptr<Server> server);

}  // namespace weir::connectors::jdbc
