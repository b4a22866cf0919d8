// What an edit changes in the fingerprints of operators, and what it must not change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "planner/rules/rule_list.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

using ::testing::HasSubstr;

const char kMeaningTables[] = R"(
  CREATE TABLE bid (bidder BIGINT, auction BIGINT, price BIGINT, ts TIMESTAMP(3),
                    WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'any');
  CREATE TABLE ask (bidder BIGINT, auction BIGINT, price BIGINT, ts TIMESTAMP(3),
                    WATERMARK FOR ts AS ts) WITH ('connector' = 'any', 'rate' = '3');
  CREATE TABLE counts (bidder BIGINT, n BIGINT) WITH ('connector' = 'any');
)";

std::string Counting(const std::string& select, const std::string& where = "",
                     const std::string& by = "bidder") {
  return "INSERT INTO counts WITH m AS (SELECT " + select + " FROM bid " + where + " GROUP BY " +
         by + ") SELECT bidder, n FROM m";
}

std::string Windows(const std::string& window, const std::string& where = "") {
  return "INSERT INTO counts WITH m AS (SELECT bidder, COUNT(*) AS n FROM TABLE(" + window + ") " +
         where + " GROUP BY bidder, window_start, window_end) SELECT bidder, n FROM m";
}

class MeaningTest : public ::testing::Test {
 protected:
  std::map<std::string, std::string> Of(const std::string& sql,
                                        const PlannerOptions& options = {}) {
    std::map<std::string, std::string> meanings;
    for (const graph::Node& node : planner_.Plan(sql, options).graph.nodes) {
      if (!node.fingerprint.empty()) meanings[node.uid] = node.fingerprint;
    }
    return meanings;
  }
  std::string Agg(const std::string& sql) { return Of(sql)["sink:counts/cte:m/agg"]; }
  std::string Wagg(const std::string& sql) { return Of(sql)["sink:counts/cte:m/wagg"]; }
  std::vector<std::string> Fields(const std::string& sql) {
    std::vector<std::string> names;
    const graph::JobGraph graph = planner_.Plan(sql).graph;
    for (const graph::Node& node : graph.nodes) {
      const OperatorStateSchema state = graph::StateOf(node.spec, graph::InputSchema(graph, node));
      if (state.tables.empty()) continue;
      for (const Field& field : state.tables[0].value) names.push_back(field.name);
    }
    return names;
  }
  SqlPlanner planner_{kMeaningTables};
};

TEST_F(MeaningTest, SaysSourceFilterAndKeys) {
  EXPECT_EQ(Agg(Counting("bidder, COUNT(*) AS n", "WHERE price > 5 AND auction = 3")),
            "filter\t\tauction = 3\nfilter\t\tprice > 5\nfrom\t\ttable bid\nkey\tbidder\tbidder\n"
            "version\t\t11\nof\t\tsrc:bid\n");
}

TEST_F(MeaningTest, NamesOrderAndRulesDoNotMatter) {
  const std::string sql = Counting("bidder, COUNT(*) AS n", "WHERE price > 5 AND auction = 3");
  const auto meanings = Of(sql);
  EXPECT_EQ(meanings.at("sink:counts/cte:m/agg"),
            Agg(Counting("COUNT(*) AS n, bidder", "WHERE auction = 3 AND price > 5")));
  for (const rules::Rule& rule : rules::RuleList()) {
    EXPECT_EQ(meanings, Of(sql, {.parallelism = 5, .disabled_rules = {std::string(rule.name)}}))
        << rule.name;
  }
}

TEST_F(MeaningTest, ConditionsAreKnownHoweverTheyAreWritten) {
  const auto where = [&](const std::string& condition) {
    return Agg(Counting("bidder, COUNT(*) AS n", "WHERE " + condition));
  };
  EXPECT_EQ(where("NOT price <= 5"), where("price > 5"));
  EXPECT_EQ(where("NOT NOT 5 < price"), where("price > 5"));
  EXPECT_EQ(where("price = 7 OR 5 = price OR price = 7"), where("price IN (5, 7)"));
  EXPECT_EQ(where("price IN (7, 9) OR price = 5"), where("price IN (5, 7, 9)"));
  EXPECT_EQ(where("price = 5 OR auction = 7"), where("auction = 7 OR price = 5"));
  EXPECT_NE(where("price = 5 OR auction = 7"), where("price IN (5, 7)"));
  EXPECT_NE(where("NOT price < 5"), where("price > 5"));
  EXPECT_NE(where("price NOT IN (5, 7)"), where("price IN (5, 7)"));
  EXPECT_EQ(where("price NOT IN (5, 7)"), where("price <> 7 AND price <> 5"));
  EXPECT_NE(where("price NOT IN (5, NULL)"), where("price <> 5"));
  EXPECT_EQ(where("price NOT BETWEEN 5 AND 7"), where("price < 5 OR price > 7"));
  EXPECT_EQ(where("(price > 5) = TRUE"), where("(price > 5) IS TRUE"));
  EXPECT_NE(where("(price > 5) IS NOT TRUE"), where("NOT price > 5"));
  EXPECT_EQ(where("price + 1 - 1 + auction > 5"), where("auction * 1 + price > 5"));
}

TEST_F(MeaningTest, FloatsAndWidthsAreNotOtherWords) {
  const auto where = [&](const std::string& condition) {
    return Agg(Counting("bidder, COUNT(*) AS n", "WHERE " + condition));
  };
  const std::string d = "CAST(price AS DOUBLE)";
  EXPECT_NE(where("NOT " + d + " < 5"), where(d + " >= 5"));
  EXPECT_EQ(where("NOT " + d + " = 5"), where(d + " <> 5"));
  EXPECT_EQ(where("1 / " + d + " * 1 > 5"), where("1 / " + d + " > 5"));
  EXPECT_NE(where("1 / (" + d + " + 0) > 5"), where("1 / " + d + " > 5"));
  const std::string i = "CAST(price AS INT)";
  EXPECT_NE(where(i + " * 4 > 5"), where(i + " * CAST(4 AS BIGINT) > 5"));
  EXPECT_NE(where("CAST(price * 1.5 AS STRING) > ''"), where("CAST(price * 1.50 AS STRING) > ''"));
  EXPECT_EQ(where("price * 1.5 > 1.5"), where("price * 1.5 > 1.50"));
}

TEST_F(MeaningTest, WhatIsSpreadOverProjectionsIsSimplifiedAsOne) {
  const auto from = [&](const std::string& input, const std::string& condition) {
    const std::string sql = Counting("bidder, COUNT(*) AS n", "WHERE " + condition);
    const size_t bid = sql.find("FROM bid");
    return Agg(sql.substr(0, bid) + "FROM (" + input + ") AS bid" + sql.substr(bid + 8));
  };
  const std::string whole = from("SELECT * FROM bid", "price > 5 AND auction = 3");
  EXPECT_EQ(from("SELECT *, price <= 5 AS p FROM bid", "NOT p AND auction = 3"), whole);
  EXPECT_EQ(from("SELECT *, price > 5 AND auction = 3 AS p FROM bid", "p"), whole);
  EXPECT_NE(from("SELECT *, price > 5 OR auction = 3 AS p FROM bid", "p"), whole);
}

TEST_F(MeaningTest, FilterAboveBelongsToTheSink) {
  const auto before = Of(Counting("bidder, COUNT(*) AS n"));
  const auto after = Of(Counting("bidder, COUNT(*) AS n", "", "bidder HAVING COUNT(*) > 3"));
  EXPECT_EQ(before.at("sink:counts/cte:m/agg"), after.at("sink:counts/cte:m/agg"));
  EXPECT_THAT(after.at("sink:counts/sink.w"), HasSubstr("filter\t\tcount(*) > 3\n"));
}

TEST_F(MeaningTest, WindowAndTimeAttribute) {
  const std::string tumble = "TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE)";
  EXPECT_THAT(Wagg(Windows(tumble)),
              HasSubstr("time\t\tts\nversion\t\t11\nwindow\t\tTUMBLE(size 1 minute"));
  EXPECT_NE(Wagg(Windows(tumble)),
            Wagg(Windows("TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' MINUTE)")));
  EXPECT_THAT(Wagg(Windows(tumble, "WHERE price > 7")), HasSubstr("filter\t\tprice > 7\n"));
}

TEST_F(MeaningTest, AccumulatorsAreNamedByWhatTheyCompute) {
  const std::vector<std::string> plain = Fields(Counting("bidder, SUM(price * 2) AS n"));
  EXPECT_EQ(plain, (std::vector<std::string>{"row_count", "sum(price * 2)"}));
  EXPECT_EQ(plain,
            Fields("INSERT INTO counts WITH i AS (SELECT bidder AS b, price * 2 AS p FROM bid), "
                   "m AS (SELECT b, SUM(p) AS n FROM i GROUP BY b) SELECT b, n FROM m"));
}

TEST_F(MeaningTest, KeysAreKnownByWhatTheyAre) {
  EXPECT_THAT(Agg("INSERT INTO counts WITH i AS (SELECT bidder AS b FROM bid), "
                  "m AS (SELECT b, COUNT(*) AS n FROM i GROUP BY b) SELECT b, n FROM m"),
              HasSubstr("key\tb\tbidder\n"));
}

TEST_F(MeaningTest, BranchesOfAUnionHaveNoOrder) {
  const std::string a = "SELECT bidder, price FROM bid WHERE price > 5";
  const std::string b = "SELECT bidder, price FROM ask";
  const auto of = [&](const std::string& first, const std::string& second) {
    return Agg(
        "INSERT INTO counts WITH i AS (" + first + " UNION ALL " + second +
        "), m AS (SELECT bidder, SUM(price) AS n FROM i GROUP BY bidder) SELECT bidder, n FROM m");
  };
  EXPECT_EQ(of(a, b), of(b, a));
  EXPECT_THAT(of(a, b), HasSubstr("input\t\ttable ask\ninput\t\ttable bid where price > 5\n"));
}

TEST_F(MeaningTest, TablesAreTheirOptions) {
  const auto meanings = Of("INSERT INTO counts SELECT bidder, price FROM ask");
  EXPECT_THAT(meanings.at("src:ask"), HasSubstr("option\trate\t3\n"));
  EXPECT_EQ(meanings.at("wm:ask"), "time\t\tts\nversion\t\t11\nwatermark\t\tts\nof\t\tsrc:ask\n");
  EXPECT_THAT(meanings.at("sink:counts/sink.w"), HasSubstr("from\t\ttable ask\n"));
}

// A table that is looked up has no operator of its own: whoever reads its rows answers for it.
TEST_F(MeaningTest, LookedUpTablesBelongToWhoReadsTheirRows) {
  const auto looked_up = [](const std::string& hint, const std::string& where = "") {
    return "INSERT INTO counts WITH i AS (SELECT *, PROCTIME() AS p FROM bid), l AS (SELECT "
           "i.bidder, a.price FROM i JOIN ask " +
           hint + " FOR SYSTEM_TIME AS OF i.p AS a ON i.auction = a.auction " + where +
           "), m AS (SELECT bidder, SUM(price) AS n FROM l GROUP BY bidder) SELECT bidder, n FROM "
           "m";
  };
  const std::string plain = Agg(looked_up(""));
  EXPECT_THAT(plain, HasSubstr("from\t\ttable bid\n"));
  EXPECT_THAT(plain, HasSubstr("lookup\task\tinner on left.auction = right.auction"));
  EXPECT_THAT(plain, HasSubstr("lookup columns\t\task.auction\\tvalue 2 of a record\\nask.bidder"));
  EXPECT_THAT(plain, HasSubstr(", rate = 3\n"));
  const std::string other = Agg(looked_up("/*+ OPTIONS('rate' = '4') */"));
  EXPECT_THAT(other, HasSubstr(", rate = 4\n"));
  EXPECT_THAT(Agg(looked_up("", "WHERE i.price > 2")), HasSubstr("filter\t\tprice > 2\n"));
  EXPECT_THAT(Agg(looked_up("", "WHERE a.price > 2")), HasSubstr("price > 2"));
  EXPECT_EQ(Fields(looked_up("")),
            (std::vector<std::string>{"row_count", "sum(ask[auction].price)"}));
}

}  // namespace
}  // namespace weir::planner::testing
