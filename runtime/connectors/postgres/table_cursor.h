// The rows of a split of a table of PostgreSQL.
#pragma once

#include <memory>

#include "runtime/connectors/jdbc/server.h"
#include "runtime/connectors/postgres/connection.h"

namespace weir::connectors::postgres {

// They are read by a cursor within one transaction, so from one snapshot of their own. Without a
// primary key, as from views, the order is that of the texts of whole rows.
std::unique_ptr<jdbc::ScanCursor> MakeTableCursor(const Access& access, const jdbc::ScanPlan& plan,
                                                  const jdbc::Range* range);

}  // namespace weir::connectors::postgres
