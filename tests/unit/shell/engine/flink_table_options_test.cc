// Whatever is said of an option of Flink's that ours lack is said of none that they have.
#include "planner/catalog/flink_table_options.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "runtime/connectors/registry.h"

namespace weir::catalog {
namespace {

TEST(FlinkTableOptionsTest, NoneIsOneThatADescriptorHas) {
  std::set<std::string> ours;
  const graph::ConnectorCatalog catalog = connectors::BuiltinConnectors();
  for (const graph::ConnectorDescriptor* connector : catalog.connectors) {
    for (const graph::OptionDescriptor& option : connector->options)
      ours.insert(fmt::format("{}:{}", connector->name, option.key));
  }
  for (const graph::FormatDescriptor* format : catalog.formats) {
    for (const graph::OptionDescriptor& option : format->options)
      ours.insert(fmt::format("{}:{}", format->name, option.key));
  }
  EXPECT_TRUE(ours.contains("debezium-json:schema-include"));
  for (const FlinkTableOption& option : FlinkTableOptions())
    EXPECT_FALSE(ours.contains(std::string(option.option))) << option.option;
}

}  // namespace
}  // namespace weir::catalog
