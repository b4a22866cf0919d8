// Results as text: boxes, their widths, and the formats of programs.
#include "shell/output/render.h"

#include <gmock/gmock.h>

#include <clocale>

namespace weir::shell {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ResultTable Sample() {
  ResultTable table;
  table.columns = {{"id", Type::Int()}, {"name", Type::String()}};
  table.rows = {{Value(Type::Int(), int32_t{7}), Value(Type::String(), std::string("日本"))},
                {Value::Null(Type::Int()), Value(Type::String(), std::string("a,\"b\"\nc"))}};
  return table;
}

class RenderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::setlocale(LC_CTYPE, "C.UTF-8"); }
};

TEST_F(RenderTest, BoxAlignsNumbersRightAndMeasuresWideCharacters) {
  EXPECT_EQ(Render(Sample(), {}),
            "┌──────┬─────────┐\n"
            "│   id │ name    │\n"
            "├──────┼─────────┤\n"
            "│    7 │ 日本    │\n"
            "│ NULL │ a,\"b\" c │\n"
            "└──────┴─────────┘\n");
}

TEST_F(RenderTest, BoxOfNoRowsHasItsHead) {
  ResultTable table = Sample();
  table.rows.clear();
  EXPECT_EQ(Render(table, {}), "┌────┬──────┐\n│ id │ name │\n├────┼──────┤\n└────┴──────┘\n");
}

TEST_F(RenderTest, NullIsDimInColour) {
  EXPECT_THAT(Render(Sample(), {.color = true}), HasSubstr("\033[2mNULL\033[0m"));
  EXPECT_THAT(Render(Sample(), {}), Not(HasSubstr("\033")));
}

TEST_F(RenderTest, BoxCutsTheWidestColumn) {
  ResultTable table = TextTable({"a", "b"});
  table.AddTextRow({"short", "a text that is much too long for this terminal"});
  const std::string box = Render(table, {.width = 30, .auto_vertical = true});
  EXPECT_THAT(box, HasSubstr("a text that is mu…"));
  for (size_t at = 0; at < box.size();) {
    const size_t end = box.find('\n', at);
    EXPECT_EQ(DisplayWidth(box.substr(at, end - at)), 30);
    at = end + 1;
  }
}

TEST_F(RenderTest, BoxThatWouldBeUnreadableIsVertical) {
  ResultTable table;
  std::vector<std::string> cells;
  for (int i = 0; i < 20; ++i) {
    table.columns.push_back({"column" + std::to_string(i), Type::String()});
    cells.push_back("some text");
  }
  table.AddTextRow(cells);
  EXPECT_THAT(Render(table, {.width = 60, .auto_vertical = true}),
              HasSubstr("column19 │ some text\n"));
  EXPECT_THAT(Render(table, {.width = 60}), HasSubstr("…"));
}

TEST_F(RenderTest, CsvQuotesWhatMustBeAndTellsNullFromEmpty) {
  ResultTable table = Sample();
  table.rows.push_back({Value(Type::Int(), int32_t{1}), Value(Type::String(), std::string())});
  table.rows.push_back({Value(Type::Int(), int32_t{2}), Value::Null(Type::String())});
  EXPECT_EQ(Render(table, {.format = OutputFormat::kCsv}),
            "id,name\n7,日本\n,\"a,\"\"b\"\"\nc\"\n1,\"\"\n2,\n");
  EXPECT_EQ(Render(table, {.format = OutputFormat::kCsv, .header = false}).substr(0, 2), "7,");
}

TEST_F(RenderTest, OtherFormats) {
  const ResultTable table = Sample();
  EXPECT_EQ(Render(table, {.format = OutputFormat::kTsv}), "id\tname\n7\t日本\n\\N\ta,\"b\"\\nc\n");
  // A reader that takes \r\n for the end of a line would lose it.
  ResultTable returns = TextTable({"a"});
  returns.AddTextRow({"x\r"});
  EXPECT_EQ(Render(returns, {.format = OutputFormat::kTsv}), "a\nx\\r\n");
  EXPECT_EQ(Render(table, {.format = OutputFormat::kJson}),
            "{\"id\":7,\"name\":\"日本\"}\n{\"id\":null,\"name\":\"a,\\\"b\\\"\\nc\"}\n");
  EXPECT_EQ(Render(table, {.format = OutputFormat::kMarkdown}),
            "| id | name |\n| ---: | --- |\n| 7 | 日本 |\n| NULL | a,\"b\" c |\n");
  EXPECT_EQ(Render(table, {.format = OutputFormat::kChangelog}),
            "+I[7, 日本]\n+I[NULL, a,\"b\"\nc]\n");
  EXPECT_THAT(Render(table, {.format = OutputFormat::kVertical}), HasSubstr("─[ record 2 ]"));
}

// As SHOW JOBS answers.
ResultTable Jobs() {
  ResultTable table;
  table.columns = {
      {"job id", Type::String()},      {"job name", Type::String()}, {"status", Type::String()},
      {"start time", Type::String()},  {"uptime", Type::Double()},   {"rows in", Type::BigInt()},
      {"rows/s", Type::Double()},      {"lag", Type::Double()},      {"state", Type::BigInt()},
      {"checkpoints", Type::BigInt()}, {"note", Type::String()}};
  table.rows = {
      {TextCell("0123456789abcdef"), TextCell("sales_per_minute"), TextCell("RUNNING"),
       TextCell("2026-01-01 10:00:00.000"), MeasureCell(3661.5), NumberCell(1'210'000),
       MeasureCell(605'000.04), MeasureCell(5.4), NumberCell(39'845'888), NumberCell(12),
       TextCell("2 restarts; no window closed: see DESCRIBE JOB")},
      {TextCell("fedcba9876543210"), TextCell("copy"), TextCell("SUSPENDED"),
       TextCell("2026-01-01 10:00:00.000"), Value::Null(Type::Double()),
       Value::Null(Type::BigInt()), Value::Null(Type::Double()), Value::Null(Type::Double()),
       Value::Null(Type::BigInt()), Value::Null(Type::BigInt()), TextCell("it has no checkpoint")}};
  return table;
}

TEST_F(RenderTest, JobsHaveUnitsForPeopleAndNumbersForPrograms) {
  RenderOptions options;
  options.about_jobs = true;
  EXPECT_THAT(Render(Jobs(), options),
              AllOf(HasSubstr("│ 1 h 01 min │ 1210000 │ 605 K  │ 5.4 s │ 38.0 MiB │"),
                    HasSubstr("│            │         │        │       │          │")));
  options.format = OutputFormat::kVertical;
  EXPECT_THAT(Render(Jobs(), options), HasSubstr("uptime      │ 1 h 01 min\n"));
  options.format = OutputFormat::kCsv;
  EXPECT_THAT(Render(Jobs(), options),
              AllOf(HasSubstr(",3661.5,1210000,605000.04,5.4,39845888,12,"),
                    HasSubstr("10:00:00.000,,,,,,,it has no checkpoint\n")));
  options.format = OutputFormat::kJson;
  EXPECT_THAT(Render(Jobs(), options),
              AllOf(HasSubstr(R"("uptime":3661.5,"rows in":1210000,"rows/s":605000.04,"lag":5.4,)"
                              R"("state":39845888,"checkpoints":12,)"),
                    HasSubstr(R"("lag":null,"state":null)")));
}

TEST_F(RenderTest, JobsFitNarrowTerminals) {
  RenderOptions options;
  options.about_jobs = true;
  options.auto_vertical = true;
  for (int width = 56; width <= 200; ++width) {
    options.width = width;
    const std::string text = Render(Jobs(), options);
    EXPECT_THAT(text, AllOf(Not(HasSubstr("record 1")), HasSubstr("5.4 s"), HasSubstr("lag")));
    if (width >= 60) {
      EXPECT_THAT(text, AllOf(HasSubstr("RUNNING"), HasSubstr("38.0 MiB")));
    }
    EXPECT_LE(DisplayWidth(text.substr(0, text.find('\n'))), width) << text;
  }
  options.width = 100;
  EXPECT_THAT(Render(Jobs(), options), HasSubstr("rows in"));
}

TEST_F(RenderTest, EveryFormatIsKnownByItsName) {
  for (const char* name : {"box", "CSV", "tsv", "json", "markdown", "vertical", "changelog"}) {
    EXPECT_TRUE(ParseOutputFormat(name).has_value()) << name;
  }
  EXPECT_FALSE(ParseOutputFormat("xml").has_value());
}

TEST_F(RenderTest, BoxesWhoseRowsAreNotKnownHaveTypicalWidths) {
  ResultTable header = TextTable({"op"});
  header.columns.push_back({"n", Type::BigInt()});
  const std::vector<int> widths = TypicalWidths(header, 0);
  EXPECT_EQ(widths, (std::vector<int>{2, 20}));
  EXPECT_EQ(BoxLine({Value(Type::String(), std::string("+I")), Value(Type::BigInt(), int64_t{3})},
                    widths),
            "│ +I │                    3 │\n");
  int total = 1;
  for (const int width : TypicalWidths(header, 20)) total += width + 3;
  EXPECT_LE(total, 20);
}

TEST_F(RenderTest, WidthsOfTexts) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);  // a combining accent takes no column
  EXPECT_EQ(CutToWidth("日本語", 5), "日本…");
  EXPECT_EQ(CutToWidth("日本語", 0), "日本語");
  EXPECT_EQ(CutToWidth("abc", 3), "abc");
  EXPECT_EQ(ScreenLines("ab\nabcdef\n\n", 4), 4);
  EXPECT_EQ(ScreenLines("abcdef\n", 0), 1);
}

TEST_F(RenderTest, LocalTimesAreShownInTheSessionsZone) {
  const TimeZone tokyo = TimeZone::Find("Asia/Tokyo").value();
  const Value instant(Type::TimestampLtz(3), int64_t{0});
  EXPECT_EQ(InZone(instant, tokyo).ToString(), "1970-01-01 09:00:00.000");
  EXPECT_EQ(InZone(instant, TimeZone::Utc()).ToString(), "1970-01-01 00:00:00.000");
  EXPECT_EQ(InZone(Value(Type::Timestamp(3), int64_t{0}), tokyo).ToString(),
            "1970-01-01 00:00:00.000");
  const Value list(Type::Array(Type::TimestampLtz(0)),
                   std::vector<Value>{Value(Type::TimestampLtz(0), int64_t{0})});
  EXPECT_EQ(InZone(list, tokyo).ToString(), "[1970-01-01 09:00:00]");
  EXPECT_TRUE(InZone(Value::Null(Type::TimestampLtz(3)), tokyo).is_null());
}

}  // namespace
}  // namespace weir::shell
