// Which options say what is in a table, and which only how it is reached.
#include "planner/uid/table_options.h"

#include <gmock/gmock.h>

#include <array>

namespace weir::uid {
namespace {

using graph::OptionDescriptor;
using graph::OptionEffect;
using graph::OptionKind;

constexpr std::array kOfFormat = {
    OptionDescriptor{"place", OptionKind::kString, "", "", false, "Where.", OptionEffect::kAccess},
    OptionDescriptor{"schema", OptionKind::kString, "", "", false, "What."},
};
const graph::FormatDescriptor kFormat = {
    .name = "registered", .doc = "", .options = kOfFormat, .open_prefix = "properties."};
const graph::ConnectorDescriptor kKeyed = {
    .name = "keyed", .doc = "", .has_keys = true, .open_prefix = "properties."};
const graph::ConnectorDescriptor kPlain = {.name = "plain", .doc = ""};

std::vector<std::string> KeysOfContents(std::string_view connector) {
  graph::TableOptions options = {{"connector", std::string(connector)}};
  for (const std::string_view key :
       {"properties.user", "format", "registered.place", "registered.schema",
        "registered.properties.a", "key.format", "key.registered.place", "key.registered.schema",
        "key.registered.properties.a", "key.other.place"})
    options.push_back({std::string(key), "registered"});
  std::vector<std::string> keys;
  for (const graph::TableOption& option : ContentsOptions(
           options, graph::ConnectorCatalog{{&kKeyed, &kPlain}, {&kFormat}}, /*recovery=*/false))
    keys.push_back(option.key);
  return keys;
}

TEST(TableOptionsTest, HowKeysAreReachedIsNotWhatIsInTheTable) {
  EXPECT_THAT(KeysOfContents("keyed"),
              ::testing::ElementsAre("connector", "format", "registered.schema", "key.format",
                                     "key.registered.schema", "key.other.place"));
}

// Such an option would be one of a column's there.
TEST(TableOptionsTest, WhereThereAreNoKeysTheirOptionsAreAnything) {
  EXPECT_THAT(KeysOfContents("plain"),
              ::testing::ElementsAre("connector", "properties.user", "format", "registered.schema",
                                     "key.format", "key.registered.place", "key.registered.schema",
                                     "key.registered.properties.a", "key.other.place"));
}

}  // namespace
}  // namespace weir::uid
