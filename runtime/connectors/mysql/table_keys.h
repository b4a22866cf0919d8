// The rows of a table of MySQL by their keys, for lookups.
#pragma once

#include <memory>

#include "runtime/connectors/jdbc/server.h"
#include "runtime/connectors/mysql/connection.h"

namespace weir::connectors::mysql {

std::unique_ptr<jdbc::KeyServer> MakeTableKeys(const Access& access, jdbc::KeyPlan plan);

}  // namespace weir::connectors::mysql
