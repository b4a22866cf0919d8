#include "tests/unit/planner/bind/bind_fixture.h"

namespace weir::bind {
namespace {

using testing::HasSubstr;
using BindSelect = BindFixture;

TEST_F(BindSelect, ProjectsAndFilters) {
  EXPECT_EQ(Plan("SELECT bidder, price + price AS twice FROM bids WHERE channel LIKE channel"), R"(
Collect(bidder, twice)
  Project(bidder, (price + price) AS twice)
    Filter((channel LIKE channel))
      Watermark(ts: ts)
        Scan(bids: bidder, price, channel, ts, item)
)");
}

TEST_F(BindSelect, NamesMatchExactlyThenIgnoringCase) {
  EXPECT_EQ(Columns("SELECT BIDDER, b.Channel, `bids`.ts FROM bids AS b"),
            "E2001 \"bids\" is no column, and no table in FROM [`bids`] (FROM has b)");
  EXPECT_EQ(Columns("SELECT BIDDER, B.Channel FROM bids AS b"), "bidder BIGINT, channel STRING");
  EXPECT_EQ(Columns("SELECT default_database.bids.bidder FROM bids"), "bidder BIGINT");
}

TEST_F(BindSelect, ReachesFieldsOfRows) {
  EXPECT_EQ(Columns("SELECT item.id, bids.item.name, (item).name AS other FROM bids"),
            "id BIGINT, name STRING, other STRING");
  EXPECT_EQ(Plan("SELECT item.nam FROM bids"),
            "E2003 the row has no field \"nam\" [nam] (did you mean \"Name\"?)");
}

TEST_F(BindSelect, ExpandsStars) {
  EXPECT_EQ(Columns("SELECT *, b.*, 1 FROM changing AS b"),
            "id INT NOT NULL, n INT, id0 INT NOT NULL, n0 INT, EXPR$4 INT NOT NULL");
  EXPECT_EQ(Plan("SELECT *"), "E2015 * needs a FROM [*]");
  EXPECT_THAT(Plan("SELECT x.* FROM bids"), HasSubstr("E2001"));
}

TEST_F(BindSelect, NumbersAreTypedAsFlinkDoes) {
  EXPECT_EQ(
      Columns("SELECT 1 a, -2147483648 b, 2147483648 c, .5 d, 0.50 e, 5. f, 1e3 g, 'ab' h, TRUE i"),
      "a INT NOT NULL, b INT NOT NULL, c BIGINT NOT NULL, d DECIMAL(1, 1) NOT NULL, "
      "e DECIMAL(3, 2) NOT NULL, f INT NOT NULL, g DOUBLE NOT NULL, h CHAR(2) NOT NULL, "
      "i BOOLEAN NOT NULL");
  EXPECT_EQ(Columns("SELECT 12345678901234567890 a, 0.1234567890123456789012 b"),
            "a DECIMAL(20, 0) NOT NULL, b DECIMAL(23, 22) NOT NULL");
  EXPECT_THAT(Plan("SELECT 1e400"), HasSubstr("E1003 the number is out of range: 1e400 [1e400]"));
}

TEST_F(BindSelect, TemporalLiterals) {
  EXPECT_EQ(
      Columns(
          "SELECT DATE '2024-02-29' a, TIME '10:00:00' b, TIMESTAMP '2024-01-01 00:00:00.125' c, "
          "INTERVAL '1' DAY d, INTERVAL '1-2' YEAR TO MONTH e"),
      "a DATE NOT NULL, b TIME(0) NOT NULL, c TIMESTAMP(3) NOT NULL, "
      "d INTERVAL DAY TO SECOND(3) NOT NULL, e INTERVAL YEAR TO MONTH NOT NULL");
  EXPECT_THAT(Plan("SELECT DATE '2024-2-30'"),
              HasSubstr("E1003 not a date: '2024-2-30' [DATE '2024-2-30']"));
  EXPECT_THAT(Plan("SELECT INTERVAL '1:99' HOUR TO MINUTE"), HasSubstr("E1003 not an interval"));
}

TEST_F(BindSelect, SayWhichNameIsUnknown) {
  EXPECT_EQ(Plan("SELECT bider FROM bids"),
            "E2003 there is no column \"bider\" [bider] (did you mean \"bidder\"?)");
  EXPECT_THAT(Plan("SELECT b.zz FROM bids b"), HasSubstr("(columns are "));
  EXPECT_EQ(Plan("SELECT b.price2 FROM bids b"),
            "E2003 \"b\" has no column \"price2\" [price2] (did you mean \"price\"?)");
  EXPECT_EQ(Plan("SELECT 1 FROM bid"),
            "E2001 there is no table or view \"bid\" [bid] (did you mean \"bids\"?)");
  EXPECT_EQ(Plan("SELECT a"), "E2003 there is no column \"a\" [a] (there is no FROM)");
  EXPECT_THAT(Plan("SELECT x.a FROM (SELECT 1 AS a, 2 AS a) AS x"),
              HasSubstr("E2004 the column name \"a\" is ambiguous"));
  EXPECT_THAT(Plan("SELECT x.b FROM (SELECT 1 AS a, 2 AS a, 3 AS b) AS x"),
              HasSubstr("Project(b)"));
}

TEST_F(BindSelect, PointsAtTheExpressionThatIsWrong) {
  EXPECT_THAT(Plan("SELECT bidder FROM bids WHERE bidder + 1"),
              HasSubstr("E2006 WHERE takes a BOOLEAN condition, not BIGINT [bidder + 1]"));
  EXPECT_THAT(Plan("SELECT 1, bidder + TRUE FROM bids"), HasSubstr("[TRUE]"));
  EXPECT_THAT(Plan("SELECT 1, 7 / 0 FROM bids"), HasSubstr("[7 / 0]"));
  EXPECT_THAT(Plan("SELECT uper(channel) FROM bids"), HasSubstr("UPPER"));
  EXPECT_EQ(Plan("SELECT NULL FROM bids"),
            "E2006 a bare NULL has no type [NULL] (write CAST(NULL AS INT))");
}

TEST_F(BindSelect, Conditions) {
  EXPECT_EQ(Plan("SELECT bidder FROM bids WHERE bidder BETWEEN item.id AND bidder AND channel IS "
                 "NOT NULL"),
            R"(
Collect(bidder)
  Project(bidder)
    Filter(((bidder >= item.id) AND (bidder <= bidder) AND (channel IS NOT NULL)))
      Watermark(ts: ts)
        Scan(bids: bidder, price, channel, ts, item)
)");
  EXPECT_EQ(
      Columns("SELECT CASE bidder WHEN 1 THEN 'a' ELSE channel END c, channel IN ('x', 'y') d, "
              "channel NOT LIKE 'a%' e, price IS DISTINCT FROM 1 f FROM bids"),
      "c STRING, d BOOLEAN, e BOOLEAN, f BOOLEAN NOT NULL");
  EXPECT_EQ(
      Columns(
          "SELECT CAST(bidder AS STRING) a, TRY_CAST(channel AS INT) b, EXTRACT(HOUR FROM ts) c, "
          "FLOOR(ts TO DAY) d, TRIM(BOTH 'x' FROM channel) e, POSITION('a' IN channel) f FROM "
          "bids"),
      "a STRING, b INT, c BIGINT, d TIMESTAMP(3), e STRING, f INT");
}

TEST_F(BindSelect, KeepsTimeAttributesOfPlainColumns) {
  EXPECT_EQ(
      Columns(
          "SELECT ts, ts AS t2, CAST(ts AS TIMESTAMP(3)) t3, ts + INTERVAL '1' DAY t4 FROM bids"),
      "ts TIMESTAMP(3) *ROWTIME*, t2 TIMESTAMP(3) *ROWTIME*, t3 TIMESTAMP(3), t4 TIMESTAMP(3)");
  EXPECT_EQ(Columns("SELECT pt FROM clicks"), "pt TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*");
  EXPECT_EQ(Columns("SELECT ts FROM bids GROUP BY ts"), "ts TIMESTAMP(3)");
  EXPECT_EQ(Columns("SELECT DISTINCT ts FROM bids"), "ts TIMESTAMP(3)");
  EXPECT_EQ(Columns("SELECT ts FROM bids UNION ALL SELECT ts FROM bids WHERE bidder = 1"),
            "ts TIMESTAMP(3) *ROWTIME*");
}

TEST_F(BindSelect, ComputedColumnsAreProjectedOverTheScan) {
  EXPECT_EQ(Plan("SELECT * FROM clicks"), R"(
Collect(id, url, pt, double_id)
  Project(id, url, pt, double_id)
    Project(id, url, PROCTIME() AS pt, (id * 2) AS double_id)
      Scan(clicks: id, url)
)");
}

TEST_F(BindSelect, OrdersByNamesNumbersAndHiddenColumns) {
  EXPECT_EQ(
      Plan(
          "SELECT id AS i, n FROM changing ORDER BY 2 DESC, i, id + n NULLS LAST LIMIT 3 OFFSET 1"),
      R"(
Collect(i, n)
  Project(i, n)
    Sort(n DESC, i, ORDER$0 NULLS LAST; offset: 1; limit: 3)
      Project(id AS i, n, (id + n) AS ORDER$0)
        Scan(changing: id, n)
)");
  EXPECT_THAT(Plan("SELECT id FROM changing ORDER BY 2"), HasSubstr("E2003 ORDER BY 2"));
  EXPECT_THAT(Plan("SELECT DISTINCT id FROM changing ORDER BY n"), HasSubstr("E2015"));
  EXPECT_THAT(Plan("SELECT id FROM changing LIMIT 1 + 1"), testing::Not(HasSubstr("Collect")));
}

TEST_F(BindSelect, ValuesAndNoFrom) {
  EXPECT_EQ(Columns("VALUES (1, 'a'), (2.5, 'bcd')"),
            "EXPR$0 DECIMAL(11, 1) NOT NULL, EXPR$1 VARCHAR(3) NOT NULL");
  EXPECT_EQ(Columns("SELECT v.b FROM (VALUES (1, 'a')) AS v(a, b)"), "b CHAR(1) NOT NULL");
  EXPECT_EQ(Plan("SELECT 1 + 1 AS two"), R"(
Collect(two)
  Project(2 AS two)
    Values((0))
)");
  EXPECT_THAT(Plan("VALUES (1), (2, 3)"),
              HasSubstr("E2006 the rows of VALUES have 1 and 2 columns [2, 3]"));
  EXPECT_THAT(Plan("VALUES (1), ('x')"), HasSubstr("E2006 column 1 of VALUES"));
}

TEST_F(BindSelect, UnionCoercesItsBranches) {
  EXPECT_EQ(Plan("SELECT id FROM clicks UNION ALL SELECT bidder FROM bids"), R"(
Collect(id)
  Union
    Project(CAST(id AS BIGINT) AS id)
      Project(id, url, PROCTIME() AS pt, (id * 2) AS double_id)
        Scan(clicks: id, url)
    Project(bidder)
      Watermark(ts: ts)
        Scan(bids: bidder, price, channel, ts, item)
)");
  EXPECT_THAT(Plan("SELECT id FROM clicks UNION SELECT bidder FROM bids"),
              HasSubstr("Aggregate(keys: id)\n    Union"));
  EXPECT_EQ(Plan("SELECT 1 UNION ALL SELECT 1, 2"),
            "E2006 the branches of UNION have 1 and 2 columns [SELECT 1, 2]");
  EXPECT_THAT(Plan("SELECT id FROM clicks UNION ALL SELECT channel FROM bids"),
              HasSubstr("E2006 column 1 of UNION"));
}

TEST_F(BindSelect, ACteUsedTwiceIsOneNode) {
  EXPECT_EQ(Plan("WITH c (k, m) AS (SELECT channel, COUNT(*) FROM bids GROUP BY channel) "
                 "SELECT k FROM c UNION ALL SELECT k FROM c WHERE k = k"),
            R"(
Collect(k)
  Union
    Project(k)
      #1 Project(channel AS k, count(*) AS m)
        Aggregate(keys: channel; calls: count(*))
          Watermark(ts: ts)
            Scan(bids: bidder, price, channel, ts, item)
    Project(k)
      Filter((k = k))
        see #1
)");
  EXPECT_THAT(Plan("WITH c AS (SELECT 1 AS a), c AS (SELECT 2 AS a) SELECT * FROM c"),
              HasSubstr("E2002"));
  EXPECT_THAT(Plan("WITH recent AS (SELECT 1 AS a) SELECT * FROM recnt"),
              HasSubstr("did you mean \"recent\"?"));
}

TEST_F(BindSelect, ViewsAreBoundAnewWhereTheyAreUsed) {
  EXPECT_EQ(
      Define(
          "CREATE VIEW totals (who, total) AS SELECT bidder, SUM(price) FROM bids GROUP BY bidder"),
      "");
  EXPECT_EQ(Columns("SELECT * FROM totals"), "who BIGINT, total DECIMAL(38, 2)");
  EXPECT_EQ(Define("CREATE VIEW wrong AS SELECT bidr FROM bids"),
            "E2003 there is no column \"bidr\" [bidr] (did you mean \"bidder\"?)");
  ASSERT_TRUE(catalog_.Drop({"bids"}, {}, {}).ok());
  EXPECT_EQ(Plan("SELECT * FROM totals"),
            "E2001 view \"totals\": there is no table or view \"bids\" [totals]");
}

TEST_F(BindSelect, NamesWhatIsNotSupportedYet) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"SELECT x FROM (VALUES ((SELECT 1))) AS v (x)", "a scalar subquery in VALUES"},
      {"SELECT GROUP_ID() FROM bids GROUP BY ROLLUP (bidder)", "GROUP_ID"},
      {"SELECT 1 FROM bids FOR SYSTEM_TIME AS OF PROCTIME()", "FOR SYSTEM_TIME AS OF"},
  };
  for (const auto& [text, construct] : cases) {
    EXPECT_THAT(Plan(text), HasSubstr("E1002 " + construct + " is not supported yet [")) << text;
  }
}

TEST_F(BindSelect, SubqueriesOfConditionsAreJoins) {
  EXPECT_THAT(Plan("SELECT bidder FROM bids WHERE bidder IN (SELECT id FROM clicks)"),
              HasSubstr("Join(semi; where: (bidder = CAST(id AS BIGINT)))"));
  EXPECT_THAT(Plan("SELECT bidder FROM bids WHERE NOT EXISTS (SELECT id FROM clicks)"),
              HasSubstr("Join(anti"));
  EXPECT_THAT(Plan("SELECT 1 FROM bids QUALIFY TRUE"),
              HasSubstr("E2015 QUALIFY needs a function with OVER [TRUE]"));
}

TEST_F(BindSelect, TableHints) {
  EXPECT_THAT(Plan("SELECT id FROM changing /*+ OPTIONS('count' = 'few') */"), HasSubstr("E2008"));
  EXPECT_THAT(Plan("SELECT id FROM changing /*+ OPTIONS('path' = 'elsewhere') */"),
              HasSubstr("Scan(changing"));
  EXPECT_EQ(
      Plan("SELECT id FROM changing /*+ OPTION('path' = 'x') */"),
      "E2015 there is no hint OPTION here [OPTION('path' = 'x')] (did you mean \"OPTIONS\"?)");
}

TEST_F(BindSelect, HintsOfJoinsStandAtTheirJoin) {
  const std::string from =
      " */ 1 FROM bids AS a JOIN clicks AS b ON a.bidder = b.id JOIN clicks c "
      "ON c.id = b.id";
  const std::string plan = Plan("SELECT /*+ BROADCAST(b), SHUFFLE_HASH(C)" + from);
  EXPECT_THAT(plan, HasSubstr("; hints: BROADCAST(b))"));
  EXPECT_THAT(plan, HasSubstr("; hints: SHUFFLE_HASH(c))"));
  EXPECT_EQ(Plan("SELECT /*+ BROADCAST(b, clicks)" + from),
            "E2001 the hint BROADCAST names no table in FROM: \"clicks\" [clicks]");
  EXPECT_EQ(Plan("SELECT /*+ NEST_LOOP('k' = 'b')" + from),
            "E2015 NEST_LOOP takes names of tables [NEST_LOOP('k' = 'b')]");
  EXPECT_EQ(Plan("SELECT /*+ LOOKUP('table' = 'b')" + from),
            "E2015 the hint LOOKUP has no effect: \"b\" is not looked up ['b'] (JOIN t FOR "
            "SYSTEM_TIME AS OF a.proc_time AS t looks a table up)");
}

TEST_F(BindSelect, ASinkOnlyTableCannotBeRead) {
  EXPECT_EQ(Plan("SELECT * FROM out_counts"),
            "E2015 the table \"out_counts\" can only be written: the connector 'print' cannot be "
            "read [out_counts]");
}

}  // namespace
}  // namespace weir::bind
