// What the options of a table over PostgreSQL say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/jdbc/jdbc_options.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::postgres {

// The options of all databases.
using jdbc::kConnectTimeout;
using jdbc::kPassword;
using jdbc::kTableName;
using jdbc::kUrl;
using jdbc::kUsername;
using jdbc::WrongOption;

// The files of keys and certificates that the parameters of a URL name; none in other options.
std::vector<std::string> PathsIn(std::string_view key, std::string_view value);

// How a server is reached that a URL names, by whom (empty: the URL says it, or libpq's defaults).
// As AccessOf.
Result<Access> AccessOfUrl(std::string_view url, std::string_view user, std::string_view password,
                           int64_t connect_millis);
// The URL of a database. `host` may be an address of IPv6.
std::string UrlOf(std::string_view host, int64_t port, std::string_view database);

// How the server of a table is reached. kInvalidSql E2008 for a URL that is none of PostgreSQL's,
// kUnsupported for a parameter that means something and is not done here.
Result<Access> AccessOf(const graph::TypedOptions& said);

}  // namespace weir::connectors::postgres
