// Uids from SQL text: what must not change them, and what tells operators apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/rules/rule_list.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAreArray;

const char kUidTables[] = R"(
  CREATE TABLE bid (bidder BIGINT, auction BIGINT, price BIGINT, ts TIMESTAMP(3),
                    WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'any');
  CREATE TABLE ask (bidder BIGINT, auction BIGINT, price BIGINT, ts TIMESTAMP(3),
                    WATERMARK FOR ts AS ts) WITH ('connector' = 'any');
  CREATE TABLE counts (bidder BIGINT, n BIGINT) WITH ('connector' = 'any');
  CREATE TABLE others (bidder BIGINT, n BIGINT) WITH ('connector' = 'any');
  CREATE TABLE files (bidder BIGINT, n BIGINT) WITH ('connector' = 'files');
  CREATE VIEW busy AS SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder;
)";

const char kCounts[] = R"(
  INSERT INTO counts WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder)
  SELECT bidder, n FROM m)";

const std::vector<std::string> kSqlCountUids = {"src:bid", "wm:bid", "sink:counts/cte:m/agg",
                                                "sink:counts/sink.w"};

class SqlUidTest : public ::testing::Test {
 protected:
  SqlPlanner planner_{kUidTables};
};

TEST_F(SqlUidTest, ArePathsOfNamedClauses) {
  EXPECT_EQ(planner_.Uids(kCounts), kSqlCountUids);
}

TEST_F(SqlUidTest, WindowAggregatesInACommonTable) {
  EXPECT_THAT(planner_.Uids(R"(
      INSERT INTO files WITH m AS (
        SELECT bidder, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
        GROUP BY bidder, window_start, window_end)
      SELECT bidder, n FROM m)"),
              ElementsAre("src:bid", "wm:bid", "sink:files/cte:m/wagg", "sink:files/sink.w"));
}

TEST_F(SqlUidTest, EditsThatMustNotMatter) {
  const std::vector<std::string> edits = {
      // a stateless clause in front, a projection in another order, a sibling aggregate, one above
      "INSERT INTO counts WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid WHERE price > 5 "
      "GROUP BY bidder) SELECT bidder, n FROM m",
      "INSERT INTO counts WITH m AS (SELECT COUNT(*) AS n, bidder FROM bid GROUP BY bidder) "
      "SELECT bidder, n FROM m",
      "INSERT INTO counts WITH m AS (SELECT bidder, MAX(price) AS p, COUNT(*) AS n FROM bid "
      "GROUP BY bidder) SELECT bidder, n FROM m WHERE p > 7",
      "INSERT INTO counts WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder "
      "HAVING COUNT(*) > 3) SELECT bidder, n + 1 FROM m",
  };
  for (const std::string& sql : edits) EXPECT_EQ(planner_.Uids(sql), kSqlCountUids) << sql;
}

TEST_F(SqlUidTest, OtherStatementsAndASecondSink) {
  const std::string other =
      "INSERT INTO others SELECT auction, SUM(price) FROM ask GROUP BY auction;";
  const std::vector<std::string> before = planner_.Uids(other + kCounts);
  EXPECT_THAT(before, IsSupersetOf(kSqlCountUids));
  EXPECT_THAT(before, UnorderedElementsAreArray(planner_.Uids(std::string(kCounts) + ";" + other)));
  EXPECT_THAT(
      planner_.Uids(std::string("INSERT INTO others SELECT bidder, price FROM bid;") + kCounts),
      IsSupersetOf(kSqlCountUids));
}

TEST_F(SqlUidTest, OrderOfUnionAll) {
  const std::string a = "SELECT bidder, COUNT(*) FROM bid GROUP BY bidder";
  const std::string b = "SELECT bidder, COUNT(*) FROM ask GROUP BY bidder";
  const std::vector<std::string> uids =
      planner_.Uids("INSERT INTO counts " + a + " UNION ALL " + b);
  EXPECT_THAT(uids, UnorderedElementsAreArray(
                        planner_.Uids("INSERT INTO counts " + b + " UNION ALL " + a)));
  for (const std::string& uid : uids) EXPECT_THAT(uid, ::testing::Not(HasSubstr("generated")));
}

TEST_F(SqlUidTest, ParallelismAndRules) {
  EXPECT_EQ(planner_.Uids(kCounts, {.parallelism = 7}), kSqlCountUids);
  for (const rules::Rule& rule : rules::RuleList()) {
    EXPECT_EQ(
        planner_.Uids(kCounts, {.parallelism = 2, .disabled_rules = {std::string(rule.name)}}),
        kSqlCountUids)
        << rule.name;
  }
}

TEST_F(SqlUidTest, AViewIsARootOfItsOwn) {
  const std::vector<std::string> uids = planner_.Uids(
      "INSERT INTO counts SELECT bidder, n FROM busy;"
      "INSERT INTO others SELECT bidder, n FROM busy WHERE n > 3");
  EXPECT_THAT(uids, IsSupersetOf({"src:bid", "view:busy/agg"}));
  EXPECT_EQ(uids.size(), 5U) << "both read one aggregate";
}

TEST_F(SqlUidTest, StateIdWins) {
  EXPECT_THAT(planner_.Uids("INSERT INTO counts SELECT /*+ STATE_ID('mine') */ bidder, COUNT(*) "
                            "FROM bid GROUP BY bidder"),
              ElementsAre("src:bid", "wm:bid", "mine", "sink:counts/sink.w"));
}

TEST_F(SqlUidTest, UnnamedClausesAreFlaggedOrRefused) {
  const std::string sql =
      "INSERT INTO counts\nSELECT bidder, n FROM (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY "
      "bidder)";
  EXPECT_THAT(planner_.Uids(sql)[2], ::testing::MatchesRegex("~agg:[0-9a-f]{12} .generated."));
  const auto job = planner_.TryPlan(sql, {.auto_generate_uids = false});
  ASSERT_FALSE(job.ok());
  EXPECT_EQ(job.status().id(), "E2013");
  EXPECT_THAT(job.status().message(), HasSubstr("line 2"));
}

TEST_F(SqlUidTest, AnInsertOnlySinkRefusesUpdates) {
  const auto job =
      planner_.TryPlan("INSERT INTO files SELECT bidder, COUNT(*) FROM bid GROUP BY bidder");
  ASSERT_FALSE(job.ok());
  EXPECT_EQ(job.status().id(), "E2011");
  EXPECT_FALSE(job.status().span()->empty());
}

TEST_F(SqlUidTest, ADefinitionIsRememberedWithTheJob) {
  const PlannedJob job = planner_.Plan("INSERT INTO counts SELECT bidder, n FROM busy");
  std::vector<std::string> names;
  for (const catalog::CatalogObject& object : job.objects) names.push_back(object.name().object);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("bid", "busy", "counts"));
}

}  // namespace
}  // namespace weir::planner::testing
