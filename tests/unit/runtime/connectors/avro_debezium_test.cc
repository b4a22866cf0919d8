// Change events of Debezium as records of Avro: what Flink makes of them (data/avro/events.tsv, and
// Events.java that wrote it), what is bad, and what schemas may be.
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <thread>

#include "runtime/connectors/formats/avro/avro_bytes.h"
#include "runtime/connectors/formats/avro/avro_confluent_options.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "tests/unit/runtime/connectors/decoded_messages.h"
#include "tests/unit/runtime/connectors/loopback_server.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kPrefix = "debezium-avro-confluent.";

// A registry on a loopback port that has schemas by numbers, and gives any other the number 7.
class FakeRegistry {
 public:
  explicit FakeRegistry(std::map<int, std::string> schemas) : schemas_(std::move(schemas)) {
    answers_ = std::thread([this] {
      for (int peer = server_.Accept(); peer >= 0; peer = server_.Accept()) Answer(peer);
    });
  }
  ~FakeRegistry() {
    server_.ShutDown();
    answers_.join();
  }
  FakeRegistry(const FakeRegistry&) = delete;
  FakeRegistry& operator=(const FakeRegistry&) = delete;

  graph::TableOption url() const { return {fmt::format("{}url", kPrefix), server_.url()}; }
  // The bodies of what was asked, when nobody asks any more.
  const std::vector<std::string>& registered() const { return registered_; }

 private:
  void Answer(int peer) {
    const std::string request = LoopbackServer::Asked(peer);
    std::string body = R"({"id":7})";
    if (const size_t at = request.find("/schemas/ids/"); at != std::string::npos) {
      const auto found = schemas_.find(std::stoi(request.substr(at + 13)));
      std::string text = found == schemas_.end() ? "" : found->second;
      for (size_t i = 0; i < text.size(); ++i)
        if (text[i] == '"' || text[i] == '\\') text.insert(i++, "\\");
      body = fmt::format(R"({{"schema":"{}"}})", text);
    } else {
      registered_.push_back(request);
    }
    LoopbackServer::Answer(peer, 200, body);
  }

  const std::map<int, std::string> schemas_;
  const LoopbackServer server_;
  std::vector<std::string> registered_;
  std::thread answers_;
};

// The columns of Events.java.
const Schema kAvroProducts{{{"id", Type::Int().WithNullable(false)},
                            {"name", Type::String()},
                            {"weight", Type::Double()}}};

MessagesDecoded ReadEvents(FormatSpec spec, const std::vector<std::string>& messages,
                           uint32_t max_rows = 100) {
  return DecodeMessages(DebeziumAvroConfluentFormat(), std::move(spec), messages, max_rows);
}

FormatSpec SpecOfEvents(const FakeRegistry& registry, graph::TableOptions more = {}) {
  more.push_back(registry.url());
  FormatSpec spec{std::move(more), kAvroProducts, {}, TimeZone(), false, {}};
  spec.columns = AllColumns(kAvroProducts);
  return spec;
}

std::string Numbered(int number, std::string_view record) {
  return std::string(4, '\0') + static_cast<char>(number) + std::string(record);
}

std::string BytesOf(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// The lines of events.tsv that begin with `kind`, without it.
std::vector<std::vector<std::string>> EventLines(const std::string& kind) {
  std::ifstream file("tests/unit/runtime/connectors/data/avro/events.tsv");
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kind + "\t")) continue;
    std::vector<std::string>& fields = lines.emplace_back();
    for (size_t begin = kind.size() + 1; begin <= line.size();) {
      const size_t end = std::min(line.find('\t', begin), line.size());
      fields.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return lines;
}

TEST(DebeziumAvro, EventsAreReadAsByFlink) {
  std::map<int, std::string> schemas;
  const auto lines = EventLines("read");
  ASSERT_GT(lines.size(), 25U);
  for (size_t i = 0; i < lines.size(); ++i) schemas[static_cast<int>(i)] = lines[i][0];
  const FakeRegistry registry(schemas);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string message = Numbered(static_cast<int>(i), BytesOf(lines[i][1]));
    const MessagesDecoded read = ReadEvents(SpecOfEvents(registry), {message});
    std::string rows;
    for (const std::string& row : read.rows) rows += (rows.empty() ? "" : "; ") + row;
    // Flink prints a DOUBLE as Java does.
    for (size_t at = 0; (at = rows.find(".0]", at)) != std::string::npos;) rows.erase(at, 2);
    std::string wanted = lines[i][2];
    for (size_t at = 0; (at = wanted.find(".0]", at)) != std::string::npos;) wanted.erase(at, 2);
    EXPECT_EQ(read.status.ok() ? rows : "error", wanted) << lines[i][0] << " " << lines[i][1];
    if (!read.status.ok()) {
      EXPECT_EQ(read.status.id(), "E3005");
    }
  }
}

TEST(DebeziumAvro, EventsAreWrittenAsByFlink) {
  const FakeRegistry registry({});
  FormatSpec spec = SpecOfEvents(registry);
  spec.subject = "products-value";
  const auto encoder = MakeMessageEncoder(DebeziumAvroConfluentFormat(), spec).value();
  const auto lines = EventLines("write");
  ASSERT_EQ(lines.size(), 8U);
  for (const auto& line : lines) {
    const std::string row = line[0].substr(0, 2) + " " + line[0].substr(3, line[0].size() - 4);
    EncodedMessages out;
    ASSERT_TRUE(encoder->Append(ParseBatch(row, kAvroProducts).value(), out).ok()) << row;
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(*out.message(0), Numbered(7, BytesOf(line[1]))) << row;
  }
  ASSERT_EQ(registry.registered().size(), 1U);
  EXPECT_THAT(registry.registered()[0], HasSubstr("/subjects/products-value/versions"));
  std::string escaped = EventLines("schema")[0][0];
  for (size_t i = 0; i < escaped.size(); ++i)
    if (escaped[i] == '"') escaped.insert(i++, "\\");
  EXPECT_THAT(registry.registered()[0], HasSubstr(escaped));
}

// An event of the schema that is derived.
std::string EventOf(int before, int after, std::string_view op) {
  std::string bytes = "\2";
  for (const int id : {before, after}) {
    bytes += id == 0 ? std::string(1, '\0') : "\2";
    if (id != 0) {
      avro::AppendLong(bytes, id);
      bytes += "\2\2";
      bytes += static_cast<char>('a' + id);
      bytes += '\0';
    }
  }
  bytes += '\2';
  avro::AppendBytes(bytes, op);
  return Numbered(1, bytes);
}

TEST(DebeziumAvro, MessagesHaveRowsOrNone) {
  const FakeRegistry registry({{1, EventLines("schema")[0][0]}});
  const std::vector<std::string> messages = {EventOf(0, 1, "c"), EventOf(1, 2, "u"), "",
                                             EventOf(2, 0, "d"), EventOf(0, 3, "r")};
  for (const uint32_t most : {1U, 2U, 3U, 100U}) {
    const MessagesDecoded read = ReadEvents(SpecOfEvents(registry), messages, most);
    EXPECT_THAT(read.rows, ElementsAre("+I[1, b, NULL]", "-U[1, b, NULL]", "+U[2, c, NULL]",
                                       "-D[2, c, NULL]", "+I[3, d, NULL]"));
    EXPECT_THAT(read.message_of, ElementsAre(0, 1, 1, 3, 4));
    for (const size_t size : read.sizes) EXPECT_LE(size, std::max(most, 2U));
  }
  FormatSpec some = SpecOfEvents(registry);
  some.columns = {1};
  EXPECT_THAT(ReadEvents(some, messages).rows,
              ElementsAre("+I[b]", "-U[b]", "+U[c]", "-D[c]", "+I[d]"));
  some.columns = {};
  EXPECT_THAT(ReadEvents(some, messages).message_of, ElementsAre(0, 1, 1, 3, 4));
}

TEST(DebeziumAvro, BadMessagesAreNamedOrLeftOut) {
  const FakeRegistry registry({{1, EventLines("schema")[0][0]}});
  const std::string cut = EventOf(1, 2, "u").substr(0, 12);
  const std::map<std::string, std::string> bad = {
      {EventOf(0, 2, "u"), "the update has no row \"before\"; a table of Postgres needs REPLICA"},
      {EventOf(0, 2, "d"), "the delete has no row \"before\""},
      {EventOf(1, 0, "u"), "the event has no row \"after\""},
      {EventOf(1, 0, "c"), "the event has no row \"after\""},
      {EventOf(0, 1, "t"), "its \"op\" is none of c, r, u and d"},
      {EventOf(0, 1, ""), "the event has no \"op\""},
      {cut, "ends too early"},
      {Numbered(1, "\4"), "no branch of the union"},
      {Numbered(1, std::string("\0x", 2)), "it was written as null"},
      {Numbered(1, "\2\4"), "no branch of a union"},
      {"\1" + cut, "does not begin with the number"}};
  for (const auto& [message, why] : bad) {
    const MessagesDecoded read =
        ReadEvents(SpecOfEvents(registry), {EventOf(0, 1, "c"), message, EventOf(0, 3, "c")});
    EXPECT_EQ(read.status.id(), "E3005");
    EXPECT_THAT(read.status.message(), HasSubstr(why));
    EXPECT_EQ(read.bad.message, 1U);
  }
  std::string bad_text = EventOf(1, 2, "u");
  bad_text[bad_text.find("\2\2c") + 2] = '\xFF';
  const MessagesDecoded named = ReadEvents(SpecOfEvents(registry), {bad_text});
  EXPECT_EQ(named.bad.column, "name");
  EXPECT_THAT(named.status.message(), HasSubstr("UTF-8"));

  std::vector<std::string> all;
  for (const auto& [message, why] : bad) {
    all.push_back(message);
    all.push_back(bad_text);
    all.push_back(EventOf(3, 4, "u"));
  }
  const MessagesDecoded kept = ReadEvents(
      SpecOfEvents(registry, {{fmt::format("{}ignore-parse-errors", kPrefix), "true"}}), all);
  EXPECT_EQ(kept.skipped, 2 * bad.size());
  ASSERT_EQ(kept.rows.size(), 2 * bad.size());
  for (size_t i = 0; i < kept.rows.size(); ++i)
    EXPECT_EQ(kept.rows[i], i % 2 == 0 ? "-U[3, d, NULL]" : "+U[4, e, NULL]");
}

// Schemas of a registry need not be sane: many records with two large rows each would fill memory.
TEST(DebeziumAvro, PlansAreBounded) {
  std::string row = R"({"type":"record","name":"V","fields":[{"name":"id","type":"int"})";
  for (int i = 0; i < 5000; ++i) row += fmt::format(R"(,{{"name":"f{}","type":"long"}})", i);
  row += "]}";
  std::string all = "[";
  for (int i = 0; i < 300; ++i) {
    all +=
        fmt::format(R"({}{{"type":"record","name":"E{}","fields":[{{"name":"op","type":"string"}},)"
                    R"({{"name":"before","type":["null",{}]}},)"
                    R"({{"name":"after","type":["null","V"]}}]}})",
                    i == 0 ? "" : ",", i, i == 0 ? row : R"("V")");
  }
  const FakeRegistry registry({{1, all + "]"}});
  const auto event = [](int branch) {
    std::string bytes;
    avro::AppendLong(bytes, branch);
    bytes += std::string("\2c\0\2\6", 5) + std::string(5000, '\0');
    return Numbered(1, bytes);
  };
  const FormatSpec spec = SpecOfEvents(registry);
  EXPECT_THAT(ReadEvents(spec, {event(0), event(3)}).rows,
              ElementsAre("+I[3, NULL, NULL]", "+I[3, NULL, NULL]"));
  EXPECT_THAT(ReadEvents(spec, {event(299)}).status.message(), HasSubstr("schemas are too large"));
}

TEST(DebeziumAvro, SchemasThatAreGiven) {
  const FakeRegistry registry({});
  const auto said = [&](const std::string& schema) {
    const graph::TableOptions options = {{fmt::format("{}schema", kPrefix), schema},
                                         registry.url()};
    const Status checked = DebeziumAvroConfluentFormat().descriptor->check(kAvroProducts, options);
    if (!checked.ok()) return checked.message();
    FormatSpec spec = SpecOfEvents(registry, {options[0]});
    spec.subject = "s";
    return MakeMessageDecoder(DebeziumAvroConfluentFormat(), spec).status().message() +
           MakeMessageEncoder(DebeziumAvroConfluentFormat(), spec).status().message();
  };
  const std::string row =
      R"({"type":"record","name":"V","fields":[{"name":"id","type":"int"},{"name":"name",)"
      R"("type":["string","null"]},{"name":"weight","type":["null","double"]}]})";
  const auto event = [](const std::string& before, const std::string& after,
                        const std::string& op) {
    return fmt::format(R"({{"type":"record","name":"E","fields":[{{"name":"before","type":{}}},)"
                       R"({{"name":"after","type":{}}},{{"name":"op","type":{}}}]}})",
                       before, after, op);
  };
  const std::string nullable = fmt::format(R"(["null",{}])", row);
  EXPECT_EQ(said(event(nullable, R"(["V","null"])", R"("string")")), "");
  EXPECT_EQ(said("[" + event(nullable, R"(["V","null"])", R"(["null","string"])") + R"(,"null"])"),
            "");
  for (const std::string& wrong :
       {std::string(R"("string")"), row, event(row, R"(["V","null"])", R"("string")"),
        event(nullable, R"("V")", R"("string")"), event(nullable, R"(["V","null"])", R"("int")"),
        event(R"(["null","string"])", R"(["null","string"])", R"("string")")}) {
    EXPECT_THAT(said(wrong), HasSubstr("'debezium-avro-confluent.schema' is wrong: the schema is "
                                       "no record of the fields"))
        << wrong;
  }
  const std::string other = R"(["null",{"type":"record","name":"O","fields":[]}])";
  EXPECT_THAT(said(event(nullable, other, R"("string")")),
              HasSubstr("\"after\": the columns are not the fields of the schema"));
  EXPECT_THAT(said("{"), HasSubstr("no JSON"));
  // What a given schema says is what is written.
  FormatSpec spec = SpecOfEvents(registry, {{fmt::format("{}schema", kPrefix),
                                             event(nullable, R"(["V","null"])", R"("string")")}});
  spec.subject = "s";
  const auto encoder = MakeMessageEncoder(DebeziumAvroConfluentFormat(), spec).value();
  EncodedMessages out;
  ASSERT_TRUE(
      encoder->Append(ParseBatch("+I 1, x, NULL / -D 2, NULL, NULL", kAvroProducts).value(), out)
          .ok());
  EXPECT_EQ(*out.message(0), Numbered(7, std::string("\0\0\2\0\2x\0\2c", 9)));
  EXPECT_EQ(*out.message(1), Numbered(7, std::string("\2\4\2\0\2\2d", 7)));
}

TEST(DebeziumAvro, OptionsAreNamedAsTheFormat) {
  const auto said = [](graph::TableOptions options) {
    for (graph::TableOption& option : options) option.key = std::string(kPrefix) + option.key;
    return DebeziumAvroConfluentFormat().descriptor->check(kAvroProducts, options).ToString();
  };
  EXPECT_THAT(said({}), HasSubstr("'debezium-avro-confluent' needs the option "
                                  "'debezium-avro-confluent.url'"));
  EXPECT_THAT(said({{"url", "x"}}), HasSubstr("'debezium-avro-confluent.url' is wrong"));
  EXPECT_THAT(said({{"url", "http://a"}, {"properties.x", "7"}}),
              HasSubstr("'debezium-avro-confluent.properties.x' is not supported"));
  EXPECT_THAT(said({{"url", "http://a"}, {"ssl.truststore.location", "t.jks"}}),
              HasSubstr("'debezium-avro-confluent.ssl.truststore.location' is not supported"));
  EXPECT_EQ(said({{"schema-registry.url", "http://a"}}), "ok");
  const Format& format = DebeziumAvroConfluentFormat();
  FormatSpec spec{
      {{fmt::format("{}url", kPrefix), "http://a"}}, kAvroProducts, {0}, TimeZone(), false};
  EXPECT_THAT(MakeMessageEncoder(format, spec).status().message(),
              HasSubstr("'debezium-avro-confluent.subject' is needed to write"));
  EXPECT_TRUE(format.descriptor->gives == ChangelogMode::All());
  EXPECT_THAT(format.descriptor->metadata, IsEmpty());
}

}  // namespace
}  // namespace weir::connectors::testing
