// PlanFinalQuery: what COPY writes, and which queries have an end.
#include <gmock/gmock.h>

#include "planner/parse/parse.h"
#include "planner/planner.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

const graph::ConnectorCatalog& Connectors() {
  static const graph::ConnectorDescriptor kFiles{
      .name = "files", .doc = "ends", .source = true, .sink = true};
  static const graph::ConnectorDescriptor kClock{
      .name = "clock",
      .doc = "never ends",
      .source = true,
      .unbounded = [](const graph::TableOptions&) { return true; }};
  static const graph::ConnectorCatalog kCatalog{{&kFiles, &kClock}, {}};
  return kCatalog;
}

class FinalQueryTest : public ::testing::Test {
 protected:
  FinalQueryTest() : catalog_(Connectors()) {
    Define("CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'files')");
    Define("CREATE TABLE e (a INT, b STRING, p AS PROCTIME()) WITH ('connector' = 'clock')");
  }

  void Define(const std::string& text) {
    const ast::StatementPtr statement = parse::ParseStatement(text).value();
    catalog::CatalogObject object;
    object.table =
        bind::BindCreateTable(*statement->As<ast::CreateTable>(), text, catalog_).value();
    ASSERT_TRUE(catalog_.Create(std::move(object), false, {}).ok());
  }

  // "rows, ends" of a query that needs no more than insertions and has an end.
  std::string Kind(const std::string& sql) const {
    const ast::StatementPtr statement = parse::ParseStatement(sql).value();
    const auto job =
        PlanFinalQuery(*statement->As<ast::QueryStatement>()->query, catalog_, {.sql = sql});
    if (!job.ok()) return job.status().ToString();
    std::string text = job->graph.nodes.back().changelog.append_only() ? "rows" : "changes";
    if (job->ends) text += job->bounded ? ", bounded" : ", ends";
    return text;
  }

  catalog::Catalog catalog_;
};

TEST_F(FinalQueryTest, InputThatEndsGivesItsFinalRows) {
  EXPECT_EQ(Kind("SELECT a FROM t"), "rows, bounded");
  EXPECT_EQ(Kind("SELECT b, COUNT(*) FROM t GROUP BY b"), "rows, bounded");
  EXPECT_EQ(Kind("SELECT b, COUNT(*) AS n FROM t GROUP BY b ORDER BY n LIMIT 3"), "rows, bounded");
  EXPECT_EQ(Kind("SELECT x.a FROM t AS x LEFT JOIN t AS y ON x.a = y.a"), "rows, bounded");
  EXPECT_EQ(Kind("SELECT a FROM t EXCEPT SELECT a FROM t WHERE a > 1"), "rows, bounded");
}

TEST_F(FinalQueryTest, ALimitEndsInputThatDoesNot) {
  EXPECT_EQ(Kind("SELECT a FROM e"), "rows");
  EXPECT_EQ(Kind("SELECT a FROM e LIMIT 3"), "rows, ends");
  EXPECT_EQ(Kind("SELECT a FROM e LIMIT 0"), "rows, ends");
  EXPECT_EQ(Kind("SELECT a FROM e ORDER BY a LIMIT 0"), "rows, ends");
  EXPECT_EQ(Kind("SELECT a FROM (SELECT a FROM e LIMIT 3) WHERE a > 1"), "rows, ends");
  EXPECT_EQ(Kind("SELECT a FROM t UNION ALL SELECT a FROM (SELECT a FROM e LIMIT 3)"),
            "rows, ends");
  EXPECT_EQ(Kind("SELECT a FROM e UNION ALL SELECT a FROM (SELECT a FROM e LIMIT 3)"), "rows");
}

TEST_F(FinalQueryTest, ChangesOfInputThatNeverEndsStayChanges) {
  EXPECT_EQ(Kind("SELECT b, COUNT(*) FROM e GROUP BY b"), "changes");
  EXPECT_EQ(Kind("SELECT a FROM e ORDER BY a LIMIT 3"), "changes");
}

}  // namespace
}  // namespace weir::planner::testing
