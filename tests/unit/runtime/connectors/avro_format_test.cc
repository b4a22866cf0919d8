// Records of Avro in messages: what is bad, what schemas may be, and how much a message may claim.
// What the bytes mean is in avro_reference_test.cc.
#include <fmt/format.h>

#include "runtime/connectors/formats/avro/avro_bytes.h"
#include "runtime/connectors/formats/avro/avro_confluent_options.h"
#include "runtime/connectors/formats/avro/avro_decoder.h"
#include "runtime/connectors/formats/avro/avro_types.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "runtime/connectors/scan_columns.h"
#include "tests/unit/runtime/connectors/decoded_messages.h"

namespace weir::connectors::testing {
namespace {

using avro::AvroSchemaTree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

FormatSpec SpecOf(const Schema& columns, graph::TableOptions options = {}) {
  FormatSpec spec{std::move(options), columns, {}, TimeZone(), false, {}};
  for (size_t i = 0; i < columns.size(); ++i) spec.columns.push_back(static_cast<int>(i));
  return spec;
}

MessagesDecoded ReadAll(const Schema& columns, const std::vector<std::string>& messages,
                        graph::TableOptions options = {}, uint32_t max_rows = 100) {
  return DecodeMessages(AvroFormat(), SpecOf(columns, std::move(options)), messages, max_rows);
}

std::string Long(int64_t value) {
  std::string bytes;
  avro::AppendLong(bytes, value);
  return bytes;
}

const Schema kNumberAndRow{{{"a", Type::Int().WithNullable(false)},
                            {"b", Type::Row({{"s", Type::String().WithNullable(false)}})}}};

std::string Two(int64_t a, std::string_view s) {
  std::string bytes = Long(a) + Long(1);
  avro::AppendBytes(bytes, s);
  return bytes;
}

TEST(AvroFormat, MessagesAreRows) {
  const std::vector<std::string> messages = {Two(1, "x"), Two(-2, "much longer than twelve bytes"),
                                             Long(3) + Long(0)};
  for (const uint32_t most : {1U, 2U, 100U}) {
    EXPECT_THAT(
        ReadAll(kNumberAndRow, messages, {}, most).rows,
        ElementsAre("+I[1, (x)]", "+I[-2, (much longer than twelve bytes)]", "+I[3, NULL]"));
  }
}

TEST(AvroFormat, ABadMessageIsNamed) {
  const MessagesDecoded read = ReadAll(kNumberAndRow, {Two(1, "x"), Two(2, "yy").substr(0, 4)});
  EXPECT_EQ(read.status.id(), "E3005");
  EXPECT_EQ(read.bad.message, 1U);
  EXPECT_EQ(read.bad.column, "b");
  EXPECT_THAT(read.status.message(), HasSubstr("ends too early"));
}

// Also where the row was begun: in a field of a row, an item of an array.
TEST(AvroFormat, BadMessagesAreLeftOut) {
  const graph::TableOptions skip = {{"avro.ignore-parse-errors", "true"}};
  const MessagesDecoded read = ReadAll(kNumberAndRow,
                                       {"", Two(1, "x"), Two(2, "\xFF"), Two(3, "y"),
                                        Two(4, "z").substr(0, 3), Long(5) + Long(2), Two(6, "w")},
                                       skip);
  EXPECT_THAT(read.rows, ElementsAre("+I[1, (x)]", "+I[3, (y)]", "+I[6, (w)]"));
  EXPECT_THAT(read.message_of, ElementsAre(1, 3, 6));
  EXPECT_EQ(read.skipped, 4U);
  const Schema lists{{{"l", Type::Array(Type::String())}}};
  const std::string good = Long(1) + Long(2) + Long(1) + "\2a" + Long(0) + Long(0);
  const MessagesDecoded more = ReadAll(
      lists, {good, Long(1) + Long(3) + Long(1) + "\2a" + Long(0) + Long(9), Long(0), good}, skip);
  EXPECT_THAT(more.rows, ElementsAre("+I[[a, NULL]]", "+I[NULL]", "+I[[a, NULL]]"));
}

// The writer may have put the items into several blocks, and said how long each is.
TEST(AvroFormat, BlocksOfItems) {
  const Schema lists{{{"l", Type::Array(Type::Int().WithNullable(false)).WithNullable(false)}}};
  const std::string sized = Long(-2) + Long(2) + Long(1) + Long(2);
  EXPECT_THAT(ReadAll(lists, {sized + Long(1) + Long(3) + Long(0)}).rows,
              ElementsAre("+I[[1, 2, 3]]"));
  const std::string least = Long(std::numeric_limits<int64_t>::min());
  for (const std::string& claim : {Long(1'000'000'000'000), Long(-5), least + Long(0) + Long(0),
                                   Long(-1) + Long(-1), Long(-1) + Long(100)})
    EXPECT_EQ(ReadAll(lists, {claim}).status.id(), "E3005") << claim;
}

TEST(AvroFormat, OfEqualKeysTheLastCounts) {
  const Schema maps{
      {{"m", Type::Map(Type::String(), Type::Int().WithNullable(false)).WithNullable(false)}}};
  std::string few = Long(3);
  for (const int value : {1, 2, 3}) few += (value == 2 ? "\2b" : "\2a") + Long(value);
  EXPECT_THAT(ReadAll(maps, {few + Long(0)}).rows, ElementsAre("+I[{b=2, a=3}]"));
  std::string many = Long(20);
  for (int value = 0; value < 20; ++value)
    many += "\2" + std::string(1, static_cast<char>('a' + value % 3)) + Long(value);
  EXPECT_THAT(ReadAll(maps, {many + Long(0)}).rows, ElementsAre("+I[{c=17, a=18, b=19}]"));
}

TEST(AvroFormat, NumbersBeyondTheColumn) {
  const auto failure = [](const Type& type, const std::string& bytes) {
    return ReadAll(Schema{{{"v", type.WithNullable(false)}}}, {bytes}).status.message();
  };
  EXPECT_THAT(failure(Type::TinyInt(), Long(128)), HasSubstr("128 is beyond TINYINT"));
  EXPECT_THAT(failure(Type::Int(), Long(int64_t{1} << 31)), HasSubstr("is beyond INT"));
  EXPECT_THAT(failure(Type::Decimal(3, 1), Long(2) + "\x03\xE8"), HasSubstr("beyond DECIMAL"));
  EXPECT_THAT(
      failure(Type::Decimal(38, 0), Long(17) + std::string("\0\xFF", 2) + std::string(15, '\0')),
      HasSubstr("beyond DECIMAL"));
  EXPECT_THAT(failure(Type::Time(3), Long(86'400'000)), HasSubstr("no time of day"));
  EXPECT_THAT(failure(Type::Timestamp(3), Long(std::numeric_limits<int64_t>::max())),
              HasSubstr("beyond TIMESTAMP"));
  EXPECT_THAT(failure(Type::BigInt(), std::string(10, '\xFF') + "\1"), HasSubstr("too early"));
}

// A unit is the writer's, and what a column has no digits for is cut.
TEST(AvroFormat, TimesHaveTheWritersUnit) {
  const auto cell = [](const std::string& writer, const Type& type, int64_t value) {
    const auto record = [](const std::string& of) {
      return AvroSchemaTree::Parse(R"({"type":"record","name":"W","fields":[{"name":"v","type":)" +
                                   of + "}]}")
          .value();
    };
    const Schema columns{{{"v", type.WithNullable(false)}}};
    const auto from = record(R"({"type":"long","logicalType":")" + writer + "\"}");
    const auto to = avro::AvroSchemaOf(columns, avro::TimestampMapping::kLegacy).value();
    const std::vector<int> wanted = {0};
    const avro::AvroPlan plan = avro::MakeAvroPlan(from->root(), to->root(), columns, wanted);
    avro::AvroRows rows(columns.types());
    const std::string bytes = Long(value) + std::string(kBlockPadding, '\0');
    rows.Begin(nullptr);
    EXPECT_TRUE(rows.Append(plan, std::string_view(bytes).substr(0, Long(value).size())));
    return FormatBatch(rows.Finish());
  };
  EXPECT_EQ(cell("timestamp-micros", Type::Timestamp(3), 1'500'999),
            "+I[1970-01-01 00:00:01.500]\n");
  EXPECT_EQ(cell("timestamp-micros", Type::Timestamp(3), -1), "+I[1969-12-31 23:59:59.999]\n");
  EXPECT_EQ(cell("timestamp-millis", Type::Timestamp(6), 1'500),
            "+I[1970-01-01 00:00:01.500000]\n");
  EXPECT_EQ(cell("local-timestamp-millis", Type::Timestamp(0), 1'500), "+I[1970-01-01 00:00:01]\n");
  EXPECT_EQ(cell("timestamp-millis", Type::TimestampLtz(3), 0), "+I[1970-01-01 00:00:00.000]\n");
}

// What a record is read as by a plan; "refused: …" where it is bad.
std::string ReadBy(const std::string& writer, const std::string& reader, const Schema& columns,
                   const std::string& bytes) {
  const auto from = AvroSchemaTree::Parse(writer).value();
  const auto to = AvroSchemaTree::Parse(reader).value();
  std::vector<int> wanted;
  for (size_t i = 0; i < columns.size(); ++i) wanted.push_back(static_cast<int>(i));
  const avro::AvroPlan plan = avro::MakeAvroPlan(from->root(), to->root(), columns, wanted);
  avro::AvroRows rows(columns.types());
  const std::string padded = bytes + std::string(kBlockPadding, '\0');
  rows.Begin(nullptr);
  if (!rows.Append(plan, std::string_view(padded).substr(0, bytes.size())))
    return "refused: " + rows.failure();
  return FormatBatch(rows.Finish());
}

TEST(AvroFormat, ATimeOfDayMayHaveMoreDigitsThanItsColumn) {
  const Schema columns{{{"t", Type::Time(3)}}};
  const auto to = avro::AvroSchemaOf(columns, avro::TimestampMapping::kLegacy).value();
  const std::string micros = R"({"type":"long","logicalType":"time-micros"})";
  const std::string begin = R"({"type":"record","name":"W","fields":[{"name":"t","type":)";
  EXPECT_EQ(ReadBy(begin + micros + "}]}", to->text(), columns, Long(1'500'999)),
            "+I[00:00:01.500]\n");
  EXPECT_EQ(
      ReadBy(begin + R"(["null",)" + micros + "]}]}", to->text(), columns, Long(1) + Long(999)),
      "+I[00:00:00.000]\n");
}

// Two fields of the reader's may be one of the writer's by their aliases: one of them has it.
TEST(AvroFormat, AFieldIsReadOnce) {
  const Schema columns{
      {{"x", Type::Int().WithNullable(false)}, {"y", Type::Int().WithNullable(false)}}};
  const auto read = [&](const std::string& written, const std::string& x, const std::string& y) {
    const std::string record = R"({"type":"record","name":"R","fields":[)";
    return ReadBy(
        record + R"({"name":")" + written + R"(","type":"int"}]})",
        record + R"({"name":"x","type":"int")" + x + R"(},{"name":"y","type":"int")" + y + "}]}",
        columns, Long(5));
  };
  const std::string alias_x = R"(,"aliases":["x"])";
  const std::string alias_y = R"(,"aliases":["y"])";
  const std::string alias = R"(,"aliases":["a"])";
  const std::string nine = R"(,"default":9)";
  EXPECT_EQ(read("x", nine, alias_x + nine), "+I[5, 9]\n");
  EXPECT_EQ(read("y", alias_y + nine, nine), "+I[9, 5]\n");
  EXPECT_EQ(read("a", alias + nine, alias + nine), "+I[5, 9]\n");
  EXPECT_THAT(read("a", alias, alias), HasSubstr("has no field \"y\""));
  EXPECT_THAT(read("y", alias_y, ""), HasSubstr("has no field \"x\""));
}

// A query that reads one field of a row reads the bytes of all.
TEST(AvroFormat, RowsAreNotNarrowed) {
  const Type number = Type::Int().WithNullable(false);
  const Schema table{
      {{"r", Type::Row({{"x", number}, {"y", number}}).WithNullable(false)}, {"z", number}}};
  for (const std::string_view name : {"avro", "avro-confluent", "json"}) {
    graph::ScanSpec scan;
    scan.options = {{"format", std::string(name)}};
    scan.table_schema = table;
    scan.metadata_keys = {"", ""};
    scan.columns = {0, 1};
    scan.fields = {{1}, {}};
    const ScanColumns split = SplitScanColumns(scan, {});
    EXPECT_EQ(split.narrowed.empty(), name != "json");
    EXPECT_EQ(split.record.fields[0].type == table.fields[0].type, name != "json");
    if (name != "avro") continue;
    EXPECT_THAT(ReadAll(split.record, {Long(7) + Long(8) + Long(9)}).rows,
                ElementsAre("+I[(7, 8), 9]"));
  }
}

// Each claims a few hundred thousand items with a few bytes.
TEST(AvroFormat, ABatchEndsWhereMuchIsClaimed) {
  const Schema lists{{{"l", Type::Array(Type::Null()).WithNullable(false)}}};
  const std::string large = Long(600'000) + Long(0);
  MessageBlockBuilder builder(large.size() * 5, 5);
  for (int i = 0; i < 5; ++i) builder.Add(large);
  MessageBlock block = builder.Finish();
  const auto decoder = MakeMessageDecoder(AvroFormat(), SpecOf(lists)).value();
  std::vector<uint32_t> sizes;
  for (size_t at = 0; at < 5;) {
    MessageRows rows;
    BadMessage bad;
    at += decoder->Decode(block, at, 100, rows, bad).value().messages;
    sizes.push_back(rows.batch.row_count);
  }
  EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
}

TEST(AvroFormat, NumbersHaveTenBytesAtMost) {
  const auto taken = [](const std::string& bytes) -> std::optional<int64_t> {
    const std::string padded = bytes + std::string(16, '\0');
    avro::AvroReader reader(std::string_view(padded).substr(0, bytes.size()));
    int64_t value = 0;
    if (reader.TakeLong(value)) return value;
    EXPECT_FALSE(reader.TakeLong(value)) << "nothing more may be taken";
    return std::nullopt;
  };
  const std::string nine(9, '\xFF');
  EXPECT_EQ(taken(nine + "\x01"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(taken(nine + "\x02"), std::nullopt);
  EXPECT_EQ(taken(nine + "\x7F"), std::nullopt);
  EXPECT_EQ(taken(nine + "\xFF\x01"), std::nullopt);
}

TEST(AvroFormat, SchemasThatAreNone) {
  const auto failure = [](const std::string& text) {
    return AvroSchemaTree::Parse(text).status().message();
  };
  EXPECT_THAT(failure("{"), HasSubstr("no JSON"));
  EXPECT_THAT(failure("3"), HasSubstr("a schema is a name"));
  EXPECT_THAT(failure(R"("nothing")"), HasSubstr("no type \"nothing\""));
  EXPECT_THAT(failure(R"({"type":"record","name":"R"})"), HasSubstr("no \"fields\""));
  EXPECT_THAT(failure(R"({"type":"record","fields":[]})"), HasSubstr("no \"name\""));
  EXPECT_THAT(failure(R"({"type":"fixed","name":"F","size":-1})"), HasSubstr("no \"size\""));
  EXPECT_THAT(failure(R"({"type":"fixed","name":"F","size":4294967300})"),
              HasSubstr("no \"size\""));
  EXPECT_THAT(failure("\"" + std::string(1000, 'n') + "\""), HasSubstr("nnn…"));
  EXPECT_THAT(failure(R"(["int","int"])"), HasSubstr("two branches int"));
  EXPECT_THAT(failure(R"([["int"]])"), HasSubstr("a union is in a union"));
  EXPECT_THAT(failure(R"({"type":"array"})"), HasSubstr("no \"items\""));
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += R"({"type":"array","items":)";
  EXPECT_THAT(failure(deep + R"("int")" + std::string(100, '}')), HasSubstr("deeper than 64"));
  std::string wide = "[";
  for (int i = 0; i < 21'000; ++i)
    wide += fmt::format(R"({}{{"type":"fixed","name":"F{}","size":1}})", i == 0 ? "" : ",", i);
  EXPECT_THAT(
      failure(R"({"type":"record","name":"R","fields":[{"name":"a","type":)" + wide + "]}]}"),
      HasSubstr("more than 20000 parts"));
}

// A few bytes, or a small schema, that claim much: the work is bounded.
TEST(AvroFormat, NothingIsClaimedWithoutEnd) {
  const Schema columns{{{"z", Type::Int()}}};
  const auto reader = avro::AvroSchemaOf(columns, avro::TimestampMapping::kLegacy).value();
  const auto failure = [&](const std::string& schema, const std::string& bytes) {
    const auto writer = AvroSchemaTree::Parse(schema).value();
    const std::vector<int> wanted = {0};
    const avro::AvroPlan plan = avro::MakeAvroPlan(writer->root(), reader->root(), columns, wanted);
    avro::AvroRows rows(columns.types());
    const std::string padded = bytes + std::string(kBlockPadding, '\0');
    EXPECT_FALSE(rows.Append(plan, std::string_view(padded).substr(0, bytes.size())));
    return rows.failure();
  };
  const auto skipping = [](const std::string& type) {
    return R"({"type":"record","name":"W","fields":[{"name":"s","type":)" + type + "}]}";
  };
  EXPECT_THAT(failure(skipping(R"({"type":"array","items":"null"})"), Long(1'000'000'000'000)),
              HasSubstr("1,000,000 values"));
  EXPECT_THAT(
      failure(
          skipping(R"(["null",{"type":"record","name":"T","fields":[{"name":"t","type":"T"}]}])"),
          Long(1)),
      HasSubstr("deeper than 64"));
  // 6,000 records, each within the next.
  std::string chain = R"([{"type":"record","name":"R0","fields":[]})";
  for (int i = 1; i < 6'000; ++i)
    chain += fmt::format(
        R"(,{{"type":"record","name":"R{}","fields":[{{"name":"a","type":"R{}"}}]}})", i, i - 1);
  EXPECT_THAT(failure(skipping(chain + "]"), Long(5'999)), HasSubstr("deeper than 64"));
  std::string doubled = R"({"type":"record","name":"R0","fields":[]})";
  for (int i = 1; i < 50; ++i)
    doubled = fmt::format(
        R"({{"type":"record","name":"R{0}","fields":[{{"name":"a","type":{1}}},{{"name":"b","type":"R{2}"}}]}})",
        i, doubled, i - 1);
  const std::string trees = failure(skipping(doubled), "");
  EXPECT_TRUE(trees.find("1,000,000") != std::string::npos ||
              trees.find("deeper") != std::string::npos)
      << trees;
}

TEST(AvroFormat, GivenSchemasFitTheColumns) {
  const auto check = [](const std::string& field, const Type& type) {
    const auto schema = AvroSchemaTree::Parse(
        R"({"type":"record","name":"W","fields":[{"name":"v","type":)" + field + "}]}");
    return avro::CheckAvroColumns((*schema)->root(), Schema{{{"v", type}}}).message();
  };
  EXPECT_EQ(check(R"(["null","int"])", Type::Int()), "");
  EXPECT_THAT(check(R"(["null","int"])", Type::Int().WithNullable(false)), HasSubstr("is not INT"));
  EXPECT_THAT(check(R"("string")", Type::Int()), HasSubstr("string, which is not INT"));
  EXPECT_THAT(check(R"(["int","string"])", Type::Int()), HasSubstr("union of int, string"));
  EXPECT_EQ(
      check(
          R"({"type":"fixed","name":"F","size":4,"logicalType":"decimal","precision":9,"scale":2})",
          Type::Decimal(9, 2)),
      "");
  const auto schema = AvroSchemaTree::Parse(R"({"type":"record","name":"W","fields":[]})");
  EXPECT_THAT(avro::CheckAvroColumns((*schema)->root(), Schema{{{"v", Type::Int()}}}).message(),
              HasSubstr("are not the fields"));
}

// What is read is cut to the column's digits; what is written must not be.
TEST(AvroFormat, GivenSchemasKeepDigits) {
  const auto check = [](const std::string& logical, const Type& type) {
    const auto schema = AvroSchemaTree::Parse(
        R"({"type":"record","name":"W","fields":[{"name":"v","type":["null",{"type":"array","items":)"
        R"({"type":"long","logicalType":")" +
        logical + "\"}}]}]}");
    const Schema columns{{{"v", Type::Array(type.WithNullable(false))}}};
    EXPECT_TRUE(avro::CheckAvroColumns((*schema)->root(), columns).ok());
    return avro::CheckAvroDigits((*schema)->root(), columns).message();
  };
  EXPECT_EQ(check("timestamp-millis", Type::Timestamp(3)), "");
  EXPECT_EQ(check("timestamp-micros", Type::Timestamp(6)), "");
  EXPECT_THAT(check("timestamp-millis", Type::Timestamp(6)), HasSubstr("more digits"));
  EXPECT_THAT(check("local-timestamp-millis", Type::TimestampLtz(4)), HasSubstr("milliseconds"));
}

TEST(AvroFormat, NamesAreAvros) {
  const auto derived = [](const Schema& columns) {
    return avro::AvroSchemaOf(columns, avro::TimestampMapping::kLegacy).status().message();
  };
  EXPECT_THAT(derived(Schema{{{"a-b", Type::Int()}}}), HasSubstr("\"a-b\" cannot be in Avro"));
  const Type row = Type::Row({{"x", Type::Int()}});
  EXPECT_THAT(derived(Schema{{{"a_b", row}, {"a", Type::Row({{"b", row}})}}}),
              HasSubstr("one name in Avro"));
}

TEST(AvroFormat, WritesWhatItReads) {
  const auto encoder = MakeMessageEncoder(AvroFormat(), SpecOf(kNumberAndRow)).value();
  const Batch batch = ParseBatch("1, (x) / -2, NULL", kNumberAndRow).value();
  EncodedMessages out;
  ASSERT_TRUE(encoder->Append(batch, out).ok());
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(*out.message(0), Two(1, "x"));
  EXPECT_EQ(*out.message(1), Long(-2) + Long(0));
}

TEST(AvroConfluent, OptionsAreFlinks) {
  const auto said = [](graph::TableOptions options) {
    for (graph::TableOption& option : options) option.key = "avro-confluent." + option.key;
    return avro::ConfluentOptionsOf(avro::kConfluentName, options);
  };
  EXPECT_THAT(said({}).status().message(), HasSubstr("needs the option 'avro-confluent.url'"));
  EXPECT_THAT(said({{"url", "localhost:8081"}}).status().message(),
              HasSubstr("begin with http://"));
  const auto slash = said({{"url", "http://b,http://ada:sec/ret@a"}}).status().message();
  EXPECT_THAT(slash, HasSubstr("address 2 is none"));
  EXPECT_EQ(slash.find("sec"), std::string::npos);
  const auto bare = said({{"url", "ada:secret@a"}}).status().message();
  EXPECT_THAT(bare, HasSubstr("'a' does not begin with http://"));
  EXPECT_TRUE(said({{"url", "${secret:registry}"}}).ok());
  const auto both = said({{"url", "http://a:1/, https://b"}, {"subject", "s"}}).value();
  EXPECT_THAT(both.place.urls, ElementsAre("http://a:1", "https://b"));
  EXPECT_EQ(both.subject, "s");
  EXPECT_EQ(said({{"schema-registry.url", "http://a"}}).value().place.urls.size(), 1U);
  const auto of_client = said({{"url", "http://a"},
                               {"properties.basic.auth.credentials.source", "USER_INFO"},
                               {"properties.basic.auth.user.info", "n:p"}})
                             .value();
  EXPECT_EQ(of_client.place.access.user_info, "n:p");
  EXPECT_THAT(
      said({{"url", "http://a"}, {"properties.max.schemas.per.subject", "7"}}).status().message(),
      HasSubstr("'avro-confluent.properties.max.schemas.per.subject' is not supported"));
  EXPECT_THAT(said({{"url", "http://a"}, {"ssl.truststore.location", "t.jks"}}).status().message(),
              HasSubstr("JKS"));
  EXPECT_THAT(said({{"url", "http://a"}, {"bearer-auth.credentials-source", "OAUTHBEARER"}})
                  .status()
                  .message(),
              HasSubstr("STATIC_TOKEN"));
}

}  // namespace
}  // namespace weir::connectors::testing
