// What the options of connectors and formats reach, as their descriptors say it.
#include "runtime/graph/option_reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/connectors/registry.h"

namespace weir::connectors {
namespace {

using graph::OptionReach;

OptionReach Of(const graph::TableOptions& options, std::string_view key) {
  return graph::OptionReaches(options, BuiltinConnectors()).Of(key);
}

const graph::TableOptions kFiles = {{"connector", "filesystem"}, {"format", "csv"}};
const graph::TableOptions kTopic = {
    {"connector", "kafka"}, {"format", "avro-confluent"}, {"key.format", "avro-confluent"}};
const graph::TableOptions kState = {{"connector", "savepoint"}};

// The planner and comparisons of meanings know these by their names alone.
TEST(OptionReach, PathsOfFilesAndSnapshots) {
  for (const graph::TableOptions& options : {kFiles, kTopic, kState}) {
    const graph::ConnectorDescriptor& connector =
        *BuiltinConnectors().FindConnector(options.front().value);
    for (const graph::OptionDescriptor& option : connector.options) {
      EXPECT_EQ(graph::IsPathOption(option.key), Of(options, option.key) == OptionReach::kPath)
          << option.key;
    }
  }
  EXPECT_EQ(Of(kFiles, "path"), OptionReach::kPath);
  EXPECT_EQ(Of(kState, "state.before"), OptionReach::kPath);
  EXPECT_EQ(Of(kFiles, "csv.delimiter"), OptionReach::kNothing);
  EXPECT_EQ(Of(kFiles, "properties.bootstrap.servers"), OptionReach::kNothing);
  EXPECT_EQ(Of({}, "path"), OptionReach::kPath);
}

TEST(OptionReach, PropertiesOfKafka) {
  for (const std::string_view name :
       {"bootstrap.servers", "metadata.broker.list", "security.protocol", "sasl.mechanism",
        "sasl.jaas.config", "sasl.kerberos.kinit.cmd", "ssl.key.pem", "ssl.key.password",
        "ssl.endpoint.identification.algorithm", "enable.ssl.certificate.verification",
        "enable.sasl.oauthbearer.unsecure.jwt", "sasl.oauthbearer.token.endpoint.url"}) {
    EXPECT_EQ(Of(kTopic, "properties." + std::string(name)), OptionReach::kSystem) << name;
  }
  for (const std::string_view name :
       {"ssl.ca.location", "ssl.key.location", "ssl.keystore.location", "ssl.truststore.location",
        "ssl.crl.location", "https.ca.location", "sasl.kerberos.keytab",
        "sasl.oauthbearer.assertion.private.key.file"}) {
    EXPECT_EQ(Of(kTopic, "properties." + std::string(name)), OptionReach::kKeysPath) << name;
  }
  for (const std::string_view name : {"fetch.min.bytes", "group.id", "client.id", "linger.ms"})
    EXPECT_EQ(Of(kTopic, "properties." + std::string(name)), OptionReach::kNothing) << name;
  EXPECT_EQ(Of(kTopic, "topic"), OptionReach::kSystem);
}

// What libpq opens for a table of PostgreSQL.
TEST(OptionReach, FilesInUrls) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  for (const std::string_view connector : {"jdbc", "postgres"}) {
    const graph::TableOptions options = {{"connector", std::string(connector)}};
    const graph::OptionReaches reaches(options, BuiltinConnectors());
    const auto paths = [&](std::string_view url) { return reaches.PathsIn("url", url); };
    EXPECT_THAT(paths("jdbc:postgresql://h/d?user=u&sslrootcert=/a/ca.pem&sslKey=b%2Fkey"),
                ElementsAre("/a/ca.pem", "b/key"));
    EXPECT_THAT(paths("postgresql://h:${secret:port}/d?sslcert=/a&SSLCRL=/b&sslcrldir=/c&ssl=true"),
                ElementsAre("/a", "/b", "/c"));
    EXPECT_THAT(paths("jdbc:postgresql://h/d?%73slcert=/a"), ElementsAre("/a"));
    for (const std::string_view none :
         {"", "?", "jdbc:postgresql://h/d", "jdbc:postgresql://h/sslcert=/a",
          "jdbc:postgresql://h/d?sslrootcert=system&sslcert=&sslmode=require"})
      EXPECT_THAT(paths(none), IsEmpty()) << none;
    EXPECT_THAT(reaches.PathsIn("table-name", "x?sslcert=/a"), IsEmpty());
  }
  EXPECT_THAT(
      graph::OptionReaches(kTopic, BuiltinConnectors()).PathsIn("properties.ssl.ca.location", "/a"),
      ElementsAre("/a"));
}

TEST(OptionReach, OptionsOfFormats) {
  for (const std::string_view before : {"", "value.", "key."}) {
    const auto of = [&](std::string_view key) {
      return Of(kTopic, std::string(before) + "avro-confluent." + std::string(key));
    };
    EXPECT_EQ(of("url"), OptionReach::kSystem) << before;
    EXPECT_EQ(of("schema-registry.url"), OptionReach::kSystem) << before;
    EXPECT_EQ(of("basic-auth.user-info"), OptionReach::kSystem) << before;
    EXPECT_EQ(of("ssl.keystore.location"), OptionReach::kKeysPath) << before;
    EXPECT_EQ(of("properties.basic.auth.user.info"), OptionReach::kSystem) << before;
    EXPECT_EQ(of("properties.schema.registry.ssl.truststore.location"), OptionReach::kKeysPath);
    EXPECT_EQ(of("subject"), OptionReach::kNothing) << before;
  }
  EXPECT_EQ(Of({{"connector", "kafka"}, {"format", "debezium-avro-confluent"}},
               "debezium-avro-confluent.ssl.keystore.location"),
            OptionReach::kKeysPath);
  EXPECT_EQ(Of({{"connector", "kafka"}, {"value.format", "avro-confluent"}}, "avro-confluent.url"),
            OptionReach::kSystem);
  const graph::TableOptions messages = {{"connector", "kafka"}, {"key.format", "protobuf"}};
  const std::string_view file = "key.protobuf.descriptor-file";
  EXPECT_EQ(Of(messages, file), OptionReach::kSchemaPath);
  EXPECT_THAT(graph::OptionReaches(messages, BuiltinConnectors()).PathsIn(file, "a.desc"),
              testing::ElementsAre("a.desc"));
}

}  // namespace
}  // namespace weir::connectors
