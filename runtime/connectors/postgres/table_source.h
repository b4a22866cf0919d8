// The rows of a table of PostgreSQL, once.
#pragma once

#include <memory>

#include "runtime/connectors/connectors.h"

namespace weir::connectors::postgres {

// A bounded scan. A split is a range of 'scan.partition.column', or the whole table; each is read
// by a cursor within one REPEATABLE READ transaction, so from one snapshot of its own.
//
// Promise: of a job that is killed and goes on from a checkpoint, a row that was in the table all
// the time, unchanged, is read once. Rows come in the order of the primary key (of the server's
// table, whatever the DDL says), and a start goes on behind the last key that was read, in a new
// snapshot: a row that is inserted meanwhile may be read, one whose key changes may be read twice
// or not at all. Without a primary key, as from views, the order is that of the texts of whole
// rows, and the position is such a text and how many equal ones were read.
Result<std::unique_ptr<Source>> MakeTableSource(const graph::ConnectorDescriptor& connector,
                                                const graph::ScanSpec& spec);

}  // namespace weir::connectors::postgres
