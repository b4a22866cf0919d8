// CSV as RFC 4180 and Flink's options have it: quoting, line ends, headers, NULLs, bad records.
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Rows(std::string_view text, graph::TableOptions options = {}) {
  const Decoded decoded = FormatUnderTest("csv", kTwo, std::move(options)).Decode(text);
  EXPECT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  return decoded.rows;
}

TEST(CsvFormat, SplitsRecordsAndFields) {
  EXPECT_THAT(Rows("1,x\n2,y\n"), ElementsAre("+I[1, x]", "+I[2, y]"));
  EXPECT_THAT(Rows("1,x\n2,y"), ElementsAre("+I[1, x]", "+I[2, y]"));
  EXPECT_THAT(Rows("1,x\r\n2,y\r\n"), ElementsAre("+I[1, x]", "+I[2, y]"));
  EXPECT_THAT(Rows("\n1,x\n\r\n\n2,y\n"), ElementsAre("+I[1, x]", "+I[2, y]"));
  EXPECT_THAT(Rows(""), IsEmpty());
  EXPECT_THAT(Rows("\xEF\xBB\xBF"
                   "1,x\n"),
              ElementsAre("+I[1, x]"));
}

TEST(CsvFormat, ReadsQuotedFields) {
  EXPECT_THAT(Rows("1,\"a,b\"\n"), ElementsAre("+I[1, a,b]"));
  EXPECT_THAT(Rows("1,\"say \"\"hi\"\"\"\n\"2\",\"\"\"\"\n"),
              ElementsAre("+I[1, say \"hi\"]", "+I[2, \"]"));
  EXPECT_THAT(Rows("1,it's \"so\"\n"), ElementsAre("+I[1, it's \"so\"]"));
  const Decoded lines = FormatUnderTest("csv", kTwo).Decode("1,\"two\nlines\"\n2,y\n");
  EXPECT_THAT(lines.rows, ElementsAre("+I[1, two", "lines]", "+I[2, y]"));
}

TEST(CsvFormat, TextBehindAQuotedFieldIsNotDropped) {
  EXPECT_THAT(Rows("1 ,\"a\" \t\r\n\"2\" ,\"b\"  \n"), ElementsAre("+I[1, a]", "+I[2, b]"));
  const Decoded bad = FormatUnderTest("csv", kTwo).Decode("1,\"a\"\n2,\"b\"c\n3,d\n");
  EXPECT_EQ(bad.bad.offset, 6U);
  EXPECT_THAT(bad.bad.reason, HasSubstr("behind the quote"));
  EXPECT_THAT(Rows("1,\"a\"\n2,\"b\"c\n3,d\n", {{"csv.ignore-parse-errors", "true"}}),
              ElementsAre("+I[1, a]", "+I[3, d]"));
  const Decoded header =
      FormatUnderTest("csv", kTwo, {{"csv.header", "true"}}).Decode("\"a\"x,b\n1,c\n");
  EXPECT_THAT(header.status.ToString(), HasSubstr("behind the quote"));
}

TEST(CsvFormat, ABlankLineIsARowOfOneColumn) {
  const Schema one{{{"b", Type::String()}}};
  const auto rows = [&](std::string_view text, const graph::TableOptions& options) {
    return FormatUnderTest("csv", one, options).Decode(text).rows;
  };
  EXPECT_THAT(rows("x\n\r\n\"\"\n\n", {}), ElementsAre("+I[x]", "+I[NULL]", "+I[]", "+I[NULL]"));
  EXPECT_THAT(rows("\nx\n", {{"csv.null-literal", "x"}}), ElementsAre("+I[]", "+I[NULL]"));
  EXPECT_THAT(rows("#c\n\n", {{"csv.allow-comments", "true"}}), ElementsAre("+I[NULL]"));
}

TEST(CsvFormat, TellsNullFromTheEmptyText) {
  EXPECT_THAT(Rows(",\n1,\"\"\n"), ElementsAre("+I[NULL, NULL]", "+I[1, ]"));
  EXPECT_THAT(Rows("n/a,n/a\n1,\n2,\"n/a\"\n", {{"csv.null-literal", "n/a"}}),
              ElementsAre("+I[NULL, NULL]", "+I[1, ]", "+I[2, n/a]"));
}

TEST(CsvFormat, TakesOtherDialects) {
  EXPECT_THAT(Rows("1;x\n", {{"csv.field-delimiter", ";"}}), ElementsAre("+I[1, x]"));
  EXPECT_THAT(Rows("1\tx\n", {{"csv.field-delimiter", "\\t"}}), ElementsAre("+I[1, x]"));
  EXPECT_THAT(Rows("1,'a,b'\n", {{"csv.quote-character", "'"}}), ElementsAre("+I[1, a,b]"));
  EXPECT_THAT(Rows("1,\"x\n", {{"csv.disable-quote-character", "true"}}),
              ElementsAre("+I[1, \"x]"));
  EXPECT_THAT(Rows("1,\"a\\\"b\\\\\"\n", {{"csv.escape-character", "\\"}}),
              ElementsAre("+I[1, a\"b\\]"));
  // As Jackson has it: in bare fields too, where a line end may be escaped, and a number. Rows are
  // cut at the line ends in them here.
  const graph::TableOptions escapes = {{"csv.escape-character", "\\"}};
  EXPECT_THAT(Rows("\\1,a\\,b\\\\\n2,\\\"x\\\ny\n3,\"\\n\\t\"\n", escapes),
              ElementsAre("+I[1, a,b\\]", "+I[2, \"x", "y]", "+I[3, ", "\t]"));
  EXPECT_THAT(Rows("1,\\N\n2,N\n", {{"csv.escape-character", "\\"}, {"csv.null-literal", "\\N"}}),
              ElementsAre("+I[1, NULL]", "+I[2, N]"));
  EXPECT_THAT(Rows("# 1,\"x\n1,x\n#\n", {{"csv.allow-comments", "true"}}), ElementsAre("+I[1, x]"));
  EXPECT_THAT(Rows("1,#x\n  # \"y\n  2,\"y\n#\"\n \n #", {{"csv.allow-comments", "true"}}),
              ElementsAre("+I[1, #x]", "+I[2, y", "#]"));
  const Decoded wrong = FormatUnderTest("csv", kTwo, {{"csv.field-delimiter", "ab"}}).Decode("");
  EXPECT_THAT(wrong.status.ToString(), HasSubstr("takes one character"));
}

TEST(CsvFormat, MatchesColumnsByHeader) {
  const graph::TableOptions header = {{"csv.header", "true"}};
  EXPECT_THAT(Rows("B,extra,a\nx,0,1\n", header), ElementsAre("+I[1, x]"));
  EXPECT_THAT(Rows("", header), IsEmpty());
  EXPECT_THAT(Rows("a,b\n", header), IsEmpty());
  const Decoded missing = FormatUnderTest("csv", kTwo, header).Decode("a,bb\n1,x\n");
  EXPECT_THAT(missing.status.ToString(), HasSubstr("it has no column \"b\""));
  EXPECT_EQ(missing.status.id(), "E3005");
}

TEST(CsvFormat, SaysWhatIsBad) {
  const FormatUnderTest csv("csv", kTwo);
  Decoded decoded = csv.Decode("1,x\n12x,y\n");
  EXPECT_EQ(decoded.bad.offset, 4U);
  EXPECT_EQ(decoded.bad.column, "a");
  EXPECT_EQ(decoded.bad.reason, "'12x' is not a BIGINT");
  decoded = csv.Decode("1,x\n2\n");
  EXPECT_EQ(decoded.bad.offset, 4U);
  EXPECT_EQ(decoded.bad.reason, "the record has 1 fields where 2 are expected");
  decoded = csv.Decode("1,x\n2,\"y\n");
  EXPECT_EQ(decoded.bad.offset, 4U);
  EXPECT_THAT(decoded.bad.reason, HasSubstr("does not end"));
  EXPECT_EQ(decoded.status.id(), "E3005");
}

// The answers are those of Flink 2.3, where "fail-on-missing-columns" is false by default.
TEST(CsvFormat, RecordsMayHaveFewerOrMoreFields) {
  struct Case {
    graph::TableOptions options;
    std::string_view text;
    std::vector<std::string> rows;  // none: the record is an error
  };
  const graph::TableOption skips = {"csv.ignore-parse-errors", "true"};
  for (const Case& one : {
           Case{{}, "1,x,\n2,y\n", {"+I[1, x]", "+I[2, y]"}},
           Case{{{"csv.allow-trailing-comma", "false"}}, "1,x,\n", {}},
           Case{{}, "1,x,,\n", {}},
           Case{{}, "1,x,\"\"\n", {}},
           Case{{}, "1\n", {}},
           Case{{skips, {"csv.fail-on-missing-columns", "false"}},
                "1\n2,y\n",
                {"+I[1, NULL]", "+I[2, y]"}},
           Case{{{"csv.fail-on-missing-columns", "false"}}, "1\n", {}},
           Case{{skips}, "1\n2,y\n", {"+I[2, y]"}},
           Case{{skips, {"csv.fail-on-missing-columns", "true"}}, "1\n2,y\n", {"+I[2, y]"}},
           Case{{{"csv.ignore-trailing-unmappable", "true"}}, "1,x,3,4\n", {"+I[1, x]"}},
       }) {
    const Decoded decoded = FormatUnderTest("csv", kTwo, one.options).Decode(std::string(one.text));
    EXPECT_EQ(decoded.status.ok(), !one.rows.empty()) << one.text;
    EXPECT_EQ(decoded.status.ok() ? decoded.rows : std::vector<std::string>(), one.rows)
        << one.text;
  }
  const FormatUnderTest header("csv", kTwo, {{"csv.header", "true"}});
  EXPECT_THAT(header.Decode("b,a,\nx,1,\ny,2\n").rows, ElementsAre("+I[1, x]", "+I[2, y]"));
}

TEST(CsvFormat, BlanksAroundFieldsMayBeLeftOut) {
  const FormatUnderTest trims("csv", kTwo, {{"csv.trim-spaces", "true"}});
  const Decoded decoded =
      trims.Decode(" 1 , x y \n2 ,\"q\"\n3, \"z,w\"  \n4,\" in \"\n5, \"two\nlines\"\r\n6,\n");
  EXPECT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  EXPECT_THAT(decoded.rows, ElementsAre("+I[1, x y]", "+I[2, q]", "+I[3, z,w]", "+I[4,  in ]",
                                        "+I[5, two", "lines]", "+I[6, NULL]"));
  const FormatUnderTest tabs("csv", kTwo,
                             {{"csv.trim-spaces", "true"}, {"csv.field-delimiter", "\\t"}});
  EXPECT_THAT(tabs.Decode("1 \t x\n").rows, ElementsAre("+I[1, x]"));
}

TEST(CsvFormat, EmptyTextMayBeNull) {
  const FormatUnderTest csv("csv", kTwo,
                            {{"csv.empty-string-as-null", "true"}, {"csv.null-literal", "none"}});
  EXPECT_THAT(csv.Decode("1,\n2,\"\"\n3,none\n4,x\n").rows,
              ElementsAre("+I[1, NULL]", "+I[2, NULL]", "+I[3, NULL]", "+I[4, x]"));
}

TEST(CsvFormat, LeavesBadRecordsOutAndCountsThem) {
  const FormatUnderTest csv("csv", kTwo, {{"csv.ignore-parse-errors", "true"}});
  const Decoded decoded = csv.Decode("1,x\nbad,y\n2\n3,z,0\n4,w\n");
  EXPECT_TRUE(decoded.status.ok());
  EXPECT_THAT(decoded.rows, ElementsAre("+I[1, x]", "+I[4, w]"));
  EXPECT_EQ(decoded.skipped, 3U);
}

TEST(CsvFormat, BlocksEndAtRecords) {
  const FormatUnderTest csv("csv", kTwo);
  const std::string text = "1,\"a\nb\"\n2,\"c\"\"\n\"\r\n3,plain\n\n4,\"\"\n5,\"x,\ny\"";
  const std::vector<std::string> whole = csv.Decode(text).rows;
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    SCOPED_TRACE(cut);
    EXPECT_EQ(csv.DecodeCut(text, cut).rows, whole);
  }
  for (uint32_t max_rows = 1; max_rows < 6; ++max_rows)
    EXPECT_EQ(csv.Decode(text, max_rows).rows, whole);
}

TEST(CsvFormat, ReadsEveryFlatType) {
  const Schema schema{{{"bo", Type::Boolean()},
                       {"ti", Type::TinyInt()},
                       {"si", Type::SmallInt()},
                       {"i", Type::Int()},
                       {"f", Type::Float()},
                       {"d", Type::Double()},
                       {"de", Type::Decimal(10, 2)},
                       {"big", Type::Decimal(30, 3)},
                       {"da", Type::Date()},
                       {"t", Type::Time(3)},
                       {"ts", Type::Timestamp(3)},
                       {"n", Type::Timestamp(9)},
                       {"ltz", Type::TimestampLtz(3)}}};
  const Decoded decoded =
      FormatUnderTest("csv", schema)
          .Decode(
              "TRUE,-128,32767, 7 "
              ",1.5,1e3,12.345,123456789012345678901234567.5,2024-02-29,12:34:56.789,"
              "2024-01-02T03:04:05.678,2024-01-02 03:04:05.123456789,2024-01-02T03:04:05+02:00\n"
              ",,,,,,,,,,,,\n");
  EXPECT_THAT(
      decoded.rows,
      ElementsAre(
          "+I[TRUE, -128, 32767, 7, 1.5, 1000.0, 12.35, 123456789012345678901234567.500, "
          "2024-02-29, "
          "12:34:56.789, 2024-01-02 03:04:05.678, 2024-01-02 03:04:05.123456789, "
          "2024-01-02 01:04:05.000]",
          "+I[NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL]"));
  for (const char* bad : {"300", "1.5", "x", "--1"}) {
    const Decoded refused =
        FormatUnderTest("csv", Schema{{{"ti", Type::TinyInt()}}}).Decode(std::string(bad) + "\n");
    EXPECT_FALSE(refused.status.ok()) << bad;
  }
  const Schema nested{{{"x", Type::Array(Type::Int())}}};
  EXPECT_THAT(FormatUnderTest("csv", nested).Decode("").status.ToString(),
              HasSubstr("not supported"));
}

TEST(CsvFormat, ReadsHugeFieldsAndPrunesColumns) {
  FormatUnderTest csv("csv", kTwo);
  const std::string huge(300'000, 'h');
  EXPECT_EQ(csv.Decode("1,\"" + huge + "\"\"\"\n").rows[0], "+I[1, " + huge + "\"]");
  csv.columns = {1};
  EXPECT_THAT(csv.Decode("bad,x\n").rows, ElementsAre("+I[x]"));
  csv.columns = {};
  EXPECT_THAT(csv.Decode("1,x\n2,y\n").rows, ElementsAre("+I[]", "+I[]"));
}

TEST(CsvFormat, WritesWhatItReads) {
  const FormatUnderTest csv("csv", kTwo, {{"csv.header", "true"}});
  const std::string text = csv.Encode("1, 'a,b' / NULL, '' / 2, NULL / 3, 'q\"q'").value();
  EXPECT_EQ(text, "a,b\n1,\"a,b\"\n,\"\"\n2,\n3,\"q\"\"q\"\n");
  EXPECT_THAT(csv.Decode(text).rows,
              ElementsAre("+I[1, a,b]", "+I[NULL, ]", "+I[2, NULL]", "+I[3, q\"q]"));
}

TEST(ChangelogFormat, RoundTrips) {
  const FormatUnderTest changelog("changelog", kTwo);
  const std::string rows = "+I[1, x]\n-U[1, x]\n+U[1, NULL]\n-D[1, NULL]\n";
  const std::string text = changelog.Encode(rows).value();
  EXPECT_EQ(text, rows);
  EXPECT_EQ(changelog.Decode(text).rows, Lines(rows));
  EXPECT_EQ(changelog.Decode(text, 1).rows, Lines(rows));
  for (size_t cut = 0; cut <= text.size(); ++cut)
    EXPECT_EQ(changelog.DecodeCut(text, cut).rows, Lines(rows));
  const Decoded bad = changelog.Decode("+I[1, x]\n+I[y, x]\n");
  EXPECT_THAT(bad.status.ToString(), HasSubstr("BIGINT"));
}

}  // namespace
}  // namespace weir::connectors::testing
