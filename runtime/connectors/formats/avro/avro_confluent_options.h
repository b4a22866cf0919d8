// The options of the formats whose schemas a registry has: avro-confluent and
// debezium-avro-confluent.
#pragma once

#include <span>

#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/schema_registry/schema_registry.h"

namespace weir::connectors::avro {

inline constexpr std::string_view kConfluentName = "avro-confluent";
inline constexpr std::string_view kDebeziumConfluentName = "debezium-avro-confluent";
// Options that begin with it, behind the format's name, are those of Confluent's client.
inline constexpr std::string_view kRegistryProperties = "properties.";

struct ConfluentOptions {
  schema_registry::RegistryPlace place;
  std::string subject;  // "": that of the topic
  std::string schema;   // "": that of the columns
};

// Of both formats. Keys are without the format's name.
std::span<const graph::OptionDescriptor> ConfluentOptionDescriptors();
// Of a property of Confluent's client: all say where a registry is, or who asks.
graph::OptionReach ReachOfProperty(std::string_view key);

// Those of the format of this name. kInvalidSql E2008 or kUnsupported, naming the option, where
// they are wrong.
Result<ConfluentOptions> ConfluentOptionsOf(std::string_view format,
                                            const graph::TableOptions& options);
// E2008: the value of '<format>.schema' is what `status` says.
Status WrongSchema(std::string_view format, const Status& status);

}  // namespace weir::connectors::avro
