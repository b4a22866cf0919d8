// Planning is linear in the plan, not in the ways through it: a CTE that is read twice by the next
// one, 40 times over, has 40 nodes and a million million ways. None of these tests looks at a
// clock; where a stage follows every way, they do not end.
#include <gtest/gtest.h>

#include <functional>

#include "planner/logical/rewrite.h"
#include "planner/uid/lineage.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

constexpr int kLevels = 40;
constexpr size_t kLongestFingerprint = 1 << 20;

const char kWorkTables[] = R"(
  CREATE TABLE t (id BIGINT, v BIGINT, ts TIMESTAMP(3),
                  WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'any');
  CREATE TABLE total (id BIGINT, v BIGINT) WITH ('connector' = 'any');
)";

// c0 reads the table, and c1 to c40 what `next` makes of their predecessor's name.
std::string Ctes(const std::function<std::string(const std::string&)>& next) {
  std::string sql = "INSERT INTO total WITH c0 AS (SELECT id, v FROM t)";
  for (int i = 1; i <= kLevels; ++i) {
    sql += ",\nc" + std::to_string(i) + " AS (" + next("c" + std::to_string(i - 1)) + ")";
  }
  return sql + "\nSELECT id, SUM(v) FROM c" + std::to_string(kLevels) + " GROUP BY id";
}

std::string TablesJoined(int tables) {
  std::string sql = "INSERT INTO total SELECT t0.id, t0.v FROM t AS t0";
  for (int i = 1; i < tables; ++i) {
    const std::string name = "t" + std::to_string(i);
    sql += " JOIN t AS " + name + " ON t0.id = " + name + ".id + " + std::to_string(i);
  }
  return sql;
}

class PlanningWorkTest : public ::testing::Test {
 protected:
  // Plans it, and holds the texts that are persisted with state to their bound.
  void Plan(const std::string& sql) {
    const PlannedJob job = planner_.Plan(sql);
    ASSERT_FALSE(job.graph.nodes.empty());
    for (const graph::Node& node : job.graph.nodes) {
      EXPECT_LE(node.fingerprint.size(), kLongestFingerprint) << node.uid;
    }
    uid::Lineage lineage(uid::Wording::kCurrent, "UTC");
    for (const logical::NodePtr& root : job.optimized.roots) lineage.Of(*root);
    EXPECT_LE(lineage.visits(), logical::ProducersFirst(job.optimized).size());
  }
  SqlPlanner planner_{kWorkTables};
};

TEST_F(PlanningWorkTest, JoinsOfManyTables) {
  Plan(TablesJoined(kLevels));
}

TEST_F(PlanningWorkTest, JoinsThatDouble) {
  Plan(Ctes([](const std::string& before) {
    return "SELECT a.id, a.v + b.v AS v FROM " + before + " a JOIN " + before + " b ON a.id = b.id";
  }));
}

TEST_F(PlanningWorkTest, UnionsThatDouble) {
  Plan(Ctes([](const std::string& before) {
    return "SELECT id, v + 1 AS v FROM " + before + " UNION ALL SELECT id, v * 2 FROM " + before +
           " WHERE v > 3";
  }));
}

TEST_F(PlanningWorkTest, ExpressionsThatDouble) {
  Plan(Ctes([](const std::string& before) { return "SELECT id, v + v AS v FROM " + before; }));
}

TEST_F(PlanningWorkTest, ConditionsOnExpressionsThatDouble) {
  Plan(Ctes([](const std::string& before) {
    return "SELECT id, v + v AS v FROM " + before + " WHERE v > 0";
  }));
}

TEST_F(PlanningWorkTest, ConditionsOnJoinsThatDouble) {
  Plan(Ctes([](const std::string& before) {
    return "SELECT a.id, a.v + b.v AS v FROM " + before + " a JOIN " + before +
           " b ON a.id = b.id AND a.v > b.v WHERE a.v + b.v > 7";
  }));
}

TEST_F(PlanningWorkTest, RanksOfExpressionsThatDouble) {
  Plan(Ctes([](const std::string& before) {
    return "SELECT id, v + v AS v FROM (SELECT id, v, ROW_NUMBER() OVER (PARTITION BY id ORDER BY "
           "v) AS n FROM " +
           before + ") WHERE n <= 3";
  }));
}

TEST_F(PlanningWorkTest, UnreadRanksBehindUnionsThatDouble) {
  std::string sql = Ctes([](const std::string& before) {
    return "SELECT id, v FROM " + before + " UNION ALL SELECT id, v FROM " + before;
  });
  const std::string plain = "SELECT id, v FROM t)";
  sql.replace(
      sql.find(plain), plain.size(),
      "SELECT id, n AS v FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY v) AS "
      "n FROM t) WHERE n <= 3)");
  Plan(sql);
}

TEST_F(PlanningWorkTest, TimesBehindUnionsThatDouble) {
  std::string sql = "INSERT INTO total WITH c0 AS (SELECT id, v, ts FROM t)";
  for (int i = 1; i <= kLevels; ++i) {
    const std::string before = "c" + std::to_string(i - 1);
    sql += ",\nc" + std::to_string(i) + " AS (SELECT * FROM " + before +
           " UNION ALL SELECT * FROM " + before + ")";
  }
  const std::string last = "c" + std::to_string(kLevels);
  Plan(sql + " SELECT a.id, b.v FROM " + last + " a JOIN " + last +
       " b ON a.id = b.id AND a.ts BETWEEN b.ts - INTERVAL '1' HOUR AND b.ts");
}

TEST_F(PlanningWorkTest, AggregatesOfAggregates) {
  Plan(Ctes([](const std::string& before) {
    return "SELECT a.id, SUM(a.v + b.v) AS v FROM " + before + " a JOIN " + before +
           " b ON a.id = b.id GROUP BY a.id";
  }));
}

TEST(ShortenedTest, KeepsShortTextsAndTellsLongOnesApart) {
  const std::string short_text(uid::kLongestText, 'a');
  EXPECT_EQ(uid::Shortened(short_text), short_text);
  const std::string one = uid::Shortened(std::string(uid::kLongestText + 1, 'a'));
  const std::string other = uid::Shortened(std::string(uid::kLongestText, 'a') + "b");
  EXPECT_NE(one, other);
  EXPECT_LT(one.size(), 250U);
  EXPECT_EQ(one.substr(0, 200), std::string(200, 'a'));
}

// The cut is never within a character.
TEST(ShortenedTest, CutsBetweenCharacters) {
  std::string text = "x";
  while (text.size() <= uid::kLongestText) text += "ü";
  EXPECT_EQ(uid::Shortened(text).find("\xC3\xE2"), std::string::npos);
}

}  // namespace
}  // namespace weir::planner::testing
