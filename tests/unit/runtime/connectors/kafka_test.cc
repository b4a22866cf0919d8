// What the kafka connector understands without a cluster: properties, positions, bounds. The rest
// is tests/kafka, against a real broker.
#include "runtime/connectors/kafka/kafka_settings.h"
#include "runtime/connectors/kafka/partition_position.h"
#include "runtime/connectors/kafka/scan_bounds.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string Settings(graph::TableOptions options) {
  for (graph::TableOption& option : options) option.key = "properties." + option.key;
  const auto settings = ClientSettings(options);
  if (!settings.ok()) return settings.status().ToString();
  std::string text;
  for (const ClientSetting& setting : *settings) text += setting.key + "=" + setting.value + "\n";
  return text;
}

TEST(KafkaSettings, HaveTheLibrarysNames) {
  EXPECT_EQ(Settings({{"bootstrap.servers", "a:1,b:2"},
                      {"fetch.max.wait.ms", "50"},
                      {"key.deserializer", "x.Y"},
                      {"max.poll.records", "500"},
                      {"ssl.ca.location", "/ca.pem"}}),
            "bootstrap.servers=a:1,b:2\nfetch.wait.max.ms=50\nssl.ca.location=/ca.pem\n");
  EXPECT_EQ(Settings({{"ssl.truststore.location", "/ca.pem"}, {"ssl.truststore.type", "pem"}}),
            "ssl.ca.location=/ca.pem\n");
  EXPECT_EQ(Settings({{"ssl.keystore.location", "/a.pem"}, {"ssl.keystore.type", "PEM"}}),
            "ssl.certificate.location=/a.pem\nssl.key.location=/a.pem\n");
  EXPECT_EQ(Settings({{"ssl.keystore.type", "PKCS12"}, {"ssl.keystore.location", "/a"}}),
            "ssl.keystore.location=/a\n");
  EXPECT_EQ(Settings({{"ssl.endpoint.identification.algorithm", ""}}),
            "ssl.endpoint.identification.algorithm=none\n");
}

TEST(KafkaSettings, TakeJaasApart) {
  EXPECT_EQ(Settings({{"sasl.jaas.config",
                       "org.apache.kafka.common.security.plain.PlainLoginModule required "
                       "username=\"ada\" password=\"a \\\"b\\\";c\";"}}),
            "sasl.username=ada\nsasl.password=a \"b\";c\n");
  EXPECT_EQ(Settings({{"sasl.jaas.config",
                       "x.ScramLoginModule required username='u' password=${secret:k};"}}),
            "sasl.username=u\nsasl.password=${secret:k}\n");
  EXPECT_THAT(Settings({{"sasl.jaas.config", "x.Krb5LoginModule required;"}}), HasSubstr("E1002"));
  EXPECT_THAT(Settings({{"sasl.jaas.config", "x.PlainLoginModule required username=\"u\";"}}),
              HasSubstr("it lacks"));
}

TEST(KafkaSettings, RefuseWhatTheyCannotBe) {
  EXPECT_THAT(Settings({{"bootstrap.server", "a:1"}}),
              HasSubstr("no property of option 'properties.bootstrap.server'"));
  EXPECT_THAT(Settings({{"fetch.min.bytes", "many"}}),
              HasSubstr("the value of option 'properties.fetch.min.bytes' is wrong"));
  for (const char* const name :
       {"interceptor.classes", "ssl.truststore.location", "sasl.login.class"}) {
    EXPECT_THAT(Settings({{name, "x"}}), HasSubstr("E1002")) << name;
  }
  EXPECT_THAT(Settings({{"ssl.keystore.location", "a.jks"}}), HasSubstr("E1002"));
  EXPECT_THAT(Settings({{"ssl.keystore.location", "a"}, {"ssl.keystore.type", "JKS"}}),
              HasSubstr("'PEM'"));
}

TEST(PartitionPosition, IsReadBack) {
  for (const PartitionPosition& position :
       {PartitionPosition{0, std::nullopt, ""}, PartitionPosition{42, 100, ""},
        PartitionPosition{7, std::nullopt, "MkU3OEVBNTcwNTJENDM2Qk"}}) {
    const PartitionPosition back = PartitionPosition::Parse(position.ToString()).value();
    EXPECT_EQ(back.ToString(), position.ToString());
    EXPECT_EQ(back.offset, position.offset);
  }
  EXPECT_EQ((PartitionPosition{42, 100, "c"}.ToString()), "v1 offset=42 end=100 cluster=c");
  const PartitionName name = PartitionName::Parse("a.b-c_1/17").value();
  EXPECT_EQ(name.topic, "a.b-c_1");
  EXPECT_EQ(name.partition, 17);
}

TEST(PartitionPosition, NothingElseIs) {
  for (const char* const text :
       {"", "v1", "v2 offset=1", "v1 offset=", "v1 offset=-1", "v1 offset=1 end=x",
        "v1 offset=1 more=2", "v1 offset=1  end=2", "v1 offset=99999999999999999999"}) {
    EXPECT_EQ(PartitionPosition::Parse(text).status().code(), StatusCode::kCorruption) << text;
  }
  for (const char* const text : {"", "/", "/1", "t", "t/", "t/x", "t/-1", "t/9999999999"})
    EXPECT_EQ(PartitionName::Parse(text).status().code(), StatusCode::kCorruption) << text;
}

TEST(ScanBounds, SpecificOffsets) {
  EXPECT_THAT(*ParseSpecificOffsets("k", "partition:0,offset:42; partition:10 , offset: 3"),
              ElementsAre(Pair(0, 42), Pair(10, 3)));
  for (const char* const text : {"", ";", "0,42", "partition:0", "partition:x,offset:1",
                                 "partition:0,offset:-1", "offset:0,partition:1"}) {
    EXPECT_FALSE(ParseSpecificOffsets("k", text).ok()) << text;
  }
}

}  // namespace
}  // namespace weir::connectors::kafka
