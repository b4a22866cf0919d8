// JSON lines: field order, nesting, every type, bad and hostile records, and the way back.
#include <fmt/format.h>

#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Rows(const Schema& schema, std::string_view text,
                              graph::TableOptions options = {}) {
  const Decoded decoded = FormatUnderTest("json", schema, std::move(options)).Decode(text);
  EXPECT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  return decoded.rows;
}

// The only column's value in {"x": value}, or the reason why there is none.
std::string One(const Type& type, const std::string& value) {
  const Decoded decoded =
      FormatUnderTest("json", Schema{{{"x", type}}}).Decode("{\"x\": " + value + "}\n");
  if (!decoded.status.ok()) return decoded.bad.column + "! " + decoded.bad.reason;
  return decoded.rows.size() == 1 ? decoded.rows[0].substr(3, decoded.rows[0].size() - 4)
                                  : "no row";
}

TEST(JsonFormat, TakesFieldsInAnyOrder) {
  EXPECT_THAT(
      Rows(kTwo,
           "{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y\",\"a\":2}\n{\"a\":3}\n{}\n{\"a\":null,\"b\":null}"),
      ElementsAre("+I[1, x]", "+I[2, y]", "+I[3, NULL]", "+I[NULL, NULL]", "+I[NULL, NULL]"));
  EXPECT_THAT(
      Rows(kTwo, "{\"z\":[1,{\"a\":5}],\"a\":1,\"y\":{\"b\":\"no\"},\"b\":\"x\",\"A\":9}\n"),
      ElementsAre("+I[1, x]"));
  EXPECT_THAT(Rows(kTwo, " { \"a\" : 1 , \"b\" : \"x\" } \r\n\n  \r\n{\"a\":2}\r\n"),
              ElementsAre("+I[1, x]", "+I[2, NULL]"));
  EXPECT_THAT(Rows(kTwo, "\xEF\xBB\xBF{\"a\":1}"), ElementsAre("+I[1, NULL]"));
  EXPECT_THAT(Rows(kTwo, "\n \n"), IsEmpty());
  EXPECT_THAT(Rows(kTwo, ""), IsEmpty());
}

TEST(JsonFormat, TheLastOfEqualFieldsCounts) {
  EXPECT_THAT(Rows(kTwo, "{\"a\":1,\"a\":2,\"b\":\"x\",\"b\":null}\n{\"a\":null,\"a\":3}\n"),
              ElementsAre("+I[2, NULL]", "+I[3, NULL]"));
  const Schema nested{{{"r", Type::Row({{"l", Type::Array(Type::Int())},
                                        {"m", Type::Map(Type::String(), Type::Int())}})}}};
  EXPECT_THAT(Rows(nested,
                   "{\"r\":{\"l\":[1,2],\"m\":{\"k\":1}},\"r\":{\"l\":[3],\"l\":[4,5]}}\n"
                   "{\"r\":{\"m\":{\"k\":1,\"j\":2,\"k\":3}}}\n{\"r\":null}\n"),
              ElementsAre("+I[([4, 5], NULL)]", "+I[(NULL, {j=2, k=3})]", "+I[NULL]"));
}

TEST(JsonFormat, FindsKeysHoweverTheyAreSpelled) {
  EXPECT_THAT(Rows(kTwo, "{\"\\u0061\":1,\"\\u0062\":\"x\"}\n{\"a\":2,\"\\u0062\":\"y\"}\n"),
              ElementsAre("+I[1, x]", "+I[2, y]"));
  const std::string key(100, 'k');
  const Schema schema{{{key, Type::Int()}, {key + "2", Type::Int()}}};
  const std::string line = "{\"" + key + "2\":2,\"" + key + "\":1}\n";
  EXPECT_THAT(Rows(schema, line + line), ElementsAre("+I[1, 2]", "+I[1, 2]"));
}

TEST(JsonFormat, ReadsStrings) {
  const Type s = Type::String();
  EXPECT_EQ(One(s, R"("plain")"), "plain");
  EXPECT_EQ(One(s, R"("")"), "");
  EXPECT_EQ(One(s, R"("q\"b\\s\/t\tend")"), "q\"b\\s/t\tend");
  EXPECT_EQ(One(s, R"("\u00e9\u20ac\ud83d\ude00")"), "é€😀");
  EXPECT_EQ(One(s, "12.50"), "12.50");
  EXPECT_EQ(One(s, "true"), "true");
  EXPECT_EQ(One(s, R"({"k": [1, "]"]})"), R"({"k": [1, "]"]})");
  EXPECT_EQ(One(s, R"([{}, []])"), R"([{}, []])");
  for (const char* bad :
       {R"("\x")", R"("\ud800")", R"("\ud800\u0041")", R"("\udc00")", R"("\u12g4")", R"("\u")"}) {
    EXPECT_THAT(One(s, bad), HasSubstr("bad escape")) << bad;
  }
  std::string long_text;
  std::string spelled;
  for (int i = 0; i < 5000; ++i) {
    long_text += i % 7 == 0 ? "\\" : "z";
    spelled += i % 7 == 0 ? "\\\\" : "z";
  }
  EXPECT_EQ(One(s, "\"" + spelled + "\""), long_text);
}

TEST(JsonFormat, ReadsNumbers) {
  EXPECT_EQ(One(Type::BigInt(), "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(One(Type::BigInt(), "9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(One(Type::BigInt(), "\" 42 \""), "42");
  EXPECT_EQ(One(Type::BigInt(), "1.9"), "1");
  EXPECT_EQ(One(Type::BigInt(), "1e3"), "1000");
  EXPECT_EQ(One(Type::TinyInt(), "-128"), "-128");
  EXPECT_EQ(One(Type::Float(), "1.5"), "1.5");
  EXPECT_EQ(One(Type::Double(), "\"-2.5e-3\""), "-0.0025");
  EXPECT_EQ(One(Type::Double(), "0.1"), "0.1");
  EXPECT_EQ(One(Type::Decimal(38, 18), "12345678901234567890.123456789012345678"),
            "12345678901234567890.123456789012345678");
  EXPECT_EQ(One(Type::Decimal(5, 2), "\"1.005\""), "1.01");
  EXPECT_EQ(One(Type::BigInt(), "9223372036854775808"), "x! '9223372036854775808' is not a BIGINT");
  EXPECT_EQ(One(Type::TinyInt(), "128"), "x! '128' is not a TINYINT");
  EXPECT_EQ(One(Type::Int(), "\"1.0\""), "x! '1.0' is not a INT");
  EXPECT_EQ(One(Type::Decimal(5, 2), "1000"), "x! '1000' is not a DECIMAL(5, 2)");
  for (const char* bad : {"01", "1.", "-", "+1", ".5", "1e", "0x1", "NaN", "tru", "1 2", "{}", "[]",
                          "\"\"", "true"}) {
    EXPECT_THAT(One(Type::Int(), bad), HasSubstr("! ")) << bad;
    EXPECT_THAT(One(Type::Double(), bad), HasSubstr("! ")) << bad;
    EXPECT_THAT(One(Type::Decimal(9, 1), bad), HasSubstr("! ")) << bad;
  }
}

TEST(JsonFormat, ReadsOtherScalars) {
  EXPECT_EQ(One(Type::Boolean(), "true"), "TRUE");
  EXPECT_EQ(One(Type::Boolean(), "\"False\""), "FALSE");
  EXPECT_EQ(One(Type::Boolean(), "1"), "x! '1' is not a BOOLEAN");
  EXPECT_EQ(One(Type::Bytes(), "\"AP8Q\""), "x'00ff10'");
  EXPECT_EQ(One(Type::Bytes(), "\"AA==\""), "x'00'");
  EXPECT_EQ(One(Type::Bytes(), "\"A===\""), "x! 'A===' is not a BYTES");
  EXPECT_EQ(One(Type::Date(), "\"2024-02-29\""), "2024-02-29");
  EXPECT_EQ(One(Type::Time(0), "\"01:02:03\""), "01:02:03");
  EXPECT_EQ(One(Type::Timestamp(3), "\"2024-01-02 03:04:05.678\""), "2024-01-02 03:04:05.678");
  EXPECT_EQ(One(Type::Timestamp(3), "\"2024-01-02T03:04:05\""), "2024-01-02 03:04:05.000");
  EXPECT_EQ(One(Type::Timestamp(9), "\"2024-01-02T03:04:05.123456789\""),
            "2024-01-02 03:04:05.123456789");
  EXPECT_EQ(One(Type::TimestampLtz(3), "\"2024-01-02 03:04:05Z\""), "2024-01-02 03:04:05.000");
  EXPECT_EQ(One(Type::TimestampLtz(3), "\"2024-01-02T03:04:05+01:00\""), "2024-01-02 02:04:05.000");
  EXPECT_EQ(One(Type::Timestamp(3), "12"), "x! '12' is not a TIMESTAMP(3)");
  EXPECT_EQ(One(Type::Int(), "nul"), "x! 'nul' is not a INT");
}

TEST(JsonFormat, ReadsNestedValues) {
  EXPECT_EQ(One(Type::Array(Type::Int()), "[1, null, 3]"), "[1, NULL, 3]");
  EXPECT_EQ(One(Type::Array(Type::Array(Type::String())), "[[], [\"a\", \"b\"], null]"),
            "[[], [a, b], NULL]");
  EXPECT_EQ(One(Type::Map(Type::String(), Type::Map(Type::String(), Type::Int())),
                "{\"k\":{\"j\":1},\"l\":{}}"),
            "{k={j=1}, l={}}");
  EXPECT_EQ(One(Type::Multiset(Type::String()), "{\"k\":2}"), "{k=2}");
  const Type row = Type::Row({{"i", Type::Int()}, {"r", Type::Row({{"s", Type::String()}})}});
  EXPECT_EQ(One(row, "{\"r\":{\"s\":\"deep\",\"t\":0},\"i\":1}"), "(1, (deep))");
  EXPECT_EQ(One(row, "{}"), "(NULL, NULL)");
  EXPECT_EQ(One(Type::Array(row), "[{\"i\":1}, {\"r\":{}}]"), "[(1, NULL), (NULL, (NULL))]");
  EXPECT_EQ(One(row, "{\"i\":\"z\"}"), "x.i! 'z' is not a INT");
  EXPECT_EQ(One(row, "[1]"), "x! an object is expected here");
  EXPECT_EQ(One(Type::Array(Type::Int()), "{}"), "x! an array is expected here");
  const Schema keyed{{{"m", Type::Map(Type::Int(), Type::Int())}}};
  EXPECT_THAT(FormatUnderTest("json", keyed).Decode("").status.ToString(),
              HasSubstr("keys must be character strings"));
}

TEST(JsonFormat, RefusesWhatIsNoJson) {
  const FormatUnderTest json("json", kTwo);
  for (const char* bad : {"{",
                          "}",
                          "[]",
                          "1",
                          "null",
                          "\"a\"",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{,}",
                          "{\"a\":1 \"b\":2}",
                          "{\"a\":1}}",
                          "{\"a\":1} {}",
                          "{\"a\":1",
                          "{\"a\" 1}",
                          "{a:1}",
                          "{\"b\":\"x}",
                          "{\"b\":\"x\ty\"}",
                          "{\"z\":[1}",
                          "{\"z\":}",
                          "{\"z\":,\"a\":1}",
                          "{\"b\":\"\xff\"}",
                          "{\"a\":1,,\"b\":2}",
                          "{\"z\":{\"a\":1}",
                          "{\"z\":@@@}",
                          "{\"z\":tru,\"a\":1}",
                          "{\"z\":01}",
                          "{\"z\":1 2}",
                          "{\"z\":\"a\\q\"}",
                          "{\"z\":\"\\ud800\"}",
                          "{\"z\":[1 2]}",
                          "{\"z\":[1,]}",
                          "{\"z\":[,1]}",
                          "{\"z\":[1:2]}",
                          "{\"z\":[nil]}",
                          "{\"z\":[1}]}",
                          "{\"z\":{\"k\" 1}}",
                          "{\"z\":{\"k\":1,}}",
                          "{\"z\":{1:1}}",
                          "{\"z\":{\"k\":[{\"\\x\":1}]}}",
                          "{\"z\":{\"k\"}}",
                          "{\"z\":{\"k\":1 \"l\":2}}"}) {
    const Decoded decoded = json.Decode(std::string("{\"a\":0}\n") + bad + "\n{\"a\":2}\n");
    EXPECT_FALSE(decoded.status.ok()) << bad;
    EXPECT_EQ(decoded.status.id(), "E3005") << bad;
    EXPECT_EQ(decoded.bad.offset, 8U) << bad;
    EXPECT_FALSE(decoded.bad.reason.empty()) << bad;
  }
}

TEST(JsonFormat, LeavesBadRecordsOutAndCountsThem) {
  const Schema schema{{{"a", Type::BigInt()},
                       {"l", Type::Array(Type::Int())},
                       {"m", Type::Map(Type::String(), Type::Int())}}};
  const graph::TableOptions options = {{"json.ignore-parse-errors", "true"}};
  const Decoded decoded =
      FormatUnderTest("json", schema, options)
          .Decode(
              "{\"a\":1,\"l\":[1]}\n{\"a\":2,\"l\":[7,\"x\"]}\n{\"m\":{\"k\":\"z\"}}\nnonsense\n{"
              "\"a\":\"x}\n{\"a\":3,\"l\":[2,3],\"m\":{\"k\":1}}\n[]\n{\"a\":4");
  EXPECT_TRUE(decoded.status.ok());
  EXPECT_THAT(decoded.rows, ElementsAre("+I[1, [1], NULL]", "+I[3, [2, 3], {k=1}]"));
  EXPECT_EQ(decoded.skipped, 6U);
}

TEST(JsonFormat, AsksForMissingFields) {
  const graph::TableOptions strict = {{"json.fail-on-missing-field", "true"}};
  EXPECT_THAT(Rows(kTwo, "{\"b\":null,\"a\":1}\n", strict), ElementsAre("+I[1, NULL]"));
  const Decoded decoded = FormatUnderTest("json", kTwo, strict).Decode("{\"a\":1}\n");
  EXPECT_EQ(decoded.bad.column, "b");
  EXPECT_EQ(decoded.bad.reason, "the record has no such field");
  const graph::TableOptions both = {{"json.fail-on-missing-field", "true"},
                                    {"json.ignore-parse-errors", "true"}};
  EXPECT_THAT(FormatUnderTest("json", kTwo, both).Decode("").status.ToString(),
              HasSubstr("cannot both be true"));
}

TEST(JsonFormat, SurvivesDepth) {
  std::string deep(5000, '[');
  EXPECT_THAT(One(Type::Int(), deep), HasSubstr("! "));
  const std::string line = "{\"z\":" + deep + std::string(5000, ']') + "}\n";
  EXPECT_THAT(FormatUnderTest("json", kTwo).Decode(line).bad.reason, HasSubstr("nested deeper"));
  const std::string fine =
      "{\"z\":" + std::string(900, '[') + std::string(900, ']') + ",\"a\":1}\n";
  EXPECT_THAT(Rows(kTwo, fine), ElementsAre("+I[1, NULL]"));
}

// Values that nobody reads are JSON, and in any spelling of it.
TEST(JsonFormat, SkipsEveryValue) {
  for (const char* good :
       {"1", "-0", "-1.5e+300", "123456789012345678901234567890", "true", "false", "null", "\"\"",
        "\"a\\\"\\\\\\u00e9\\ud83d\\ude00\" ", "[]", "{}", " [ ] ", "[[],{},[{}]]",
        "{\"a\":{\"a\":[1,\"x\",{\"b\":null}]},\"\\n\":1.0}"}) {
    const std::string line = fmt::format("{{\"z\":{},\"a\":1}}\n", good);
    // The second one by the shape of the first.
    EXPECT_THAT(Rows(kTwo, line + line), ElementsAre("+I[1, NULL]", "+I[1, NULL]")) << good;
  }
}

TEST(JsonFormat, BlocksEndAtRecords) {
  const FormatUnderTest json("json", kTwo);
  std::string text;
  for (int i = 0; i < 9; ++i)
    text += fmt::format("{{\"b\":\"x\\n{}\",\"a\":{}}}\n",
                        std::string(static_cast<size_t>(i) * 9, 'y'), i);
  const std::vector<std::string> whole = json.Decode(text).rows;
  for (size_t cut = 0; cut <= text.size(); ++cut) EXPECT_EQ(json.DecodeCut(text, cut).rows, whole);
  for (uint32_t max_rows = 1; max_rows < 9; ++max_rows)
    EXPECT_EQ(json.Decode(text, max_rows).rows, whole);
}

TEST(JsonFormat, GrowsBeyondWhatItExpected) {
  const Schema schema{{{"l", Type::Array(Type::Int())}, {"s", Type::String()}}};
  std::string text = "{\"l\":null,\"s\":\"" + std::string(200'000, 'a') + "\"}\n";
  std::vector<std::string> expected = {"+I[NULL, " + std::string(200'000, 'a') + "]"};
  for (int i = 0; i < 5000; ++i) {
    text += i % 3 == 0 ? "{}\n" : "{\"l\":[1,2,3]}\n";
    expected.emplace_back(i % 3 == 0 ? "+I[NULL, NULL]" : "+I[[1, 2, 3], NULL]");
  }
  EXPECT_EQ(FormatUnderTest("json", schema).Decode(text, 10'000).rows, expected);
}

TEST(JsonFormat, PrunesColumns) {
  FormatUnderTest json("json", kTwo);
  json.columns = {1};
  EXPECT_THAT(json.Decode("{\"a\":\"bad\",\"b\":\"x\"}\n").rows, ElementsAre("+I[x]"));
  json.columns = {};
  EXPECT_THAT(json.Decode("{\"a\":1}\n{}\n").rows, ElementsAre("+I[]", "+I[]"));
}

TEST(JsonFormat, Writes) {
  const FormatUnderTest json("json", kTwo);
  EXPECT_EQ(*json.Encode("1, 'a\"\\\t\x01' / NULL, NULL"),
            "{\"a\":1,\"b\":\"a\\\"\\\\\\t\\u0001\"}\n{\"a\":null,\"b\":null}\n");
  EXPECT_EQ(*FormatUnderTest("json", kTwo, {{"json.encode.ignore-null-fields", "true"}})
                 .Encode("NULL, x / NULL, NULL"),
            "{\"b\":\"x\"}\n{}\n");
  const Schema decimal{{{"d", Type::Decimal(12, 9)}}};
  EXPECT_EQ(*FormatUnderTest("json", decimal).Encode("0.000000027 / 1.5 / -0.000000001 / 0"),
            "{\"d\":2.7E-8}\n{\"d\":1.500000000}\n{\"d\":-1E-9}\n{\"d\":0.000000000}\n");
  EXPECT_EQ(*FormatUnderTest("json", decimal, {{"json.encode.decimal-as-plain-number", "true"}})
                 .Encode("0.000000027"),
            "{\"d\":0.000000027}\n");
  const Schema times{{{"t", Type::Timestamp(3)},
                      {"l", Type::TimestampLtz(3)},
                      {"d", Type::Date()},
                      {"c", Type::Time(3)}}};
  const std::string row = "2024-01-02 03:04:05.600, 2024-01-02 03:04:05, 2024-01-02, 03:04:05";
  EXPECT_EQ(*FormatUnderTest("json", times).Encode(row),
            "{\"t\":\"2024-01-02 03:04:05.6\",\"l\":\"2024-01-02 "
            "03:04:05Z\",\"d\":\"2024-01-02\",\"c\":\"03:04:05\"}\n");
  EXPECT_EQ(
      *FormatUnderTest("json", times, {{"json.timestamp-format.standard", "ISO-8601"}}).Encode(row),
      "{\"t\":\"2024-01-02T03:04:05.6\",\"l\":\"2024-01-02T03:04:05Z\",\"d\":\"2024-01-02\",\"c\":"
      "\"03:04:05\"}\n");
}

TEST(JsonFormat, ReadsWhatItWrites) {
  const Schema schema{{{"bo", Type::Boolean()},
                       {"i", Type::SmallInt()},
                       {"f", Type::Float()},
                       {"d", Type::Double()},
                       {"de", Type::Decimal(20, 4)},
                       {"by", Type::Bytes()},
                       {"n", Type::Timestamp(9)},
                       {"l", Type::Array(Type::String())},
                       {"m", Type::Map(Type::String(), Type::Int())},
                       {"r", Type::Row({{"x", Type::Int()}, {"y", Type::Array(Type::Int())}})}}};
  const std::string rows =
      "+I[TRUE, -7, 1.25, 1.0E100, 1234567890123456.7890, x'00ff', 2024-01-02 03:04:05.000000001, "
      "[a, NULL], {k=1}, (1, [2, 3])]\n"
      "+I[NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL]\n"
      "+I[FALSE, 0, -0.0, 0.5, 0.0000, x'', 1969-12-31 23:59:59.999999999, [], {}, (NULL, NULL)]\n";
  const FormatUnderTest json("json", schema);
  EXPECT_EQ(json.Decode(json.Encode(rows).value()).rows, Lines(rows));
}

}  // namespace
}  // namespace weir::connectors::testing
