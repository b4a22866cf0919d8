// Which clauses of a job are computed once, which uid they get, and what an edit of one of them
// does (docs/changing-a-running-query.md, "What is computed once").
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "planner/uid/equality.h"
#include "runtime/checkpoint/restore_plan.h"
#include "tests/unit/planner/saved_job.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

using checkpoint::PlanRestore;
using checkpoint::RestoreClauses;
using checkpoint::RestorePlan;
using checkpoint::Verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char kSharedTables[] = R"(
  CREATE TABLE bid (bidder BIGINT, auction BIGINT, price INT, item STRING, ts TIMESTAMP(3),
                    WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'any');
  CREATE TABLE a (x BIGINT, n BIGINT) WITH ('connector' = 'any');
  CREATE TABLE b (x BIGINT, n BIGINT) WITH ('connector' = 'any');
  CREATE VIEW dear AS SELECT * FROM bid WHERE price > 5;
)";

PlannedJob Plan(const std::string& sql, const PlannerOptions& options = {}) {
  return SqlPlanner(kSharedTables).Plan(sql, options);
}

// Operators of one kind.
std::vector<graph::Node> Operators(const PlannedJob& job, std::string_view kind) {
  std::vector<graph::Node> nodes;
  for (const graph::Node& node : job.graph.nodes) {
    if (graph::OperatorKindName(node.spec) == kind) nodes.push_back(node);
  }
  return nodes;
}

// Two INSERTs, each of a derived table.
std::string Two(const std::string& first, const std::string& second) {
  return "INSERT INTO a SELECT * FROM (" + first + ") AS p;\nINSERT INTO b SELECT * FROM (" +
         second + ") AS q;";
}

size_t Aggregates(const std::string& first, const std::string& second,
                  const PlannerOptions& options = {}) {
  return Operators(Plan(Two(first, second), options), "GroupAggregate").size();
}

const char kCount[] = "SELECT bidder, COUNT(*) AS n FROM bid WHERE price > 5 GROUP BY bidder";

TEST(EqualityTest, NamesDoNotCount) {
  EXPECT_EQ(Aggregates(kCount, kCount), 1U);
  EXPECT_EQ(Aggregates(kCount,
                       "SELECT who AS x, COUNT(*) AS many FROM (SELECT bidder AS who, price "
                       "AS p FROM bid AS z) AS y WHERE p > 5 GROUP BY who"),
            1U);
  EXPECT_EQ(Aggregates(kCount, "SELECT bidder, COUNT(*) FROM dear GROUP BY bidder"), 1U);
}

TEST(EqualityTest, OrderOfConditionsAndUnreadColumnsDoNotCount) {
  EXPECT_EQ(Aggregates("SELECT bidder, COUNT(*) FROM bid WHERE price > 5 AND auction < 9 AND "
                       "price > 5 GROUP BY bidder",
                       "SELECT bidder, COUNT(*) FROM (SELECT item, auction, bidder FROM bid WHERE "
                       "price > 2 + 3) AS t WHERE auction < 9 GROUP BY bidder"),
            1U);
  EXPECT_EQ(Aggregates("SELECT k, SUM(v) FROM (SELECT bidder + 1 AS k, price * 2 AS v, item FROM "
                       "bid) AS t GROUP BY k",
                       "SELECT bidder + 1, SUM(price * 2) FROM bid GROUP BY bidder + 1"),
            1U);
}

TEST(EqualityTest, WhatMeansSomethingElseIsApart) {
  for (
      const char* other :
      {"SELECT bidder, COUNT(*) FROM bid WHERE price > 6 GROUP BY bidder",
       "SELECT bidder, COUNT(*) FROM bid WHERE price >= 5 GROUP BY bidder",
       "SELECT auction, COUNT(*) FROM bid WHERE price > 5 GROUP BY auction",
       "SELECT bidder, COUNT(item) FROM bid WHERE price > 5 GROUP BY bidder",
       "SELECT bidder, COUNT(DISTINCT item) FROM bid WHERE price > 5 GROUP BY bidder",
       "SELECT bidder, COUNT(*) FILTER (WHERE item = 'x') FROM bid WHERE price > 5 GROUP BY bidder",
       "SELECT bidder, COUNT(*) FROM bid GROUP BY bidder",
       "SELECT bidder, COUNT(*) FROM (SELECT bidder, price FROM bid UNION ALL SELECT bidder, price "
       "FROM bid) AS t WHERE price > 5 GROUP BY bidder"}) {
    SCOPED_TRACE(other);
    EXPECT_EQ(Aggregates(kCount, other), 2U);
  }
}

// A condition that may fail must not run before the one that stood in front of it.
TEST(EqualityTest, OrderOfConditionsThatMayFailCounts) {
  EXPECT_EQ(Aggregates("SELECT bidder, COUNT(*) FROM bid WHERE price <> 0 AND 10 / price > 2 "
                       "GROUP BY bidder",
                       "SELECT bidder, COUNT(*) FROM bid WHERE 10 / price > 2 AND price <> 0 "
                       "GROUP BY bidder"),
            2U);
}

TEST(EqualityTest, ChanceIsEqualToNothing) {
  EXPECT_EQ(Aggregates("SELECT bidder, COUNT(*) FROM bid WHERE RAND() > 0.5 GROUP BY bidder",
                       "SELECT bidder, COUNT(*) FROM bid WHERE RAND() > 0.5 GROUP BY bidder"),
            2U);
}

TEST(EqualityTest, WindowsJoinsAndRanks) {
  const std::string window =
      "SELECT bidder, COUNT(*) AS n FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND, "
      "INTERVAL '10' SECOND)) GROUP BY bidder, window_start, window_end";
  const std::string other_window =
      "SELECT w, COUNT(*) FROM (SELECT bidder AS w, window_start, window_end FROM TABLE(HOP(TABLE "
      "bid, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '10' SECOND))) AS t GROUP BY w, "
      "window_start, window_end";
  EXPECT_EQ(Operators(Plan(Two(window, other_window)), "WindowAggregate").size(), 1U);
  const std::string wider =
      "SELECT bidder, COUNT(*) AS n FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), "
      "INTERVAL '2' SECOND, INTERVAL '20' SECOND)) GROUP BY bidder, "
      "window_start, window_end";
  EXPECT_EQ(Operators(Plan(Two(window, wider)), "WindowAggregate").size(), 2U);
  const std::string join =
      "SELECT l.bidder, r.auction FROM dear AS l JOIN bid AS r ON l.auction = r.bidder";
  const std::string other_join =
      "SELECT r.auction, l.bidder FROM dear AS l JOIN bid AS r ON r.bidder = l.auction";
  EXPECT_EQ(Operators(Plan(Two(join, join)), "Join").size(), 1U);
  EXPECT_EQ(Operators(Plan(Two(join, other_join)), "Join").size(), 1U);
  const std::string rank =
      "SELECT bidder, auction FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY "
      "price "
      "DESC) AS rn FROM bid) AS t WHERE rn <= 2";
  EXPECT_EQ(Operators(Plan(Two(rank, rank)), "Rank").size(), 1U);
}

TEST(EqualityTest, FiltersAndProjectionsAreShared) {
  const std::string sql =
      "INSERT INTO a SELECT bidder, auction FROM bid WHERE price > 1 + 4;\n"
      "INSERT INTO b SELECT bidder, auction FROM (SELECT auction, bidder, item FROM dear) AS t;";
  EXPECT_EQ(Operators(Plan(sql), "Calc").size(), 1U);
  PlannerOptions options;
  options.reuse.sub_plans = false;
  EXPECT_EQ(Operators(Plan(sql, options), "Calc").size(), 2U);
}

// ---- uids ----

TEST(SharedUidTest, IsThatOfTheFirstAndNamesTheOthers) {
  const auto aggregates = Operators(Plan(Two(kCount, kCount)), "GroupAggregate");
  ASSERT_EQ(aggregates.size(), 1U);
  EXPECT_EQ(aggregates[0].uid, "sink:a/t:p/agg");
  EXPECT_THAT(aggregates[0].also, ElementsAre("sink:b/t:q/agg"));
  EXPECT_TRUE(aggregates[0].uid_stable);
}

TEST(SharedUidTest, RulesDoNotChangeIt) {
  const std::string sql = Two(kCount, "SELECT bidder, COUNT(*) FROM dear GROUP BY bidder");
  const std::vector<std::string> uids = SqlPlanner(kSharedTables).Uids(sql);
  for (const char* rule : {"merge-projects", "push-filters", "prune-columns", "merge-filters"}) {
    EXPECT_EQ(SqlPlanner(kSharedTables).Uids(sql, {.disabled_rules = {rule}}), uids) << rule;
  }
}

// ---- the options ----

TEST(ReuseOptionTest, WithoutReuseEachReaderHasItsOwn) {
  PlannerOptions options;
  options.reuse.sub_plans = false;
  const PlannedJob job = Plan(Two(kCount, kCount), options);
  EXPECT_EQ(Operators(job, "GroupAggregate").size(), 2U);
  EXPECT_EQ(Operators(job, "Scan").size(), 2U);
  std::vector<std::string> uids;
  for (const graph::Node& node : Operators(job, "GroupAggregate")) uids.push_back(node.uid);
  EXPECT_THAT(uids, ElementsAre("sink:a/t:p/agg", "sink:b/t:q/agg"));
}

// A CTE is one node for the binder already.
TEST(ReuseOptionTest, WithoutReuseACommonTableIsComputedTwice) {
  const std::string sql =
      "INSERT INTO a WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY "
      "bidder) SELECT bidder, n FROM m UNION ALL SELECT n, bidder FROM m";
  EXPECT_EQ(Operators(Plan(sql), "GroupAggregate").size(), 1U);
  PlannerOptions options;
  options.reuse.sub_plans = false;
  const auto aggregates = Operators(Plan(sql, options), "GroupAggregate");
  ASSERT_EQ(aggregates.size(), 2U);
  EXPECT_EQ(aggregates[0].uid, "sink:a/cte:m/agg:k(bidder)@bid");
  EXPECT_EQ(aggregates[1].uid, "sink:a/cte:m/agg:k(bidder)@bid#2");
  EXPECT_FALSE(aggregates[1].uid_stable);
}

TEST(ReuseOptionTest, SourcesAloneAreApart) {
  PlannerOptions options;
  options.reuse.sources = false;
  const std::string other = "SELECT auction, COUNT(*) FROM bid GROUP BY auction";
  EXPECT_EQ(Operators(Plan(Two(kCount, other)), "Scan").size(), 1U);
  EXPECT_EQ(Operators(Plan(Two(kCount, other), options), "Scan").size(), 2U);
  // What is shared above them shares them.
  EXPECT_EQ(Operators(Plan(Two(kCount, kCount), options), "Scan").size(), 1U);
}

// ---- restore ----

// "uid verdict from saved uid", a line each but those of tables and sinks.
std::vector<std::string> Verdicts(const RestorePlan& plan) {
  std::vector<std::string> lines;
  for (const checkpoint::RestoreRow& row : plan.rows) {
    if (row.uid.find("agg") == std::string::npos) continue;
    lines.push_back(fmt::format("{} {} {}", row.uid, checkpoint::VerdictName(row.verdict),
                                row.saved_uid.empty() ? "-" : row.saved_uid));
  }
  return lines;
}

RestorePlan Restore(const std::string& before, const std::string& after,
                    const RestoreClauses& clauses = {}, const PlannerOptions& options = {}) {
  return PlanRestore(SavedOf(Plan(before).graph), Plan(after, options).graph, clauses);
}

std::string Insert(const std::string& table, const std::string& query, const std::string& alias) {
  return "INSERT INTO " + table + " SELECT * FROM (" + query + ") AS " + alias + ";\n";
}

const char kP[] = "sink:a/t:p/agg FULL sink:a/t:p/agg";

TEST(SharedRestoreTest, TheFirstUserIsEditedAway) {
  const RestorePlan plan =
      Restore(Two(kCount, kCount), Insert("b", kCount, "q"), {.allow_drop = {"sink:a/sink.w"}});
  EXPECT_TRUE(plan.allowed);
  EXPECT_THAT(Verdicts(plan), ElementsAre("sink:b/t:q/agg FULL sink:a/t:p/agg"));
}

TEST(SharedRestoreTest, TheSecondUserIsEditedAway) {
  const RestorePlan plan =
      Restore(Two(kCount, kCount), Insert("a", kCount, "p"), {.allow_drop = {"sink:b/sink.w"}});
  EXPECT_TRUE(plan.allowed);
  EXPECT_THAT(Verdicts(plan), ElementsAre(kP));
}

TEST(SharedRestoreTest, TheOtherOrderIsTheSame) {
  const RestorePlan plan =
      Restore(Two(kCount, kCount), Insert("b", kCount, "q") + Insert("a", kCount, "p"));
  EXPECT_TRUE(plan.allowed);
  EXPECT_THAT(Verdicts(plan), ElementsAre("sink:b/t:q/agg FULL sink:a/t:p/agg"));
}

TEST(SharedRestoreTest, PartedUsersGetACopyEach) {
  const std::string wider = "SELECT bidder, COUNT(*) AS n FROM bid WHERE price > 4 GROUP BY bidder";
  const RestorePlan plan = Restore(Two(kCount, kCount), Two(kCount, wider));
  EXPECT_THAT(Verdicts(plan), ElementsAre(kP, "sink:b/t:q/agg SEMANTIC sink:a/t:p/agg"));
  EXPECT_FALSE(plan.allowed);
  const std::string more =
      "SELECT bidder, COUNT(*) AS n FROM (SELECT bidder, n FROM (SELECT bidder, COUNT(*) AS n, "
      "SUM(price) AS s FROM bid WHERE price > 5 GROUP BY bidder) AS t) AS u GROUP BY bidder";
  EXPECT_THAT(Verdicts(Restore(Two(kCount, kCount), Two(more, kCount))),
              Contains("sink:b/t:q/agg FULL sink:a/t:p/agg"));
}

TEST(SharedRestoreTest, SwitchingReuseOffGivesEachACopy) {
  PlannerOptions options;
  options.reuse.sub_plans = false;
  const std::string sql =
      "INSERT INTO a WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY "
      "bidder) SELECT bidder, n FROM m UNION ALL SELECT n, bidder FROM m";
  const std::string cte = "sink:a/cte:m/agg";
  // Their sources are new, and read the table from its start: what it gave is in both copies.
  EXPECT_THAT(Verdicts(Restore(Two(kCount, kCount), Two(kCount, kCount), {}, options)),
              ElementsAre("sink:a/t:p/agg SEMANTIC sink:a/t:p/agg",
                          "sink:b/t:q/agg SEMANTIC sink:a/t:p/agg"));
  const RestorePlan plan =
      PlanRestore(SavedOf(Plan(sql, options).graph), Plan(sql, options).graph, {});
  EXPECT_TRUE(plan.allowed);
}

TEST(SharedRestoreTest, WhatBecameEqualKeepsTheFirstAndAsks) {
  const std::string other = "SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder";
  const RestorePlan plan = Restore(Two(kCount, other), Two(kCount, kCount));
  EXPECT_THAT(Verdicts(plan), ElementsAre(kP, "sink:b/t:q/agg DROP sink:b/t:q/agg"));
  EXPECT_FALSE(plan.allowed);
  const auto dropped = std::find_if(plan.rows.begin(), plan.rows.end(),
                                    [](const auto& row) { return row.verdict == Verdict::kDrop; });
  EXPECT_THAT(dropped->reason, HasSubstr("it is computed once now, as sink:a/t:p/agg"));
}

// Without a word the state that q shared would be lost.
TEST(SharedRestoreTest, ARenamedAndEditedUserIsNotForgotten) {
  const std::string more =
      "SELECT bidder, COUNT(*) AS n FROM (SELECT * FROM bid WHERE price > 4) AS t GROUP BY bidder";
  const std::string after = Insert("a", kCount, "p") + Insert("b", more, "other");
  const RestorePlan plan = Restore(Two(kCount, kCount), after);
  EXPECT_FALSE(plan.allowed);
  EXPECT_THAT(Verdicts(plan), ElementsAre(kP, "sink:b/t:other/agg NEW -", "sink:b/t:q/agg DROP -"));
  EXPECT_THAT(plan.missing_clauses,
              Contains("WITH STATE MAPPING ('sink:b/t:q/agg' TO 'sink:b/t:other/agg')"));
  RestoreClauses mapped;
  mapped.mappings = {{"sink:b/t:q/agg", "sink:b/t:other/agg"}};
  mapped.accept_changes = {"sink:b/t:other/agg", "sink:b/sink.w"};
  const RestorePlan second = Restore(Two(kCount, kCount), after, mapped);
  EXPECT_THAT(Verdicts(second), ElementsAre(kP, "sink:b/t:other/agg SEMANTIC sink:a/t:p/agg"));
  EXPECT_TRUE(second.allowed) << Refusal(second).ToString();
  RestoreClauses dropped;
  dropped.allow_drop = {"sink:b/t:q/agg"};
  dropped.accept_changes = {"sink:b/sink.w"};
  EXPECT_TRUE(Restore(Two(kCount, kCount), after, dropped).allowed);
}

TEST(SharedRestoreTest, ARenamedUserThatIsStillEqualIsNoDifference) {
  const RestorePlan plan =
      Restore(Two(kCount, kCount), Insert("a", kCount, "p") + Insert("b", kCount, "other"));
  EXPECT_TRUE(plan.allowed);
  EXPECT_THAT(Verdicts(plan), ElementsAre(kP));
  EXPECT_THAT(plan.missing_clauses, IsEmpty());
}

TEST(SharedRestoreTest, OtherNamesOfColumnsGoOnWhenParted) {
  const std::string named =
      "SELECT who, COUNT(*) AS many FROM (SELECT bidder AS who, price FROM bid"
      ") AS y WHERE price > 5 GROUP BY who";
  const RestorePlan plan =
      Restore(Two(kCount, named), Insert("b", named, "q"), {.allow_drop = {"sink:a/sink.w"}});
  EXPECT_TRUE(plan.allowed) << Refusal(plan).ToString();
  EXPECT_THAT(Verdicts(plan), ElementsAre("sink:b/t:q/agg FULL sink:a/t:p/agg"));
}

// Rows of a join and of ranks are kept by the names of their columns.
TEST(SharedRestoreTest, OtherNamesOfColumnsGoOnWhenJoinsAndRanksAreParted) {
  const std::string join =
      "SELECT l.bidder, r.auction FROM dear AS l JOIN bid AS r ON l.auction = "
      "r.bidder";
  const std::string named =
      "SELECT l.w, r.auction FROM (SELECT bidder AS w, auction AS k FROM dear) "
      "AS l JOIN bid AS r ON l.k = r.bidder";
  const std::string rank =
      "SELECT bidder, auction FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY "
      "price "
      "DESC) AS rn FROM bid) AS t WHERE rn <= 2";
  const std::string named_rank =
      "SELECT w, auction FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY w ORDER BY p DESC) AS rn "
      "FROM (SELECT bidder AS w, auction, price AS p, item, ts FROM bid) AS u) AS t WHERE rn <= 2";
  for (const auto& [first, second] : {std::pair(join, named), std::pair(rank, named_rank)}) {
    const RestorePlan plan =
        Restore(Two(first, second), Insert("b", second, "q"), {.allow_drop = {"sink:a/sink.w"}});
    for (const checkpoint::RestoreRow& row : plan.rows) {
      if (row.uid.find("/t:q/") == std::string::npos) continue;
      EXPECT_EQ(row.verdict, Verdict::kFull) << row.uid << ": " << row.reason;
    }
  }
}

}  // namespace
}  // namespace weir::planner::testing
