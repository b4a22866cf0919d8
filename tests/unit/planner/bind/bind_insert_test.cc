#include "tests/unit/planner/bind/bind_fixture.h"

namespace weir::bind {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class BindInsert : public BindFixture {
 protected:
  std::vector<std::string> ScopesOf(const std::string& text) {
    const auto plan = Bind(text);
    EXPECT_TRUE(plan.ok()) << Show(plan.status(), text);
    return plan.ok() ? Scopes(*plan) : std::vector<std::string>();
  }
};

TEST_F(BindInsert, CastsToTheSinksColumns) {
  EXPECT_EQ(Plan("INSERT INTO out_counts SELECT channel, CAST(bidder AS INT) FROM bids"), R"(
Sink(out_counts: channel, n)
  Project(channel, CAST(CAST(bidder AS INT) AS BIGINT) AS n)
    Watermark(ts: ts)
      Scan(bids: bidder, price, channel, ts, item)
)");
}

TEST_F(BindInsert, ColumnsThatAreLeftOutAreNull) {
  EXPECT_EQ(Plan("INSERT INTO out_files (dt, id) SELECT url, id FROM clicks"), R"(
Sink(out_files: id, url, dt)
  Project(id, CAST(NULL AS STRING) AS url, url AS dt)
    Project(url, id)
      Project(id, url, PROCTIME() AS pt, (id * 2) AS double_id)
        Scan(clicks: id, url)
)");
  EXPECT_EQ(Plan("INSERT INTO out_counts (channel) SELECT url FROM clicks"),
            "E3004 the column \"n\" of \"out_counts\" is NOT NULL and gets no value [channel]");
  EXPECT_THAT(Plan("INSERT INTO out_files (idd) SELECT 1"), HasSubstr("(did you mean \"id\"?)"));
  EXPECT_THAT(Plan("INSERT INTO out_files (id, ID) SELECT 1, 2"),
              HasSubstr("E2015 the column \"ID\" is named twice"));
}

TEST_F(BindInsert, ABareNullTakesTheSinksType) {
  EXPECT_EQ(Plan("INSERT INTO out_files VALUES (1, NULL, 'x')"), R"(
Sink(out_files: id, url, dt)
  Values((1, CAST(NULL AS STRING), CAST('x' AS CHAR(1))))
)");
}

TEST_F(BindInsert, SaysWhichColumnDoesNotFit) {
  EXPECT_EQ(Plan("INSERT INTO out_counts SELECT channel, item FROM bids"),
            "E2006 the column \"n\" of \"out_counts\" is BIGINT, but the query gives ROW<`id` "
            "BIGINT NOT NULL, "
            "`Name` STRING> [item] (the query gives (channel STRING, item ROW<`id` BIGINT NOT "
            "NULL, `Name` STRING>), "
            "the table takes (channel STRING, n BIGINT NOT NULL); CAST(… AS BIGINT) converts)");
  EXPECT_THAT(Plan("INSERT INTO out_counts SELECT channel FROM bids"),
              HasSubstr("E2006 the query gives 1 column, but the table \"out_counts\" takes 2"));
}

TEST_F(BindInsert, TargetsMustBeWritable) {
  EXPECT_EQ(Define("CREATE VIEW v AS SELECT 1 AS a"), "");
  EXPECT_EQ(Define("CREATE TABLE g (a INT) WITH ('connector' = 'generator')"), "");
  EXPECT_THAT(Plan("INSERT INTO v SELECT 1"), HasSubstr("E2015 \"v\" is a view"));
  EXPECT_THAT(Plan("INSERT INTO g SELECT 1"), HasSubstr("E2015 the table \"g\" can only be read"));
  EXPECT_THAT(Plan("INSERT INTO nowhere SELECT 1"), HasSubstr("E2001"));
  EXPECT_THAT(Plan("INSERT OVERWRITE out_counts SELECT 'a', 1"),
              HasSubstr("E2015 the connector 'print' does not support INSERT OVERWRITE"));
  EXPECT_THAT(Plan("INSERT OVERWRITE out_files SELECT 1, 'a', 'b'"),
              HasSubstr("Sink(out_files, overwrite: id"));
}

TEST_F(BindInsert, SinksKnowKeysAndConstraints) {
  const auto plan = Bind("INSERT INTO changing SELECT 1, 2");
  ASSERT_TRUE(plan.ok());
  const auto& sink = std::get<logical::Sink>(plan->roots[0]->operation);
  EXPECT_THAT(sink.spec.primary_key, ElementsAre(0));
  EXPECT_THAT(sink.spec.not_null_columns, ElementsAre("id"));
  EXPECT_EQ(sink.accepts, ChangelogMode::All());
}

TEST_F(BindInsert, AStatementSetSharesItsScans) {
  EXPECT_EQ(Plan("EXECUTE STATEMENT SET BEGIN "
                 "INSERT INTO out_files SELECT id, url, url FROM clicks; "
                 "INSERT INTO out_files SELECT id, url, url FROM clicks WHERE id > 1; END"),
            R"(
Sink(out_files: id, url, dt)
  Project(id, url, url AS dt)
    #1 Project(id, url, PROCTIME() AS pt, (id * 2) AS double_id)
      Scan(clicks: id, url)
Sink(out_files: id, url, dt)
  Project(id, url, url AS dt)
    Filter((id > 1))
      see #1
)");
}

TEST_F(BindInsert, ScopesAreThePathsOfNamedClauses) {
  EXPECT_THAT(ScopesOf("INSERT INTO Out_Counts WITH `M/x` AS (SELECT channel, COUNT(*) n FROM bids "
                       "GROUP BY channel) "
                       "SELECT channel, SUM(n) FROM (SELECT DISTINCT channel, n FROM `M/x`) AS D "
                       "GROUP BY channel"),
              ElementsAre("Sink sink:out_counts", "Aggregate sink:out_counts",
                          "Aggregate sink:out_counts/t:d", "Aggregate sink:out_counts/cte:M%2Fx"));
}

TEST_F(BindInsert, UnnamedClausesAreMarked) {
  EXPECT_THAT(ScopesOf("SELECT COUNT(*) FROM (SELECT DISTINCT channel FROM bids)"),
              ElementsAre("Aggregate  unnamed", "Aggregate ~ unnamed"));
  EXPECT_THAT(ScopesOf("INSERT INTO out_counts SELECT channel, COUNT(*) FROM (SELECT DISTINCT "
                       "channel FROM bids) "
                       "GROUP BY channel"),
              ElementsAre("Sink sink:out_counts", "Aggregate sink:out_counts",
                          "Aggregate sink:out_counts/~ unnamed"));
}

TEST_F(BindInsert, AViewIsARootOfItsOwn) {
  ASSERT_EQ(Define("CREATE VIEW Busy AS WITH w AS (SELECT channel, COUNT(*) AS n FROM bids GROUP "
                   "BY channel) "
                   "SELECT DISTINCT channel, n FROM w"),
            "");
  EXPECT_THAT(
      ScopesOf("INSERT INTO out_counts SELECT channel, n FROM Busy"),
      ElementsAre("Sink sink:out_counts", "Aggregate view:busy", "Aggregate view:busy/cte:w"));
}

TEST_F(BindInsert, UnionBranchesAreNamedByTheirSources) {
  const std::string bids = "SELECT channel, COUNT(*) FROM bids GROUP BY channel";
  const std::string clicks = "SELECT url, COUNT(*) FROM clicks AS c GROUP BY url";
  EXPECT_THAT(ScopesOf("INSERT INTO out_counts " + bids + " UNION ALL " + clicks),
              ElementsAre("Sink sink:out_counts", "Aggregate sink:out_counts/t:bids",
                          "Aggregate sink:out_counts/t:c"));
  EXPECT_THAT(ScopesOf("INSERT INTO out_counts " + clicks + " UNION ALL " + bids),
              ElementsAre("Sink sink:out_counts", "Aggregate sink:out_counts/t:c",
                          "Aggregate sink:out_counts/t:bids"));
}

TEST_F(BindInsert, ExplicitIdsGoToTheStatefulNode) {
  EXPECT_THAT(
      ScopesOf(
          "INSERT INTO out_counts /*+ STATE_ID('s') */ "
          "SELECT /*+ STATE_ID('mine') */ DISTINCT channel, COUNT(*) FROM bids GROUP BY channel"),
      ElementsAre("Sink sink:out_counts =s", "Aggregate sink:out_counts",
                  "Aggregate sink:out_counts =mine"));
  EXPECT_THAT(Plan("SELECT /*+ STATE_IDS('x') */ 1"), HasSubstr("did you mean \"STATE_ID\"?"));
}

TEST_F(BindInsert, TellsWhichObjectsAStatementUses) {
  ASSERT_EQ(Define("CREATE VIEW v AS SELECT channel, bidder FROM bids"), "");
  std::vector<catalog::CatalogObject> used;
  options_.used_objects = &used;
  ASSERT_TRUE(Bind("INSERT INTO out_counts SELECT * FROM v").ok());
  std::vector<std::string> names;
  for (const auto& object : used) names.push_back(object.name().object);
  EXPECT_THAT(names, ElementsAre("bids", "v", "out_counts"));
}

TEST_F(BindInsert, APartitionGivesAllRowsItsValue) {
  EXPECT_THAT(Plan("INSERT INTO out_files PARTITION (dt = 'x') SELECT 1, 'a'"),
              HasSubstr("Project(EXPR$0 AS id, EXPR$1 AS url, 'x' AS dt)"));
}

}  // namespace
}  // namespace weir::bind
