// The options that tables over databases have in common, as Flink's "JDBC SQL Connector" has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/schema.h"

namespace weir::connectors::jdbc {

inline constexpr std::string_view kUrl = "url";
inline constexpr std::string_view kTableName = "table-name";
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

// %20 and the like, in a part of a URL. kInvalidArgument for a '%' without two digits.
Result<std::string> Unescaped(std::string_view text);
// Takes what stands before one of the characters of `end` off the front, and that as well.
std::string_view TakeUpTo(std::string_view& rest, std::string_view end);

// A host of a URL, "a:1" or "[::1]:2".
struct HostAndPort {
  std::string host;
  std::string port;
};
// The hosts of "a:1,b", in their order; "localhost" and `port` where they are not said.
// kInvalidArgument for a port that is none.
Result<std::vector<HostAndPort>> HostsOf(std::string_view list, std::string_view port);

// Values of the column from `low` to `high`.
struct Range {
  int64_t low = 0;
  int64_t high = 0;
  std::string Id() const;  // of its split: "1..100"
};
// The ranges that scan.partition.* say; empty: the table is read as a whole. As Flink parts them
// (JdbcNumericBetweenParametersProvider): in so many ranges whose sizes differ by one at most, or
// in fewer where there are fewer values.
Result<std::vector<Range>> RangesOf(const graph::TypedOptions& said);

// What can be said against the options whatever the database is. E2008.
Status CheckOptions(const Schema& schema, const graph::TypedOptions& said);

}  // namespace weir::connectors::jdbc
