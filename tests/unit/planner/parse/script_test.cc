// Cutting scripts into statements, completeness for the shell, words that are names.
#include <gtest/gtest.h>

#include <atomic>

#include "planner/ast/reserved_words.h"
#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "planner/parse/tree.h"
#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"

namespace weir::parse {
namespace {

TEST(ScriptTest, CutsAtSemicolonsOutsideStringsCommentsAndBlocks) {
  const std::string script =
      "-- a; comment\nSELECT ';' /* ; */;;\nEXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT CASE "
      "WHEN a THEN 1 "
      "END; INSERT INTO u SELECT 1; END;\nSELECT 2";
  const auto statements = ParseScript(script);
  ASSERT_TRUE(statements.ok()) << statements.status().ToString();
  ASSERT_EQ(statements->size(), 3u);
  const SourceSpan first = (*statements)[0]->span;
  EXPECT_EQ(script.substr(first.begin, first.end - first.begin), "SELECT ';'");
  EXPECT_NE((*statements)[1]->As<ast::StatementSet>(), nullptr);
  EXPECT_EQ((*statements)[1]->As<ast::StatementSet>()->statements.size(), 2u);
}

TEST(ScriptTest, ErrorsPointIntoTheScript) {
  const std::string script = "SELECT 1;\nSELECT a FORM t;";
  const auto statements = ParseScript(script);
  ASSERT_FALSE(statements.ok());
  const auto span = statements.status().span();
  EXPECT_EQ(script.substr(span->begin, span->end - span->begin), "FORM");
}

TEST(ScriptTest, EmptyScriptsHaveNoStatements) {
  EXPECT_TRUE(ParseScript("")->empty());
  EXPECT_TRUE(ParseScript(" ; -- x\n ; /* y */")->empty());
  EXPECT_FALSE(ParseStatement("").ok());
  EXPECT_FALSE(ParseStatement("SELECT 1; SELECT 2").ok());
}

// Wherever it is: cutting a script, taking a statement's tokens, or between two of them.
TEST(ScriptTest, CanBeInterrupted) {
  const std::string text = "SELECT 1 + 2 FROM t";
  const SourceSpan whole = {0, static_cast<uint32_t>(text.size())};
  const std::vector<Token> tokens = Tokenize(text, whole);
  {
    const std::atomic<bool> stop{true};
    const InterruptedBy interrupted(stop);
    EXPECT_THROW(SplitScript(text), Interrupted);
    const auto parsed = Fenced([&] { return ParseStatementAt(text, whole); });
    EXPECT_EQ(parsed.status().code(), StatusCode::kCancelled);
    EXPECT_EQ(BuildStatement(text, tokens).status().code(), StatusCode::kCancelled);
  }
  EXPECT_TRUE(BuildStatement(text, tokens).ok());
}

TEST(CompleteTest, WaitsForTheSemicolon) {
  for (const char* text : {"SELECT 1;", "", "-- x", "quit", "HELP", "SELECT 1; ", "SELECT ';';"}) {
    EXPECT_TRUE(IsComplete(text)) << text;
  }
  for (const char* text :
       {"SELECT 1", "SELECT ';", "SELECT 1 -- ;", "SELECT /* ;", "SELECT `a;", "SELECT 1; SELECT",
        "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1;",
        "CREATE JOB j AS STATEMENT SET BEGIN INSERT INTO t SELECT CASE WHEN a THEN 1 END;"}) {
    EXPECT_FALSE(IsComplete(text)) << text;
  }
  EXPECT_TRUE(IsComplete("STATEMENT SET BEGIN INSERT INTO t SELECT 1; END;"));
}

TEST(WordsTest, OnlyReservedWordsNeedQuotes) {
  for (const std::string& word : Keywords()) {
    const auto plain = ParseExpression("t." + word);
    EXPECT_EQ(plain.ok(), !ast::IsReservedWord(word)) << word;
    const auto quoted = ParseExpression("t.`" + word + "`");
    EXPECT_TRUE(quoted.ok()) << word;
  }
}

TEST(WordsTest, UnreservedWordsAreColumns) {
  for (const std::string& word : Keywords()) {
    if (ast::IsReservedWord(word)) continue;
    const auto statement =
        ParseStatement("SELECT " + word + ", x AS " + word + " FROM t WHERE " + word + " = 1");
    EXPECT_TRUE(statement.ok()) << word << ": " << statement.status().ToString();
  }
}

TEST(WordsTest, KeepCase) {
  const auto expr = ParseExpression("MyTable.myColumn");
  ASSERT_TRUE(expr.ok());
  EXPECT_EQ(ast::ToSql(**expr), "MyTable.myColumn");
  EXPECT_EQ(ast::ToSql(ast::Identifier{"order", false, {}}), "`order`");
}

TEST(SettingTest, QuotedAndUnquotedMeanTheSame) {
  EXPECT_TRUE(*ParseStatement("SET 'a.b-c' = '10 s'") == *ParseStatement("set a.b-c = 10 s"));
  EXPECT_TRUE(*ParseStatement("RESET 'a.b'") == *ParseStatement("RESET a.b"));
}

TEST(PrecedenceTest, IsCalcites) {
  const auto same = [](const char* a, const char* b) {
    return *ParseExpression(a) == *ParseExpression(b);
  };
  EXPECT_TRUE(same("a OR b AND NOT c = d + e * f", "a OR (b AND (NOT (c = (d + (e * f)))))"));
  EXPECT_TRUE(same("a - b - c", "(a - b) - c"));
  EXPECT_TRUE(same("a || b * c", "(a || b) * c"));
  EXPECT_TRUE(same("-a * b", "(-a) * b"));
  EXPECT_TRUE(same("a BETWEEN b AND c AND d", "(a BETWEEN b AND c) AND d"));
  EXPECT_TRUE(same("NOT a IS NULL", "NOT (a IS NULL)"));
  EXPECT_TRUE(same("a = b IS NULL", "(a = b) IS NULL"));
}

}  // namespace
}  // namespace weir::parse
