// What the options of a table over MySQL or MariaDB say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/mysql/connection.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::mysql {

// The files of certificates that the parameters of a URL name; none in other options.
std::vector<std::string> PathsIn(std::string_view key, std::string_view value);

// How the server of a table is reached. kInvalidSql E2008 for a URL that is none of MySQL's or
// MariaDB's, kUnsupported for a parameter that means something and is not done here.
Result<Access> AccessOf(const graph::TypedOptions& said);

}  // namespace weir::connectors::mysql
