// What the options of a table over PostgreSQL say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/postgres/connection.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::postgres {

inline constexpr std::string_view kUrl = "url";
inline constexpr std::string_view kTableName = "table-name";
inline constexpr std::string_view kDriver = "driver";
inline constexpr std::string_view kUsername = "username";
inline constexpr std::string_view kPassword = "password";
inline constexpr std::string_view kConnectTimeout = "connection.max-retry-timeout";
inline constexpr std::string_view kPartitionColumn = "scan.partition.column";
inline constexpr std::string_view kPartitionCount = "scan.partition.num";
inline constexpr std::string_view kLowerBound = "scan.partition.lower-bound";
inline constexpr std::string_view kUpperBound = "scan.partition.upper-bound";
inline constexpr std::string_view kFetchSize = "scan.fetch-size";
inline constexpr std::string_view kAutoCommit = "scan.auto-commit";
inline constexpr std::string_view kFlushRows = "sink.buffer-flush.max-rows";
inline constexpr std::string_view kFlushInterval = "sink.buffer-flush.interval";
inline constexpr std::string_view kMaxRetries = "sink.max-retries";
inline constexpr std::string_view kDeliveryGuarantee = "sink.delivery-guarantee";
inline constexpr std::string_view kCommitTable = "sink.commit-table";

// kInvalidSql E2008.
Status WrongOption(std::string message, std::string hint = "");

// The files of keys and certificates that the parameters of a URL name; none in other options.
std::vector<std::string> PathsIn(std::string_view key, std::string_view value);

// How a server is reached that a URL names, by whom (empty: the URL says it, or libpq's defaults).
// As AccessOf.
Result<Access> AccessOfUrl(std::string_view url, std::string_view user, std::string_view password,
                           int64_t connect_millis);
// The URL of a database. `host` may be an address of IPv6.
std::string UrlOf(std::string_view host, int64_t port, std::string_view database);

// How the server of a table is reached. kInvalidSql E2008 for a URL that is none of PostgreSQL's,
// kUnsupported for one of another database, and for a parameter that means something and is not
// done here.
Result<Access> AccessOf(const graph::TypedOptions& said);

}  // namespace weir::connectors::postgres
