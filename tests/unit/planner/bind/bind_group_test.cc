#include "tests/unit/planner/bind/bind_fixture.h"

namespace weir::bind {
namespace {

using testing::HasSubstr;
using BindGroup = BindFixture;

TEST_F(BindGroup, EqualCallsAreComputedOnce) {
  EXPECT_EQ(Plan("SELECT channel, COUNT(*) n, SUM(price) s, SUM(price) + SUM(price) FROM bids "
                 "GROUP BY channel HAVING SUM(price) > SUM(price)"),
            R"(
Collect(channel, n, s, EXPR$3)
  Project(channel, count(*) AS n, sum(price) AS s, (sum(price) + sum(price)) AS EXPR$3)
    Filter((sum(price) > sum(price)))
      Aggregate(keys: channel; calls: count(*), sum(price))
        Watermark(ts: ts)
          Scan(bids: bidder, price, channel, ts, item)
)");
}

TEST_F(BindGroup, ArgumentsAndKeysAreProjectedFirst) {
  EXPECT_EQ(Plan("SELECT UPPER(channel), MAX(price + price) FILTER (WHERE channel IS NULL), "
                 "COUNT(DISTINCT bidder) "
                 "FROM bids GROUP BY UPPER(channel)"),
            R"(
Collect(EXPR$0, EXPR$1, EXPR$2)
  Project(UPPER(channel) AS EXPR$0, max(price + price) filter (channel IS NULL) AS EXPR$1, count(distinct bidder) AS EXPR$2)
    Aggregate(keys: UPPER(channel); calls: max(price + price) filter (channel IS NULL), count(distinct bidder))
      Project(UPPER(channel), (price + price), (channel IS NULL), bidder)
        Watermark(ts: ts)
          Scan(bids: bidder, price, channel, ts, item)
)");
}

TEST_F(BindGroup, KeysByNumberAndAlias) {
  const std::string expected =
      Plan("SELECT UPPER(channel) AS c, COUNT(*) AS n FROM bids GROUP BY UPPER(channel)");
  EXPECT_THAT(expected, HasSubstr("Aggregate(keys: UPPER(channel)"));
  EXPECT_EQ(Plan("SELECT UPPER(channel) AS c, COUNT(*) AS n FROM bids GROUP BY 1"), expected);
  EXPECT_EQ(Plan("SELECT UPPER(channel) AS c, COUNT(*) AS n FROM bids GROUP BY c"), expected);
  EXPECT_THAT(Plan("SELECT COUNT(*) AS n FROM bids GROUP BY n"),
              HasSubstr("E2015 GROUP BY cannot hold"));
  EXPECT_THAT(Plan("SELECT COUNT(*) FROM bids GROUP BY 2"), HasSubstr("E2003 GROUP BY 2"));
}

TEST_F(BindGroup, TypesOfAggregates) {
  EXPECT_EQ(
      Columns(
          "SELECT COUNT(*) a, SUM(id) b, AVG(id) c, MIN(url) d, MAX(id) FILTER (WHERE id > 1) e, "
          "COUNT(DISTINCT url) f FROM clicks"),
      "a BIGINT NOT NULL, b INT, c INT, d STRING, e INT, f BIGINT NOT NULL");
}

TEST_F(BindGroup, RefusesWhatIsNeitherGroupedNorAggregated) {
  EXPECT_EQ(Plan("SELECT channel, price + 1 FROM bids GROUP BY channel"),
            "E2007 the column \"price\" is neither grouped nor aggregated [price] (add it to GROUP "
            "BY, or use an "
            "aggregate of it, e.g. MAX(price))");
  EXPECT_THAT(Plan("SELECT channel, COUNT(*) FROM bids"), HasSubstr("E2007"));
  EXPECT_THAT(Plan("SELECT * FROM bids GROUP BY channel"), HasSubstr("E2007"));
  EXPECT_THAT(Plan("SELECT channel FROM bids GROUP BY channel ORDER BY price"), HasSubstr("E2007"));
}

TEST_F(BindGroup, RefusesAggregatesWhereNoneMayBe) {
  EXPECT_EQ(Plan("SELECT bidder FROM bids WHERE COUNT(*) > 1"),
            "E2015 WHERE cannot hold the aggregate COUNT [COUNT(*)] (a condition on groups belongs "
            "into HAVING)");
  EXPECT_THAT(Plan("SELECT SUM(COUNT(*)) FROM bids"),
              HasSubstr("E2015 an aggregate cannot stand inside another [COUNT(*)]"));
  EXPECT_THAT(Plan("SELECT SUM(*) FROM bids"), HasSubstr("E2015 SUM does not take *"));
  EXPECT_THAT(Plan("SELECT UPPER(DISTINCT channel) FROM bids"),
              HasSubstr("E2015 DISTINCT and ALL are for aggregates"));
  EXPECT_THAT(Plan("SELECT SUM(channel) FROM bids"), HasSubstr("[channel]"));
  EXPECT_THAT(Plan("SELECT bidder FROM bids HAVING bidder > 1"), HasSubstr("E2015 HAVING needs"));
}

TEST_F(BindGroup, DistinctIsAnAggregateWithoutCalls) {
  EXPECT_EQ(Plan("SELECT DISTINCT channel FROM bids"), R"(
Collect(channel)
  Aggregate(keys: channel)
    Project(channel)
      Watermark(ts: ts)
        Scan(bids: bidder, price, channel, ts, item)
)");
}

TEST_F(BindGroup, StateTtlComesFromOptionOrHint) {
  options_.state_ttl_millis = 1000;
  EXPECT_THAT(Plan("SELECT COUNT(*) FROM bids"), HasSubstr("ttl: 1000 ms"));
  EXPECT_THAT(Plan("SELECT /*+ STATE_TTL('b' = '2 s') */ COUNT(*) FROM bids AS b"),
              HasSubstr("ttl: 2000 ms"));
  EXPECT_THAT(Plan("SELECT /*+ STATE_TTL('x' = '2 s') */ COUNT(*) FROM bids AS b"),
              HasSubstr("E2001"));
}

TEST_F(BindGroup, TumblingWindows) {
  EXPECT_EQ(Plan("SELECT window_start, channel, COUNT(*) AS n FROM TABLE("
                 "TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' MINUTE, INTERVAL '1' MINUTE)) "
                 "GROUP BY window_start, window_end, channel"),
            R"(
Collect(window_start, channel, n)
  Project(window_start, channel, count(*) AS n)
    Aggregate(keys: window_start, window_end, channel; calls: count(*))
      WindowTable(TUMBLE(size 10 minutes, offset 1 minute) of ts)
        Watermark(ts: ts)
          Scan(bids: bidder, price, channel, ts, item)
)");
}

TEST_F(BindGroup, WindowColumns) {
  EXPECT_EQ(
      Columns(
          "SELECT window_start, window_end, window_time FROM TABLE(HOP(DATA => TABLE bids, "
          "TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '1' MINUTE, SIZE => INTERVAL '1' HOUR))"),
      "window_start TIMESTAMP(3) NOT NULL, window_end TIMESTAMP(3) NOT NULL, "
      "window_time TIMESTAMP(3) NOT NULL *ROWTIME*");
  EXPECT_EQ(Columns("SELECT window_time FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(pt), INTERVAL "
                    "'1' SECOND))"),
            "window_time TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*");
}

TEST_F(BindGroup, WindowTimeStaysATimeAttributeAboveItsWindow) {
  const std::string windows =
      " FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) ";
  EXPECT_EQ(
      Columns("SELECT window_time" + windows + "GROUP BY window_start, window_end, window_time"),
      "window_time TIMESTAMP(3) NOT NULL *ROWTIME*");
  EXPECT_EQ(Columns("SELECT window_time" + windows + "GROUP BY window_end, window_time"),
            "window_time TIMESTAMP(3) NOT NULL");
}

TEST_F(BindGroup, WindowsSayWhatTheyNeed) {
  EXPECT_THAT(
      Plan("SELECT 1 FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(bidder), INTERVAL '1' MINUTE))"),
      HasSubstr("E2010 TUMBLE needs a time attribute, but \"bidder\" is a plain BIGINT "
                "[DESCRIPTOR(bidder)]"));
  EXPECT_THAT(Plan("SELECT 1 FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(tz), INTERVAL '1' MINUTE))"),
              HasSubstr("E2003 there is no column \"tz\" [tz]"));
  EXPECT_THAT(Plan("SELECT 1 FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MONTH))"),
              HasSubstr("E2010 SIZE of TUMBLE"));
  EXPECT_THAT(Plan("SELECT 1 FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '0' MINUTE))"),
              HasSubstr("must be positive"));
  EXPECT_THAT(Plan("SELECT 1 FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"),
              HasSubstr("E2010 HOP does not take these arguments"));
  EXPECT_THAT(Plan("SELECT 1 FROM TABLE(SESSION(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"),
              HasSubstr("WindowTable(SESSION(gap 1 minute) of ts)"));
  EXPECT_THAT(Plan("SELECT 1 FROM TABLE(TUMBL(TABLE bids, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"),
              HasSubstr("did you mean \"TUMBLE\"?"));
}

}  // namespace
}  // namespace weir::bind
