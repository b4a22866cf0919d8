// The rows of a table of a database by their keys, for lookups.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/connectors/jdbc/server.h"
#include "runtime/source.h"

namespace weir::connectors::jdbc {

// Asks with one statement for all keys of a call. A call that fails for a reason that may pass is
// tried again, max_retries times, on a connection of its own; then it is E4010 with the table's
// name. Connects at once.
Result<std::unique_ptr<KeyReader>> OpenKeyReader(std::string table, int64_t max_retries,
                                                 std::unique_ptr<KeyServer> server);

}  // namespace weir::connectors::jdbc
