// Printing nodes that were made by hand: quoting, and the parentheses that are needed.
#include "planner/ast/to_sql.h"

#include <gtest/gtest.h>

#include "planner/ast/reserved_words.h"
#include "planner/parse/parse.h"

namespace weir::ast {
namespace {

std::string Printed(const char* sql) {
  const auto expr = parse::ParseExpression(sql);
  return expr.ok() ? ToSql(**expr) : expr.status().ToString();
}

TEST(ToSqlTest, QuotesDoubleInside) {
  EXPECT_EQ(QuoteString("it's"), "'it''s'");
  EXPECT_EQ(QuoteIdentifier("a`b"), "`a``b`");
}

TEST(ToSqlTest, NamesAreQuotedWhereTheyHaveToBe) {
  EXPECT_EQ(ToSql(Identifier{"plain", false, {}}), "plain");
  EXPECT_EQ(ToSql(Identifier{"two words", false, {}}), "`two words`");
  EXPECT_EQ(ToSql(Identifier{"1st", false, {}}), "`1st`");
  EXPECT_EQ(ToSql(Identifier{"", false, {}}), "``");
  EXPECT_EQ(ToSql(Identifier{"Select", false, {}}), "`Select`");
  EXPECT_EQ(ToSql(Identifier{"kept", true, {}}), "`kept`");
  EXPECT_TRUE(IsReservedWord("sElEcT"));
  EXPECT_FALSE(IsReservedWord("date"));
}

TEST(ToSqlTest, OnlyNeededParentheses) {
  EXPECT_EQ(Printed("((a)) + ((b * c))"), "a + b * c");
  EXPECT_EQ(Printed("(a + b) * c"), "(a + b) * c");
  EXPECT_EQ(Printed("a - (b - c)"), "a - (b - c)");
  EXPECT_EQ(Printed("a and (b or c)"), "a AND (b OR c)");
  EXPECT_EQ(Printed("- - a"), "-(-a)");
  EXPECT_EQ(Printed("(a).b"), "(a).b");
  EXPECT_EQ(Printed("f(x).b[1]"), "f(x).b[1]");
}

TEST(ToSqlTest, WordsBecomeUpperCaseNamesStay) {
  EXPECT_EQ(Printed("case when A is null then cast(b as int) end"),
            "CASE WHEN A IS NULL THEN CAST(b AS INT) END");
}

TEST(BoxTest, EmptyAndHeldDiffer) {
  ExprPtr empty;
  ExprPtr held = Expr{Literal{}, {}};
  EXPECT_FALSE(empty == held);
  EXPECT_TRUE(empty == ExprPtr());
  EXPECT_FALSE(empty);
  ExprPtr copy = held;
  EXPECT_TRUE(copy == held);
  std::get<Literal>(copy->node).kind = LiteralKind::kTrue;
  EXPECT_FALSE(copy == held);
}

}  // namespace
}  // namespace weir::ast
