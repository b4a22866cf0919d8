// Columns of tables that have other names than in the savepoint: WITH STATE MAPPING
// ('src:bid.price' TO 'src:bid.cost').
#include "tests/unit/planner/restore_verdicts.h"

namespace weir::planner::testing {
namespace {

using Mappings = std::vector<std::pair<std::string, std::string>>;

class RenamedColumns : public RestoreVerdicts {
 protected:
  // `columns` of the table now; two columns each, before and after.
  RestorePlan Mapped(const std::string& columns, const std::string& before,
                     const std::string& after, const Mappings& names) {
    const std::string table = "CREATE TABLE t ({}) WITH ('connector' = 'any');";
    const std::string sinks = "CREATE TABLE pairs (a BIGINT, b BIGINT) WITH ('connector' = 'any');";
    PlannerOptions options;
    RestoreClauses clauses;
    for (const auto& [former, name] : names) {
      options.former_names.push_back({"src:t", name, former});
      clauses.mappings.emplace_back("src:t." + former, "src:t." + name);
    }
    graph_ = SqlPlanner(Changed(table, "{}", columns) + sinks).Plan(after, options).graph;
    const std::string were = "k BIGINT, v BIGINT, w BIGINT";
    saved_ = SavedOf(SqlPlanner(Changed(table, "{}", were) + sinks).Plan(before).graph);
    return PlanRestore(saved_, graph_, clauses);
  }
  static std::string Sum(const std::string& of, const std::string& where = "") {
    return "INSERT INTO pairs WITH m AS (SELECT k, SUM(" + of + ") AS s FROM t " + where +
           " GROUP BY k) SELECT k, s FROM m";
  }
};

TEST_F(RenamedColumns, AreTheSameUnderTheirNewNames) {
  const std::string now = "k BIGINT, cost BIGINT, w BIGINT";
  EXPECT_TRUE(Mapped(now, Sum("v * w"), Sum("cost * w"), {{"v", "cost"}}).allowed);
  EXPECT_FALSE(Mapped(now, Sum("v * w"), Sum("cost + w"), {{"v", "cost"}}).allowed);
  EXPECT_FALSE(Mapped(now, Sum("v * w"), Sum("cost * w"), {}).allowed);
}

// Conditions and operands are written in an order that depends on names.
TEST_F(RenamedColumns, ChangeNoOrder) {
  const RestorePlan plan =
      Mapped("k BIGINT, z BIGINT, w BIGINT", Sum("v * w", "WHERE v > 1 AND w > 2 AND v <> w"),
             Sum("w * z", "WHERE w <> z AND w > 2 AND z > 1"), {{"v", "z"}});
  EXPECT_TRUE(plan.allowed) << Refusal(plan).ToString();
}

// Of an expression that is too long only a hash is kept.
TEST_F(RenamedColumns, AreFollowedIntoLongExpressions) {
  const auto expression = [](const std::string& column) {
    std::string text = column;
    for (int i = 0; i < 400; ++i) text += " + " + column + " * w";
    return text;
  };
  const std::string now = "k BIGINT, cost BIGINT, w BIGINT";
  const RestorePlan plan =
      Mapped(now, Sum(expression("v")), Sum(expression("cost")), {{"v", "cost"}});
  EXPECT_TRUE(plan.allowed) << Refusal(plan).ToString();
  EXPECT_FALSE(
      Mapped(now, Sum(expression("v")), Sum(expression("cost") + " + 1"), {{"v", "cost"}}).allowed);
}

TEST_F(RenamedColumns, MayChangePlaces) {
  const auto of = [](const std::string& first, const std::string& second) {
    return "INSERT INTO pairs WITH m AS (SELECT k, MAX(" + first + ") FILTER (WHERE " + second +
           " > 3) AS x, MAX(" + second +
           ") AS y FROM (SELECT k, v, w, ROW_NUMBER() OVER (PARTITION "
           "BY k ORDER BY " +
           first +
           ") AS rn FROM t) AS r WHERE rn <= 3 GROUP BY k) SELECT k, x + y "
           "FROM m";
  };
  const Mappings exchanged = {{"v", "w"}, {"w", "v"}};
  const RestorePlan plan =
      Mapped("k BIGINT, w BIGINT, v BIGINT", of("v", "w"), of("w", "v"), exchanged);
  EXPECT_EQ(VerdictName(Row(plan, kAgg).verdict), VerdictName(Verdict::kFull))
      << Row(plan, kAgg).reason;
  const Mappings none;
  EXPECT_NE(
      Row(Mapped("k BIGINT, w BIGINT, v BIGINT", of("v", "w"), of("w", "v"), none), kAgg).verdict,
      Verdict::kFull);
}

// A column that is new is none that had its name before.
TEST_F(RenamedColumns, LeaveTheirNameToNobody) {
  const std::string now = "k BIGINT, cost BIGINT, v BIGINT";
  const Mappings names = {{"v", "cost"}};
  EXPECT_EQ(Row(Mapped(now, Sum("v"), Sum("cost"), names), kAgg).verdict, Verdict::kFull);
  EXPECT_NE(Row(Mapped(now, Sum("v"), Sum("v"), names), kAgg).verdict, Verdict::kFull);
  // The old w, which is gone, has left its name to the old v.
  const std::string moved = "k BIGINT, w BIGINT";
  EXPECT_EQ(Row(Mapped(moved, Sum("v"), Sum("w"), {{"v", "w"}}), kAgg).verdict, Verdict::kFull);
  EXPECT_NE(Row(Mapped(moved, Sum("w"), Sum("w"), {{"v", "w"}}), kAgg).verdict, Verdict::kFull);
}

TEST_F(RenamedColumns, AreMappedOnceAndToOne) {
  const std::string now = "k BIGINT, a BIGINT, b BIGINT";
  EXPECT_THAT(Mapped(now, Sum("v"), Sum("a"), {{"v", "a"}, {"v", "b"}}).clauses.message(),
              HasSubstr("a column is mapped twice"));
  EXPECT_THAT(Mapped(now, Sum("v"), Sum("a"), {{"v", "a"}, {"w", "a"}}).clauses.message(),
              HasSubstr("two columns are mapped to"));
  EXPECT_THAT(Mapped(now, Sum("v"), Sum("a"), {{"none", "a"}}).clauses.message(),
              HasSubstr("the table has no such column"));
}

}  // namespace
}  // namespace weir::planner::testing
