// The rows of a table of PostgreSQL by their keys, for lookups.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/postgres/connection.h"
#include "runtime/source.h"
#include "runtime/types/schema.h"

namespace weir::connectors::postgres {

struct KeyPlan {
  Access access;
  std::string table;       // of the DDL, for messages
  std::string table_name;  // 'table-name'
  Schema columns;          // that are read
  std::vector<int> keys;   // places in `columns`
  int64_t max_retries = 0;
};

// Asks with one statement for all keys of a call. A call that fails for a reason that may pass is
// tried again, max_retries times, on a connection of its own; then it is E4010 with the table's
// name. Connects at once. kUnsupported for a column there whose type does not compare as the one
// here does.
Result<std::unique_ptr<KeyReader>> OpenKeyReader(KeyPlan plan);

}  // namespace weir::connectors::postgres
