#include "runtime/connectors/sample/file_sample.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::connectors {
namespace {

using ::testing::HasSubstr;

// "a BIGINT, b STRING | format=csv csv.header=true".
std::string Text(const Result<FileSample>& sample) {
  if (!sample.ok()) return sample.status().ToString();
  std::string text;
  for (const Field& field : sample->schema.fields) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", field.name, field.type.ToString());
  }
  text += " |";
  for (const graph::TableOption& option : sample->options) {
    text += fmt::format(" {}={}", option.key, option.value);
  }
  return text;
}

std::string Csv(std::string_view text, bool cut = false) {
  return Text(SampleCsv(text, cut, 0));
}
std::string Json(std::string_view text, bool cut = false) {
  return Text(SampleJson(text, cut));
}

TEST(SampleCsvTest, TypesAreTheNarrowestThatAllTextsHave) {
  EXPECT_EQ(Csv("i,d,b,day,at,t,e\n"
                "1,2,true,2026-01-02,2026-01-02 03:04:05,x,\n"
                "-5,2.5,false,,2026-01-02 03:04:05.123456,7,\n"),
            "i BIGINT, d DOUBLE, b BOOLEAN, day DATE, at TIMESTAMP(6), t STRING, e STRING | "
            "format=csv csv.header=true");
}

TEST(SampleCsvTest, NumbersThatWouldNotComeBackAsTheyWereAreTexts) {
  EXPECT_EQ(
      Csv("code,plus,hex,big,word,exp\n007,+1,0x1,9223372036854775808,NaN,"
          "12345678901234567890e1\n"),
      "code STRING, plus STRING, hex STRING, big STRING, word STRING, exp STRING | format=csv "
      "csv.header=true");
}

TEST(SampleCsvTest, AHeaderIsTextsThatAreNamesOrAboveOtherTypes) {
  EXPECT_EQ(Csv("a,b\nx,y\n"), "a STRING, b STRING | format=csv csv.header=true");
  EXPECT_EQ(Csv("!,?\n1,2\n"), "! BIGINT, ? BIGINT | format=csv csv.header=true");
  EXPECT_EQ(Csv("!,?\nx,y\n"), "column0 STRING, column1 STRING | format=csv");
  EXPECT_EQ(Csv("a,1\nb,2\n"), "column0 STRING, column1 BIGINT | format=csv");
  EXPECT_EQ(Csv("a,a\nx,y\n"), "column0 STRING, column1 STRING | format=csv");
  EXPECT_EQ(Csv("EXPR$0,EXPR$1\nx,y\n"),
            "EXPR$0 STRING, EXPR$1 STRING | format=csv csv.header=true");
  EXPECT_EQ(Csv("a,b\n"), "a STRING, b STRING | format=csv csv.header=true");
}

TEST(SampleCsvTest, NamesMayBeMissingOrStandTwiceAboveOtherTypes) {
  EXPECT_EQ(Csv("a,a\n1,2\n"), "a BIGINT, a_1 BIGINT | format=csv csv.header=true");
  EXPECT_EQ(Csv("a,a,a_1\n1,2,3\n"),
            "a BIGINT, a_2 BIGINT, a_1 BIGINT | format=csv csv.header=true");
  EXPECT_EQ(Csv(",a, b \n0,1,2\n"),
            "column0 BIGINT, a BIGINT, b BIGINT | format=csv csv.header=true");
  // A row with a NULL is no header.
  EXPECT_EQ(Csv("Ann,\nBob,30\n"), "column0 STRING, column1 BIGINT | format=csv");
}

TEST(SampleCsvTest, ADelimiterBehindTheLastFieldBeginsNoColumn) {
  EXPECT_EQ(Csv("a,b,\n1,x,\n"), "a BIGINT, b STRING | format=csv csv.header=true");
  EXPECT_EQ(Csv("a,b,\n1,x,3\n"),
            "a BIGINT, b STRING, column2 BIGINT | format=csv csv.header=true");
}

TEST(SampleCsvTest, TheDelimiterDividesAllRecordsAlike) {
  EXPECT_EQ(Csv("a;b\n1,5;2\n3,5;4\n"),
            "a STRING, b BIGINT | format=csv csv.header=true csv.field-delimiter=;");
  EXPECT_EQ(Csv("a\tb\n1\t2\n"),
            "a BIGINT, b BIGINT | format=csv csv.header=true csv.field-delimiter=\\t");
  EXPECT_EQ(Csv("a|b\n1|2\n"),
            "a BIGINT, b BIGINT | format=csv csv.header=true csv.field-delimiter=|");
  EXPECT_EQ(Csv("a\n\"1,2\"\n"), "a STRING | format=csv csv.header=true");
}

TEST(SampleCsvTest, WhatWasCutOffSaysNothing) {
  EXPECT_EQ(Csv("a,b\n1,2\n3,x", true), "a BIGINT, b BIGINT | format=csv csv.header=true");
  EXPECT_EQ(Csv("a,b\n1,2\n3,x", false), "a BIGINT, b STRING | format=csv csv.header=true");
}

TEST(SampleCsvTest, LinesBehindTheSampleSayNothing) {
  std::string text = "a\n";
  for (size_t i = 0; i < kSampledRecords; ++i) text += "1\n";
  EXPECT_EQ(Csv(text + "x\n"), "a BIGINT | format=csv csv.header=true");
}

TEST(SampleCsvTest, AByteOrderMarkIsNoPartOfAName) {
  EXPECT_EQ(Csv("\xEF\xBB\xBF"
                "a,b\n1,2\n"),
            "a BIGINT, b BIGINT | format=csv csv.header=true");
}

TEST(SampleCsvTest, AnEmptyTextHasNoColumns) {
  EXPECT_EQ(Csv(""), " |");
}

TEST(SampleTest, NumbersThatADoubleDoesNotGiveBackAreTexts) {
  const auto types = [](std::string_view number) {
    const std::string csv = Csv(fmt::format("a,b\n{},0.5\n1,0.5\n", number));
    const std::string json = Json(fmt::format("{{\"a\":{}}}\n{{\"a\":0.5}}\n", number));
    return csv.substr(0, csv.find(',')) + "; " + json.substr(0, json.find(" |"));
  };
  EXPECT_EQ(types("0.30000000000000004"), "a DOUBLE; a DOUBLE");
  EXPECT_EQ(types("0.10000000000000001"), "a DOUBLE; a DOUBLE");
  EXPECT_EQ(types("0.1000000000000000055511151231257827021181583404541015625"),
            "a DOUBLE; a DOUBLE");
  EXPECT_EQ(types("-12.500000000000000000000e-3"), "a DOUBLE; a DOUBLE");
  EXPECT_EQ(types("0.12345678901234567"), "a STRING; a STRING");
  EXPECT_EQ(Csv("a,b\n.5,-.25\n"), "a DOUBLE, b DOUBLE | format=csv csv.header=true");
  EXPECT_EQ(Csv("a,b\n+5,.\n"), "a STRING, b STRING | format=csv csv.header=true");
  EXPECT_EQ(types("1234567890123456.789"), "a STRING; a STRING");
  EXPECT_EQ(types("1.2345678901234567891e300"), "a STRING; a STRING");
  EXPECT_EQ(types("9007199254740993.0"), "a STRING; a STRING");
  EXPECT_EQ(Json("{\"a\":9007199254740993}\n{\"a\":0.5}\n"), "a STRING | format=json");
  EXPECT_EQ(Json("{\"a\":-9223372036854775808}\n"), "a BIGINT | format=json");
  EXPECT_EQ(Json("{\"a\":9223372036854775808}\n"), "a STRING | format=json");
  EXPECT_EQ(Json("{\"a\":\"\\\\\",\"b\":[0.12345678901234567]}\n"),
            "a STRING, b ARRAY<STRING> | format=json");
}

TEST(SampleJsonTest, ObjectsAndArraysKeepTheirShape) {
  EXPECT_EQ(
      Json(R"({"id":1,"user":{"name":"x","tags":["a"]},"points":[{"x":1},{"x":2.5,"y":true}]})"
           "\n"),
      "id BIGINT, user ROW<`name` STRING, `tags` ARRAY<STRING>>, points ARRAY<ROW<`x` DOUBLE, "
      "`y` BOOLEAN>> | format=json");
}

TEST(SampleJsonTest, DifferentTypesInOnePlaceAreAText) {
  EXPECT_EQ(Json("{\"a\":1,\"b\":null,\"c\":[],\"d\":{}}\n{\"a\":\"x\",\"e\":false}\n"),
            "a STRING, b STRING, c ARRAY<STRING>, d STRING, e BOOLEAN | format=json");
}

TEST(SampleJsonTest, TimesAreOfOneStandard) {
  EXPECT_EQ(Json(R"({"a":"2026-01-02 03:04:05","b":"2026-01-02"})"),
            "a TIMESTAMP(3), b DATE | format=json");
  EXPECT_EQ(Json(R"({"a":"2026-01-02T03:04:05.5Z"})"),
            "a TIMESTAMP_LTZ(3) | format=json json.timestamp-format.standard=ISO-8601");
  EXPECT_EQ(Json(R"({"a":"2026-01-02 03:04:05","b":"2026-01-02T03:04:05"})"),
            "a TIMESTAMP(3), b STRING | format=json");
}

TEST(SampleJsonTest, NumbersInQuotesAreTexts) {
  EXPECT_EQ(Json(R"({"a":"1","b":"true"})"), "a STRING, b STRING | format=json");
}

TEST(SampleJsonTest, IntegersThatBigintDoesNotHoldAreTexts) {
  EXPECT_EQ(Json(R"({"a":9223372036854775807,"b":9223372036854775808,"c":-9223372036854775808})"),
            "a BIGINT, b STRING, c BIGINT | format=json");
  EXPECT_EQ(Json("{\"a\":1}\n{\"a\":123456789012345678901234567890}\n{\"a\":2.5}\n"),
            "a STRING | format=json");
  EXPECT_EQ(
      Json(R"({"s":"\\\"123456789012345678901234567890","n":[-98765432109876543210, 1],"d":1.5})"),
      "s STRING, n ARRAY<STRING>, d DOUBLE | format=json");
}

TEST(SampleJsonTest, AMemberWithoutANameIsNoColumn) {
  EXPECT_THAT(Json(R"({"a":1,"":2})"), HasSubstr("has a member without a name"));
  EXPECT_EQ(Json(R"({"a":{"":2}})"), "a STRING | format=json");
}

TEST(SampleJsonTest, WhatIsNoObjectIsRefusedWithItsLine) {
  EXPECT_THAT(Json("{\"a\":1}\n[2]\n"), HasSubstr("line 2 is not a JSON object"));
  EXPECT_THAT(Json("[{\"a\":1}]\n"), HasSubstr("or is one array of objects"));
  EXPECT_THAT(Json("{\"a\":1}\n{\"a\":"), HasSubstr("line 2"));
  EXPECT_EQ(Json("{\"a\":1}\n{\"a\":", true), "a BIGINT | format=json");
}

}  // namespace
}  // namespace weir::connectors
