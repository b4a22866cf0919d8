// The rows of a split of a table of MySQL.
#pragma once

#include <memory>

#include "runtime/connectors/jdbc/server.h"
#include "runtime/connectors/mysql/connection.h"

namespace weir::connectors::mysql {

// One transaction (REPEATABLE READ) with one snapshot, as far as the table's engine has snapshots:
// of MyISAM, Aria and the like each portion sees what is there then. A table with a primary key,
// or a unique one without NULLs, is read in portions of ScanPlan::fetch rows, each behind the last
// key of the one before; a table without one, and a view, by one statement in the order of a hash
// of whole rows, whose rows come as they are taken.
std::unique_ptr<jdbc::ScanCursor> MakeTableCursor(const Access& access, const jdbc::ScanPlan& plan,
                                                  const jdbc::Range* range);

}  // namespace weir::connectors::mysql
