// TO_CHANGELOG and FROM_CHANGELOG in plans: what they give, what may move through them, in which
// order rows must come to them, and what an edit of them says of the state above.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/planner/restore_verdicts.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const char kChangelogTables[] = R"(
  CREATE TABLE t (id INT, name STRING, v INT, w INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'any');
  CREATE TABLE e (id INT, op STRING, name STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'any');
  CREATE TABLE into_files (id INT) WITH ('connector' = 'files');
  CREATE TABLE keyed (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'any');
)";
const char kTotals[] = "(SELECT name, SUM(v) AS s, SUM(w) AS u FROM t GROUP BY name)";

class ChangelogFunctions : public ::testing::Test {
 protected:
  std::string Explained(const std::string& sql, const PlannerOptions& options = {}) const {
    return Explain(planner_.Plan(sql, options), SqlConnectors(), {.changelog_mode = true});
  }
  std::string Failure(const std::string& sql) const {
    const auto job = planner_.TryPlan(sql);
    return job.ok() ? "planned" : fmt::format("{} {}", job.status().id(), job.status().message());
  }
  template <typename Spec>
  graph::Node Only(const std::string& sql) const {
    graph::Node found;
    for (const graph::Node& node : planner_.Plan(sql).graph.nodes) {
      if (std::holds_alternative<Spec>(node.spec)) found = node;
    }
    return found;
  }
  SqlPlanner planner_{kChangelogTables};
};

TEST_F(ChangelogFunctions, GiveInsertsAndWhatCodesSay) {
  const std::string to = std::string("SELECT * FROM TO_CHANGELOG(input => ") + kTotals + ")";
  EXPECT_TRUE(Only<graph::ToChangelogSpec>(to).changelog.append_only());
  EXPECT_TRUE(Only<graph::GroupAggregateSpec>(to).changelog.update_before) << "its old rows show";
  const auto gives = [&](const std::string& mapping) {
    return Only<graph::FromChangelogSpec>("SELECT * FROM FROM_CHANGELOG(input => TABLE e" +
                                          mapping + ")")
        .changelog;
  };
  EXPECT_EQ(gives(""), ChangelogMode::All());
  EXPECT_EQ(gives(", op_mapping => MAP['c', 'INSERT']"), ChangelogMode::AppendOnly());
  EXPECT_EQ(gives(", op_mapping => MAP['c', 'INSERT', 'd', 'DELETE']"),
            (ChangelogMode{true, false, false, true}));
  EXPECT_EQ(gives(", op_mapping => MAP['c', 'INSERT', 'b', 'UPDATE_BEFORE']"),
            (ChangelogMode{true, true, true, false}));
}

TEST_F(ChangelogFunctions, NoColumnOfWhatChangesIsPruned) {
  const std::string text =
      Explained(std::string("SELECT op FROM TO_CHANGELOG(input => ") + kTotals + ")");
  EXPECT_THAT(text, HasSubstr("sum(w)"));
  EXPECT_THAT(Explained("SELECT op, id FROM TO_CHANGELOG(input => TABLE t)"),
              HasSubstr("Scan(t; columns: id, name, v, w, ts)"));
}

TEST_F(ChangelogFunctions, OfRowsThatSayChangesColumnsAreDropped) {
  const std::string text = Explained("SELECT v FROM FROM_CHANGELOG(input => TABLE e)");
  EXPECT_THAT(text, Not(HasSubstr("columns: id, op, name")));
  EXPECT_THAT(text, HasSubstr("FromChangelog(op; INSERT: INSERT, UPDATE_BEFORE: UPDATE_BEFORE, "
                              "UPDATE_AFTER: UPDATE_AFTER, DELETE: DELETE)"));
  EXPECT_EQ(Only<graph::FromChangelogSpec>("SELECT COUNT(*) FROM FROM_CHANGELOG(input => TABLE e)")
                .output.size(),
            2U)
      << "a column to count rows by, and that of the watermark";
}

// The filter's conditions in the optimised plan, and how deep each stands.
TEST_F(ChangelogFunctions, FiltersStayAbove) {
  for (const char* sql : {"SELECT * FROM TO_CHANGELOG(input => TABLE t) WHERE op = 'INSERT'",
                          "SELECT * FROM TO_CHANGELOG(input => TABLE t) WHERE id = 7",
                          "SELECT * FROM FROM_CHANGELOG(input => TABLE e) WHERE id = 7"}) {
    const std::string all = Explained(sql);
    const size_t plan = all.find("== Optimized Logical Plan ==");
    const std::string text = all.substr(plan, all.find("== Physical Plan ==") - plan);
    EXPECT_LT(text.find("Filter("), text.find("Changelog(")) << text;
    EXPECT_EQ(text.find("filter:"), std::string::npos) << text;
  }
}

TEST_F(ChangelogFunctions, RowsThatSayChangesKeepTheirOrder) {
  const std::string rows =
      "(SELECT op, id FROM e UNION ALL SELECT 'INSERT' AS op, id FROM (SELECT COUNT(*) AS n, "
      "CAST(1 AS INT) AS id FROM t) UNION ALL SELECT op, s AS id FROM TO_CHANGELOG(input => "
      "(SELECT SUM(v) AS s FROM t)))";
  const auto exchanges = [&](const std::string& sql) {
    std::string kinds;
    for (const graph::Edge& edge : Only<graph::UnionSpec>(sql).inputs)
      kinds += edge.exchange == graph::ExchangeKind::kRebalance ? "r" : ".";
    return kinds;
  };
  const std::string only =
      "(SELECT op, id FROM e UNION ALL SELECT op, s AS id FROM TO_CHANGELOG(input => "
      "(SELECT SUM(v) AS s FROM t)))";
  EXPECT_EQ(exchanges("SELECT * FROM " + only + " AS u"), ".r");
  EXPECT_EQ(exchanges("SELECT * FROM FROM_CHANGELOG(input => " + only + ")"), "..");
  EXPECT_EQ(
      Only<graph::UnionSpec>("SELECT * FROM FROM_CHANGELOG(input => " + only + ")").parallelism,
      1U);
  EXPECT_THAT(Failure("SELECT * FROM FROM_CHANGELOG(input => " + rows + ")"),
              HasSubstr("E2011 FROM_CHANGELOG takes inserts only, but "));
}

TEST_F(ChangelogFunctions, KeepNothingAndHaveNoKey) {
  for (const StateRow& row :
       ExplainState(planner_
                        .Plan("SELECT * FROM TO_CHANGELOG(input => (SELECT * FROM FROM_CHANGELOG("
                              "input => TABLE e)))")
                        .graph)) {
    EXPECT_THAT(row.kind, Not(HasSubstr("Changelog")));
  }
  EXPECT_EQ(
      Only<graph::ToChangelogSpec>("SELECT * FROM TO_CHANGELOG(input => TABLE keyed)").upsert_key,
      std::vector<int>());
  EXPECT_EQ(
      Only<graph::FromChangelogSpec>("SELECT * FROM FROM_CHANGELOG(input => TABLE e)").upsert_key,
      std::vector<int>());
  EXPECT_EQ(Only<graph::UpsertMaterializeSpec>(
                "INSERT INTO keyed SELECT id, v FROM FROM_CHANGELOG(input => TABLE e) "
                "ON CONFLICT DO DEDUPLICATE")
                .name,
            "UpsertMaterialize(keyed)");
}

TEST_F(ChangelogFunctions, AreSharedWhereTheyAreTheSame) {
  const auto functions = [&](const std::string& first, const std::string& second) {
    const std::string call = "SELECT id FROM TO_CHANGELOG(input => TABLE t, op_mapping => MAP[";
    size_t count = 0;
    for (const graph::Node& node :
         planner_.Plan(call + first + "]) UNION ALL " + call + second + "])").graph.nodes) {
      count += std::holds_alternative<graph::ToChangelogSpec>(node.spec) ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(functions("'INSERT', 'I'", "'INSERT', 'J'"), 2U);
  EXPECT_EQ(functions("'INSERT', 'I'", "'INSERT', 'I'"), 1U);
}

class ChangelogVerdicts : public RestoreVerdicts {};

std::string ByCode(const std::string& mapping, const std::string& from = "TABLE bid") {
  return "INSERT INTO pairs WITH m AS (SELECT op, COUNT(*) AS n FROM TO_CHANGELOG(input => " +
         from + mapping + ") GROUP BY op) SELECT n, n FROM m";
}

TEST_F(ChangelogVerdicts, StateAboveIsThatOfTheSameCodes) {
  const std::string both = ", op_mapping => MAP['INSERT', 'I', 'DELETE', 'D']";
  Expect(ByCode(both), ByCode(", op_mapping => MAP['DELETE', 'D', 'INSERT', 'I'], uid => 'u'"),
         kAgg, Verdict::kFull);
  Expect(ByCode(""), ByCode(", op => DESCRIPTOR(op)"), kAgg, Verdict::kFull);
  const RestorePlan other =
      Plan(ByCode(both), ByCode(", op_mapping => MAP['INSERT', 'I', 'DELETE', 'gone']"));
  EXPECT_NE(VerdictName(Row(other, kAgg).verdict), VerdictName(Verdict::kFull));
  const RestorePlan fewer = Plan(ByCode(both), ByCode(", op_mapping => MAP['INSERT', 'I']"));
  EXPECT_NE(VerdictName(Row(fewer, kAgg).verdict), VerdictName(Verdict::kFull));
  const RestorePlan narrower =
      Plan(ByCode(both), ByCode(both, "(SELECT bidder, auction FROM bid)"));
  EXPECT_NE(VerdictName(Row(narrower, kAgg).verdict), VerdictName(Verdict::kFull));
}

std::string OfCodes(const std::string& mapping) {
  return "INSERT INTO pairs WITH m AS (SELECT bidder, COUNT(*) AS n FROM FROM_CHANGELOG(input => "
         "TABLE bid, op => DESCRIPTOR(item)" +
         mapping + ") GROUP BY bidder) SELECT bidder, n FROM m";
}

TEST_F(ChangelogVerdicts, StateOfChangesIsThatOfTheSameCodes) {
  const std::string two = ", op_mapping => MAP['c, r', 'INSERT', 'd', 'DELETE']";
  Expect(OfCodes(two), OfCodes(", op_mapping => MAP['d', 'DELETE', 'r,c', 'INSERT']"), kAgg,
         Verdict::kFull);
  const RestorePlan other =
      Plan(OfCodes(two), OfCodes(", op_mapping => MAP['c', 'INSERT', 'r, d', 'DELETE']"));
  EXPECT_NE(VerdictName(Row(other, kAgg).verdict), VerdictName(Verdict::kFull));
  const RestorePlan plain = Plan(
      OfCodes(two),
      "INSERT INTO pairs WITH m AS (SELECT bidder, COUNT(*) AS n FROM bid GROUP BY bidder) SELECT "
      "bidder, n FROM m");
  EXPECT_NE(VerdictName(Row(plain, kAgg).verdict), VerdictName(Verdict::kFull));
}

}  // namespace
}  // namespace weir::planner::testing
