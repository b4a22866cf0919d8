// What the options of a table over Kafka say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/epochs/promised_epochs.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/schema.h"

namespace weir::connectors::kafka {

inline constexpr std::string_view kTopic = "topic";
inline constexpr std::string_view kTopicPattern = "topic-pattern";
inline constexpr std::string_view kKeyFields = "key.fields";
inline constexpr std::string_view kDiscoveryInterval = "scan.topic-partition-discovery.interval";
inline constexpr std::string_view kOutOfRange = "scan.out-of-range";
inline constexpr std::string_view kOtherCluster = "scan.other-cluster";
inline constexpr std::string_view kPartitioner = "sink.partitioner";
inline constexpr std::string_view kDeliveryGuarantee = "sink.delivery-guarantee";
inline constexpr std::string_view kExactlyOnce = "exactly-once";  // a value of kDeliveryGuarantee
inline constexpr std::string_view kIdPrefix = "sink.transactional-id-prefix";
inline constexpr std::string_view kCommitTopic = "sink.commit-topic";
using epochs::kInDoubt;
inline constexpr std::string_view kFlushRows = "sink.buffer-flush.max-rows";
inline constexpr std::string_view kFlushInterval = "sink.buffer-flush.interval";

// The names between the ';' of a list, without the blanks around them.
std::vector<std::string> NamesIn(std::string_view list);

// The contents of messages' keys.
struct KeyOptions {
  std::string_view format;          // "": nothing
  std::vector<std::string> fields;  // columns of the table, in order of the key
  std::string_view prefix;          // begins the names of those columns, and is left out in keys
  bool values_have_all = true;      // the values repeat those columns
  graph::TableOptions of_format;    // the options of `format`, without "key."
};
KeyOptions KeyOptionsOf(const graph::TableOptions& options);

// The columns that are in keys and not in values.
std::vector<std::string> ColumnsOfKeyAlone(const graph::TableOptions& options);

// Whether the options of keys fit each other and the columns. kInvalidSql E2008.
Status CheckKeyOptions(const Schema& schema, const graph::TableOptions& options);

// Checks the columns of values and of keys against the files that the options of their formats name
// (ConnectorDescriptor::check_files).
Status CheckFilesOfFormats(const Schema& physical, const graph::TableOptions& options);

}  // namespace weir::connectors::kafka
