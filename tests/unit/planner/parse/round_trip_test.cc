// Every statement of the corpus and of the benchmark parses; what is printed parses to an equal
// tree and prints the same again.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"

namespace weir::parse {
namespace {

std::string Read(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void ExpectRoundTrip(const ast::Statement& statement) {
  const std::string printed = ast::ToSql(statement);
  SCOPED_TRACE(printed);
  const auto again = ParseStatement(printed);
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(printed, ast::ToSql(**again));
  EXPECT_TRUE(statement == **again);
}

// The number of statements; each is checked.
size_t ExpectScript(const std::string& script) {
  size_t count = 0;
  for (SourceSpan part : SplitScript(script)) {
    SCOPED_TRACE(script.substr(part.begin, part.end - part.begin));
    const auto statement = ParseStatementAt(script, part);
    EXPECT_TRUE(statement.ok()) << statement.status().ToString();
    if (!statement.ok()) continue;
    EXPECT_EQ((*statement)->span.begin, part.begin);
    EXPECT_EQ((*statement)->span.end, part.end);
    ExpectRoundTrip(**statement);
    ++count;
  }
  return count;
}

size_t ExpectFolder(const std::filesystem::path& folder) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().string());
    count += ExpectScript(Read(entry.path()));
  }
  return count;
}

TEST(RoundTripTest, Corpus) {
  EXPECT_GT(ExpectFolder("tests/unit/planner/parse/corpus"), 270u);
}

TEST(RoundTripTest, Nexmark) {
  EXPECT_GE(ExpectFolder("bench/nexmark/queries"), 2u * 21);
}

TEST(RoundTripTest, CopiesAreEqualAndDeep) {
  const auto statement = ParseStatement("SELECT a + 1 FROM t WHERE b IN (SELECT c FROM u)");
  ASSERT_TRUE(statement.ok());
  ast::StatementPtr copy = *statement;
  EXPECT_TRUE(copy == *statement);
  EXPECT_NE(copy.get(), statement->get());
  const auto other = ParseStatement("SELECT a + 2 FROM t WHERE b IN (SELECT c FROM u)");
  EXPECT_FALSE(*other == *statement);
}

}  // namespace
}  // namespace weir::parse
