// The 'properties.*' of a table over Kafka, which are named as those of Kafka's Java client, in the
// words of librdkafka.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors::kafka {

inline constexpr std::string_view kPropertyPrefix = "properties.";

struct ClientSetting {
  std::string key;
  std::string value;
};

// What librdkafka is to be told for the properties among the options. Names of the Java client get
// their names there, its JAAS texts are taken apart, and those that concern nothing but Java are
// left out; librdkafka's own names pass. kInvalidSql E2008 for an unknown property or a value that
// it cannot have, and E1002 for what librdkafka has no equal of: Java's key stores, classes.
// Does no I/O.
Result<std::vector<ClientSetting>> ClientSettings(const graph::TableOptions& options);

// What a property reaches, by the option's whole key: other brokers, a login, a file of keys.
graph::OptionReach ReachOfProperty(std::string_view key);

// The value of a property as the table says it; "" where it says none.
std::string_view PropertyOf(const graph::TableOptions& options, std::string_view name);

}  // namespace weir::connectors::kafka
