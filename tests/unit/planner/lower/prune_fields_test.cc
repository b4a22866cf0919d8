#include "planner/lower/prune_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/sql_planner.h"

namespace weir::planner::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kTables = R"(
  CREATE TABLE e (kind INT, person ROW<id BIGINT, ts TIMESTAMP(3)>,
                  bid ROW<auction BIGINT, price BIGINT, url STRING, ts TIMESTAMP(3)>) WITH ('connector' = 'any');
  CREATE TABLE timed (kind INT, person ROW<id BIGINT, ts TIMESTAMP(3)>,
                      bid ROW<auction BIGINT, price BIGINT, url STRING, ts TIMESTAMP(3)>,
                      ts AS CASE WHEN kind = 0 THEN person.ts ELSE bid.ts END,
                      WATERMARK FOR ts AS ts - INTERVAL '4' SECOND) WITH ('connector' = 'any');
  CREATE TABLE o (x BIGINT) WITH ('connector' = 'any');
  CREATE TABLE whole (x ROW<id BIGINT, ts TIMESTAMP(3)>) WITH ('connector' = 'any');
  CREATE TABLE counts (a BIGINT, w TIMESTAMP(3), n BIGINT) WITH ('connector' = 'any');
)";

// Of the only scan.
std::vector<std::vector<int>> FieldsOf(const std::string& sql) {
  const PlannedJob job = SqlPlanner(kTables).Plan(sql);
  for (const graph::Node& node : job.graph.nodes) {
    if (const auto* scan = std::get_if<graph::ScanSpec>(&node.spec)) return scan->fields;
  }
  return {};
}

TEST(PruneFieldsTest, KeepsTheFieldsOfFiltersAndProjections) {
  EXPECT_THAT(FieldsOf("INSERT INTO o SELECT bid.auction FROM e WHERE kind = 2 AND bid.price > 7"),
              ElementsAre(IsEmpty(), ElementsAre(0, 1)));
}

TEST(PruneFieldsTest, AWholeRowKeepsAll) {
  EXPECT_THAT(FieldsOf("INSERT INTO whole SELECT person FROM e"), ElementsAre(IsEmpty()));
  EXPECT_THAT(FieldsOf("INSERT INTO o SELECT person.id FROM e WHERE person IS NOT NULL"),
              ElementsAre(IsEmpty()));
}

TEST(PruneFieldsTest, FollowsRowsThroughWatermarks) {
  EXPECT_THAT(
      FieldsOf(
          "INSERT INTO counts SELECT bid.auction, window_start, COUNT(*) FROM TUMBLE(TABLE timed, "
          "DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY bid.auction, window_start, window_end"),
      ElementsAre(IsEmpty(), ElementsAre(1), ElementsAre(0, 3)));
}

}  // namespace
}  // namespace weir::planner::testing
