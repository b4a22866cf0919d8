// UPDATE, DELETE and TRUNCATE TABLE of a table of PostgreSQL.
#pragma once

#include <memory>

#include "runtime/connectors/table_change.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors::postgres {

// A try is one transaction of isolation REPEATABLE READ. The query's scans of the table read its
// snapshot, on connections of their own; the rows that the query gives are copied into a temporary
// table, from which one statement updates or deletes those of the same keys. If somebody
// has changed one of them after the snapshot, the server refuses the statement (40001), so that
// nothing is lost of what others have done. A try that is alone has the table locked before its
// snapshot, as nobody else can then write it.
Result<std::unique_ptr<TableChanger>> MakeTableChanger(const graph::ConnectorDescriptor& connector,
                                                       const ChangeSpec& spec);

}  // namespace weir::connectors::postgres
