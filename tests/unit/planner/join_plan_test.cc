// Joins from SQL: which conditions become keys, intervals and windows, what goes below, how sides
// are kept, which changes come out, what identifies a row, and what the state is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "runtime/graph/join_state.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const char kJoinTables[] = R"(
  CREATE TABLE a (id BIGINT, k BIGINT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'any');
  CREATE TABLE b (id BIGINT, k BIGINT, n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'any');
  CREATE TABLE c (k BIGINT, t STRING) WITH ('connector' = 'any');
  CREATE TABLE z (k BIGINT NOT NULL, v BIGINT NOT NULL) WITH ('connector' = 'any');
  CREATE TABLE files (x BIGINT, y BIGINT) WITH ('connector' = 'files');
)";

auto HasNestedLoop() {
  return ::testing::Contains(::testing::Field(&Warning::message, HasSubstr("every row of")));
}

class JoinPlanTest : public ::testing::Test {
 protected:
  // The text of the only join's operator in the graph, or of the n-th.
  std::string Join(const std::string& sql, size_t number = 0) {
    const PlannedJob job = planner_.Plan(sql);
    for (const graph::Node& node : job.graph.nodes) {
      const bool join = std::holds_alternative<graph::JoinSpec>(node.spec) ||
                        std::holds_alternative<graph::IntervalJoinSpec>(node.spec) ||
                        std::holds_alternative<graph::WindowJoinSpec>(node.spec) ||
                        std::holds_alternative<graph::TemporalJoinSpec>(node.spec);
      if (join && number-- == 0) return ToString(node.spec, {});
    }
    return "no join";
  }
  graph::Node JoinNode(const std::string& sql) {
    for (const graph::Node& node : planner_.Plan(sql).graph.nodes) {
      if (std::holds_alternative<graph::JoinSpec>(node.spec)) return node;
    }
    ADD_FAILURE() << "no join in " << sql;
    return {};
  }
  std::string Error(const std::string& sql) {
    const auto job = planner_.TryPlan(sql);
    EXPECT_FALSE(job.ok()) << sql;
    return job.ok() ? "" : job.status().ToString();
  }
  std::string Logical(const std::string& sql) { return ToString(planner_.Plan(sql).optimized); }

  SqlPlanner planner_{kJoinTables};
};

TEST_F(JoinPlanTest, EqualColumnsAreKeys) {
  EXPECT_EQ(Join("SELECT a.id FROM a JOIN b ON a.k = b.k AND a.id < b.id"),
            "Join(inner; keys: left.k = right.k; where: (left.id < right.id); left: a list; "
            "right: a list)");
}

TEST_F(JoinPlanTest, WhereOfACommaJoinGoesIntoIt) {
  const std::string text = Logical(
      "SELECT a.id, c.t FROM a, b, c WHERE a.k = b.k AND c.k = b.id AND b.n > 3 AND a.s = c.t");
  EXPECT_THAT(text, HasSubstr("keys: left.k = right.k)"));
  EXPECT_THAT(text, HasSubstr("Filter((n > 3))"));
  EXPECT_THAT(text, Not(HasSubstr("where:")));
}

TEST_F(JoinPlanTest, OrderOfKeysIsThatOfNames) {
  EXPECT_EQ(Join("SELECT 1 AS one FROM a JOIN b ON a.k = b.k AND a.id = b.id"),
            Join("SELECT 1 AS one FROM a JOIN b ON b.id = a.id AND b.k = a.k"));
}

TEST_F(JoinPlanTest, ExpressionsAreComputedBelow) {
  EXPECT_THAT(Join("SELECT a.id FROM a JOIN b ON a.k + 1 = b.n"),
              HasSubstr("keys: (k + 1) = CAST(n AS BIGINT)"));
}

TEST_F(JoinPlanTest, ConditionsOfOneSideGoBelowWhereNoRowIsKeptForThem) {
  EXPECT_THAT(Logical("SELECT a.id FROM a LEFT JOIN b ON a.k = b.k AND b.n > 3 AND a.id > 7"),
              HasSubstr("where: (id > "));
  EXPECT_THAT(Logical("SELECT a.id FROM a LEFT JOIN b ON a.k = b.k AND b.n > 3"),
              HasSubstr("Filter((n > 3))"));
  EXPECT_THAT(Logical("SELECT a.id FROM a LEFT JOIN b ON a.k = b.k WHERE a.s = 'x'"),
              HasSubstr("Filter((s = "));
  EXPECT_THAT(Logical("SELECT a.id FROM a FULL JOIN b ON a.k = b.k AND b.n > 3"),
              HasSubstr("where: (n > 3)"));
}

TEST_F(JoinPlanTest, AConditionThatMayFailStaysInTheJoin) {
  EXPECT_THAT(Join("SELECT a.id FROM a JOIN b ON a.k = b.k AND 10 / b.n > 3"),
              HasSubstr("where: "));
}

TEST_F(JoinPlanTest, OuterJoinsBecomeInnerWhereNullsDoNotPass) {
  EXPECT_THAT(Join("SELECT a.id FROM a LEFT JOIN b ON a.k = b.k WHERE b.n > 3"),
              HasSubstr("Join(inner"));
  EXPECT_THAT(Join("SELECT a.id FROM a LEFT JOIN b ON a.k = b.k WHERE b.n IS NULL"),
              HasSubstr("Join(left"));
  EXPECT_THAT(Join("SELECT a.id FROM a FULL JOIN b ON a.k = b.k WHERE b.n > 3"),
              HasSubstr("Join(right"));
  EXPECT_THAT(Join("SELECT a.id FROM a FULL JOIN b ON a.k = b.k WHERE a.id = b.n + 1"),
              HasSubstr("Join(inner"));
}

TEST_F(JoinPlanTest, UniqueKeysDecideHowASideIsKept) {
  const std::string counts = "(SELECT k, COUNT(*) AS n FROM b GROUP BY k) AS g";
  EXPECT_THAT(Join("SELECT a.id, g.n FROM a JOIN " + counts + " ON a.k = g.k"),
              HasSubstr("left: a list; right: one row a key"));
  EXPECT_THAT(Join("SELECT a.id, g.k FROM a JOIN " + counts + " ON a.id = g.n"),
              HasSubstr("left: a list; right: rows by unique key"));
  EXPECT_THAT(Join("SELECT a.id, g.m FROM a JOIN (SELECT n + 1 AS m FROM " + counts +
                   ") AS g ON a.id = g.m"),
              HasSubstr("right: counted rows"));
}

TEST_F(JoinPlanTest, KindsOfChange) {
  const auto kinds = [&](const std::string& join) {
    const ChangelogMode mode = JoinNode("SELECT a.id FROM a " + join + " ON a.k = g.k").changelog;
    std::string text;
    if (mode.insert) text += "I";
    if (mode.update_before) text += "b";
    if (mode.update_after) text += "a";
    if (mode.remove) text += "D";
    return text;
  };
  EXPECT_EQ(kinds("JOIN b AS g"), "I");
  EXPECT_EQ(kinds("LEFT JOIN b AS g"), "ID");
  EXPECT_EQ(kinds("JOIN (SELECT k, COUNT(*) AS n FROM b GROUP BY k) AS g"), "Iba");
  EXPECT_EQ(kinds("FULL JOIN (SELECT k, COUNT(*) AS n FROM b GROUP BY k) AS g"), "ID");
}

TEST_F(JoinPlanTest, WhatIdentifiesARow) {
  const std::string left = "(SELECT k, COUNT(*) AS n FROM a GROUP BY k) AS x";
  const std::string right = "(SELECT k, COUNT(*) AS m FROM b GROUP BY k) AS y";
  EXPECT_THAT(JoinNode("SELECT * FROM " + left + " JOIN " + right + " ON x.k = y.k").upsert_key,
              ElementsAre(0));
  EXPECT_THAT(JoinNode("SELECT * FROM " + left + " JOIN " + right + " ON x.n = y.m").upsert_key,
              ElementsAre(0, 1, 2));
  EXPECT_THAT(JoinNode("SELECT * FROM " + left + " JOIN " + right + " ON x.n = y.k").upsert_key,
              ElementsAre(0, 1));
  EXPECT_THAT(
      JoinNode("SELECT * FROM " + left + " FULL JOIN " + right + " ON x.k = y.k").upsert_key,
      IsEmpty());
  EXPECT_THAT(JoinNode("SELECT * FROM a JOIN b ON a.k = b.k").upsert_key, IsEmpty());
}

TEST_F(JoinPlanTest, AnAppendOnlySinkRefusesWhatALeftJoinTakesBack) {
  EXPECT_THAT(Error("INSERT INTO files SELECT a.id, b.id FROM a LEFT JOIN b ON a.k = b.k"),
              HasSubstr("E2011: a sink cannot take the changes that the query produces: \"files\" "
                        "takes inserts only, but a join (left) in INSERT INTO files produces"));
  EXPECT_TRUE(
      planner_.TryPlan("INSERT INTO files SELECT a.id, b.id FROM a JOIN b ON a.k = b.k").ok());
}

// --- subqueries ----------------------------------------------------------------------------------

TEST_F(JoinPlanTest, SubqueriesAreSemiAndAntiJoins) {
  EXPECT_THAT(Join("SELECT id FROM a WHERE k IN (SELECT k FROM b)"),
              HasSubstr("Join(semi; keys: left.k = right.k"));
  EXPECT_THAT(
      Join("SELECT id FROM a WHERE EXISTS (SELECT * FROM b WHERE b.k = a.k AND b.n < a.id)"),
      HasSubstr("Join(semi; keys: left.k = right.k; where: "));
  EXPECT_THAT(Join("SELECT id FROM a WHERE NOT EXISTS (SELECT * FROM b WHERE b.k = a.k)"),
              HasSubstr("Join(anti; keys: left.k = right.k"));
}

TEST_F(JoinPlanTest, NotInKnowsNulls) {
  const std::string unknown = "SELECT id FROM a WHERE k NOT IN (SELECT k FROM b)";
  EXPECT_THAT(Join(unknown, 0), HasSubstr("Join(anti; keys: left.k = right.k; "));
  EXPECT_THAT(Join(unknown, 1), HasSubstr("Join(anti; where: (is_null OR (k IS NULL)); "));
  EXPECT_THAT(Join("SELECT v FROM z WHERE k NOT IN (SELECT v FROM z)"),
              HasSubstr("Join(anti; keys: k = "));
}

// What cannot be found by keys compares every row with every other one, and says so.
TEST_F(JoinPlanTest, NotInOfUnknownValuesIsFoundByKeys) {
  const std::string one = "SELECT id FROM a WHERE k NOT IN (SELECT k FROM b)";
  EXPECT_THAT(planner_.Plan(one + " AND k IS NOT NULL").warnings, Not(HasNestedLoop()));
  EXPECT_THAT(planner_.Plan(one, {.state_ttl_millis = 1}).warnings, HasNestedLoop());
  const std::string rows = "SELECT id FROM a WHERE (id, k) NOT IN (SELECT id, k FROM b)";
  EXPECT_THAT(planner_.Plan(rows).warnings, HasNestedLoop());
  EXPECT_THAT(Join("SELECT v FROM z WHERE (k, v) NOT IN (SELECT k, id FROM b WHERE k > 0)"),
              HasSubstr("Join(anti; where: "));
  EXPECT_THAT(Join("SELECT v FROM z WHERE (k, v) NOT IN (SELECT COALESCE(k, 0), id FROM b)"),
              HasSubstr("Join(anti; keys: k = EXPR$0, v = id; "));
  EXPECT_THAT(Join("SELECT id FROM a WHERE k NOT IN (SELECT k FROM b WHERE b.id > a.id)"),
              HasSubstr("Join(anti; where: "));
}

// Of one side's NULLs nobody asks if it has none.
TEST_F(JoinPlanTest, NotInAsksOfNullsThatThereMayBe) {
  EXPECT_THAT(Logical("SELECT v FROM z WHERE k NOT IN (SELECT k FROM b)"),
              HasSubstr("Filter((k IS NULL))"));
  EXPECT_THAT(Join("SELECT v FROM z WHERE k NOT IN (SELECT k FROM b)", 1),
              HasSubstr("Join(anti; left: "));
  EXPECT_THAT(Join("SELECT id FROM a WHERE k NOT IN (SELECT k FROM z)", 1),
              HasSubstr("= is_null; left: "));
}

// The clause around keeps the names that it has with NOT EXISTS.
TEST_F(JoinPlanTest, NotInNamesItsStatesByItself) {
  EXPECT_THAT(planner_.Uids("INSERT INTO z SELECT DISTINCT c.k, c.k FROM c WHERE k NOT IN "
                            "(SELECT n FROM b)"),
              ElementsAre("src:c", "src:b", "wm:b", "sink:z/join", "sink:z/not_in/distinct",
                          "sink:z/not_in/join", "sink:z/distinct", "sink:z/sink.w"));
  EXPECT_THAT(planner_.Uids("INSERT INTO z SELECT /*+ STATE_ID('mine') */ c.k, c.k FROM c "
                            "WHERE k NOT IN (SELECT n FROM b)"),
              ElementsAre("src:c", "src:b", "wm:b", "mine", "mine/not_in/distinct", "mine/not_in",
                          "sink:z/sink.w"));
}

TEST_F(JoinPlanTest, NamesOfASubqueryComeFirst) {
  EXPECT_THAT(Join("SELECT id FROM a WHERE EXISTS (SELECT * FROM c WHERE k = id)"),
              HasSubstr("keys: id = k"));
  EXPECT_THAT(Error("SELECT id FROM a WHERE EXISTS (SELECT * FROM c WHERE k = nothing)"),
              HasSubstr("E2003: there is no column \"nothing\""));
}

TEST_F(JoinPlanTest, CorrelatedSubqueriesThatGroupAreJoinedByWhatTheyRead) {
  EXPECT_THAT(Logical("SELECT id FROM a WHERE EXISTS (SELECT k FROM b WHERE b.k = a.k GROUP BY k)"),
              HasSubstr("Join(semi; keys: left.k = right.k)"));
}

TEST_F(JoinPlanTest, ScalarSubqueriesOfSeveralRowsAreCounted) {
  EXPECT_THAT(Logical("SELECT id, (SELECT k FROM b WHERE b.k = a.k) FROM a"),
              ::testing::AllOf(HasSubstr("SCALAR SUBQUERY("), HasSubstr("count(*)")));
  EXPECT_THAT(Logical("SELECT id, (SELECT MAX(k) FROM b WHERE b.k = a.k) FROM a"),
              Not(HasSubstr("SCALAR SUBQUERY(")));
}

TEST_F(JoinPlanTest, SubqueriesElsewhereAreRefusedByName) {
  EXPECT_THAT(Error("SELECT id FROM a WHERE (k, id) IN (SELECT k FROM b)"),
              HasSubstr("E2006: IN compares 2 values with 1 column"));
}

// --- time ----------------------------------------------------------------------------------------

TEST_F(JoinPlanTest, BoundsOnTimeMakeAnIntervalJoin) {
  EXPECT_EQ(Join("SELECT a.id FROM a JOIN b ON a.k = b.k AND a.ts BETWEEN b.ts - INTERVAL '3' "
                 "SECOND AND b.ts + INTERVAL '1' SECOND"),
            "IntervalJoin(inner; keys: left.k = right.k; left.ts - right.ts in [-3000 ms, 1000 "
            "ms])");
  EXPECT_THAT(Join("SELECT a.id FROM a, b WHERE a.k = b.k AND b.ts > a.ts AND b.ts - INTERVAL '5' "
                   "SECOND < a.ts"),
              HasSubstr("left.ts - right.ts in [-4999 ms, -1 ms]"));
  EXPECT_THAT(Join("SELECT a.id FROM a JOIN b ON a.k = b.k AND a.ts = b.ts"),
              HasSubstr("in [0 ms, 0 ms]"));
  EXPECT_THAT(Join("SELECT a.id FROM a JOIN b ON a.k = b.k AND a.ts > b.ts"), HasSubstr("Join("));
  EXPECT_THAT(Join("SELECT a.id FROM a JOIN b ON a.k = b.k AND a.ts > b.ts"),
              Not(HasSubstr("Interval")));
}

const char kVersions[] =
    "(SELECT id, k, n, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS "
    "rn "
    "FROM b) AS d WHERE rn = 1)";

TEST_F(JoinPlanTest, AnEventTimeOfTheLeftSideMakesATemporalJoin) {
  const std::string with = "WITH v AS " + std::string(kVersions);
  const std::string as_of = " v FOR SYSTEM_TIME AS OF a.ts AS v ON a.k = v.k";
  EXPECT_EQ(Join(with + " SELECT a.id, v.n FROM a JOIN" + as_of + " AND v.n > 3"),
            "TemporalJoin(inner; keys: left.k = right.k; version: right.ts as of left.ts; where: "
            "(n > 3))");
  // What is not valid is no match: above an inner join that is the same, below it is not.
  EXPECT_EQ(Join(with + " SELECT a.id, v.n FROM a LEFT JOIN" + as_of + " WHERE v.n > 3"),
            "TemporalJoin(inner; keys: left.k = right.k; version: right.ts as of left.ts; where: "
            "(n > 3))");
  EXPECT_THAT(Logical(with + " SELECT a.id, v.n FROM a JOIN" + as_of + " WHERE a.id > 3"),
              HasSubstr("Filter((id > 3))"));
}

const char kWindows[] =
    " FROM (SELECT * FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '5' SECOND))) AS l JOIN "
    "(SELECT * FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '5' SECOND))) AS r ON ";

TEST_F(JoinPlanTest, EqualWindowsMakeAWindowJoin) {
  const std::string sql = std::string("SELECT l.id") + kWindows +
                          "l.k = r.k AND l.window_start = r.window_start AND l.window_end = "
                          "r.window_end";
  EXPECT_EQ(Join(sql),
            "WindowJoin(inner; keys: left.k = right.k; window: left.window_end = "
            "right.window_end)");
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.rfind(from), from.size(), to);
}

// Regular joins for SQL; the watermark bounds them all the same.
TEST_F(JoinPlanTest, WindowsThatAreNotEqualOnBothEndsBoundByTheWatermark) {
  const std::string sql = std::string("SELECT l.id") + kWindows + "l.k = r.k AND ";
  EXPECT_EQ(Join(sql + "l.window_end = r.window_end"),
            "IntervalJoin(inner; keys: left.k = right.k, left.window_end = right.window_end; "
            "left.window_end - right.window_end in [0 ms, 0 ms])");
  EXPECT_THAT(Join(Replaced(sql + "l.window_start = r.window_start AND l.window_end = r.window_end",
                            "'5'", "'6'")),
              HasSubstr("IntervalJoin(inner"));
}

TEST_F(JoinPlanTest, ColumnsThatFollowTheWatermarkBoundAJoin) {
  const std::string counts =
      " FROM a JOIN (SELECT k, COUNT(*) AS n, window_start AS s, window_end AS e FROM "
      "TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY k, window_start, "
      "window_end) AS c ON a.k = c.k";
  const std::string join = "SELECT a.id" + counts;
  EXPECT_EQ(Join(join + " WHERE a.ts BETWEEN c.e - INTERVAL '5' SECOND AND c.e"),
            "IntervalJoin(inner; keys: left.k = right.k; ts - e in [-5000 ms, 0 ms])");
  // The start of a window is its end less its size.
  EXPECT_EQ(Join(join + " WHERE a.ts >= c.s AND a.ts < c.e AND a.id > c.n"),
            "IntervalJoin(inner; keys: left.k = right.k; ts - e in [-5000 ms, -1 ms]; where: (id > "
            "n))");
  EXPECT_THAT(
      Join("SELECT a.id FROM a JOIN (SELECT k, ts + INTERVAL '2' SECOND AS t FROM b) AS c ON "
           "a.k = c.k AND a.ts BETWEEN c.t - INTERVAL '9' SECOND AND c.t"),
      HasSubstr("in [-9000 ms, 0 ms]"));
}

TEST_F(JoinPlanTest, WhatDoesNotFollowTheWatermarkBoundsNothing) {
  const auto is_regular = [&](const std::string& sql) { return Join(sql).find("Join(") == 0; };
  const std::string counts =
      "(SELECT k, COUNT(*) AS n, window_end AS e FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), "
      "INTERVAL '5' SECOND)) GROUP BY k, window_start, window_end) AS c ";
  const std::string bounds = "WHERE a.ts BETWEEN c.e - INTERVAL '5' SECOND AND c.e";
  // One bound only.
  EXPECT_TRUE(is_regular("SELECT a.id FROM a JOIN " + counts + "ON a.k = c.k WHERE a.ts < c.e"));
  // A join that takes rows back for SQL.
  EXPECT_TRUE(is_regular("SELECT a.id FROM a LEFT JOIN " + counts +
                         "ON a.k = c.k AND a.ts BETWEEN c.e - INTERVAL '5' SECOND AND c.e"));
  // A result that is updated.
  EXPECT_TRUE(
      is_regular("SELECT a.id FROM (SELECT MAX(id) AS id, k, MAX(ts) AS ts FROM a GROUP BY "
                 "k) AS a JOIN " +
                 counts + "ON a.k = c.k " + bounds));
  // Behind the watermark by five seconds.
  EXPECT_TRUE(
      is_regular("SELECT a.id FROM a JOIN (SELECT k, ts - INTERVAL '5' SECOND AS e FROM b) "
                 "AS c ON a.k = c.k " +
                 bounds));
  // Arithmetic other than an interval.
  EXPECT_TRUE(
      is_regular("SELECT a.id FROM a JOIN (SELECT k, FLOOR(ts TO MINUTE) AS e FROM b) AS c "
                 "ON a.k = c.k " +
                 bounds));
}

// SQL calls it a regular join, whose output has no times.
TEST_F(JoinPlanTest, AJoinBoundByTheWatermarkGivesNoTimeAttributes) {
  const auto job = SqlPlanner(kJoinTables)
                       .TryPlan(
                           "WITH j AS (SELECT a.k, a.ts FROM a JOIN (SELECT k, window_end AS e "
                           "FROM TABLE(TUMBLE(TABLE "
                           "b, "
                           "DESCRIPTOR(ts), INTERVAL '5' SECOND))) AS c ON a.k = c.k AND a.ts "
                           "BETWEEN c.e - INTERVAL "
                           "'5' "
                           "SECOND AND c.e) SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE j, "
                           "DESCRIPTOR(ts), INTERVAL '5' "
                           "SECOND)) GROUP BY window_start, window_end");
  EXPECT_FALSE(job.ok());
}

TEST_F(JoinPlanTest, ATimeThatWentThroughARegularJoinIsNone) {
  const std::string join =
      "WITH j AS (SELECT a.k, a.ts FROM a JOIN b ON a.k = b.k) SELECT COUNT(*) FROM "
      "TABLE(TUMBLE(TABLE j, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, "
      "window_end";
  EXPECT_THAT(Error(join), HasSubstr("E2010: \"ts\" is no time attribute any more"));
  std::string bounded = join;
  bounded.replace(bounded.find("a.k = b.k"), 9, "a.k = b.k AND a.ts = b.ts");
  EXPECT_TRUE(planner_.TryPlan(bounded).ok()) << planner_.TryPlan(bounded).status().ToString();
}

// The last row of each k of `a`, as g: updated.
std::string WithLast(const std::string& query) {
  return "WITH g AS (SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) "
         "AS r FROM a) AS q WHERE r = 1) " +
         query;
}

TEST_F(JoinPlanTest, BoundsOnTimesOfUpdatesMakeARegularJoin) {
  EXPECT_EQ(Join(WithLast("SELECT b.id FROM g JOIN b ON g.k = b.k AND g.ts = b.ts")),
            "Join(inner; keys: left.k = right.k, left.ts = right.ts; left: one row a key; right: "
            "a list)");
  EXPECT_THAT(Join(WithLast("SELECT /*+ STATE_TTL('1 d') */ b.id FROM b LEFT JOIN g ON g.k = b.k "
                            "AND b.ts BETWEEN g.ts AND g.ts + INTERVAL '1' HOUR")),
              HasSubstr("Join(left; keys: left.k = right.k; where:"));
  EXPECT_THAT(Join(WithLast("SELECT l.id FROM TABLE(TUMBLE(TABLE g, DESCRIPTOR(ts), INTERVAL '5' "
                            "SECOND)) AS l JOIN TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL "
                            "'5' SECOND)) AS r ON l.window_start = r.window_start AND "
                            "l.window_end = r.window_end")),
              HasSubstr("Join(inner; keys: left.window_"));
  EXPECT_THAT(
      Error(
          WithLast("SELECT COUNT(*) FROM TABLE(TUMBLE((SELECT b.ts FROM g JOIN b ON g.ts = b.ts), "
                   "DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end")),
      HasSubstr("E2010: \"ts\" is no time attribute any more: it went through a regular join"));
}

TEST_F(JoinPlanTest, RanksThatWindowsPutOutOnceMakeAnIntervalJoin) {
  const std::string first =
      "(SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY id) AS n FROM "
      "TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '5' SECOND)))";
  EXPECT_THAT(Join("WITH f AS (SELECT * FROM " + first +
                   " WHERE n = 1) SELECT f.id FROM f JOIN b ON f.window_time = b.ts"),
              HasSubstr("IntervalJoin(inner"));
}

// A clock's time is another one when a row is taken back.
TEST_F(JoinPlanTest, IntervalJoinsByTheClockTakeInsertsOnly) {
  EXPECT_THAT(
      Error("SELECT b.id FROM (SELECT k, COUNT(*) AS n, PROCTIME() AS p FROM a GROUP BY k) "
            "AS g JOIN (SELECT *, PROCTIME() AS p FROM b) AS b ON g.k = b.k AND g.p BETWEEN "
            "b.p - INTERVAL '5' SECOND AND b.p"),
      HasSubstr("E2011: an interval join takes inserts only, but its left input has "
                "inserts and updates"));
}

// --- names ---------------------------------------------------------------------------------------

TEST_F(JoinPlanTest, AliasesTellJoinsApart) {
  EXPECT_THAT(planner_.Uids("INSERT INTO files SELECT a.id, c.k FROM a JOIN b ON a.k = b.k JOIN c "
                            "ON b.id = c.k"),
              ElementsAre("src:a", "wm:a", "src:b", "wm:b", "sink:files/join:a+b", "src:c",
                          "sink:files/join:a+b+c", "sink:files/sink.w"));
  EXPECT_THAT(planner_.Uids("INSERT INTO files SELECT o.id, c.k FROM a AS o JOIN c ON o.k = c.k"),
              ElementsAre("src:a", "wm:a", "src:c", "sink:files/join", "sink:files/sink.w"));
}

TEST_F(JoinPlanTest, HintsNameStateAndItsLife) {
  const std::string sql =
      "INSERT INTO files SELECT /*+ STATE_ID('mine'), STATE_TTL('a' = '1 d', 'b' = '2 h') */ a.id, "
      "b.id FROM a JOIN b ON a.k = b.k";
  EXPECT_THAT(planner_.Uids(sql),
              ElementsAre("src:a", "wm:a", "src:b", "wm:b", "mine", "sink:files/sink.w"));
  EXPECT_THAT(Join(sql), HasSubstr("left ttl: 86400000 ms; right ttl: 7200000 ms"));
  EXPECT_THAT(Error("SELECT /*+ STATE_TTL('x' = '1 d') */ a.id FROM a JOIN b ON a.k = b.k"),
              HasSubstr("E2001: the hint STATE_TTL names no table in FROM: \"x\""));
}

TEST_F(JoinPlanTest, HintsCountForJoinsOfSubqueries) {
  const PlannerOptions hour{.state_ttl_millis = 3'600'000};
  const auto join = [&](const std::string& sql, size_t number = 0) {
    for (const graph::Node& node : planner_.Plan(sql, hour).graph.nodes) {
      const auto* spec = std::get_if<graph::JoinSpec>(&node.spec);
      if (spec == nullptr || number-- > 0) continue;
      return std::make_pair(spec->shape.left.ttl_millis, spec->shape.right.ttl_millis);
    }
    return std::make_pair(int64_t{-1}, int64_t{-1});
  };
  const std::pair<int64_t, int64_t> left_day = {86'400'000, 3'600'000};
  const std::pair<int64_t, int64_t> days = {86'400'000, 86'400'000};
  const std::vector<std::string> conditions = {
      "k IN (SELECT k FROM b)", "k NOT IN (SELECT k FROM b)",
      "EXISTS (SELECT 1 FROM b WHERE b.k = a.k)", "NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)",
      "id > (SELECT MAX(n) FROM b)"};
  for (const std::string& condition : conditions) {
    SCOPED_TRACE(condition);
    EXPECT_EQ(join("SELECT /*+ STATE_TTL('a' = '1 d') */ id FROM a WHERE " + condition), left_day);
    EXPECT_EQ(join("SELECT /*+ STATE_TTL('1 d') */ id FROM a WHERE " + condition), days);
    EXPECT_EQ(join("SELECT /*+ STATE_TTL('1 d') */ COUNT(*) FROM a WHERE " + condition), days);
  }
  EXPECT_EQ(join("SELECT /*+ STATE_TTL('a' = '1 d') */ id, (SELECT MAX(n) FROM b) FROM a"),
            left_day);
}

// Those of a query around them are for what it keeps itself.
TEST_F(JoinPlanTest, HintsStayOutsideOfQueriesInside) {
  const std::string inner[] = {"(SELECT a.k FROM a WHERE k IN (SELECT k FROM b)) AS a",
                               "(SELECT a.k FROM a, b WHERE a.k = b.k) AS a"};
  for (const std::string& query : inner) {
    const std::string sql = "SELECT /*+ STATE_TTL('1 d') */ a.k, COUNT(*) FROM " + query +
                            " JOIN c ON a.k = c.k GROUP BY a.k";
    EXPECT_THAT(Join(sql, 0), Not(HasSubstr("ttl"))) << sql;
    EXPECT_THAT(Join(sql, 1), HasSubstr("left ttl: 86400000 ms; right ttl: 86400000 ms")) << sql;
  }
  EXPECT_THAT(
      Error("SELECT id FROM a WHERE EXISTS (SELECT /*+ STATE_TTL('1 d') */ 1 FROM b WHERE b.k = "
            "a.k)"),
      HasSubstr("E2015: a correlated IN or EXISTS takes no hints"));
  EXPECT_THAT(Join("SELECT /*+ STATE_TTL('1 d') */ id FROM a WHERE EXISTS (SELECT 1 FROM b JOIN c "
                   "ON b.k = c.k WHERE b.k = a.k)"),
              Not(HasSubstr("ttl")));
}

// What decides itself how long rows are kept takes no hint; a hint that keeps them longer is
// obeyed.
TEST_F(JoinPlanTest, BoundedJoinsTakeNoTimeToLive) {
  const std::string interval =
      " a.id FROM a JOIN b ON a.k = b.k AND a.ts BETWEEN b.ts AND b.ts + INTERVAL '5' SECOND";
  const char no_interval[] = "E2015: the hint STATE_TTL does not apply to interval joins";
  EXPECT_THAT(Error("SELECT /*+ STATE_TTL('b' = '1 d') */" + interval), HasSubstr(no_interval));
  EXPECT_THAT(Error("SELECT /*+ STATE_TTL('1 d') */" + interval), HasSubstr(no_interval));
  EXPECT_TRUE(
      planner_.TryPlan("SELECT /*+ STATE_TTL('1 d') */ COUNT(*)," + interval + " GROUP BY a.id")
          .ok());
  const std::string windows =
      " l.id FROM (SELECT * FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '5' SECOND))) AS l "
      "JOIN (SELECT * FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '5' SECOND))) AS r ON "
      "l.k = r.k AND l.window_start = r.window_start AND l.window_end = r.window_end";
  EXPECT_THAT(Error("SELECT /*+ STATE_TTL('r' = '1 d') */" + windows),
              HasSubstr("E2015: the hint STATE_TTL does not apply to windows"));
}

TEST_F(JoinPlanTest, BoundedJoinsOutliveTheSessionsTimeToLive) {
  const PlannerOptions mortal{.state_ttl_millis = 1000};
  const std::string windows =
      "WITH l AS (SELECT * FROM TABLE(TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '5' SECOND))), "
      "r AS (SELECT * FROM TABLE(TUMBLE(TABLE b, DESCRIPTOR(ts), INTERVAL '5' SECOND))) "
      "SELECT l.id FROM l JOIN r ON l.k = r.k AND l.window_end = r.window_end";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"SELECT a.id FROM a JOIN b ON a.k = b.k AND a.ts BETWEEN b.ts AND b.ts + INTERVAL '5' "
       "SECOND",
       "IntervalJoin"},
      {windows + " AND l.window_start = r.window_start", "WindowJoin"},
      {windows, "IntervalJoin"},
      {"SELECT a.id FROM a JOIN b ON a.k = b.k", "Join"}};
  for (const auto& [sql, kind] : cases) {
    SCOPED_TRACE(sql);
    const PlannedJob job = planner_.Plan(sql, mortal);
    const std::vector<StateRow> rows = ExplainState(job.graph);
    const auto join = std::find_if(
        rows.begin(), rows.end(), [&kind = kind](const StateRow& row) { return row.kind == kind; });
    ASSERT_NE(join, rows.end());
    const bool mortal_join = kind == "Join";
    EXPECT_EQ(join->ttl, mortal_join ? "1000 ms" : "none");
    EXPECT_EQ(logical::ToString(job.optimized).find("ttl") != std::string::npos, mortal_join);
  }
}

TEST_F(JoinPlanTest, WarnsOfJoinsWithoutKeys) {
  const auto warnings = planner_.Plan("SELECT a.id FROM a JOIN b ON a.k < b.k").warnings;
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0].message, HasSubstr("every row is compared with every row"));
  EXPECT_THAT(planner_.Plan("SELECT a.id FROM a JOIN b ON a.k = b.k").warnings, IsEmpty());
}

TEST_F(JoinPlanTest, NamesInFrom) {
  EXPECT_THAT(Error("SELECT 1 AS x FROM a JOIN a ON TRUE"),
              HasSubstr("E2004: two tables in FROM are called \"a\""));
  EXPECT_THAT(Error("SELECT k FROM a JOIN b ON a.k = b.k"),
              HasSubstr("E2004: the column name \"k\" is ambiguous"));
  EXPECT_THAT(Error("SELECT a.id FROM a JOIN b"), HasSubstr("E2015: a join needs a condition"));
  EXPECT_THAT(Error("SELECT 1 AS x FROM a JOIN b USING (s)"), HasSubstr("E2003"));
  EXPECT_TRUE(planner_.TryPlan("SELECT k, a.k, b.k, n FROM a JOIN b USING (k)").ok());
}

TEST_F(JoinPlanTest, UnreadColumnsAreNotKept) {
  const graph::Node node = JoinNode("SELECT a.id FROM a JOIN b ON a.k = b.k");
  const auto& spec = std::get<graph::JoinSpec>(node.spec);
  EXPECT_EQ(spec.shape.left.schema.size(), 2U);
  EXPECT_EQ(spec.shape.right.schema.size(), 1U);
  const graph::JoinSideState right = graph::StateOfSide(spec, 1);
  EXPECT_THAT(right.schema.value, IsEmpty());  // the key says it all
}

}  // namespace
}  // namespace weir::planner::testing
