// Messages: what many of them together give must be what each gives by itself.
#include "runtime/connectors/formats/message_decoder.h"

#include <fmt/format.h>

#include "runtime/base/random.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "runtime/types/column_builder.h"
#include "tests/unit/runtime/connectors/decoded_messages.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct DecodedAll {
  std::vector<std::string> rows;  // "3: +I[1, x]", the message's number in front
  uint64_t skipped = 0;
  std::string failure;  // "2 b: why"; "": none
};

class Messages {
 public:
  explicit Messages(std::string_view format, graph::TableOptions options = {})
      : format_(*FindFormat(format)), options_(std::move(options)) {}

  // A block of all of them, of which at most `max_rows` rows are taken at a time.
  DecodedAll Decode(const std::vector<std::string>& messages, uint32_t max_rows = 1000) const {
    MessageBlock block = MessageBlockOf(messages);
    const auto decoder =
        MakeMessageDecoder(format_, {options_, kTwo, {0, 1}, TimeZone(), false, {}}).value();
    DecodedAll all;
    for (size_t at = 0; at < messages.size();) {
      MessageRows rows;
      BadMessage bad;
      const auto taken = decoder->Decode(block, at, max_rows, rows, bad);
      if (!taken.ok()) {
        all.failure = fmt::format("{} {}: {}", bad.message, bad.column, taken.status().message());
        return all;
      }
      EXPECT_GT(taken->messages, 0U);
      EXPECT_EQ(rows.message_of.size(), rows.batch.row_count);
      for (uint32_t i = 0; i < rows.batch.row_count; ++i) {
        EXPECT_GE(rows.message_of[i], at);
        EXPECT_LT(rows.message_of[i], at + taken->messages);
        std::string row = fmt::format("{}: ", rows.message_of[i]);
        FormatRow(rows.batch, i, row);
        all.rows.push_back(std::move(row));
      }
      at += taken->messages;
      all.skipped += taken->skipped;
    }
    return all;
  }

  // The same, a block a message: what none can reach out of.
  DecodedAll DecodeApart(const std::vector<std::string>& messages) const {
    DecodedAll all;
    for (size_t i = 0; i < messages.size(); ++i) {
      DecodedAll one = Decode({messages[i]});
      for (const std::string& row : one.rows) all.rows.push_back(std::to_string(i) + row.substr(1));
      all.skipped += one.skipped;
      if (one.failure.empty()) continue;
      all.failure = std::to_string(i) + one.failure.substr(1);
      break;
    }
    return all;
  }

 private:
  const Format& format_;
  const graph::TableOptions options_;
};

TEST(MessageDecoder, KnowsWhoseARowIs) {
  const Messages json("json", {{"json.ignore-parse-errors", "true"}});
  const DecodedAll all = json.Decode({R"({"a": 1})", "x", "", R"({"b": "z"})"});
  EXPECT_THAT(all.rows, ElementsAre("0: +I[1, NULL]", "3: +I[NULL, z]"));
  EXPECT_EQ(all.skipped, 2U);
}

TEST(MessageDecoder, AMessageIsOneRecord) {
  const Messages csv("csv");
  EXPECT_THAT(csv.Decode({"1,\"x\ny\"", "2,z\r\n"}).rows,
              ElementsAre("0: +I[1, x\ny]", "1: +I[2, z]"));
  EXPECT_EQ(csv.Decode({"1,x\n2,y"}).failure, "0 : the message has more than one record");
  EXPECT_EQ(csv.Decode({"1,x", "2,\"y", "3,z"}).failure,
            "1 : a quoted field does not end before the file does");
  EXPECT_EQ(csv.Decode({"1,x", ""}).failure, "1 : the message is empty");
  const Messages json("json");
  EXPECT_THAT(json.Decode({"{\n\"a\"\n:\n1}"}).rows, ElementsAre("0: +I[1, NULL]"));
  EXPECT_NE(json.Decode({R"({"a": 1, "b": "x)", R"(y"})"}).failure, "");
  EXPECT_NE(json.Decode({"{\"b\": \"x\ny\"}"}).failure, "");
  EXPECT_EQ(json.Decode({R"({"a": 1})", " \n "}).failure, "1 : the message is empty");
}

// Pieces that messages are put together from: whole ones, and what breaks out of lines.
const std::vector<std::string> kJsonPieces = {R"({"a": 1, "b": "x"})",
                                              R"({"a": 1)",
                                              "\n",
                                              "\"",
                                              "\\\"",
                                              "}",
                                              " ",
                                              R"({"b": "two\nlines"})",
                                              "[",
                                              "x",
                                              R"({"a": "1"})",
                                              "{\n\"a\": 2\n}"};
const std::vector<std::string> kCsvPieces = {"1,x",        "\"",           "\n", "\r\n", ",",
                                             "2,\"a\nb\"", "3,\"q\"\"q\"", "#",  "x,y",  " "};
const std::vector<std::string> kChangePieces = {
    R"({"op": "c", "after": {"a": 1, "b": "x"}})",
    R"({"op": "u", "before": {"a": 1}, "after": {"a": 2}})",
    R"({"op": "d", "before": {"a": 1}})",
    R"({"op": "d"})",
    "\n",
    " ",
    "{"};

struct Family {
  std::string format;
  std::vector<std::string> pieces;
};

// Whoever meets a bad record is told of an option that there is.
TEST(MessageDecoder, HintsNameWhatExists) {
  for (const Format* format : AllFormats()) {
    const std::string hint = HintOnBadRecords(*format, "key.");
    const std::string_view name = format->descriptor->name;
    const bool skips = std::ranges::any_of(format->descriptor->options, [](const auto& option) {
      return option.key == "ignore-parse-errors";
    });
    const std::string option = fmt::format("'key.{}.ignore-parse-errors'", name);
    EXPECT_EQ(hint.find(option) != std::string::npos, skips) << name << ": " << hint;
    EXPECT_EQ(hint.find("over a column of BYTES") != std::string::npos, !skips) << hint;
  }
}

TEST(MessageDecoder, TogetherAsApart) {
  for (const Family& family : {Family{"json", kJsonPieces}, Family{"csv", kCsvPieces},
                               Family{"debezium-json", kChangePieces}}) {
    for (const bool skips : {false, true}) {
      graph::TableOptions options;
      if (skips) options.push_back({family.format + ".ignore-parse-errors", "true"});
      const Messages messages(family.format, options);
      size_t decoded = 0;
      for (uint64_t seed = 1; seed <= 3000; ++seed) {
        Random random(seed);
        std::vector<std::string> all(1 + random.Below(8));
        for (std::string& message : all) {
          // Mostly good ones, so that those behind them are reached.
          const uint64_t pieces = random.Below(4) == 0 ? random.Below(4) : 1;
          const uint64_t kinds = pieces == 1 && random.Below(3) != 0 ? 1 : family.pieces.size();
          for (uint64_t i = 0; i < pieces; ++i) message += family.pieces[random.Below(kinds)];
        }
        const DecodedAll apart = messages.DecodeApart(all);
        const DecodedAll together = messages.Decode(all, 1 + static_cast<uint32_t>(seed % 5));
        SCOPED_TRACE(fmt::format("{} seed {}: {}", family.format, seed, fmt::join(all, " | ")));
        // Of several bad messages of CSV another one may be named: columns come after records.
        ASSERT_EQ(together.failure.empty(), apart.failure.empty());
        if (family.format != "csv") {
          ASSERT_EQ(together.failure, apart.failure);
        }
        if (apart.failure.empty()) {
          ASSERT_EQ(together.rows, apart.rows);
          ASSERT_EQ(together.skipped, apart.skipped);
          decoded += apart.rows.size();
        }
      }
      EXPECT_GT(decoded, 1000U) << family.format;
    }
  }
}

TEST(MessageEncoder, WritesARowAMessage) {
  ColumnBuilder numbers(Type::BigInt());
  ColumnBuilder texts(Type::String());
  for (const auto& [number, text] : {std::pair<int64_t, const char*>{1, "x"}, {2, "y\nz"}}) {
    numbers.Append(number);
    texts.AppendString(text);
  }
  Batch batch;
  batch.row_count = 2;
  batch.columns = {numbers.Finish(), texts.Finish()};
  const auto encoded = [&](std::string_view format) {
    const auto encoder =
        MakeMessageEncoder(*FindFormat(format), {{}, kTwo, {}, TimeZone(), false, {}}).value();
    EncodedMessages out;
    EXPECT_TRUE(encoder->Append(batch, out).ok());
    std::vector<std::string> messages;
    for (size_t i = 0; i < out.size(); ++i) messages.emplace_back(*out.message(i));
    return messages;
  };
  EXPECT_THAT(encoded("json"), ElementsAre(R"({"a":1,"b":"x"})", R"({"a":2,"b":"y\nz"})"));
  EXPECT_THAT(encoded("csv"), ElementsAre("1,x", "2,\"y\nz\""));
}

}  // namespace
}  // namespace weir::connectors::testing
