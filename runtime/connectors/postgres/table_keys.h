// The rows of a table of PostgreSQL by their keys, for lookups.
#pragma once

#include <memory>

#include "runtime/connectors/jdbc/server.h"
#include "runtime/connectors/postgres/connection.h"

namespace weir::connectors::postgres {

std::unique_ptr<jdbc::KeyServer> MakeTableKeys(const Access& access, jdbc::KeyPlan plan);

}  // namespace weir::connectors::postgres
