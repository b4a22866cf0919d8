// MySQL and MariaDB for tables over databases.
#pragma once

#include <memory>

#include "runtime/connectors/jdbc/server.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::mysql {

// As AccessOf.
Result<std::unique_ptr<jdbc::Server>> MakeServer(const graph::TypedOptions& said);

}  // namespace weir::connectors::mysql
