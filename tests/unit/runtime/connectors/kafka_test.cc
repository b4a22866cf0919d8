// What the kafka connector understands without a cluster: properties, positions, bounds; and what
// depends on when a cluster answers, with the client library's imitation of one. The rest is
// tests/kafka, against a real broker.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <chrono>
#include <thread>

#include "runtime/connectors/kafka/consumer.h"
#include "runtime/connectors/kafka/kafka_settings.h"
#include "runtime/connectors/kafka/partition_position.h"
#include "runtime/connectors/kafka/producer.h"
#include "runtime/connectors/kafka/scan_bounds.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
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

// A cluster of one broker, whose topics have one partition.
class KafkaTableTest : public connectors::testing::ConnectorTest {
 protected:
  KafkaTableTest() {
    std::array<char, 512> why{};
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "0", why.data(), why.size());
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
    settings_ = {{"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_)}};
  }
  ~KafkaTableTest() override {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }

  void MakeTopic(const char* topic) {
    ASSERT_EQ(rd_kafka_mock_topic_create(cluster_, topic, 1, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void MakeSlow(int millis) { rd_kafka_mock_broker_set_rtt(cluster_, 1, millis); }
  void Send(const char* topic, const std::vector<std::string>& values) {
    const auto producer = Producer::Open(settings_).value();
    SentMessages& sent = producer->Begin();
    for (const std::string& value : values)
      ASSERT_TRUE(producer->Send({topic, RD_KAFKA_PARTITION_UA, std::nullopt, value}, sent).ok());
    ASSERT_TRUE(producer->WaitFor(sent).ok());
  }
  // How many messages a topic has.
  int64_t Count(const char* topic) {
    return Consumer::Open(settings_).value()->Range(topic, 0).value().end;
  }

  graph::TableOptions Table(graph::TableOptions more) const {
    more.push_back({"connector", "kafka"});
    more.push_back({"format", "raw"});
    more.push_back({"properties.bootstrap.servers", settings_.front().value});
    return more;
  }
  std::unique_ptr<Source> Read(graph::TableOptions more) {
    return MakeSource(ScanOf(kText, Table(std::move(more))), context_).value();
  }
  // Where the only partition that is found begins.
  static std::string Begin(Source& source) {
    const std::vector<Split> found = source.Discover().value();
    return found.size() == 1 ? found.front().position.substr(0, found.front().position.find(" cl"))
                             : fmt::format("{} partitions", found.size());
  }
  // Reads until there is nothing to read: so many rows.
  static uint32_t ReadAll(SplitReader& reader) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (uint32_t rows = 0; std::chrono::steady_clock::now() < end;) {
      Batch batch;
      const ReadOutcome outcome = reader.Read(100, batch).value();
      if (outcome == ReadOutcome::kNothing) return rows;
      if (outcome == ReadOutcome::kRows) rows += batch.row_count;
      if (outcome == ReadOutcome::kComing)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ADD_FAILURE() << "it does not end";
    return 0;
  }

  // A writer of a table with 20 rows, all on their way for a while.
  std::unique_ptr<SinkWriter> WriteSlowly(const std::string& topic) {
    graph::SinkSpec spec;
    spec.table = "t";
    spec.options = Table(
        {{"topic", topic}, {"sink.delivery-guarantee", "none"}, {"properties.linger.ms", "1000"}});
    spec.schema = kText;
    sink_ = MakeSink(spec, context_).value();
    std::unique_ptr<SinkWriter> writer = sink_->OpenWriter(0, 1).value();
    std::string rows;
    for (int i = 0; i < 20; ++i) rows += fmt::format("+I[row {}]\n", i);
    EXPECT_TRUE(writer->Write(ParseBatch(rows, kText).value()).ok());
    return writer;
  }

  inline static const Schema kText{{{"a", Type::String()}}};
  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  std::vector<ClientSetting> settings_;
  std::unique_ptr<Sink> sink_;
};

TEST_F(KafkaTableTest, WhatComesLaterIsReadFromItsBeginning) {
  const graph::TableOptions table{{"topic-pattern", "ev-.*"},
                                  {"scan.startup.mode", "latest-offset"}};
  MakeTopic("other");
  const auto running = Read(table);
  EXPECT_THAT(running->Discover().value(), IsEmpty());
  const auto continued = Read(table);
  continued->Continue();
  MakeTopic("ev-1");
  Send("ev-1", {"first", "second"});
  EXPECT_EQ(Begin(*running), "v1 offset=0") << "though it is the first one that was found";
  EXPECT_EQ(Begin(*continued), "v1 offset=0") << "though its checkpoint has none";
  EXPECT_EQ(Begin(*Read(table)), "v1 offset=2") << "in a job that begins behind them";
}

TEST_F(KafkaTableTest, ABoundedTableNeedsATopic) {
  MakeTopic("orders");
  const graph::TableOptions bounded{{"scan.startup.mode", "earliest-offset"},
                                    {"scan.bounded.mode", "latest-offset"}};
  graph::TableOptions table = bounded;
  table.push_back({"topic-pattern", "order_.*"});
  const Status none = Read(table)->Discover().status();
  EXPECT_EQ(none.code(), StatusCode::kNotFound);
  EXPECT_EQ(none.id(), "E4002");
  EXPECT_THAT(none.message(), HasSubstr("'topic-pattern' = 'order_.*'"));
  table = bounded;
  table.push_back({"topic-pattern", "order.*"});
  EXPECT_EQ(Begin(*Read(table)), "v1 offset=0 end=0");
}

TEST_F(KafkaTableTest, ABacklogIsNoSilence) {
  MakeTopic("ev");
  Send("ev", {"1", "2", "3", "4", "5"});
  MakeSlow(100);
  const auto source = Read({{"topic", "ev"}, {"scan.startup.mode", "earliest-offset"}});
  const std::vector<Split> found = source->Discover().value();
  ASSERT_EQ(found.size(), 1U);
  auto reader = source->Open(found.front()).value();
  EXPECT_EQ(ReadAll(*reader), 5U);
  const std::string end = reader->Position();
  reader.reset();
  reader = source->Open({found.front().id, end, false}).value();
  Batch batch;
  EXPECT_EQ(reader->Read(100, batch).value(), ReadOutcome::kNothing) << "asked where the end is";
}

TEST_F(KafkaTableTest, NoRowIsLostAtTheEndWithoutAGuarantee) {
  MakeTopic("ended");
  auto writer = WriteSlowly("ended");
  EXPECT_THAT(Promised(*writer, 1), IsEmpty());
  EXPECT_EQ(Count("ended"), 0) << "a barrier waits for none";
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(Count("ended"), 20) << "those before the barrier too";
  writer.reset();
  MakeTopic("stopped");
  writer = WriteSlowly("stopped");
  EXPECT_THAT(Promised(*writer, 1), IsEmpty());
  writer.reset();
  EXPECT_EQ(Count("stopped"), 20);
}

}  // namespace
}  // namespace weir::connectors::kafka
