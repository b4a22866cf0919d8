// The options of the format avro-confluent.
#pragma once

#include <span>

#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/schema_registry/schema_registry.h"

namespace weir::connectors::avro {

inline constexpr std::string_view kConfluentName = "avro-confluent";
// Options that begin with it, behind the format's name, are those of Confluent's client.
inline constexpr std::string_view kRegistryProperties = "properties.";

struct ConfluentOptions {
  schema_registry::RegistryPlace place;
  std::string subject;  // "": that of the topic
  std::string schema;   // "": that of the columns
};

// Keys are without the format's name.
std::span<const graph::OptionDescriptor> ConfluentOptionDescriptors();
// Of a property of Confluent's client: all say where a registry is, or who asks.
graph::OptionReach ReachOfProperty(std::string_view key);

// kInvalidSql E2008 or kUnsupported, naming the option, where they are wrong.
Result<ConfluentOptions> ConfluentOptionsOf(const graph::TableOptions& options);

}  // namespace weir::connectors::avro
