// Errors as people read them.
#include "shell/engine/text/error_text.h"

#include <gtest/gtest.h>

#include <clocale>

namespace weir::shell {
namespace {

Status Sample(uint32_t begin, uint32_t end) {
  return Status::InvalidSql("there is no column \"x\"")
      .WithId("E2003")
      .WithHint("did you mean \"y\"?")
      .WithSpan({begin, end});
}

TEST(ErrorText, HasExcerptCaretsAndHint) {
  EXPECT_EQ(FormatError(Sample(7, 9), {.text = "SELECT xx FROM t"}),
            "ERROR E2003: there is no column \"x\"\n"
            "  1 | SELECT xx FROM t\n"
            "    |        ^^\n"
            "HINT: did you mean \"y\"?\n");
}

TEST(ErrorText, NamesFileLineAndColumn) {
  const std::string text = "SELECT 1;\nSELECT 2,\n  xx";
  EXPECT_EQ(FormatError(Sample(22, 24), {.text = text, .file = "a.sql"}),
            "a.sql:3:3: ERROR E2003: there is no column \"x\"\n"
            "  3 |   xx\n"
            "    |   ^^\n"
            "HINT: did you mean \"y\"?\n");
}

TEST(ErrorText, ShowsTheSqlstateWhenAsked) {
  EXPECT_EQ(FormatError(Status::InvalidSql("there is no column \"x\"").WithId("E2003"),
                        {.sqlstate = true}),
            "ERROR E2003 [42703]: there is no column \"x\"\n");
}

TEST(ErrorText, WithoutASpanNamesTheStatement) {
  EXPECT_EQ(FormatError(Status::External("no disk").WithId("E4001"),
                        {.text = "SELECT 1;\nSELECT 2", .file = "a.sql", .at = 10}),
            "a.sql:2:1: ERROR E4001: no disk\n");
}

TEST(ErrorText, WideCharactersAndTabsKeepTheCaretsInPlace) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  EXPECT_EQ(FormatError(Sample(9, 10), {.text = "\t'日本'x"}),
            "ERROR E2003: there is no column \"x\"\n"
            "  1 |  '日本'x\n"
            "    |        ^\n"
            "HINT: did you mean \"y\"?\n");
  const LineColumn place = LocateOffset("'日本'x", 8);
  EXPECT_EQ(place.line, 1U);
  EXPECT_EQ(place.column, 5U);
}

// A statement of a megabyte in one line is shown where the error is.
TEST(ErrorText, OfALongLineThePlaceIsShown) {
  for (const size_t before : {0U, 50U, 150U, 100'000U}) {
    const std::string text = std::string(before, 'a') + "xx" + std::string(100'000, 'b');
    const auto at = static_cast<uint32_t>(before);
    const std::string shown = FormatError(Sample(at, at + 2), {.text = text});
    EXPECT_LT(shown.size(), 600U);
    const size_t line = shown.find("  1 | ");
    const size_t carets = shown.find("    | ");
    ASSERT_NE(line, std::string::npos);
    ASSERT_NE(carets, std::string::npos);
    EXPECT_EQ(shown.find("xx", line) - line, shown.find("^^", carets) - carets);
  }
}

TEST(ErrorText, NothingThatIsQuotedIsObeyedOrLong) {
  const std::string long_name(100'000, 'x');
  const Status status = Status::InvalidSql("no \x1b[31m\"" + long_name + "\"")
                            .WithId("E2003")
                            .WithHint("\u202e try\x07")
                            .WithSpan({7, 14});
  const std::string shown = FormatError(status, {.text = "SELECT \x1b[31mxx", .file = "\x1b[1mf"});
  EXPECT_TRUE(shown.starts_with("\\x1B[1mf:1:8: ERROR E2003: no \\x1B[31m\"xxx")) << shown;
  EXPECT_NE(shown.find("xxx\"\n  1 | SELECT ?[31mxx\n    |        ^^^^^^^\n"), std::string::npos)
      << shown;
  EXPECT_TRUE(shown.ends_with("HINT: \\u202E try\\x07\n")) << shown;
  EXPECT_LT(shown.size(), 400U);
}

TEST(ErrorText, SpansOverLinesAreMarkedOnTheFirst) {
  EXPECT_EQ(FormatError(Sample(0, 14), {.text = "SELECT\nxx FROM"}).substr(0, 62),
            std::string("ERROR E2003: there is no column \"x\"\n  1 | SELECT\n    | ^^^^^^\n")
                .substr(0, 62));
}

TEST(ErrorText, SpansBeyondTheTextDoNoHarm) {
  const std::string text = FormatError(Sample(100, 120), {.text = "SELECT"});
  EXPECT_NE(text.find("  1 | SELECT\n"), std::string::npos);
  EXPECT_NE(text.find('^'), std::string::npos);
}

TEST(ErrorText, SecretsAreNotShown) {
  const auto shown = [](std::string_view text) {
    return FormatError(Sample(0, 4), {.text = text});
  };
  for (const char* text :
       {"WITH ('password' = 'CANARY')", "it''s ('a' = 'b', 'sasl.Password'='CANARY')",
        "WITH ('s3.secret-key' =\t'CANARY', 'b' = 'c')", "WITH ('token' = 'CANARY",
        "-- don't\tWITH ('x.api-key' = 'it''s CANARY')"}) {
    EXPECT_EQ(shown(text).find("CANARY"), std::string::npos) << shown(text);
  }
  EXPECT_NE(shown("WITH ('password' = 'a', 'path' = 'here')").find("'*', 'path' = 'here'"),
            std::string::npos);
  // Lines stay where they are.
  EXPECT_NE(
      FormatError(Sample(27, 28), {.text = "WITH ('password' = 'CAN\nA', x"}).find("  2 | *'"),
      std::string::npos);
}

}  // namespace
}  // namespace weir::shell
