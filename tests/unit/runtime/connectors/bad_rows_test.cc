// Bad records that are taken for themselves are those that are left out otherwise, and the rows
// around them are the same ones.
#include "runtime/connectors/bad_rows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "runtime/connectors/filesystem/decode_ahead.h"
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/graph/bad_records.h"
#include "runtime/types/batch_text.h"
#include "tests/unit/runtime/connectors/decoded_messages.h"

namespace weir::connectors {
namespace {

// A format, options for it, and records some of which are good.
struct Subject {
  std::string format;
  graph::TableOptions options;
  std::vector<std::string> records;
};

const std::vector<Subject>& Subjects() {
  static const std::vector<Subject> all = {
      {"csv",
       {},
       {"1,a", "2,b", "\"3\",\"x\ny\"", "4", "5,a,b", "x,c", "6,\"d\"e", "7,\"open", ",", "",
        "8,\"\""}},
      {"csv",
       {{"csv.escape-character", "\\"},
        {"csv.allow-trailing-comma", "true"},
        {"csv.null-literal", "-"}},
       {"1,a\\", "2,b,", "-,-", "x,-", "3,\"a\\\"b\"", "4,\"a\nb", "5,c,d"}},
      {"json",
       {},
       {R"({"a": 1, "b": "x"})", R"({"a": "y"})", R"({"a": 2})", "{", "null", "[1]", "",
        R"({"b": "z", "a": 3} )", R"({"a": 4}{"a": 5})", "\x01", R"({"a": 6, "b": {"c": 1}})"}},
      {"json", {{"json.fail-on-missing-field", "true"}}, {R"({"a": 1, "b": "x"})", R"({"a": 2})"}},
      {"debezium-json",
       {},
       {R"({"before": null, "after": {"a": 1, "b": "x"}, "op": "c"})",
        R"({"before": {"a": 1, "b": "x"}, "after": {"a": 2, "b": "y"}, "op": "u"})",
        R"({"before": {"a": 2, "b": "y"}, "after": null, "op": "d"})",
        R"({"before": null, "after": {"a": "q"}, "op": "c"})",
        R"({"before": null, "after": {"a": 3}, "op": "u"})", R"({"op": "z"})", "{}", "nothing"}},
      {"canal-json",
       {{"canal-json.table.include", "t.*"}},
       {R"({"data": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "type": "INSERT", "table": "t1"})",
        R"({"data": [{"a": 1}], "old": [{"b": "z"}], "type": "UPDATE", "table": "t1"})",
        R"({"data": [{"a": "q"}], "type": "INSERT", "table": "t1"})",
        R"({"data": [{"a": 1}], "type": "INSERT", "table": "other"})",
        R"({"data": [{"a": 1}], "type": "INSERT"})", R"({"type": "WHAT", "table": "t2"})", "}"}},
      {"maxwell-json",
       {},
       {R"({"data": {"a": 1, "b": "x"}, "type": "insert"})",
        R"({"data": {"a": 1, "b": "y"}, "old": {"b": "x"}, "type": "update"})",
        R"({"data": {"a": 1, "b": 7}, "type": "delete"})", R"({"type": "insert"})", "-"}},
  };
  return all;
}

Schema PairSchema() {
  return {{{"a", Type::Int()}, {"b", Type::String()}}};
}

graph::TableOptions Including(const Subject& subject, const std::string& key) {
  graph::TableOptions options = subject.options;
  options.push_back({"format", subject.format});
  options.push_back({key, key == graph::kErrorsTable ? "t" : "true"});
  return options;
}

FormatSpec SpecOf(const Subject& subject, bool taken) {
  const std::string skips = subject.format + ".ignore-parse-errors";
  const graph::TableOptions options =
      Including(subject, taken ? std::string(graph::kErrorsTable) : skips);
  return {options, PairSchema(), {0, 1}, TimeZone()};
}

std::string TextOf(const Batch& batch) {
  return batch.row_count == 0 ? "" : FormatBatch(batch);
}

struct Outcome {
  std::string rows;
  uint64_t left_out = 0;
  std::string good;  // the file without the records that were taken
};

// The bytes of a file as one block.
Outcome OfFile(Decoder& decoder, const std::string& text, DecodeSettings settings) {
  const BufferPtr memory = MakeBuffer<char>(text.size() + kBlockPadding);
  std::copy(text.begin(), text.end(), memory->as<char>());
  const PlacedBlock placed{{memory, {memory->as<char>(), text.size()}}, 0};
  DecodedBlock block = DecodeBlock(decoder, placed, settings);
  EXPECT_TRUE(block.status.ok()) << block.status.ToString();
  Outcome outcome;
  uint64_t begin = 0;
  for (DecodedBatch& piece : block.batches) {
    EXPECT_LE(piece.batch.row_count, std::max(settings.max_rows, 2U));
    outcome.rows += TextOf(piece.batch);
    outcome.left_out += piece.skipped;
    if (piece.taken) {
      EXPECT_EQ(text.substr(piece.taken->offset, piece.taken->raw.size()), piece.taken->raw);
      EXPECT_FALSE(piece.taken->message.empty());
    } else {
      outcome.good += text.substr(begin, piece.end_offset - begin);
    }
    begin = piece.end_offset;
  }
  EXPECT_EQ(begin, text.size());
  return outcome;
}

class Drawing {
 public:
  explicit Drawing(uint32_t seed) : random_(seed) {}
  uint32_t Below(uint32_t end) { return static_cast<uint32_t>(random_() % end); }
  std::string RecordOf(const Subject& subject) {
    std::string record = subject.records[Below(static_cast<uint32_t>(subject.records.size()))];
    if (Below(6) == 0 && !record.empty())
      record[Below(static_cast<uint32_t>(record.size()))] =
          static_cast<char>("\"{}\x80,:x1"[Below(8)]);
    return record;
  }

 private:
  std::mt19937 random_;
};

class BadRowsTest : public ::testing::TestWithParam<size_t> {
 protected:
  const Subject& subject() const { return Subjects()[GetParam()]; }
};

TEST_P(BadRowsTest, OfFilesAreThoseThatAreLeftOut) {
  const Format& format = *FindFormat(subject().format);
  for (uint32_t seed = 0; seed < 400; ++seed) {
    Drawing drawing(seed);
    std::string text;
    for (uint32_t i = drawing.Below(60); i > 0; --i) text += drawing.RecordOf(subject()) + "\n";
    const uint32_t most = 1 + drawing.Below(40);
    const bool contradicts = !subject().options.empty() && subject().format == "json";
    const auto takes = MakeDecoder(format, SpecOf(subject(), true)).value();
    const Outcome taken = OfFile(*takes, text, {most, true});
    if (!contradicts) {
      const auto drops = MakeDecoder(format, SpecOf(subject(), false)).value();
      const Outcome dropped = OfFile(*drops, text, {most, false});
      ASSERT_EQ(taken.rows, dropped.rows) << seed << "\n" << text;
      ASSERT_EQ(taken.left_out, dropped.left_out) << seed << "\n" << text;
    }
    // What is left is good, and gives the same rows.
    const Outcome again = OfFile(*takes, taken.good, {most, true});
    ASSERT_EQ(again.left_out, 0U) << seed << "\n" << text;
    ASSERT_EQ(again.rows, taken.rows) << seed << "\n" << text;
  }
}

TEST_P(BadRowsTest, OfTopicsAreThoseThatAreLeftOut) {
  const Format& format = *FindFormat(subject().format);
  const bool contradicts = !subject().options.empty() && subject().format == "json";
  if (contradicts) return;  // both options together are refused
  for (uint32_t seed = 0; seed < 400; ++seed) {
    Drawing drawing(seed);
    std::vector<std::string> messages(1 + drawing.Below(60));
    for (std::string& message : messages) message = drawing.RecordOf(subject());
    std::string rows[2];
    uint64_t left_out[2] = {0, 0};
    for (const bool taken : {false, true}) {
      const auto decoder = MakeMessageDecoder(format, SpecOf(subject(), taken)).value();
      MessageBlock block = testing::MessageBlockOf(messages);
      for (size_t at = 0; at < messages.size();) {
        MessageRows batch;
        BadMessage bad;
        const uint32_t most = 1 + drawing.Below(20);
        const auto done = taken ? DecodeUpToBad(*decoder, {block, at, most}, batch, bad)
                                : decoder->Decode(block, at, most, batch, bad);
        ASSERT_TRUE(done.ok()) << done.status().ToString();
        rows[taken ? 1 : 0] += TextOf(batch.batch);
        left_out[taken ? 1 : 0] += done->skipped;
        at += done->messages;
        if (!taken || done->messages > 0) continue;
        ASSERT_EQ(bad.message, at);
        ASSERT_FALSE(bad.reason.empty());
        ++left_out[1];
        ++at;
      }
    }
    ASSERT_EQ(rows[0], rows[1]) << seed;
    ASSERT_EQ(left_out[0], left_out[1]) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, BadRowsTest, ::testing::Range<size_t>(0, Subjects().size()),
                         [](const auto& info) {
                           std::string name = Subjects()[info.param].format;
                           std::erase(name, '-');
                           return fmt::format("{}{}", name, info.param);
                         });

TEST(RowBudgetTest, FewRowsBehindABadRecordAndThenMore) {
  RowBudget budget(100);
  EXPECT_EQ(budget.rows(), 100U);
  budget.Reduce();
  EXPECT_EQ(budget.rows(), 16U);
  budget.Raise();
  EXPECT_EQ(budget.rows(), 32U);
  for (int i = 0; i < 9; ++i) budget.Raise();
  EXPECT_EQ(budget.rows(), 100U);
  RowBudget least(3);
  least.Reduce();
  EXPECT_EQ(least.rows(), 3U);
}

}  // namespace
}  // namespace weir::connectors
