// Columns of tables that a savepoint has under other names, as WITH STATE MAPPING
// ('src:orders.qty' TO 'src:orders.quantity') says.
#pragma once

#include <string>

namespace weir::uid {

struct FormerName {
  std::string source;  // the uid of the table in the new query, "src:orders"
  std::string column;  // in the new query
  std::string former;  // in the savepoint
};

}  // namespace weir::uid
