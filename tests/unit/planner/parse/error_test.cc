// What a user sees when a statement does not parse: message, hint, and the text under the caret.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "planner/parse/parse.h"

namespace weir::parse {
namespace {

struct ErrorCase {
  std::string sql;
  std::string under_caret;
  std::string message;
  std::string hint;
};

void PrintTo(const ErrorCase& value, std::ostream* out) {
  *out << value.sql;
}

class ErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(ErrorTest, SaysWhatAndWhere) {
  const auto statement = ParseStatement(GetParam().sql);
  ASSERT_FALSE(statement.ok());
  const Status status = statement.status();
  ASSERT_TRUE(status.span().has_value());
  EXPECT_EQ(GetParam().sql.substr(status.span()->begin, status.span()->end - status.span()->begin),
            GetParam().under_caret);
  EXPECT_EQ(status.message(), GetParam().message);
  EXPECT_EQ(status.hint(), GetParam().hint);
}

INSTANTIATE_TEST_SUITE_P(
    Misspelt, ErrorTest,
    testing::Values(ErrorCase{"SELECT a FORM t", "FORM",
                              "unexpected `FORM`; expected FROM, `,` or the end of the statement",
                              "did you mean FROM?"},
                    ErrorCase{"SELCT a FROM t", "SELCT",
                              "unexpected `SELCT`; expected SELECT, TABLE or `(`",
                              "did you mean SELECT?"},
                    ErrorCase{"SELECT a FROM t WHER b = 1", "WHER",
                              "unexpected `WHER`; expected WHERE, `,` or the end of the statement",
                              "did you mean WHERE?"},
                    ErrorCase{"CREATE TABEL t (a INT)", "TABEL",
                              "unexpected `TABEL`; expected TABLE, CATALOG or CONNECTION",
                              "did you mean TABLE?"}));

INSTANTIATE_TEST_SUITE_P(
    WrittenElsewhere, ErrorTest,
    testing::Values(ErrorCase{"REINDEX", "REINDEX", "no statement begins with `REINDEX`",
                              "HELP lists the statements"},
                    ErrorCase{"KILL 1", "KILL", "no statement begins with `KILL`",
                              "a job ends by STOP JOB; SHOW JOBS lists them"},
                    ErrorCase{"SELECT a + INTERVAL 1 DAY FROM t", "1",
                              "unexpected `1`; expected a string, FROM or the end of the statement",
                              "the amount stands in quotes: INTERVAL '1' DAY"},
                    ErrorCase{"SELECT a + INTERVAL '1 DAY' FROM t", "FROM",
                              "unexpected `FROM`; expected a name",
                              "the unit stands behind the quotes: INTERVAL '1' DAY"},
                    ErrorCase{"SELECT a AS 'b' FROM t", "'b'", "unexpected `'b'`; expected a name",
                              "names stand in back-ticks: `b`"},
                    ErrorCase{"SELECT CAST(a STRING) FROM t", "STRING",
                              "unexpected `STRING`; expected AS", ""},
                    ErrorCase{"SELECT a FROM t WHERE a IS", "IS",
                              "the statement ends too early; expected NULL, NOT or TRUE", ""},
                    ErrorCase{"SELECT a FROM t WHERE a BETWEEN 1", "1",
                              "the statement ends too early; expected AND", ""},
                    ErrorCase{"SHOW TABLE", "TABLE",
                              "unexpected `TABLE`; expected TABLES, CATALOGS or CHECKPOINTS",
                              "did you mean TABLES?"}));

INSTANTIATE_TEST_SUITE_P(
    Unclosed, ErrorTest,
    testing::Values(ErrorCase{"SELECT 'abc FROM t", "'", "a string begins here and never ends",
                              "add the missing quote; a quote inside a string is doubled"},
                    ErrorCase{"SELECT `abc FROM t", "`", "a quoted name begins here and never ends",
                              "add the missing quote; names in quotes are not empty"},
                    ErrorCase{"SELECT a /* b", "/*", "a comment begins here and never ends",
                              "add the missing */"},
                    ErrorCase{"CREATE TABLE t (a INT) WITH (connector = 'print')", "connector",
                              "unexpected `connector`; expected a string or `)`",
                              "keys of options are strings: 'connector' = '…'"},
                    ErrorCase{"SELECT COUNT(*) + FROM t", "FROM",
                              "unexpected `FROM`; expected an expression", ""},
                    ErrorCase{"SELECT f(a, (b FROM t", "FROM",
                              "unexpected `FROM`; expected `)` or `,`",
                              "a parenthesis that was opened before this is not closed"},
                    ErrorCase{"SELECT (a + b", "(", "a parenthesis is opened here and never closed",
                              "add the missing `)`"}));

INSTANTIATE_TEST_SUITE_P(
    OtherLanguages, ErrorTest,
    testing::Values(
        ErrorCase{"SELECT a == b", "==", "`==` is not an operator of SQL", "write `=`"},
        ErrorCase{"SELECT a::INT", "::", "`::` is not an operator of this SQL",
                  "write CAST(value AS type)"},
        ErrorCase{"SELECT a FROM t LIMIT 5, 10", "LIMIT 5, 10", "LIMIT takes one number",
                  "write LIMIT 10 OFFSET 5"},
        ErrorCase{"SELECT a, FROM t", ",", "a comma is followed by nothing", "remove the comma"},
        ErrorCase{"CREATE TABLE t (a INT,)", ",", "a comma is followed by nothing",
                  "remove the comma"},
        ErrorCase{"SELECT 'a' 'b'", "'b'", "a string follows a string on the same line",
                  "put a comma or || between them"},
        ErrorCase{"SELECT a AT TIME ZONE 'UTC'", "AT",
                  "AT TIME ZONE is not supported: Flink SQL has none",
                  "use CONVERT_TZ, or CAST to TIMESTAMP_LTZ under the session's time zone"}));

INSTANTIATE_TEST_SUITE_P(
    Unexpected, ErrorTest,
    testing::Values(
        ErrorCase{"SELECT", "SELECT", "the statement ends too early; expected an expression", ""},
        ErrorCase{"SELECT a FROM", "FROM",
                  "the statement ends too early; expected a name, a string or TABLE", ""},
        ErrorCase{"SELECT a FROM order", "order",
                  "unexpected `order`; expected a name, a string or TABLE",
                  "order is a reserved word; as a name it needs back-ticks: `order`"},
        ErrorCase{"SELECT a FROM t WHERE", "WHERE",
                  "the statement ends too early; expected an expression", ""},
        ErrorCase{"SELECT # FROM t", "#", "unexpected character `#`", ""},
        ErrorCase{"SELECT a)", ")",
                  "unexpected `)`; expected FROM, `,` or the end of the statement", ""},
        ErrorCase{"DROP TABLE", "TABLE", "the statement ends too early; expected a name", ""},
        ErrorCase{"SHOW STATE OF a FROM b", "b", "this SHOW takes no FROM or IN", ""},
        ErrorCase{"SHOW STATE DIFFERENCE OF a AND b LIKE 'c'", "'c'", "this SHOW takes no LIKE",
                  "UID names one"},
        ErrorCase{"SHOW CHECKPOINTS FOR JOB a LIKE 'c'", "'c'", "this SHOW takes no LIKE", ""},
        ErrorCase{"SHOW CURRENT DATABASE LIKE 'c'", "'c'", "this SHOW takes no LIKE", ""},
        ErrorCase{"SHOW CREATE TABLE t LIKE 'c'", "'c'", "this SHOW takes no LIKE", ""},
        ErrorCase{"SHOW JOBS FROM b", "b", "this SHOW takes no FROM or IN", ""},
        ErrorCase{"SELECT INTERVAL '1' FORTNIGHT", "FORTNIGHT", "no such unit of time: FORTNIGHT",
                  ""},
        ErrorCase{"SELECT X'1'", "X'1'",
                  "a binary literal holds an even number of hexadecimal digits", ""},
        ErrorCase{"CREATE TABLE t (a INT(3))", "3", "the type takes no length or precision: INT",
                  ""}));

TEST(LimitTest, DeepNestingIsRefusedBeforeTheStackEnds) {
  const std::string deep = "SELECT " + std::string(100000, '(') + "1" + std::string(100000, ')');
  EXPECT_EQ(ParseStatement(deep).status().id(), "E1004");
  std::string nots = "SELECT ";
  for (int i = 0; i < 50000; ++i) nots += "NOT ";
  EXPECT_EQ(ParseStatement(nots + "a").status().id(), "E1004");
  std::string types = "SELECT CAST(a AS ";
  for (int i = 0; i < 50000; ++i) types += "ARRAY<";
  EXPECT_EQ(ParseStatement(types).status().id(), "E1004");
}

TEST(LimitTest, LongChainsAreRefusedBeforeTheStackEnds) {
  std::string chain = "SELECT a";
  for (int i = 0; i < 5000; ++i) chain += " + a";
  EXPECT_EQ(ParseStatement(chain).status().id(), "E1004");
  std::string wide = "SELECT a";
  for (int i = 0; i < 5000; ++i) wide += ", a";
  EXPECT_TRUE(ParseStatement(wide).ok());
}

TEST(LimitTest, LargeStatementsAreRefused) {
  EXPECT_EQ(ParseStatement("SELECT '" + std::string(kMaxStatementBytes, 'x') + "'").status().id(),
            "E1004");
}

TEST(LimitTest, NestingWithinTheLimitParses) {
  const std::string nested = "SELECT " + std::string(90, '(') + "1" + std::string(90, ')');
  EXPECT_TRUE(ParseStatement(nested).ok());
}

}  // namespace
}  // namespace weir::parse
