// inline, print, blackhole, and the registry that finds them.
#include "runtime/graph/typed_options.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SimpleConnectorsTest : public ConnectorTest {
 protected:
  static graph::ScanSpec Inline(std::string rows, graph::TableOptions more = {}) {
    more.push_back({"connector", "inline"});
    more.push_back({"rows", std::move(rows)});
    return ScanOf(kTwo, more);
  }
  std::unique_ptr<SinkWriter> Writer(graph::TableOptions options, uint32_t subtask) {
    graph::SinkSpec spec;
    spec.table = "t";
    spec.options = std::move(options);
    spec.schema = kTwo;
    sink_ = MakeSink(spec, context_).value();
    return sink_->OpenWriter(subtask, 1).value();
  }

  std::unique_ptr<Sink> sink_;
};

TEST_F(SimpleConnectorsTest, InlineYieldsItsRowsByPartition) {
  EXPECT_THAT(*ReadTable(Inline("1, x / 2, y\n+I[3, NULL]")),
              ElementsAre("+I[1, x]", "+I[2, y]", "+I[3, NULL]"));
  const graph::ScanSpec spec = Inline("1, x\n2, y\n ---\n3, z\n---\n");
  auto source = MakeSource(spec, context_).value();
  EXPECT_TRUE(source->bounded());
  const std::vector<Split> splits = source->Discover().value();
  ASSERT_EQ(splits.size(), 3U);
  EXPECT_THAT(*ReadSplit(*source, splits[0], 1), ElementsAre("+I[1, x]", "+I[2, y]"));
  EXPECT_THAT(*ReadSplit(*source, splits[1], 9), ElementsAre("+I[3, z]"));
  EXPECT_THAT(*ReadSplit(*source, splits[2], 9), IsEmpty());
  EXPECT_EQ(source->Open({"3", "", false}).status().code(), StatusCode::kRestoreRefused);
  ExpectRestorable(spec, 1);
}

TEST_F(SimpleConnectorsTest, InlineChecksItsRows) {
  EXPECT_THAT(ReadTable(Inline("x, y")).status().ToString(), HasSubstr("option 'rows'"));
  EXPECT_THAT(ReadTable(Inline("1")).status().ToString(), HasSubstr("option 'rows'"));
  EXPECT_THAT(ReadTable(Inline("-D[1, x]")).status().ToString(),
              HasSubstr("holds updates or deletes"));
  const graph::ScanSpec changes = Inline("+I[1, x]\n-D[1, x]", {{"changelog", "true"}});
  EXPECT_THAT(*ReadTable(changes), ElementsAre("+I[1, x]", "-D[1, x]"));
  ExpectRestorable(changes, 1);
  const auto* descriptor = BuiltinConnectors().FindConnector("inline");
  EXPECT_TRUE(descriptor->source_changes(changes.options).remove);
  EXPECT_TRUE(descriptor->source_changes(Inline("").options).append_only());
}

TEST_F(SimpleConnectorsTest, InlinePrunesColumns) {
  graph::ScanSpec spec = Inline("1, x / 2, y");
  spec.columns = {1};
  EXPECT_THAT(*ReadTable(spec), ElementsAre("+I[x]", "+I[y]"));
  spec.columns = {};
  EXPECT_THAT(*ReadTable(spec), ElementsAre("+I[]", "+I[]"));
}

TEST_F(SimpleConnectorsTest, PrintWritesLines) {
  const Batch batch = ParseBatch("+I[1, x]\n-D[2, NULL]", kTwo).value();
  ASSERT_TRUE(Writer({{"connector", "print"}}, 0)->Write(batch).ok());
  EXPECT_EQ(printed_, "+I[1, x]\n-D[2, NULL]\n");
  printed_.clear();
  ASSERT_TRUE(Writer({{"connector", "print"}, {"print-identifier", "p"}}, 0)->Write(batch).ok());
  EXPECT_EQ(printed_, "p> +I[1, x]\np> -D[2, NULL]\n");
  printed_.clear();
  context_.parallelism = 2;
  ASSERT_TRUE(Writer({{"connector", "print"}, {"print-identifier", "p"}}, 1)->Write(batch).ok());
  EXPECT_EQ(printed_, "p:2> +I[1, x]\np:2> -D[2, NULL]\n");
  EXPECT_THAT(Promised(*Writer({{"connector", "print"}}, 0), 1), IsEmpty());
}

TEST_F(SimpleConnectorsTest, BlackholeTakesEverything) {
  auto writer = Writer({{"connector", "blackhole"}}, 0);
  EXPECT_TRUE(
      writer
          ->Write(ParseBatch("+I[1, 'a string that is not inline']\n-U[NULL, NULL]", kTwo).value())
          .ok());
  EXPECT_THAT(Promised(*writer, 1), IsEmpty());
  EXPECT_TRUE(sink_->OpenCommitter().value()->Commit({}).ok());
}

TEST_F(SimpleConnectorsTest, TheRegistryKnowsThemAll) {
  std::vector<std::string> connectors;
  for (const auto* connector : BuiltinConnectors().connectors)
    connectors.emplace_back(connector->name);
  EXPECT_THAT(connectors, ElementsAre("filesystem", "datagen", "faker", "nexmark", "inline",
                                      "print", "blackhole", "savepoint", "kafka", "upsert-kafka",
                                      "jdbc", "postgres", "mysql", "postgres-cdc"));
  std::vector<std::string> formats;
  for (const auto* format : BuiltinConnectors().formats) formats.emplace_back(format->name);
  EXPECT_THAT(formats, ElementsAre("csv", "json", "changelog", "debezium-json", "canal-json",
                                   "maxwell-json", "ogg-json", "raw", "avro", "avro-confluent",
                                   "debezium-avro-confluent", "protobuf", "parquet"));
  for (const auto* connector : BuiltinConnectors().connectors) {
    EXPECT_FALSE(connector->doc.empty());
    for (const auto& option : connector->options) EXPECT_FALSE(option.doc.empty()) << option.key;
  }
  graph::ScanSpec spec = ScanOf(kTwo, {{"connector", "print"}});
  EXPECT_THAT(MakeSource(spec, context_).status().ToString(), HasSubstr("cannot be read"));
  graph::SinkSpec sink;
  sink.options = {{"connector", "datagen"}};
  EXPECT_THAT(MakeSink(sink, context_).status().ToString(), HasSubstr("cannot be written"));
  const auto* filesystem = BuiltinConnectors().FindConnector("filesystem");
  EXPECT_FALSE(filesystem->unbounded({}));
  EXPECT_TRUE(filesystem->unbounded({{"source.monitor-interval", "1 s"}}));
  EXPECT_FALSE(filesystem->unbounded({{"source.monitor-interval", "0 s"}}));
  EXPECT_EQ(filesystem->check(kTwo, {{"path", "hdfs://b"}}).code(), StatusCode::kUnsupported);
  EXPECT_TRUE(filesystem->check(kTwo, {{"path", "s3://b"}}).ok());
}

// What CREATE TABLE takes for a boolean is read as one, whoever's option it is.
template <typename Descriptor>
size_t ExpectBooleans(const Descriptor& descriptor, const std::string& prefix) {
  size_t count = 0;
  for (const graph::OptionDescriptor& option : descriptor.options) {
    if (option.kind != graph::OptionKind::kBoolean) continue;
    SCOPED_TRACE(option.key);
    ++count;
    const auto read = [&](const graph::TableOptions& given) {
      return graph::TypedOptions(descriptor, given).Flag(option.key);
    };
    const std::string key = prefix + std::string(option.key);
    for (const std::string word : {"true", "TRUE", " True ", "tRuE"}) {
      EXPECT_TRUE(read({{key, word}})) << word;
    }
    EXPECT_FALSE(read({{key, " FALSE"}}));
    const bool otherwise =
        !option.default_value.empty() && graph::ParseBoolean(option.default_value).value();
    EXPECT_EQ(read({}), otherwise);
  }
  return count;
}

TEST_F(SimpleConnectorsTest, BooleansAreReadInEverySpelling) {
  size_t count = 0;
  for (const auto* connector : BuiltinConnectors().connectors) {
    count += ExpectBooleans(*connector, "");
  }
  for (const auto* format : BuiltinConnectors().formats) {
    count += ExpectBooleans(*format, std::string(format->name) + ".");
  }
  EXPECT_GE(count, 12u);
}

// What DESCRIBE and the docs print as the default can be read as what it is said to be.
template <typename Descriptor>
void ExpectDefaults(const Descriptor& descriptor) {
  const graph::TableOptions none;
  const graph::TypedOptions options(descriptor, none);
  for (const graph::OptionDescriptor& option : descriptor.options) {
    SCOPED_TRACE(option.key);
    if (!options.Has(option.key)) continue;
    EXPECT_FALSE(options.IsGiven(option.key));
    switch (option.kind) {
      case graph::OptionKind::kInteger:
        EXPECT_TRUE(options.Integer(option.key).ok());
        break;
      case graph::OptionKind::kDuration:
        EXPECT_TRUE(options.Millis(option.key).ok());
        break;
      case graph::OptionKind::kMemorySize:
        EXPECT_TRUE(options.Bytes(option.key).ok());
        break;
      case graph::OptionKind::kEnum:
        EXPECT_TRUE(options.Is(option.key, option.default_value));
        break;
      default:
        break;
    }
  }
}

TEST_F(SimpleConnectorsTest, DefaultsAreOfTheirKind) {
  for (const auto* connector : BuiltinConnectors().connectors) ExpectDefaults(*connector);
  for (const auto* format : BuiltinConnectors().formats) ExpectDefaults(*format);
}

}  // namespace
}  // namespace weir::connectors::testing
