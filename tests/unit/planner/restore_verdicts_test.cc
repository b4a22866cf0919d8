// The table of changes and their verdicts (docs/changing-a-running-query.md, "What an edit does"),
// from SQL to SQL: what all operators have in common, aggregations and sinks. Ranks, sessions,
// joins: restore_verdicts_operators_test.cc.
#include "tests/unit/planner/restore_verdicts.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "runtime/checkpoint/given_rows.h"
#include "runtime/checkpoint/seeding.h"

namespace weir::planner::testing {
namespace {

// A CTE "m" over bid, summed up into pairs.
std::string Groups(const std::string& calls, const std::string& by = "bidder",
                   const std::string& rest = "") {
  return "INSERT INTO pairs WITH m AS (SELECT " + by + ", " + calls + " FROM bid " + rest +
         " GROUP BY " + by + ") SELECT bidder, n FROM m";
}
std::string Windows(const std::string& window, const std::string& calls = "COUNT(*) AS n",
                    const std::string& rest = "") {
  return "INSERT INTO pairs WITH m AS (SELECT bidder, " + calls + " FROM TABLE(" + window + ") " +
         rest + " GROUP BY bidder, window_start, window_end) SELECT bidder, n FROM m";
}
const char kTumble[] = "TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE)";
const char kHop[] = "HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '3' MINUTE)";
const char kWagg[] = "sink:pairs/cte:m/wagg";

TEST_F(RestoreVerdicts, UnchangedIsFull) {
  for (const std::string& sql : {Groups("COUNT(*) AS n"), Windows(kTumble), Windows(kHop)}) {
    const RestorePlan plan = Plan(sql, sql);
    EXPECT_TRUE(plan.allowed);
    for (const RestoreRow& row : plan.rows)
      EXPECT_EQ(row.verdict, Verdict::kFull) << row.uid << row.reason;
  }
}

TEST_F(RestoreVerdicts, AliasAndOrderOfTheSelectListAreFull) {
  Expect(Groups("COUNT(*) AS n, SUM(price) AS s"),
         "INSERT INTO pairs WITH m AS (SELECT SUM(price) AS total, COUNT(*) AS c, bidder FROM bid "
         "GROUP BY bidder) "
         "SELECT bidder, c FROM m",
         kAgg, Verdict::kFull);
}

TEST_F(RestoreVerdicts, AddedAccumulatorIsPartial) {
  Expect(Groups("COUNT(*) AS n"), Groups("COUNT(*) AS n, SUM(price) AS s"), kAgg, Verdict::kPartial,
         "sum(price) starts with this restore, also in existing groups");
  Expect(Windows(kTumble), Windows(kTumble, "COUNT(*) AS n, MAX(price) AS x"), kWagg,
         Verdict::kPartial, "max(price) starts with this restore, also in open windows");
  Expect(Windows(kHop), Windows(kHop, "COUNT(*) AS n, MAX(price) AS x"), kWagg, Verdict::kPartial);
}

TEST_F(RestoreVerdicts, DroppedOrReorderedAccumulatorIsFull) {
  Expect(Groups("COUNT(*) AS n, SUM(price) AS s"), Groups("COUNT(*) AS n"), kAgg, Verdict::kFull,
         "sum(price) no longer kept");
  Expect(Groups("COUNT(*) AS n, SUM(price) AS s"), Groups("SUM(price) AS s, COUNT(*) AS n"), kAgg,
         Verdict::kFull);
}

TEST_F(RestoreVerdicts, ReplacedArgumentIsPartial) {
  Expect(Groups("COUNT(*) AS n, SUM(price) AS s"), Groups("COUNT(*) AS n, SUM(price * 2) AS s"),
         kAgg, Verdict::kPartial, "sum(price * 2) starts");
}

TEST_F(RestoreVerdicts, DistinctComesAndGoesByName) {
  const std::string one = "COUNT(*) AS n, COUNT(DISTINCT item) AS i";
  const std::string two = "COUNT(DISTINCT auction) AS a, COUNT(DISTINCT item) AS i, COUNT(*) AS n";
  Expect(Groups("COUNT(*) AS n"), Groups(one), kAgg, Verdict::kPartial);
  Expect(Groups(one), Groups("COUNT(*) AS n"), kAgg, Verdict::kFull);
  Expect(Groups(one), Groups(two), kAgg, Verdict::kPartial, "count(distinct auction) starts");
  Expect(Groups(two),
         Groups("COUNT(*) AS n, COUNT(DISTINCT item) AS i, COUNT(DISTINCT auction) AS a"), kAgg,
         Verdict::kFull);
}

TEST_F(RestoreVerdicts, EveryAccumulatorReplacedNeedsBoth) {
  const RestorePlan plan = Plan(Groups("SUM(price) AS n"), Groups("MAX(price) AS n"));
  EXPECT_EQ(Row(plan, kAgg).verdict, Verdict::kPartial);
  EXPECT_EQ(Row(plan, kAgg).to_type, "ALLOW PARTIAL ACCEPT CHANGES ('sink:pairs/cte:m/agg')");
}

TEST_F(RestoreVerdicts, ChangedKeyIsIncompatible) {
  Expect(Groups("COUNT(*) AS n"), Groups("COUNT(*) AS n", "bidder, item"), kAgg,
         Verdict::kIncompatible, "the key was (bidder BIGINT)");
  Expect(
      "INSERT INTO pairs WITH m AS (SELECT price AS p, COUNT(*) AS n FROM bid GROUP BY price) "
      "SELECT p, n FROM m",
      "INSERT INTO pairs WITH m AS (SELECT price * 2 AS p, COUNT(*) AS n FROM bid GROUP BY price * "
      "2) "
      "SELECT p, n FROM m",
      kAgg, Verdict::kIncompatible);
}

TEST_F(RestoreVerdicts, KeyOrderIsTheSavedOne) {
  const std::string before = Groups("COUNT(*) AS n", "bidder, item");
  const RestorePlan plan = Plan(before, Groups("COUNT(*) AS n", "item, bidder"));
  const RestoreRow row = Row(plan, kAgg);
  EXPECT_EQ(row.verdict, Verdict::kFull) << row.reason;
  EXPECT_EQ(row.key_order, (std::vector<int>{1, 0}));
  const std::vector<graph::Node> nodes = graph_.nodes;
  PinKeyOrder(plan, graph_);
  ASSERT_EQ(graph_.nodes.size(), nodes.size() + 1);
  const checkpoint::WantedOperator pinned = [&] {
    for (checkpoint::WantedOperator& op : checkpoint::StatefulOperators(graph_)) {
      if (op.uid == kAgg) return op;
    }
    return checkpoint::WantedOperator();
  }();
  EXPECT_EQ(pinned.schema.tables, saved_.operators[static_cast<size_t>(pinned.node)].schema.tables);
  const graph::Node& calc = graph_.nodes[static_cast<size_t>(pinned.node) + 1];
  EXPECT_EQ(calc.output, nodes[static_cast<size_t>(row.node)].output);
  EXPECT_EQ(graph_.nodes.back().inputs[0].from, static_cast<int>(graph_.nodes.size()) - 2);
}

TEST_F(RestoreVerdicts, AliasOfAKeyBelowIsFull) {
  const std::string before =
      "INSERT INTO pairs WITH i AS (SELECT bidder AS x, price AS p FROM bid), "
      "m AS (SELECT x, SUM(p) AS n FROM i GROUP BY x) SELECT x, n FROM m";
  const std::string after =
      "INSERT INTO pairs WITH i AS (SELECT bidder AS y, price AS q FROM bid), "
      "m AS (SELECT y, SUM(q) AS n FROM i GROUP BY y) SELECT y, n FROM m";
  Expect(before, after, kAgg, Verdict::kFull, "the key column x is y now");
}

TEST_F(RestoreVerdicts, WidenedTypesMigrate) {
  const std::string sql = Changed(Groups("SUM(price) AS n, MIN(price) AS x"),
                                  "SELECT bidder, n FROM", "SELECT bidder, CAST(n AS BIGINT) FROM");
  RestorePlan plan = Plan(sql, sql, {}, Changed(kTables, "price INT", "price BIGINT"));
  EXPECT_EQ(Row(plan, kAgg).verdict, Verdict::kMigrate) << Row(plan, kAgg).reason;
  EXPECT_THAT(Row(plan, kAgg).reason, HasSubstr("sum(price) was INT, is BIGINT"));
  EXPECT_TRUE(plan.allowed);
  plan = Plan(sql, sql, {}, Changed(kTables, "price INT", "price SMALLINT"));
  EXPECT_EQ(Row(plan, kAgg).verdict, Verdict::kIncompatible);
  plan = Plan(sql, sql, {}, Changed(kTables, "price INT", "price DECIMAL(10, 2)"));
  EXPECT_EQ(Row(plan, kAgg).verdict, Verdict::kIncompatible);
}

TEST_F(RestoreVerdicts, KeysOfWiderIntegersAreFull) {
  const std::string sql =
      "INSERT INTO pairs WITH m AS (SELECT price, COUNT(*) AS n FROM bid GROUP BY price) SELECT "
      "price, n FROM m";
  RestorePlan plan = Plan(sql, sql, {}, Changed(kTables, "price INT", "price BIGINT"));
  EXPECT_EQ(Row(plan, kAgg).verdict, Verdict::kFull) << Row(plan, kAgg).reason;
  plan = Plan(sql, sql, {}, Changed(kTables, "price INT", "price SMALLINT"));
  EXPECT_EQ(Row(plan, kAgg).verdict, Verdict::kIncompatible);
  EXPECT_THAT(Row(plan, kAgg).reason, HasSubstr("the key column price was INT, is SMALLINT"));
}

TEST_F(RestoreVerdicts, ChangedWindowIsIncompatible) {
  for (const char* window :
       {"TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' MINUTE)",
        "TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' SECOND)", kHop}) {
    Expect(Windows(kTumble), Windows(window), kWagg, Verdict::kIncompatible,
           "the window was TUMBLE(size 1 minute");
  }
}

TEST_F(RestoreVerdicts, WindowColumnsInTheOutputAreFull) {
  Expect(Windows(kTumble),
         std::string(
             "INSERT INTO pairs WITH m AS (SELECT window_end, window_start, bidder, COUNT(*) AS n "
             "FROM TABLE(") +
             kTumble +
             ") GROUP BY bidder, window_start, window_end) "
             "SELECT bidder, n FROM m WHERE EXTRACT(HOUR FROM window_start) < 99",
         kWagg, Verdict::kFull);
}

TEST_F(RestoreVerdicts, ChangedFilterIsSemantic) {
  Expect(Groups("COUNT(*) AS n"), Groups("COUNT(*) AS n", "bidder", "WHERE price > 5"), kAgg,
         Verdict::kSemantic, "the filter price > 5 is new");
  Expect(Windows(kTumble, "COUNT(*) AS n", "WHERE price > 3"),
         Windows(kTumble, "COUNT(*) AS n", "WHERE price > 5"), kWagg, Verdict::kSemantic,
         "the filter was price > 3, is price > 5");
  Expect("INSERT INTO pairs SELECT bidder, auction FROM bid",
         "INSERT INTO pairs SELECT bidder, auction FROM bid WHERE price > 5", "sink:pairs/sink.w",
         Verdict::kSemantic);
}

TEST_F(RestoreVerdicts, AcceptedChangesPass) {
  const RestorePlan plan =
      Plan(Groups("COUNT(*) AS n"),
           Groups("COUNT(*) AS n, SUM(price) AS s", "bidder", "WHERE price > 5"),
           {.allow_partial = true, .accept_changes = {kAgg}});
  EXPECT_TRUE(plan.allowed) << Refusal(plan).ToString();
  EXPECT_EQ(Row(plan, kAgg).verdict, Verdict::kSemantic);
}

TEST_F(RestoreVerdicts, RefusalSaysWhatToType) {
  const std::string after = Groups("COUNT(*) AS n, SUM(price) AS s", "bidder", "WHERE price > 5");
  const RestorePlan plan = Plan(Groups("COUNT(*) AS n"), after);
  EXPECT_EQ(plan.missing_clauses,
            (std::vector<std::string>{"ALLOW PARTIAL", "ACCEPT CHANGES ('sink:pairs/cte:m/agg')"}));
  EXPECT_EQ(Refusal(plan).code(), StatusCode::kRestoreRefused);
  EXPECT_EQ(Refusal(plan).id(), "E7002");
}

TEST_F(RestoreVerdicts, UnionAllReorderIsFullAndAnotherInputSemantic) {
  const auto sql = [](const std::string& inputs) {
    return "INSERT INTO pairs WITH i AS (" + inputs +
           "), m AS (SELECT bidder, COUNT(*) AS n FROM i GROUP BY bidder) SELECT bidder, n FROM m";
  };
  const std::string a = "SELECT bidder FROM bid";
  const std::string b = "SELECT bidder FROM ask";
  Expect(sql(a + " UNION ALL " + b), sql(b + " UNION ALL " + a), kAgg, Verdict::kFull);
  Expect(sql(a), sql(a + " UNION ALL " + b), kAgg, Verdict::kSemantic);
  Expect(sql(a), sql(a + " UNION ALL " + b), "src:ask", Verdict::kNew);
  Expect(sql(a + " UNION ALL " + b), sql(a), "src:ask", Verdict::kDrop);
}

TEST_F(RestoreVerdicts, NewAccumulatorOverUpdatingInputIsSemantic) {
  const auto sql = [](const std::string& calls) {
    return "INSERT INTO pairs WITH i AS (SELECT bidder, COUNT(*) AS c FROM bid GROUP BY bidder), "
           "m AS (SELECT c, " +
           calls + " FROM i GROUP BY c) SELECT c, n FROM m";
  };
  Expect(sql("COUNT(*) AS n"), sql("COUNT(*) AS n, SUM(bidder) AS s"), kAgg, Verdict::kSemantic,
         "the input takes rows back that sum(bidder) never saw");
  // A new one that keeps values asks nothing of those that do not.
  Expect(sql("COUNT(*) AS n, SUM(bidder) AS s"),
         sql("COUNT(*) AS n, SUM(bidder) AS s, MAX(bidder) AS x"), kAgg, Verdict::kSemantic,
         "the input takes rows back that max(bidder) never saw");
}

TEST_F(RestoreVerdicts, AccumulatorsOfWindowsThatOverlapAreComparedWhereverTheyAreKept) {
  const std::string hop =
      "HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '2' MINUTE)";
  const std::string distinct = Windows(hop, "COUNT(*) AS n, COUNT(DISTINCT item) AS d");
  Expect(distinct, Windows(hop), kWagg, Verdict::kFull, "count(distinct item) no longer kept");
  Expect(distinct, Windows(hop, "COUNT(*) AS n, MAX(price) AS x"), kWagg, Verdict::kPartial,
         "max(price) starts with this restore");
  Expect(Windows(hop), distinct, kWagg, Verdict::kPartial,
         "count(distinct item) starts with this restore, also in open windows");
  const std::string cumulate =
      "CUMULATE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '3' MINUTE)";
  const std::string items = Windows(cumulate, "COUNT(*) AS n, COUNT(DISTINCT item) AS d");
  Expect(Windows(cumulate), items, kWagg, Verdict::kPartial);
  Expect(items, Windows(cumulate), kWagg, Verdict::kFull, "count(distinct item) no longer kept");
  // A list is kept a window, too.
  Expect(Windows(cumulate), Windows(cumulate, "COUNT(*) AS n, LISTAGG(item) AS l"), kWagg,
         Verdict::kPartial, "listagg(item, ',') starts with this restore");
}

TEST_F(RestoreVerdicts, SinksComeAndGo) {
  const std::string one = Groups("COUNT(*) AS n");
  const std::string two = one + "; INSERT INTO couples SELECT bidder, auction FROM bid";
  Expect(one, two, "sink:couples/sink.w", Verdict::kNew);
  const RestorePlan plan = Plan(two, one);
  EXPECT_EQ(Row(plan, "sink:couples/sink.w").verdict, Verdict::kDrop);
  EXPECT_TRUE(plan.allowed) << "it keeps nothing";
}

TEST_F(RestoreVerdicts, ASinkThatCommitsFilesMustBeAllowedToGo) {
  const std::string one = Groups("COUNT(*) AS n");
  Plan(one + "; INSERT INTO couples SELECT bidder, auction FROM bid", one);
  for (OperatorCheckpoint& op : saved_.operators) {
    if (op.uid == "sink:couples/sink.w") op.place = "/out";
  }
  EXPECT_FALSE(PlanRestore(saved_, graph_, {}).allowed);
  EXPECT_TRUE(PlanRestore(saved_, graph_, {.allow_non_restored = true}).allowed);
  EXPECT_TRUE(PlanRestore(saved_, graph_, {.allow_drop = {"sink:couples/sink.w"}}).allowed);
}

TEST_F(RestoreVerdicts, ASecondInsertIntoOneTableLeavesTheFirstItsState) {
  const std::string one = Groups("COUNT(*) AS n");
  const std::string other = Groups("SUM(price) AS n");
  for (const std::string& two : {one + "; " + other, other + "; " + one}) {
    const RestorePlan plan = Plan(one, two);
    EXPECT_TRUE(plan.allowed) << Refusal(plan).ToString();
    const auto goes_on = [&](const std::string& saved) {
      return std::ranges::count(plan.rows, saved, &RestoreRow::saved_uid);
    };
    EXPECT_EQ(goes_on(kAgg), 1);
    EXPECT_EQ(goes_on("sink:pairs/sink.w"), 1);
  }
}

TEST_F(RestoreVerdicts, SourceOptionsAreItsIdentity) {
  const std::string sql = "INSERT INTO pairs SELECT bidder, auction FROM ask";
  RestorePlan plan = Plan(sql, sql, {}, Changed(kTables, "'rate' = '3'", "'rate' = '4'"));
  EXPECT_EQ(Row(plan, "src:ask").verdict, Verdict::kSemantic);
  EXPECT_THAT(Row(plan, "src:ask").reason, HasSubstr("the option rate was 3, is 4"));
  plan = Plan(
      sql, sql, {},
      Changed(kTables, "WATERMARK FOR ts AS ts)", "WATERMARK FOR ts AS ts - INTERVAL '9' SECOND)"));
  EXPECT_EQ(Row(plan, "wm:ask").verdict, Verdict::kSemantic) << "what is late changes";
}

TEST_F(RestoreVerdicts, RenamedSinkOrCteIsFoundByItself) {
  const std::string sql = Windows(kTumble);
  const RestorePlan sink = Plan(sql, Changed(sql, "INTO pairs", "INTO couples"));
  EXPECT_TRUE(sink.allowed) << Refusal(sink).ToString();
  EXPECT_EQ(Row(sink, "sink:couples/cte:m/wagg").saved_uid, kWagg);
  EXPECT_THAT(Row(sink, "sink:couples/cte:m/wagg").reason, HasSubstr("the only one like it"));
  EXPECT_EQ(Row(sink, "sink:couples/sink.w").saved_uid, "sink:pairs/sink.w");
  const RestorePlan cte = Plan(sql, Changed(Changed(sql, "WITH m", "WITH k"), "FROM m", "FROM k"));
  EXPECT_EQ(Row(cte, "sink:pairs/cte:k/wagg").saved_uid, kWagg);
  EXPECT_FALSE(
      Plan(sql, Changed(sql, "INTO pairs", "INTO couples"), {.match_unique = false}).allowed);
}

TEST_F(RestoreVerdicts, AnotherTableDoesNotInheritTheWatermark) {
  const std::string sql = "INSERT INTO pairs SELECT bidder, auction FROM bid";
  const char other[] = R"(
    CREATE TABLE other (bidder BIGINT, auction BIGINT, price INT, item STRING, ts TIMESTAMP(3),
                        WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'any'%s);
  )";
  const std::string after = Changed(sql, "FROM bid", "FROM other");
  const std::string read_elsewhere = Changed(other, "%s", ", 'rate' = '3'");
  const RestorePlan another = Plan(sql, after, {}, kTables + read_elsewhere);
  EXPECT_EQ(Row(another, "src:other").verdict, Verdict::kNew);
  EXPECT_EQ(Row(another, "wm:other").verdict, Verdict::kNew);
  EXPECT_EQ(Row(another, "wm:bid").verdict, Verdict::kDrop);
  // The same table by another name keeps both.
  const RestorePlan renamed = Plan(sql, after, {}, kTables + Changed(other, "%s", ""));
  EXPECT_EQ(Row(renamed, "src:other").saved_uid, "src:bid");
  EXPECT_EQ(Row(renamed, "wm:other").saved_uid, "wm:bid");
}

// An operator of all rows that gets keys, and the other way round: what it keeps is in one place.
TEST_F(RestoreVerdicts, KeysWhereThereWereNone) {
  const auto both = [this](const std::string& one, const std::string& other,
                           const std::string& uid) {
    Expect(one, other, uid, Verdict::kIncompatible, "the key was");
    Expect(other, one, uid, Verdict::kIncompatible, "the key was");
  };
  both("INSERT INTO pairs SELECT COUNT(*), 1 FROM bid",
       "INSERT INTO pairs SELECT COUNT(*), 1 FROM bid GROUP BY bidder", "sink:pairs/agg");
  const std::string over =
      "INSERT INTO pairs SELECT bidder, COUNT(*) OVER (%sORDER BY ts) FROM bid";
  both(Changed(over, "%s", ""), Changed(over, "%s", "PARTITION BY auction "), "sink:pairs/over");
}

TEST_F(RestoreVerdicts, ARenameWithAnEditPrintsTheMapping) {
  const std::string before = Groups("COUNT(*) AS n");
  const std::string after = Changed(
      Changed(Groups("COUNT(*) AS n, SUM(price) AS s"), "WITH m", "WITH k"), "FROM m", "FROM k");
  const RestorePlan plan = Plan(before, after);
  EXPECT_EQ(plan.missing_clauses,
            (std::vector<std::string>{
                "ALLOW PARTIAL",
                "WITH STATE MAPPING ('sink:pairs/cte:m/agg' TO 'sink:pairs/cte:k/agg')"}));
  EXPECT_TRUE(
      Plan(before, after,
           {.allow_partial = true, .mappings = {{"sink:pairs/cte:m/*", "sink:pairs/cte:k/*"}}})
          .allowed);
}

TEST_F(RestoreVerdicts, SwapsAndBadMappings) {
  const auto sql = [](const std::string& first, const std::string& second) {
    return "INSERT INTO pairs WITH " + first +
           " AS (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder), " + second +
           " AS (SELECT bidder, COUNT(*) AS n FROM ask GROUP BY bidder) "
           "SELECT bidder, n FROM x UNION ALL SELECT bidder, n FROM y";
  };
  EXPECT_FALSE(Plan(sql("x", "y"), sql("y", "x")).allowed) << "each means what the other meant";
  const RestorePlan plan = Plan(sql("x", "y"), sql("y", "x"),
                                {.mappings = {{"sink:pairs/cte:x/*", "sink:pairs/cte:y/*"},
                                              {"sink:pairs/cte:y/*", "sink:pairs/cte:x/*"}}});
  EXPECT_TRUE(plan.allowed) << Refusal(plan).ToString();
  EXPECT_EQ(Row(plan, "sink:pairs/cte:x/agg").saved_uid, "sink:pairs/cte:y/agg");
  EXPECT_EQ(Plan(sql("x", "y"), sql("y", "x"), {.mappings = {{"nobody", "sink:pairs/cte:y/agg"}}})
                .clauses.id(),
            "E7002");
  EXPECT_EQ(
      Plan(sql("x", "y"), sql("x", "y"), {.accept_changes = {"sink:pair/cte:y/agg"}}).clauses.id(),
      "E7002");
}

TEST_F(RestoreVerdicts, PartedOperatorsGetACopyEach) {
  const auto sql = [](const std::string& filter) {
    return "INSERT INTO pairs WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder) "
           "SELECT bidder, n FROM m;"
           "INSERT INTO couples WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid " +
           filter + " GROUP BY bidder) SELECT bidder, n FROM m";
  };
  const RestorePlan plan = Plan(sql(""), sql("WHERE price > 3"));
  const RestoreRow stays = Row(plan, "sink:pairs/cte:m/agg");
  const RestoreRow parted = Row(plan, "sink:couples/cte:m/agg");
  EXPECT_EQ(stays.verdict, Verdict::kFull) << stays.reason;
  EXPECT_EQ(parted.verdict, Verdict::kSemantic) << parted.reason;
  EXPECT_EQ(parted.saved_uid, "sink:pairs/cte:m/agg");
  const RestorePlan merged = Plan(sql("WHERE price > 3"), sql(""));
  EXPECT_EQ(Row(merged, "sink:pairs/cte:m/agg").saved_uid, "sink:pairs/cte:m/agg");
  EXPECT_EQ(Row(merged, "sink:couples/cte:m/agg").verdict, Verdict::kDrop);
}

// One count for each of these prices.
std::string Counts(const std::vector<int>& prices) {
  std::string sql;
  for (const int price : prices) {
    sql += sql.empty() ? "INSERT INTO pairs " : " UNION ALL ";
    sql += "SELECT bidder, COUNT(*) FROM bid WHERE price > " + std::to_string(price) +
           " GROUP BY bidder";
  }
  return sql;
}

// Their uids differ by ordinals, which an edit of one may change for all.
TEST_F(RestoreVerdicts, ClausesThatNamesDoNotTellApartAreFoundByWhatTheyMean) {
  const auto verdicts = [&](const std::vector<int>& before, const std::vector<int>& after) {
    std::map<std::string, int> counts;
    for (const RestoreRow& row : Plan(Counts(before), Counts(after)).rows) {
      if (row.kind == "GroupAggregate") ++counts[std::string(VerdictName(row.verdict))];
    }
    return counts;
  };
  using Counted = std::map<std::string, int>;
  EXPECT_EQ(verdicts({0, 1, 2}, {2, 0, 1}), (Counted{{"FULL", 3}}));
  EXPECT_EQ(verdicts({0, 1, 2}, {1, 2}), (Counted{{"FULL", 2}, {"DROP", 1}}));
  EXPECT_EQ(verdicts({0, 1, 2}, {0, 2}), (Counted{{"FULL", 2}, {"DROP", 1}}));
  EXPECT_EQ(verdicts({0, 1, 2}, {0, 1}), (Counted{{"FULL", 2}, {"DROP", 1}}));
  for (int other = 3; other < 12; ++other) {
    SCOPED_TRACE(other);
    EXPECT_EQ(verdicts({0, 1, 2}, {other, 1, 2}), (Counted{{"FULL", 2}, {"SEMANTIC", 1}}));
    EXPECT_EQ(verdicts({0, 1, 2}, {0, 1, 2, other}), (Counted{{"FULL", 3}, {"NEW", 1}}));
    EXPECT_EQ(verdicts({0, 1, 2}, {1, other}),
              (Counted{{"FULL", 1}, {"SEMANTIC", 1}, {"DROP", 1}}));
  }
}

TEST_F(RestoreVerdicts, AnotherKindIsRefusedWhateverIsAllowed) {
  const std::string before =
      "INSERT INTO pairs SELECT /*+ STATE_ID('s') */ bidder, COUNT(*) FROM bid GROUP BY bidder";
  const std::string after =
      std::string("INSERT INTO pairs SELECT /*+ STATE_ID('s') */ bidder, COUNT(*) FROM TABLE(") +
      kTumble + ") GROUP BY bidder, window_start, window_end";
  const RestorePlan plan = Plan(
      before, after, {.allow_non_restored = true, .allow_partial = true, .accept_changes = {"s"}});
  EXPECT_EQ(Row(plan, "s").verdict, Verdict::kIncompatible);
  EXPECT_FALSE(plan.allowed);
  EXPECT_TRUE(
      Plan(before, after, {.allow_drop = {"s"}, .accept_changes = {"sink:pairs/sink.w"}}).allowed)
      << "it may be started empty";
}

std::string Counted(const std::string& where = "") {
  return "INSERT INTO pairs WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid " + where +
         " GROUP BY bidder) SELECT bidder, n FROM m";
}

TEST_F(RestoreVerdicts, AllowDropOfWhatFitsResetsIt) {
  const std::string sql = Counted();
  const RestorePlan plan = Plan(sql, sql, {.allow_drop = {"sink:pairs/cte:m/agg"}});
  EXPECT_EQ(VerdictName(Row(plan, "sink:pairs/cte:m/agg").verdict), "RESET");
  EXPECT_TRUE(Row(plan, "sink:pairs/cte:m/agg").starts_empty);
  EXPECT_TRUE(plan.allowed);
}

// Its watermark would make the rows late, and what was made of them is kept.
TEST_F(RestoreVerdicts, ATableThatIsReadAgain) {
  const std::string sql = Counted();
  const RestorePlan plan = Plan(sql, sql, {.allow_drop = {"src:bid"}});
  EXPECT_EQ(VerdictName(Row(plan, "src:bid").verdict), "RESET");
  EXPECT_EQ(VerdictName(Row(plan, "wm:bid").verdict), "RESET");
  EXPECT_EQ(VerdictName(Row(plan, "sink:pairs/cte:m/agg").verdict), "SEMANTIC");
  EXPECT_FALSE(plan.allowed);
}

// "UID: what it reads", of all inputs of all nodes.
std::vector<std::string> EdgesOf(const graph::JobGraph& graph) {
  std::vector<std::string> edges;
  for (const graph::Node& node : graph.nodes) {
    for (const graph::Edge& edge : node.inputs) {
      EXPECT_LT(edge.from, node.index);
      edges.push_back(node.uid + ": " + graph.nodes[static_cast<size_t>(edge.from)].uid);
    }
  }
  return edges;
}

TEST_F(RestoreVerdicts, ANewReaderOfAResultThatGoesOnIsSeeded) {
  const std::string one = Counted();
  const RestorePlan plan = Plan(one, one + ";" + Changed(one, "INTO pairs", "INTO couples"));
  RestoreRow row = Row(plan, "sink:couples/sink.w");
  EXPECT_EQ(VerdictText(row), "NEW (seeded)");
  row.seeded_rows = 7;
  EXPECT_EQ(VerdictText(row), "NEW (seeded, 7 rows)");
  EXPECT_EQ(VerdictText(Row(plan, kAgg)), "FULL");
  EXPECT_EQ(row.seeded_from, std::vector<std::string>{kAgg});
  EXPECT_TRUE(plan.allowed);
  // The projection between is one for both sinks: each has its own way now.
  const std::vector<SeededWay> ways = checkpoint::SplitForSeeds(plan, graph_);
  ASSERT_EQ(ways.size(), 1U);
  EXPECT_EQ(ways[0].from, kAgg);
  const std::vector<std::string> edges = EdgesOf(graph_);
  EXPECT_EQ(std::ranges::count(edges, ways[0].to + ": " + kAgg), 1);
  EXPECT_EQ(std::ranges::count(edges, "sink:couples/sink.w: " + ways[0].to),
            ways[0].to == "sink:couples/sink.w" ? 0 : 1);
  EXPECT_EQ(std::ranges::count(edges, "sink:pairs/sink.w: " + ways[0].to), 0);
}

TEST_F(RestoreVerdicts, AReaderThatCannotBeGivenAllIsNotSeeded) {
  const std::string one = Counted();
  const std::string joined =
      "INSERT INTO couples WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder) "
      "SELECT m.bidder, m.n FROM m JOIN ask ON m.bidder = ask.bidder";
  const std::string also_ask = one + "; INSERT INTO pairs SELECT auction, bidder FROM ask";
  const RestorePlan plan = Plan(also_ask, also_ask + ";" + joined);
  for (const RestoreRow& row : plan.rows) {
    EXPECT_TRUE(row.seeded_from.empty()) << row.uid;
    if (row.kind != "Join") continue;
    EXPECT_EQ(VerdictName(row.verdict), "SEMANTIC");
    EXPECT_THAT(row.reason, HasSubstr("wm:ask: rows that it gave before are not kept"));
  }
  EXPECT_TRUE(checkpoint::SplitForSeeds(plan, graph_).empty());
  // Half of what it was is not what it is.
  const RestorePlan edited = Plan(one,
                                  Changed(one, "COUNT(*)", "COUNT(*) + 0 * SUM(price)") + ";" +
                                      Changed(Changed(one, "COUNT(*)", "COUNT(*) + 0 * SUM(price)"),
                                              "INTO pairs", "INTO couples"),
                                  {.allow_partial = true});
  EXPECT_EQ(VerdictName(Row(edited, "sink:couples/sink.w").verdict), "SEMANTIC");
  EXPECT_THAT(Row(edited, "sink:couples/sink.w").reason, HasSubstr("it is PARTIAL"));
}

TEST_F(RestoreVerdicts, OfWhatHasGivenNothingNothingIsMissed) {
  const std::string one = Windows(kTumble);
  const std::string two = one + ";" + Changed(one, "INTO pairs", "INTO couples");
  RestorePlan plan = Plan(one, two);
  EXPECT_EQ(VerdictName(Row(plan, "sink:couples/sink.w").verdict), "SEMANTIC");
  EXPECT_THAT(Row(plan, "sink:couples/sink.w").reason,
              HasSubstr("windows leave its state when they are put out"));
  for (OperatorCheckpoint& op : saved_.operators)
    op.operator_state.push_back(
        {0, std::string(checkpoint::kGivenEntry), checkpoint::EncodeGiven(0)});
  plan = PlanRestore(saved_, graph_, {});
  EXPECT_EQ(VerdictText(Row(plan, "sink:couples/sink.w")), "NEW");
}

// Rows in flight are for the same query, whichever build wrote down what it means, and whatever it
// noted of the directory that a relative path is below.
TEST_F(RestoreVerdicts, RowsInFlightGoOnWithTheSameMeaning) {
  const std::string sql = Counted("WHERE 2 < price");
  const graph::JobGraph graph = SqlPlanner(kTables).Plan(sql).graph;
  CheckpointMetadata saved = SavedOf(graph);
  EXPECT_TRUE(PlanRestore(saved, graph, {}).obstacle.ok());
  saved.files = {{"chk-1/channels.bin", 10, 0, 10}};
  EXPECT_TRUE(PlanRestore(saved, graph, {}).obstacle.ok());
  for (OperatorCheckpoint& op : saved.operators) {
    if (!op.fingerprint.empty()) op.fingerprint += "below\t/data\t/work\n";
  }
  EXPECT_TRUE(PlanRestore(saved, graph, {}).obstacle.ok());
  for (size_t i = 0; i < saved.operators.size(); ++i)
    saved.operators[i].fingerprint = graph.nodes[i].former_fingerprint;
  EXPECT_TRUE(PlanRestore(saved, graph, {}).obstacle.ok());
  const graph::JobGraph other = SqlPlanner(kTables).Plan(Counted("WHERE 3 < price")).graph;
  EXPECT_EQ(PlanRestore(saved, other, {}).obstacle.id(), "E7002");
}

TEST_F(RestoreVerdicts, AFingerprintOfVersion1IsComparedByItsRules) {
  const std::string sql = Counted("WHERE 2 < price");
  const graph::JobGraph graph = SqlPlanner(kTables).Plan(sql).graph;
  CheckpointMetadata saved = SavedOf(graph);
  for (size_t i = 0; i < saved.operators.size(); ++i) {
    saved.operators[i].fingerprint = graph.nodes[i].former_fingerprint;
  }
  for (const RestoreRow& row : PlanRestore(saved, graph, {}).rows) {
    EXPECT_EQ(VerdictName(row.verdict), "FULL") << row.uid << ": " << row.reason;
  }
}

TEST_F(RestoreVerdicts, AFingerprintOfVersion3IsComparedInItsWords) {
  const std::string sql = Counted("WHERE NOT price BETWEEN 2 AND 7");
  const graph::JobGraph graph = SqlPlanner(kTables).Plan(sql).graph;
  CheckpointMetadata saved = SavedOf(graph);
  for (size_t i = 0; i < saved.operators.size(); ++i) {
    const std::string& now = graph.nodes[i].fingerprint;
    const std::string& then = graph.nodes[i].third_fingerprint;
    EXPECT_TRUE(now.empty() || then.find("version\t\t3\n") != std::string::npos) << now;
    const size_t of = now.find("of\t\t");
    saved.operators[i].fingerprint = then + (of == std::string::npos ? "" : now.substr(of));
  }
  for (const RestoreRow& row : PlanRestore(saved, graph, {}).rows) {
    EXPECT_EQ(VerdictName(row.verdict), "FULL") << row.uid << ": " << row.reason;
  }
}

// `fingerprint` without the lines that begin so.
std::string Without(const std::string& fingerprint, const std::vector<std::string>& parts) {
  std::string rest;
  std::istringstream lines(fingerprint);
  for (std::string line; std::getline(lines, line);) {
    const bool gone = std::ranges::any_of(
        parts, [&](const std::string& part) { return line.starts_with(part + "\t"); });
    if (!gone) rest += line + "\n";
  }
  return rest;
}

TEST_F(RestoreVerdicts, TypesAndLookupsAreNotComparedWithVersion4) {
  const std::string looked_up =
      "INSERT INTO pairs WITH i AS (SELECT *, PROCTIME() AS p FROM bid) SELECT i.bidder, a.price "
      "FROM i JOIN ask FOR SYSTEM_TIME AS OF i.p AS a ON i.auction = a.auction";
  std::string tables = Changed(kTables, "pairs (a BIGINT, b BIGINT)", "pairs (a BIGINT, b DOUBLE)");
  tables.replace(tables.find("bidder BIGINT, auction BIGINT, price", tables.find("ask")), 30,
                 "auction BIGINT, bidder BIGINT,");
  const std::string uid = "sink:pairs/sink.w";
  const RestoreRow now = Row(Plan(looked_up, looked_up, {}, tables), uid);
  EXPECT_EQ(VerdictName(now.verdict), "SEMANTIC");
  EXPECT_THAT(now.reason, HasSubstr("the column b was BIGINT, is DOUBLE"));
  EXPECT_THAT(now.reason, HasSubstr("the column ask.auction was value 2 of a record, is value 1"));
  for (OperatorCheckpoint& op : saved_.operators)
    op.fingerprint =
        Without(op.fingerprint, {"type", "lookup columns", "version"}) + "version\t\t4\n";
  const RestoreRow before = Row(PlanRestore(saved_, graph_, {}), uid);
  EXPECT_EQ(VerdictName(before.verdict), "FULL") << before.reason;
}

TEST_F(RestoreVerdicts, RowsInFrontOfASinkAreComparedWithVersion5InItsWords) {
  const std::string tables = Changed(kTables, "(a BIGINT, b BIGINT)",
                                     "(a BIGINT, b BIGINT, PRIMARY KEY (a) NOT ENFORCED)");
  const std::string sql =
      "INSERT INTO pairs WITH l AS (SELECT auction AS x, bidder AS n FROM bid ORDER BY price DESC "
      "LIMIT 9), r AS (SELECT x, n, ROW_NUMBER() OVER (PARTITION BY n ORDER BY x) AS rn FROM l) "
      "SELECT x, n FROM r WHERE rn = 1";
  const std::string uid = "sink:pairs/upmat";
  const std::string said =
      "column\ta\tx\ncolumn\tb\tn\nfrom\t\ttopn by (n) order (x)\nkey\ta\tx\n"
      "of\t\tsink:pairs/cte:r/topn\nprimary key\t\ta\nupdate\t\tn\nversion\t\t5\n";
  const graph::JobGraph graph = SqlPlanner(tables).Plan(sql).graph;
  const auto row = [&](const std::string& fingerprint) {
    CheckpointMetadata saved = SavedOf(graph);
    for (OperatorCheckpoint& op : saved.operators) {
      if (op.uid == uid) op.fingerprint = fingerprint;
    }
    return Row(PlanRestore(saved, graph, {}), uid);
  };
  EXPECT_EQ(VerdictName(row(said).verdict), "FULL") << row(said).reason;
  EXPECT_EQ(VerdictName(row(Changed(said, "\tb\tn", "\tb\tx")).verdict), "SEMANTIC");
  EXPECT_EQ(VerdictName(row(Changed(said, "update\t\tn", "update\t\tx")).verdict), "INCOMPATIBLE");
}

// Of a table that somebody else reads, too, the columns have other numbers.
TEST_F(RestoreVerdicts, WhoElseReadsATableIsNothingToAUnion) {
  const std::string groups =
      "INSERT INTO pairs WITH u AS (SELECT auction, price FROM bid UNION ALL SELECT auction, price "
      "FROM ask), m AS (SELECT auction, SUM(price) AS s FROM u GROUP BY auction) "
      "SELECT auction, s FROM m; ";
  const auto with = [&](const std::string& table) {
    return groups + "INSERT INTO couples SELECT bidder, auction FROM " + table;
  };
  for (const std::string& before : {groups, with("bid"), with("ask")}) {
    for (const std::string& after : {groups, with("bid"), with("ask")})
      Expect(before, after, kAgg, Verdict::kFull);
  }
}

TEST_F(RestoreVerdicts, AppliedPlanNamesTheTables) {
  const std::string sql = Windows(kTumble);
  const RestorePlan plan = Plan(sql, Changed(sql, "INTO pairs", "INTO couples"));
  const CheckpointMetadata applied = ApplyPlan(plan, saved_);
  ASSERT_TRUE(applied.moves.has_value());
  EXPECT_EQ(*applied.moves, (std::vector<StateMove>{{"sink:pairs/cte:m/wagg/windows",
                                                     "sink:couples/cte:m/wagg/windows"}}));
}

}  // namespace
}  // namespace weir::planner::testing
