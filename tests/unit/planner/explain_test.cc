// EXPLAIN's further parts: the graph as JSON, advice, bounds of rows.
#include <gmock/gmock.h>

#include "planner/explain_advice.h"
#include "planner/explain_cost.h"
#include "planner/explain_graph.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kExplainTables =
    "CREATE TABLE t (a INT, b STRING) WITH ('connector' = 'any');"
    "CREATE TABLE out1 (b STRING, n BIGINT) WITH ('connector' = 'any');";

class ExplainPartsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Advice(const std::string& sql, const PlannerOptions& options = {},
                                  bool one_phase = false) const {
    PlannedJob job = planner_.Plan(sql, options);
    job.bounded = false;
    std::vector<std::string> texts;
    for (const planner::Advice& advice : AdviceOn(job, one_phase)) {
      texts.push_back((advice.warning ? "WARNING " : "ADVICE ") + advice.message);
    }
    return texts;
  }

  // The bound of the job's last operator.
  std::string Rows(const std::string& sql) const {
    return ToString(RowBoundsOf(planner_.Plan(sql), SqlConnectors()).back());
  }

  SqlPlanner planner_{kExplainTables};
};

TEST_F(ExplainPartsTest, GraphAsJsonHasFlinksShape) {
  const std::string json =
      ExecutionPlanJson(planner_.Plan("INSERT INTO out1 SELECT b, COUNT(*) FROM t GROUP BY b"));
  EXPECT_THAT(json, HasSubstr("{\n  \"nodes\" : [ {\n    \"id\" : 1,\n    \"type\" : \"Scan[1]\",\n"
                              "    \"pact\" : \"Data Source\",\n    \"contents\" : \"[1]:Scan(t"));
  EXPECT_THAT(json, HasSubstr("\"parallelism\" : 1,\n    \"uid\" : \"src:t\"\n  }, {"));
  EXPECT_THAT(json, HasSubstr("\"predecessors\" : [ {\n      \"id\" : 1,\n"));
  EXPECT_THAT(json, HasSubstr("\"ship_strategy\" : \"HASH[b]\",\n      \"side\" : \"second\""));
  EXPECT_THAT(json, HasSubstr("\"pact\" : \"Data Sink\""));
}

TEST_F(ExplainPartsTest, GraphAsJsonTellsTheSidesOfJoins) {
  const std::string json = ExecutionPlanJson(
      planner_.Plan("SELECT x.a FROM t AS x JOIN (SELECT DISTINCT a FROM t) AS y ON x.a = y.a"));
  EXPECT_THAT(json, HasSubstr("\"side\" : \"first\""));
  EXPECT_THAT(json, HasSubstr("\"side\" : \"second\""));
}

TEST_F(ExplainPartsTest, JsonEscapesNames) {
  const std::string json = ExecutionPlanJson(planner_.Plan("SELECT a FROM t WHERE b = '\"\\'"));
  EXPECT_THAT(json, HasSubstr("\\\"\\\\"));
}

TEST_F(ExplainPartsTest, StateThatNeverExpiresIsAdvisedAgainst) {
  const std::string sql = "INSERT INTO out1 SELECT b, COUNT(*) FROM t GROUP BY b";
  EXPECT_THAT(Advice(sql), ::testing::ElementsAre(HasSubstr("ADVICE the state of sink:out1/agg")));
  EXPECT_THAT(Advice(sql, {.state_ttl_millis = 1000}), ::testing::IsEmpty());
  EXPECT_THAT(Advice("INSERT INTO out1 SELECT 'all', COUNT(*) FROM t"), ::testing::IsEmpty())
      << "one row is no growth";
}

TEST_F(ExplainPartsTest, BoundedInputGrowsNothing) {
  PlannedJob job = planner_.Plan("INSERT INTO out1 SELECT b, COUNT(*) FROM t GROUP BY b");
  job.bounded = true;
  EXPECT_TRUE(AdviceOn(job, false).empty());
  EXPECT_THAT(AdviceText({}, ""), HasSubstr("No advice"));
}

TEST_F(ExplainPartsTest, GeneratedUidsAreWarnedOf) {
  const auto advice =
      Advice("INSERT INTO out1 SELECT b, COUNT(*) FROM (SELECT DISTINCT a, b FROM t) GROUP BY b");
  EXPECT_THAT(advice, ::testing::Contains(HasSubstr("WARNING the state of")));
  EXPECT_THAT(advice, ::testing::Contains(HasSubstr("generated uid")));
}

TEST_F(ExplainPartsTest, ValuesThatChangeUnderUpdatesAreWarnedOf) {
  const auto advice = Advice(
      "INSERT INTO out1 SELECT m.b || UUID(), m.n FROM (SELECT b, COUNT(*) AS n FROM t GROUP BY b) "
      "AS m");
  EXPECT_THAT(advice, ::testing::Contains(HasSubstr("UUID()")));
  EXPECT_THAT(Advice("INSERT INTO out1 SELECT b || UUID(), 1 FROM t"), ::testing::IsEmpty());
}

TEST_F(ExplainPartsTest, OnePhaseIsMentionedWhereTwoWouldDo) {
  const std::string sql = "INSERT INTO out1 SELECT b, COUNT(*) FROM t GROUP BY b";
  const PlannerOptions options{.parallelism = 4, .phases = lower::PhaseStrategy::kOnePhase};
  EXPECT_THAT(Advice(sql, options, true), ::testing::Contains(HasSubstr("in one phase")));
  EXPECT_THAT(Advice(sql, options, false), Not(::testing::Contains(HasSubstr("in one phase"))));
  EXPECT_THAT(Advice("INSERT INTO out1 SELECT LISTAGG(b), 1 FROM t GROUP BY a", options, true),
              Not(::testing::Contains(HasSubstr("in one phase"))))
      << "lists have no common order";
}

TEST_F(ExplainPartsTest, AdviceNamesThePlace) {
  const std::vector<planner::Advice> advice = {{true, "look out", {7, 8}}};
  EXPECT_EQ(AdviceText(advice, "SELECT\nx"),
            "== Plan Advice ==\nadvice[1]: [WARNING] look out (line 2, column 1)\n");
}

TEST_F(ExplainPartsTest, RowsAreBoundedWhereTheyAreKnown) {
  EXPECT_EQ(Rows("SELECT * FROM (VALUES (1), (2), (3)) AS v(x)"), "rows: 3");
  EXPECT_EQ(Rows("SELECT * FROM (VALUES (1), (2), (3)) AS v(x) WHERE RAND() > 0.5"),
            "rows: at most 3");
  EXPECT_EQ(Rows("SELECT x, COUNT(*) FROM (VALUES (1), (2), (3)) AS v(x) GROUP BY x"),
            "rows: at most 6");
  EXPECT_EQ(Rows("SELECT 1 UNION ALL VALUES (2), (3)"), "rows: 3");
  EXPECT_EQ(Rows("SELECT * FROM t"), "rows: unknown");
  EXPECT_EQ(Rows("SELECT * FROM t LIMIT 5"), "rows: at most 5");
}

TEST_F(ExplainPartsTest, SectionsComeWhereTheyAreAskedFor) {
  const PlannedJob job = planner_.Plan("SELECT a FROM t");
  EXPECT_THAT(Explain(job, SqlConnectors(), {}), Not(HasSubstr("Plan Advice")));
  const std::string all = Explain(
      job, SqlConnectors(), {.estimated_cost = true, .plan_advice = true, .execution_plan = true});
  EXPECT_THAT(all, HasSubstr("rows: unknown"));
  EXPECT_THAT(all, HasSubstr("\n== Plan Advice ==\n"));
  EXPECT_THAT(all, HasSubstr("\n== Physical Execution Plan ==\n{\n"));
}

}  // namespace
}  // namespace weir::planner::testing
