// Records decoded by the shape of earlier ones give what each gives by itself: whatever changes
// from one to the next, and wherever a text is cut.
#include "runtime/connectors/formats/json_shape.h"

#include <fmt/format.h>

#include <random>

#include "runtime/connectors/formats/json_index.h"
#include "tests/seed.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Schema& Columns() {
  static const Schema schema{
      {{"id", Type::BigInt()},
       {"small", Type::Int()},
       {"name", Type::String()},
       {"at", Type::Timestamp(3)},
       {"ratio", Type::Double()},
       {"list", Type::Array(Type::Int())},
       {"inner", Type::Row({{"x", Type::BigInt()},
                            {"a key of more than sixteen characters", Type::String()},
                            {"deep", Type::Row({{"t", Type::Timestamp(6)}})}})}}};
  return schema;
}

// What a decoder says of a line that it sees first, so that it knows no shape.
Decoded Alone(const FormatUnderTest& json, const std::string& lines) {
  Decoded all;
  size_t offset = 0;
  for (const std::string& line : Lines(lines)) {
    const Decoded one = json.Decode(line + "\n");
    all.rows.insert(all.rows.end(), one.rows.begin(), one.rows.end());
    all.skipped += one.skipped;
    if (!one.status.ok()) {
      all.status = one.status;
      all.bad = one.bad;
      all.bad.offset += offset;
      break;
    }
    offset += line.size() + 1;
  }
  return all;
}

// Of the last record that a decoder reads behind many that have its shape or another one.
void ExpectSame(const FormatUnderTest& json, const std::string& lines) {
  const Decoded expected = Alone(json, lines);
  // In batches of one row, since a bad record takes the batch before it along.
  const Decoded got = json.Decode(lines, 1);
  EXPECT_EQ(got.rows, expected.rows) << lines;
  EXPECT_EQ(got.skipped, expected.skipped) << lines;
  EXPECT_EQ(got.status.ToString(), expected.status.ToString()) << lines;
  EXPECT_EQ(got.bad.reason, expected.bad.reason) << lines;
  EXPECT_EQ(got.bad.column, expected.bad.column) << lines;
  EXPECT_EQ(got.bad.offset, expected.bad.offset) << lines;
  const Decoded whole = json.Decode(lines);
  EXPECT_EQ(whole.status.ToString(), expected.status.ToString()) << lines;
  if (whole.status.ok()) {
    EXPECT_EQ(whole.rows, expected.rows) << lines;
  }
}

constexpr const char* kPlain =
    R"({"id":1,"small":2,"name":"n","at":"2024-01-02 03:04:05.678","ratio":0.5,)"
    R"("list":[1,2],"inner":{"x":3,"a key of more than sixteen characters":"k","deep":{"t":"2024-01-02 03:04:05"}},)"
    R"("unknown":{"a":[1,{"id":7}]}})";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(JsonShape, OneRecordBehindItsEquals) {
  const FormatUnderTest json("json", Columns());
  const std::string plain = std::string(kPlain) + "\n";
  const std::pair<const char*, const char*> changes[] = {
      // Values.
      {"\"id\":1", "\"id\":null"},
      {"\"id\":1", "\"id\":-9223372036854775808"},
      {"\"id\":1", "\"id\":9223372036854775808"},
      {"\"id\":1", "\"id\":123456789012345678901234567890"},
      {"\"id\":1", "\"id\":\"17\""},
      {"\"id\":1", "\"id\":1.5e3"},
      {"\"id\":1", "\"id\":01"},
      {"\"id\":1", "\"id\":1x"},
      {"\"id\":1", "\"id\":true"},
      {"\"id\":1", "\"id\": 1 "},
      {"\"small\":2", "\"small\":2147483648"},
      {"\"small\":2", "\"small\":-2147483648"},
      {"\"small\":2", "\"small\":\"x\""},
      {"\"name\":\"n\"", "\"name\":\"\\u00e9\\\"\""},
      {"\"name\":\"n\"", "\"name\":\"\\x\""},
      {"\"name\":\"n\"", "\"name\":\"\""},
      {"\"name\":\"n\"", "\"name\":\"n\" "},
      {"\"name\":\"n\"", "\"name\":\"n\\\\\"\t"},
      {"\"name\":\"n\"", "\"name\":\"\\\\\""},
      {"\"name\":\"n\"", "\"name\":\"\\\"\""},
      {"\"name\":\"n\"", "\"name\":\"\\/\\n\""},
      {"\"name\":\"n\"",
       "\"name\":\"more than sixty-four characters, of which the last ones are escaped: "
       "\\\\\\\"\""},
      {"\"name\":\"n\"", "\"name\":null"},
      {"\"name\":\"n\"", "\"name\":12.5"},
      {"\"name\":\"n\"", "\"name\":nope"},
      {"\"name\":\"n\"", "\"name\":\"a longer name than fits inside\""},
      {"2024-01-02 03:04:05.678", "2024-01-02T03:04:05.678Z"},
      {"2024-01-02 03:04:05.678", "2024-02-31 24:00:00"},
      {"2024-01-02 03:04:05.678", "2024-01-02 03:04:05.678999"},
      {"2024-01-02 03:04:05.678", "yesterday"},
      {"2024-01-02 03:04:05.678", "\\u0032024-01-02 03:04:05.678"},
      {"\"2024-01-02 03:04:05.678\"", "12"},
      {"0.5", "\"0.5\""},
      {"0.5", "1e400"},
      {"0.5", "zero"},
      {"[1,2]", "[1,\"x\"]"},
      {"[1,2]", "[1,null]"},
      {"[1,2]", "null"},
      // What nobody reads.
      {"[1,{\"id\":7}]", "[1,{\"id\":x}]"},
      {"[1,{\"id\":7}]", "[01,{\"id\":7}]"},
      {"[1,{\"id\":7}]", "[\"\\x\",{\"id\":7}]"},
      {"[1,{\"id\":7}]", "[\"\\n\" ,{\"id\": 7.5 }]"},
      {"[1,{\"id\":7}]", "[true,{7:7}]"},
      {"[1,{\"id\":7}]", "[true,{\"\\x\":null}]"},
      {"0.5,\"list\":[1,2]", "zero,\"more\":@,\"list\":[1,2]"},
      {"0.5,\"list\":[1,2]", "0.5,\"more\":@,\"list\":[1,x]"},
      // Structure.
      {"[1,2]", "[1,2,3]"},
      {"[1,2]", "{}"},
      {"\"x\":3,", ""},
      {"\"small\":2,", ""},
      {"\"deep\":{", "\"deep\":null,\"more\":{"},
      {"{\"t\":\"2024-01-02 03:04:05\"}", "null"},
      {"{\"t\":\"2024-01-02 03:04:05\"}", "[1]"},
      {"{\"t\":\"2024-01-02 03:04:05\"}", "{}"},
      {"\"small\":2,", "\"small\":2 \"z\":1,"},
      {"\"small\":2,", "\"small\":2,,"},
      {"\"small\":2,", "\"small\",2:"},
      {"{\"id\":1", "[\"id\":1"},
      {"\"x\":3,", "\"x\":3,\"x\":4,"},
      // Keys.
      {"\"id\"", "\"ID\""},
      {"\"id\"", "\"i\\u0064\""},
      {"\"id\"", "\"id2\""},
      {"\"id\"", "id"},
      {"\"id\"", "17"},
      {"\"small\"", "\"id\""},
      {"\"unknown\"", "\"id\""},
      {"\"unknown\"", "\"small\""},
      {"more than sixteen characters", "more than sixteen charactexs"},
      {"a key of more", "b key of more"},
      {"\"t\"", "\"u\""},
      {"{\"a\":[1", "{\"b\":[1"},
  };
  for (const auto& [from, to] : changes) {
    const std::string changed = Replaced(kPlain, from, to) + "\n";
    SCOPED_TRACE(to);
    ExpectSame(json, plain + plain + changed);
    ExpectSame(json, changed + changed + plain);
    ExpectSame(json, plain + changed + plain + changed);
  }
}

TEST(JsonShape, AlternatingShapesKeepTheirRows) {
  const FormatUnderTest json("json", Schema{{{"a", Type::BigInt()}, {"b", Type::String()}}});
  const std::string lines = "{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y\",\"a\":2}\n{\"a\":3}\n{}\n";
  EXPECT_THAT(json.Decode(lines + lines).rows,
              ElementsAre("+I[1, x]", "+I[2, y]", "+I[3, NULL]", "+I[NULL, NULL]", "+I[1, x]",
                          "+I[2, y]", "+I[3, NULL]", "+I[NULL, NULL]"));
  // More shapes than are remembered, then records that differ all.
  std::string many;
  for (int i = 0; i < 4000; ++i) {
    many += fmt::format("{{\"a\":{0},\"c{1}\":[{2}0],\"b\":\"{0}\"}}\n", i, i % 20,
                        std::string(i > 2000 ? 1 + static_cast<size_t>(i) % 400 : 1, '1') + ",");
  }
  EXPECT_EQ(json.Decode(many, 5000).rows, Alone(json, many).rows);
}

TEST(JsonShape, AnyRecordsInAnyOrder) {
  const Schema schema{{{"a", Type::BigInt()},
                       {"b", Type::String()},
                       {"t", Type::Timestamp(3)},
                       {"r", Type::Row({{"a", Type::Int()}, {"b", Type::String()}})}}};
  const graph::TableOptions skip = {{"json.ignore-parse-errors", "true"}};
  const FormatUnderTest json("json", schema, skip);
  std::mt19937_64 random(SeedOf(23));
  const std::vector<std::string> fields = {"\"a\":{}",
                                           "\"a\":-{}{}",
                                           "\"b\":\"{}\"",
                                           "\"b\":null",
                                           "\"t\":\"2024-01-{}1 00:00:00\"",
                                           "\"r\":{{\"a\":{},\"b\":\"{}\"}}",
                                           "\"r\":{{\"b\":\"{}\"}}",
                                           "\"r\":null",
                                           "\"z\":[{},{{}}]",
                                           "\"\\u0061\":{}",
                                           "\"a\" : {} ",
                                           "\"a\":{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}",
                                           "\"a\":x"};
  for (int round = 0; round < 200; ++round) {
    std::string lines;
    std::vector<std::string> records;
    for (size_t kind = 0; kind < 1 + random() % 6; ++kind) {
      std::string record = "{";
      for (size_t count = random() % 6; count > 0; --count) {
        record += fields[random() % fields.size()];
        if (count > 1) record += ",";
      }
      records.push_back(record + "}");
    }
    for (size_t i = 0; i < 40; ++i) {
      std::string line = records[random() % records.size()];
      for (size_t at = line.find("{}"); at != std::string::npos; at = line.find("{}", at))
        line.replace(at, 2, std::to_string(random() % 10));
      for (const char* twice : {"{{", "}}"}) {
        for (size_t at = line.find(twice); at != std::string::npos; at = line.find(twice, at + 1))
          line.erase(at, 1);
      }
      if (random() % 16 == 0) line.resize(random() % (line.size() + 1));
      lines += line + (random() % 4 == 0 ? "\r\n" : "\n");
      if (random() % 16 == 0) lines += " \n\n";
    }
    ExpectSame(json, lines);
    const Decoded whole = json.Decode(lines);
    for (const uint32_t rows : {1U, 3U, 7U}) EXPECT_EQ(json.Decode(lines, rows).rows, whole.rows);
    const size_t cut = random() % lines.size();
    EXPECT_EQ(json.DecodeCut(lines, cut).rows, whole.rows);
  }
}

TEST(JsonShape, StrictFieldsStayStrict) {
  const graph::TableOptions strict = {{"json.fail-on-missing-field", "true"}};
  const FormatUnderTest json("json", Schema{{{"a", Type::BigInt()}, {"b", Type::BigInt()}}},
                             strict);
  const std::string good = "{\"a\":1,\"b\":2}\n";
  ExpectSame(json, good + good + "{\"a\":1,\"c\":2}\n");
  ExpectSame(json, good + good + "{\"a\":1,\"a\":2}\n");
  ExpectSame(json, good + good + "{\"b\":null,\"a\":2}\n");
}

TEST(JsonShape, TimestampsKeepTheirZone) {
  const Schema schema{{{"l", Type::TimestampLtz(3)}}};
  const std::string line = "{\"l\":\"2024-07-01 12:00:00\"}\n";
  for (const char* name : {"UTC", "Europe/Berlin"}) {
    auto decoder =
        *MakeDecoder(*FindFormat("json"), {{}, schema, {0}, *TimeZone::Find(name), false, {}});
    RecordBlock block;
    const std::string text = line + line + line;
    block.memory = MakeBuffer<char>(text.size() + kBlockPadding);
    std::memcpy(block.memory->as<char>(), text.data(), text.size());
    block.bytes = {block.memory->as<char>(), text.size()};
    Batch batch;
    BadRecord bad;
    ASSERT_TRUE(decoder->Decode(block, 0, 10, batch, bad).ok());
    // Summer time in Berlin is two hours ahead of UTC.
    const std::string row =
        name == std::string("UTC") ? "+I[2024-07-01 12:00:00.000]" : "+I[2024-07-01 10:00:00.000]";
    EXPECT_THAT(Lines(FormatBatch(batch)), ElementsAre(row, row, row)) << name;
  }
}

// The parts of a shape, without a decoder around it.
class ShapeOf {
 public:
  explicit ShapeOf(std::string line) : text_(std::move(line)) {
    text_.resize(text_.size() + kBlockPadding);
    const std::string_view bytes(text_.data(), text_.size() - kBlockPadding);
    EXPECT_TRUE(index_.Build(bytes).ok());
    columns_.emplace_back(Type::BigInt(), "a");
    columns_.emplace_back(Type::Row({{"x", Type::Int()}}), "r");
    keys_.Add("a", 0);
    keys_.Add("r", 1);
  }
  JsonTokens tokens() const {
    return {text_.data(), index_.positions(), index_.kinds(), index_.size()};
  }
  std::unique_ptr<JsonShape> Make() { return JsonShape::Of(tokens(), columns_, keys_, true); }

 private:
  std::string text_;
  JsonIndex index_;
  std::vector<JsonColumn> columns_;
  JsonKeys keys_;
};

TEST(JsonShape, KnowsWhereValuesAre) {
  ShapeOf line("{\"z\":[1,2],\"a\":5,\"r\":{\"x\":1}}\n{}\n");
  const std::unique_ptr<JsonShape> shape = line.Make();
  ASSERT_NE(shape, nullptr);
  EXPECT_EQ(shape->size(), 22U);
  ASSERT_EQ(shape->steps().size(), 3U);
  EXPECT_EQ(shape->steps()[0].action, JsonStep::Action::kInt64);
  EXPECT_EQ(shape->steps()[0].token, 11U);
  EXPECT_EQ(shape->steps()[1].action, JsonStep::Action::kInt32);
  EXPECT_EQ(shape->steps()[2].action, JsonStep::Action::kRow);
  EXPECT_TRUE(shape->Matches(line.tokens()));
  for (const char* other : {"{\"z\":[1,2],\"a\":5,\"r\":{\"x\":1}}",
                            "{\"z\":[\"x\",null],\"a\":\"\",\"r\":{\"x\":0.1}}\n"})
    EXPECT_TRUE(shape->Matches(ShapeOf(other).tokens())) << other;
  for (const char* other :
       {"{\"y\":[1,2],\"a\":5,\"r\":{\"x\":1}}\n", "{\"z\":[1,2],\"a\":5,\"r\":{\"y\":1}}\n",
        "{\"z\":[1,2],\"a\":5,\"r\":{\"x\":1}", "{\"z\":[1,2],\"a\":5,\"r\":[\"x\",1]}\n", "{}\n",
        "\n"})
    EXPECT_FALSE(shape->Matches(ShapeOf(other).tokens())) << other;
}

TEST(JsonShape, IsNotMadeOfUnfitRecords) {
  for (const std::string& line :
       {std::string("{\"a\":1,\"a\":2}\n"), std::string("{\"\\u0061\":1}\n"),
        "{\"" + std::string(60, 'k') + "\":1}\n", "{\"z\":[" + std::string(600, ',') + "]}\n",
        std::string("{\"r\":{\"x\":1,\"x\":2}}\n")}) {
    EXPECT_EQ(ShapeOf(line).Make(), nullptr) << line;
  }
  // What is repeated inside of a value that nobody wants does not matter.
  EXPECT_NE(ShapeOf("{\"z\":{\"a\":1,\"a\":2},\"z\":3}\n").Make(), nullptr);
}

}  // namespace
}  // namespace weir::connectors::testing
