// Plans a query and its edit from SQL, and asks what a restore would do: for tests of verdicts.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "runtime/checkpoint/restore_plan.h"
#include "tests/unit/planner/saved_job.h"
#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {

using checkpoint::PlanRestore;
using checkpoint::RestoreClauses;
using checkpoint::RestorePlan;
using checkpoint::RestoreRow;
using checkpoint::Verdict;
using checkpoint::VerdictName;
using ::testing::HasSubstr;

inline const char kTables[] = R"(
  CREATE TABLE bid (bidder BIGINT, auction BIGINT, price INT, item STRING, ts TIMESTAMP(3),
                    WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'any');
  CREATE TABLE ask (bidder BIGINT, auction BIGINT, price INT, item STRING, ts TIMESTAMP(3),
                    WATERMARK FOR ts AS ts) WITH ('connector' = 'any', 'rate' = '3');
  CREATE TABLE pairs (a BIGINT, b BIGINT) WITH ('connector' = 'any');
  CREATE TABLE couples (a BIGINT, b BIGINT) WITH ('connector' = 'any');
)";
inline const char kAgg[] = "sink:pairs/cte:m/agg";

// `text` with its first `from` as `to`.
inline std::string Changed(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// Tables as kTables, unless the query after the edit has others.
class RestoreVerdicts : public ::testing::Test {
 protected:
  RestorePlan Plan(const std::string& before, const std::string& after,
                   const RestoreClauses& clauses = {}, const std::string& tables = kTables) {
    graph_ = SqlPlanner(tables).Plan(after).graph;
    saved_ = SavedOf(SqlPlanner(kTables).Plan(before).graph);
    return PlanRestore(saved_, graph_, clauses);
  }
  static RestoreRow Row(const RestorePlan& plan, const std::string& uid) {
    for (const RestoreRow& row : plan.rows) {
      if (row.uid == uid) return row;
    }
    ADD_FAILURE() << "no row of " << uid;
    return {};
  }
  void Expect(const std::string& before, const std::string& after, const std::string& uid,
              Verdict verdict, const std::string& reason = "") {
    const RestorePlan plan = Plan(before, after);
    const RestoreRow row = Row(plan, uid);
    EXPECT_EQ(VerdictName(row.verdict), VerdictName(verdict)) << after << "\n" << row.reason;
    EXPECT_THAT(row.reason, HasSubstr(reason)) << after;
    const bool free =
        verdict == Verdict::kFull || verdict == Verdict::kNew || verdict == Verdict::kMigrate;
    EXPECT_EQ(row.to_type.empty(), free) << after << "\n" << row.to_type;
    EXPECT_TRUE(free || !plan.allowed) << after;
  }

  graph::JobGraph graph_;
  CheckpointMetadata saved_;
};

}  // namespace weir::planner::testing
