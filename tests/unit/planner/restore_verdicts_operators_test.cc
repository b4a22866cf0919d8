// The table of changes and their verdicts (docs/changing-a-running-query.md, "What an edit does")
// for Top-N, deduplication, sessions, group windows without aggregation, and joins.
#include "tests/unit/planner/restore_verdicts.h"

namespace weir::planner::testing {
namespace {

// --- Top-N ---------------------------------------------------------------------------------------

struct Ranking {
  std::string columns = "bidder, auction";
  std::string partition = "bidder";
  std::string order = "price DESC";
  std::string range = "rn <= 3";
  std::string from = "bid";
  std::string function = "ROW_NUMBER";
};

std::string Ranked(const Ranking& ranking) {
  return "INSERT INTO pairs WITH r AS (SELECT " + ranking.columns + ", " + ranking.function +
         "() OVER (PARTITION BY " + ranking.partition + " ORDER BY " + ranking.order +
         ") AS rn FROM " + ranking.from + ") SELECT bidder, auction FROM r WHERE " + ranking.range;
}

// Its rows are taken back, so that all of them are kept.
const char kCounted[] =
    "(SELECT bidder, auction, price, COUNT(*) AS c FROM bid GROUP BY bidder, auction, price)";

// Of the only operator of this kind.
template <typename Spec>
std::string UidOf(const std::string& sql) {
  for (const graph::Node& node : SqlPlanner(kTables).Plan(sql).graph.nodes) {
    if (std::holds_alternative<Spec>(node.spec)) return node.uid;
  }
  return "none";
}

constexpr char kTopN[] = "sink:pairs/cte:r/topn";

TEST_F(RestoreVerdicts, FewerRanksAreFull) {
  Expect(Ranked({}), Ranked({.range = "rn <= 2"}), kTopN, Verdict::kFull,
         "the last rank was 3, is 2: rows behind it are taken back");
  Expect(Ranked({.function = "RANK"}), Ranked({.range = "rn <= 1", .function = "RANK"}), kTopN,
         Verdict::kFull);
  Expect(Ranked({}), Ranked({.range = "rn BETWEEN 2 AND 3"}), kTopN, Verdict::kFull,
         "the first rank was 1, is 2");
  Expect(Ranked({.range = "rn BETWEEN 2 AND 3"}), Ranked({}), kTopN, Verdict::kFull,
         "the first rank was 2, is 1");
}

TEST_F(RestoreVerdicts, MoreRanksAreIncompatibleWhereRowsBehindWereNotKept) {
  Expect(Ranked({}), Ranked({.range = "rn <= 4"}), kTopN, Verdict::kIncompatible,
         "the last rank was 3, is 4: rows behind it were not kept");
  // Over input that takes rows back every row is kept, and the missing ranks are there.
  Expect(Ranked({.order = "c", .from = kCounted}),
         Ranked({.order = "c", .range = "rn <= 4", .from = kCounted}), kTopN, Verdict::kFull,
         "the ranks were 1 to 3, are 1 to 4");
}

TEST_F(RestoreVerdicts, RankColumnInTheOutputIsFull) {
  const std::string shown =
      Changed(Ranked({}), "SELECT bidder, auction FROM r", "SELECT bidder + rn, auction FROM r");
  Expect(Ranked({}), shown, kTopN, Verdict::kFull);
  Expect(shown, Ranked({}), kTopN, Verdict::kFull);
}

TEST_F(RestoreVerdicts, OrderAndFunctionOfATopNAreIncompatible) {
  Expect(Ranked({}), Ranked({.order = "price"}), kTopN, Verdict::kIncompatible,
         "the order was price DESC, is price");
  Expect(Ranked({}), Ranked({.order = "price DESC, auction"}), kTopN, Verdict::kIncompatible);
  Expect(Ranked({}), Ranked({.function = "DENSE_RANK"}), kTopN, Verdict::kIncompatible,
         "the rank was ROW_NUMBER, is DENSE_RANK");
}

TEST_F(RestoreVerdicts, PartitionOfATopN) {
  const std::string two = "bidder, item";
  Expect(Ranked({.partition = "bidder, item"}), Ranked({.partition = "item, bidder"}), kTopN,
         Verdict::kFull, "the key columns keep their saved order");
  Expect(Ranked({}), Ranked({.partition = "bidder, item"}), kTopN, Verdict::kIncompatible,
         "the key was (bidder BIGINT), is");
  Expect(Ranked({}), Ranked({.partition = "item"}), kTopN, Verdict::kIncompatible);
}

TEST_F(RestoreVerdicts, ColumnsOfRankedRows) {
  const std::string more =
      Changed(Ranked({.columns = "bidder, auction, item"}), "SELECT bidder, auction FROM r",
              "SELECT bidder, auction FROM r WHERE item <> 'x' AND");
  const std::string wide = Changed(more, "AND WHERE", "AND");
  Expect(wide, Ranked({}), kTopN, Verdict::kMigrate, "item no longer kept");
  Expect(Ranked({}), wide, kTopN, Verdict::kIncompatible, "it kept no item");
}

TEST_F(RestoreVerdicts, FilterAndTypesBelowATopN) {
  Expect(Ranked({}), Ranked({.from = "bid WHERE price > 3"}), kTopN, Verdict::kSemantic,
         "the filter price > 3 is new");
  const std::string sql = Ranked({.order = "auction"});
  RestorePlan plan = Plan(Ranked({.columns = "bidder, auction, price", .order = "auction"}),
                          Ranked({.columns = "bidder, auction, price", .order = "auction"}), {},
                          Changed(kTables, "price INT", "price BIGINT"));
  EXPECT_TRUE(plan.allowed) << Refusal(plan).ToString();
}

// An outer Top-N over counts by place has no deletions in its input, which fewer ranks bring.
TEST_F(RestoreVerdicts, RanksOverRanks) {
  const auto sql = [](const char* inner) {
    return std::string(
               "INSERT INTO pairs WITH i AS (SELECT bidder, auction, price, ROW_NUMBER() ") +
           "OVER (PARTITION BY bidder ORDER BY price DESC) AS rn FROM bid), o AS (SELECT bidder, "
           "auction, rn, ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY price DESC) AS m FROM i "
           "WHERE rn <= " +
           inner + ") SELECT bidder, auction FROM o WHERE m <= 2";
  };
  const RestorePlan plan = Plan(sql("3"), sql("2"));
  EXPECT_EQ(Row(plan, "sink:pairs/cte:i/topn").verdict, Verdict::kFull);
  const graph::JobGraph& graph = graph_;
  for (const graph::Node& node : graph.nodes) {
    const auto* spec = std::get_if<graph::RankSpec>(&node.spec);
    if (spec == nullptr || spec->strategy != graph::RankStrategy::kUpdate) continue;
    EXPECT_EQ(Row(plan, node.uid).verdict, Verdict::kIncompatible);
  }
}

std::string RankedInWindows(const std::string& range, const std::string& size = "1") {
  return "INSERT INTO pairs WITH r AS (SELECT bidder, auction, window_start, ROW_NUMBER() OVER "
         "(PARTITION BY window_start, window_end ORDER BY price DESC) AS rn FROM TABLE(TUMBLE("
         "TABLE bid, DESCRIPTOR(ts), INTERVAL '" +
         size + "' MINUTE))) SELECT bidder, auction FROM r WHERE " + range;
}

TEST_F(RestoreVerdicts, RanksWithinWindows) {
  constexpr char kWindowTopN[] = "sink:pairs/cte:r/wtopn";
  Expect(RankedInWindows("rn <= 3"), RankedInWindows("rn <= 1"), kWindowTopN, Verdict::kSemantic,
         "the last rank was 3, is 1: of closed windows it stays");
  Expect(RankedInWindows("rn <= 3"), RankedInWindows("rn = 2"), kWindowTopN, Verdict::kSemantic);
  Expect(RankedInWindows("rn <= 3"), RankedInWindows("rn <= 4"), kWindowTopN,
         Verdict::kIncompatible, "rows behind it were not kept");
  Expect(RankedInWindows("rn <= 3"), RankedInWindows("rn <= 3", "2"), kWindowTopN,
         Verdict::kIncompatible, "the window was");
}

// --- ORDER BY time -------------------------------------------------------------------------------

// Of a table that never ends, with two times.
std::string SortedByTime(const std::string& columns, const std::string& order) {
  return "INSERT INTO pairs SELECT " + columns + " FROM tick ORDER BY " + order;
}
const char kTicks[] = R"(
  CREATE TABLE tick (bidder BIGINT, auction BIGINT, price FLOAT, ts TIMESTAMP(3), p AS PROCTIME(),
                     WATERMARK FOR ts AS ts) WITH ('connector' = 'endless');
)";
constexpr char kSort[] = "sink:pairs/sort";

class RestoreVerdictsOfTimeSorts : public RestoreVerdicts {
 protected:
  RestoreRow Change(const std::string& before, const std::string& after,
                    const std::string& uid = kSort) {
    const std::string tables = std::string(kTables) + kTicks;
    graph_ = SqlPlanner(tables).Plan(after).graph;
    saved_ = SavedOf(SqlPlanner(tables).Plan(before).graph);
    return Row(PlanRestore(saved_, graph_, {}), uid);
  }
  void ExpectChange(const RestoreRow& row, Verdict verdict, const std::string& reason) {
    EXPECT_EQ(VerdictName(row.verdict), VerdictName(verdict)) << row.reason;
    EXPECT_THAT(row.reason, HasSubstr(reason));
  }
};

TEST_F(RestoreVerdictsOfTimeSorts, FurtherKeysAreSemantic) {
  const std::string before = SortedByTime("bidder, auction", "ts, price");
  ExpectChange(Change(before, before), Verdict::kFull, "");
  ExpectChange(Change(before, SortedByTime("bidder, auction", "ts, price DESC")),
               Verdict::kSemantic, "order");
  ExpectChange(Change(before, SortedByTime("bidder, auction", "ts")), Verdict::kSemantic, "order");
  // A FLOAT has other bytes than the same value as a DOUBLE.
  ExpectChange(Change(before, SortedByTime("bidder, auction", "ts, CAST(price AS DOUBLE)")),
               Verdict::kSemantic, "order");
  // What is written are the same rows, in another order.
  ExpectChange(Change(before, SortedByTime("bidder, auction", "ts, bidder"), "sink:pairs/sink.w"),
               Verdict::kFull, "");
}

TEST_F(RestoreVerdictsOfTimeSorts, AnotherTimeIsIncompatible) {
  ExpectChange(Change(SortedByTime("bidder, auction", "ts, bidder"),
                      SortedByTime("bidder, auction", "p, bidder")),
               Verdict::kIncompatible, "the time attribute was");
}

// Of a view, which is read as a whole.
TEST_F(RestoreVerdictsOfTimeSorts, ColumnsOfRowsThatWait) {
  const auto change = [this](const std::string& before, const std::string& after) {
    const std::string tables = std::string(kTables) + kTicks;
    const std::string read = "INSERT INTO pairs SELECT a, b FROM v";
    const auto view = [](const std::string& columns) {
      return "CREATE VIEW v AS SELECT " + columns + " FROM tick ORDER BY ts;";
    };
    graph_ = SqlPlanner(tables + view(after)).Plan(read).graph;
    saved_ = SavedOf(SqlPlanner(tables + view(before)).Plan(read).graph);
    return Row(PlanRestore(saved_, graph_, {}), "view:v/sort");
  };
  const std::string two = "bidder AS a, auction AS b, ts";
  ExpectChange(change(two, "bidder AS a, auction AS b, ts, price"), Verdict::kPartial,
               "price is NULL in rows that wait that are kept");
  ExpectChange(change("bidder AS a, auction AS b, ts, price", two), Verdict::kMigrate, "");
  ExpectChange(change(two, "auction AS b, ts, bidder AS a"), Verdict::kFull, "");
  ExpectChange(change(two, "bidder + 1 AS a, auction AS b, ts"), Verdict::kSemantic, "");
}

// What has left is not kept, so that nobody can be given it.
TEST_F(RestoreVerdictsOfTimeSorts, ANewReaderMissesWhatHasLeft) {
  const std::string view =
      "CREATE VIEW v AS SELECT bidder AS a, auction AS b FROM tick ORDER BY ts;";
  const std::string tables = std::string(kTables) + kTicks + view;
  const std::string one = "INSERT INTO pairs SELECT a, b FROM v;";
  graph_ = SqlPlanner(tables).Plan(one + "INSERT INTO couples SELECT a, b FROM v;").graph;
  saved_ = SavedOf(SqlPlanner(tables).Plan(one).graph);
  const RestorePlan plan = PlanRestore(saved_, graph_, {});
  ExpectChange(Row(plan, "view:v/sort"), Verdict::kFull, "");
  ExpectChange(Row(plan, "sink:couples/sink.w"), Verdict::kSemantic,
               "rows leave its state when they are put out");
}

// Rows are the same with the order and without.
TEST_F(RestoreVerdictsOfTimeSorts, AnOrderComesAndGoes) {
  const std::string plain = "INSERT INTO pairs SELECT bidder, auction FROM tick";
  const std::string sorted = SortedByTime("bidder, auction", "ts");
  ExpectChange(Change(plain, sorted), Verdict::kNew, "");
  ExpectChange(Change(plain, sorted, "sink:pairs/sink.w"), Verdict::kFull, "");
  ExpectChange(Change(sorted, plain, "sink:pairs/sink.w"), Verdict::kFull, "");
}

// --- deduplication -------------------------------------------------------------------------------

std::string Deduplicated(const std::string& columns, const std::string& order,
                         const std::string& tables = "bid") {
  return "INSERT INTO pairs WITH d AS (SELECT " + columns +
         ", ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY " + order + ") AS rn FROM " + tables +
         ") SELECT bidder, auction FROM d WHERE rn = 1";
}
constexpr char kDedup[] = "sink:pairs/cte:d/dedup";

TEST_F(RestoreVerdicts, OrderOfADeduplicationIsIncompatible) {
  Expect(Deduplicated("bidder, auction", "ts"), Deduplicated("bidder, auction", "ts DESC"), kDedup,
         Verdict::kIncompatible, "the keep was first, is last");
}

// Of the first row by processing time only that there was one is kept.
TEST_F(RestoreVerdicts, ColumnsOfFirstRowsComeAndGo) {
  const std::string arrivals = "(SELECT *, PROCTIME() AS p FROM bid)";
  const std::string wide = Changed(Deduplicated("bidder, auction, item", "p", arrivals),
                                   "WHERE rn = 1", "WHERE rn = 1 AND item <> 'x'");
  Expect(Deduplicated("bidder, auction", "p", arrivals), wide, kDedup, Verdict::kFull);
  Expect(wide, Deduplicated("bidder, auction", "p", arrivals), kDedup, Verdict::kFull);
}

TEST_F(RestoreVerdicts, AColumnOfLastRowsStartsAsNull) {
  const std::string narrow = Deduplicated("bidder, auction", "ts DESC");
  const std::string wide = Changed(Deduplicated("bidder, auction, item", "ts DESC"), "WHERE rn = 1",
                                   "WHERE rn = 1 AND item <> 'x'");
  const RestorePlan plan = Plan(narrow, wide);
  EXPECT_EQ(Row(plan, kDedup).verdict, Verdict::kPartial);
  EXPECT_THAT(Row(plan, kDedup).reason, HasSubstr("item is NULL in rows that are kept"));
  EXPECT_EQ(Row(plan, kDedup).to_type, "ALLOW PARTIAL ACCEPT CHANGES ('sink:pairs/cte:d/dedup')");
  Expect(wide, narrow, kDedup, Verdict::kMigrate, "item no longer kept");
}

// --- sessions ------------------------------------------------------------------------------------

std::string Sessions(const std::string& calls, const std::string& gap = "10",
                     const std::string& rest = "") {
  return "INSERT INTO pairs WITH m AS (SELECT bidder, " + calls +
         " FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(ts), INTERVAL '" + gap +
         "' SECOND)) " + rest +
         " GROUP BY bidder, window_start, window_end) SELECT bidder, n FROM m";
}

TEST_F(RestoreVerdicts, AccumulatorsOfSessions) {
  const std::string one = Sessions("COUNT(*) AS n");
  const std::string two = Sessions("COUNT(*) AS n, MAX(price) AS x");
  const std::string uid = UidOf<graph::WindowAggregateSpec>(one);
  Expect(one, one, uid, Verdict::kFull);
  Expect(one, two, uid, Verdict::kPartial, "max(price) starts with this restore");
  Expect(two, one, uid, Verdict::kFull, "max(price) no longer kept");
  Expect(two, Sessions("MAX(price) AS x, COUNT(*) AS n"), uid, Verdict::kFull);
  Expect(one, Sessions("MIN(price) AS n"), uid, Verdict::kPartial);
  Expect(one, Sessions("COUNT(*) AS n", "20"), uid, Verdict::kIncompatible,
         "the window was SESSION(gap 10 seconds), is SESSION(gap 20 seconds)");
  Expect(one, Sessions("COUNT(*) AS n", "10", "WHERE price > 3"), uid, Verdict::kSemantic,
         "the filter price > 3 is new");
}

TEST_F(RestoreVerdicts, WidenedTypesOfSessionsMigrate) {
  const std::string sql = Sessions("MAX(price) AS x, COUNT(*) AS n");
  const std::string uid = UidOf<graph::WindowAggregateSpec>(sql);
  RestorePlan plan = Plan(sql, sql, {}, Changed(kTables, "price INT", "price BIGINT"));
  EXPECT_EQ(Row(plan, uid).verdict, Verdict::kMigrate) << Row(plan, uid).reason;
  plan = Plan(sql, sql, {}, Changed(kTables, "price INT", "price SMALLINT"));
  EXPECT_EQ(Row(plan, uid).verdict, Verdict::kIncompatible);
}

// Rows of sessions that nothing aggregates.
TEST_F(RestoreVerdicts, GapOfSessionRowsIsIncompatible) {
  const auto sql = [](const std::string& gap) {
    return "INSERT INTO pairs WITH m AS (SELECT bidder, auction, window_start FROM TABLE(SESSION("
           "TABLE bid PARTITION BY bidder, DESCRIPTOR(ts), INTERVAL '" +
           gap + "' SECOND))) SELECT bidder, auction FROM m";
  };
  const std::string uid = UidOf<graph::WindowAssignSpec>(sql("10"));
  Expect(sql("10"), sql("10"), uid, Verdict::kFull);
  Expect(sql("10"), sql("20"), uid, Verdict::kIncompatible, "the window was SESSION");
}

// --- joins ---------------------------------------------------------------------------------------

std::string Joined(const std::string& how, const std::string& on,
                   const std::string& columns = "b.bidder, a.auction",
                   const std::string& rest = "") {
  return "INSERT INTO pairs WITH j AS (SELECT " + columns + " FROM bid AS b " + how +
         " ask AS a ON " + on + ") SELECT bidder, auction FROM j" + rest;
}
constexpr char kKeys[] = "b.bidder = a.bidder";

std::string JoinUid() {
  return UidOf<graph::JoinSpec>(Joined("JOIN", kKeys));
}

TEST_F(RestoreVerdicts, TypeAndConditionOfAJoinAreIncompatible) {
  Expect(Joined("JOIN", kKeys), Joined("JOIN", kKeys), JoinUid(), Verdict::kFull);
  Expect(Joined("JOIN", kKeys), Joined("LEFT JOIN", kKeys), JoinUid(), Verdict::kIncompatible,
         "the join was inner, is left");
  Expect(Joined("LEFT JOIN", kKeys), Joined("JOIN", kKeys), JoinUid(), Verdict::kIncompatible);
  Expect(Joined("JOIN", kKeys), Joined("JOIN", "b.auction = a.auction"), JoinUid(),
         Verdict::kIncompatible, "the key was");
  Expect(Joined("JOIN", kKeys), Joined("JOIN", "b.bidder = a.bidder AND b.price > a.price"),
         JoinUid(), Verdict::kIncompatible, "the condition");
}

TEST_F(RestoreVerdicts, OrderOfAJoinsKeysIsFull) {
  Expect(Joined("JOIN", "b.bidder = a.bidder AND b.item = a.item"),
         Joined("JOIN", "b.item = a.item AND b.bidder = a.bidder"), JoinUid(), Verdict::kFull);
}

TEST_F(RestoreVerdicts, ColumnsOfAJoin) {
  const std::string wide =
      Joined("JOIN", kKeys, "b.bidder, a.auction, a.item", " WHERE item <> 'x'");
  const RestorePlan fewer = Plan(wide, Joined("JOIN", kKeys));
  EXPECT_NE(Row(fewer, JoinUid()).verdict, Verdict::kFull)
      << "what passed the filter is another table";
  const std::string listed =
      Joined("JOIN", kKeys, "b.bidder, a.auction, CHAR_LENGTH(a.item) AS l", "");
  const std::string read =
      Changed(listed, "SELECT bidder, auction FROM j", "SELECT bidder, auction + l FROM j");
  Expect(read, Joined("JOIN", kKeys), JoinUid(), Verdict::kMigrate, "item no longer kept");
  Expect(Joined("JOIN", kKeys), read, JoinUid(), Verdict::kIncompatible, "it kept no");
}

TEST_F(RestoreVerdicts, TimeToLiveOfEitherSideOfAJoinIsFull) {
  const std::string join =
      "INSERT INTO pairs SELECT /*+ STATE_TTL('bid' = '1 h', 'ask' = '1 h') */ bid.bidder, "
      "ask.bidder FROM bid JOIN ask ON bid.auction = ask.auction";
  Expect(join, Changed(join, "'ask' = '1 h'", "'ask' = '2 h'"), "sink:pairs/join", Verdict::kFull,
         "its time-to-live was 3600000 ms, is left: 3600000 ms; right: 7200000 ms");
}

TEST_F(RestoreVerdicts, FilterBelowAJoinIsSemantic) {
  const std::string filtered = Changed(Joined("JOIN", kKeys), "FROM bid AS b",
                                       "FROM (SELECT * FROM bid WHERE price > 3) AS b");
  Expect(Joined("JOIN", kKeys), filtered, JoinUid(), Verdict::kSemantic, "price > 3");
}

TEST_F(RestoreVerdicts, IntervalOfAJoin) {
  const auto sql = [](const std::string& before, const std::string& after,
                      const std::string& unit) {
    return "INSERT INTO pairs WITH j AS (SELECT b.bidder, a.auction FROM bid AS b, ask AS a WHERE "
           "b.bidder = a.bidder AND a.ts BETWEEN b.ts - INTERVAL '" +
           before + "' " + unit + " AND b.ts + INTERVAL '" + after + "' " + unit +
           ") SELECT bidder, auction FROM j";
  };
  const std::string uid = UidOf<graph::IntervalJoinSpec>(sql("60", "60", "SECOND"));
  Expect(sql("60", "60", "SECOND"), sql("1", "1", "MINUTE"), uid, Verdict::kFull);
  Expect(
      sql("60", "60", "SECOND"), sql("30", "60", "SECOND"), uid, Verdict::kSemantic,
      "the interval was -60000 to 60000 ms, is -60000 to 30000 ms: matches that were put out stay");
  Expect(sql("60", "60", "SECOND"), sql("60", "61", "SECOND"), uid, Verdict::kPartial,
         "the interval was -60000 to 60000 ms, is -61000 to 60000 ms: matches with rows that were "
         "dropped are missed");
  Expect(
      sql("60", "60", "SECOND"), sql("30", "61", "SECOND"), uid, Verdict::kPartial,
      "is -61000 to 30000 ms: matches with rows that were dropped are missed, and those that were "
      "put out stay where it is narrower");
}

TEST_F(RestoreVerdicts, WindowsOfAJoinAreIncompatible) {
  const auto sql = [](const std::string& size) {
    const std::string window =
        " FROM TABLE(TUMBLE(TABLE %, DESCRIPTOR(ts), INTERVAL '" + size + "' MINUTE))) AS ";
    return "INSERT INTO pairs WITH j AS (SELECT b.bidder, a.auction FROM (SELECT *" +
           Changed(window, "%", "bid") + "b JOIN (SELECT *" + Changed(window, "%", "ask") +
           "a ON b.bidder = a.bidder AND b.window_start = a.window_start AND b.window_end = "
           "a.window_end) SELECT bidder, auction FROM j";
  };
  const std::string uid = UidOf<graph::WindowJoinSpec>(sql("1"));
  Expect(sql("1"), sql("1"), uid, Verdict::kFull);
  Expect(sql("1"), sql("2"), uid, Verdict::kIncompatible, "the window was");
}

// The last of a bidder's asks is what is valid.
std::string AsOf(const std::string& how, const std::string& on,
                 const std::string& columns = "b.bidder, a.auction") {
  return "INSERT INTO pairs WITH v AS (SELECT bidder, auction, item, ts FROM (SELECT *, "
         "ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY ts DESC) AS rn FROM ask) AS d WHERE rn = "
         "1), j AS (SELECT " +
         columns + " FROM bid AS b " + how + " v FOR SYSTEM_TIME AS OF b.ts AS a ON " + on +
         ") SELECT bidder, auction FROM j";
}
constexpr char kTemporal[] = "sink:pairs/cte:j/tjoin";

// What a row meets is decided when it is given.
TEST_F(RestoreVerdicts, WhatATemporalJoinAsksOfVersionsIsSemantic) {
  const std::string sql = AsOf("JOIN", "b.bidder = a.bidder");
  EXPECT_EQ(UidOf<graph::TemporalJoinSpec>(sql), kTemporal);
  Expect(sql, sql, kTemporal, Verdict::kFull);
  Expect(sql, AsOf("LEFT JOIN", "b.bidder = a.bidder"), kTemporal, Verdict::kSemantic,
         "the join was inner, is left");
  Expect(sql, AsOf("JOIN", "b.bidder = a.bidder AND a.auction > 3"), kTemporal, Verdict::kSemantic,
         "the condition");
}

TEST_F(RestoreVerdicts, KeysOfATemporalJoinAreIncompatible) {
  Expect(AsOf("JOIN", "b.bidder = a.bidder"),
         AsOf("JOIN", "b.bidder = a.bidder AND b.auction = a.auction"), kTemporal,
         Verdict::kIncompatible);
}

TEST_F(RestoreVerdicts, ColumnsOfATemporalJoin) {
  const std::string listed =
      AsOf("JOIN", "b.bidder = a.bidder", "b.bidder, a.auction, CHAR_LENGTH(a.item) AS l");
  const std::string read =
      Changed(listed, "SELECT bidder, auction FROM j", "SELECT bidder, auction + l FROM j");
  const std::string narrow = AsOf("JOIN", "b.bidder = a.bidder");
  Expect(read, narrow, kTemporal, Verdict::kMigrate, "item no longer kept");
  std::string renamed = Changed(read, "SELECT bidder, auction, item, ts FROM",
                                "SELECT bidder, auction, item AS title, ts FROM");
  renamed = Changed(renamed, "a.item", "a.title");
  Expect(read, renamed, kTemporal, Verdict::kFull);
  Expect(narrow, read, kTemporal, Verdict::kPartial, "item");
}

struct Pattern {
  std::string measures = "A.auction AS auction";
  std::string pattern = "PATTERN (A B+)";
  std::string define = "B AS B.price > A.price";
};

std::string Matched(const Pattern& pattern) {
  return "INSERT INTO pairs WITH m AS (SELECT bidder, auction FROM bid MATCH_RECOGNIZE (PARTITION "
         "BY bidder ORDER BY ts MEASURES " +
         pattern.measures + " " + pattern.pattern + " DEFINE " + pattern.define +
         ") AS r) SELECT bidder, auction FROM m";
}
constexpr char kPattern[] = "sink:pairs/cte:m/match";

TEST_F(RestoreVerdicts, MeasuresOfTheSameRowsAreFull) {
  EXPECT_EQ(UidOf<graph::MatchSpec>(Matched({})), kPattern);
  Expect(Matched({}), Matched({}), kPattern, Verdict::kFull);
  Expect(Matched({}), Matched({.measures = "A.auction + 1 AS auction"}), kPattern, Verdict::kFull);
  Expect(Matched({.measures = "A.auction + A.price AS auction"}), Matched({}), kPattern,
         Verdict::kFull);
}

TEST_F(RestoreVerdicts, AnotherPatternIsIncompatible) {
  Expect(Matched({}), Matched({.pattern = "PATTERN (A B+?)"}), kPattern, Verdict::kIncompatible,
         "the pattern was (A B{1,}), is (A B{1,}?)");
  Expect(Matched({}), Matched({.define = "B AS B.price > A.price + 1"}), kPattern,
         Verdict::kIncompatible, "the condition b was");
  Expect(Matched({}), Matched({.measures = "LAST(A.auction, 1) AS auction"}), kPattern,
         Verdict::kIncompatible);
}

// Runs that have begun go on by it.
TEST_F(RestoreVerdicts, LimitsOfPatternsAreSemantic) {
  Expect(Matched({.pattern = "PATTERN (A B+) WITHIN INTERVAL '9' MINUTE"}),
         Matched({.pattern = "PATTERN (A B+) WITHIN INTERVAL '5' MINUTE"}), kPattern,
         Verdict::kSemantic, "within was 540000 ms, is 300000 ms");
  Expect(Matched({}), Matched({.pattern = "AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+)"}),
         kPattern, Verdict::kSemantic, "skip was");
}

// Runs of before do not have what these remember.
TEST_F(RestoreVerdicts, WhatFlinksPatternsHaveNotIsIncompatibleWhereItWasNotThere) {
  const auto added = [&](const Pattern& wanted, const std::string& says) {
    Expect(Matched({}), Matched(wanted), kPattern, Verdict::kIncompatible, says);
    Expect(Matched(wanted), Matched(wanted), kPattern, Verdict::kFull);
  };
  added({.define = "B AS B.price > PREV(B.price)"}, "the condition b was");
  added({.measures = "PREV(A.auction, 2) AS auction"}, "remembers was");
  added({.measures = "NEXT(A.auction) AS auction"}, "remembers was");
  added({.measures = "MATCH_NUMBER() AS auction"}, "remembers was");
  added({.measures = "CHAR_LENGTH(CLASSIFIER()) AS auction"}, "remembers was");
  added({.measures = "A.price AS p", .pattern = "ALL ROWS PER MATCH PATTERN (A B+)"},
        "remembers was");
  added({.pattern = "PATTERN (^ A B+)"}, "the pattern was (A B{1,}), is ^ (A B{1,})");
}

TEST_F(RestoreVerdicts, FurtherColumnsOfAPatternsOrderAreSemantic) {
  Expect(Matched({}), Changed(Matched({}), "ORDER BY ts", "ORDER BY ts, price DESC"), kPattern,
         Verdict::kSemantic, "the order price DESC is new");
}

}  // namespace
}  // namespace weir::planner::testing
