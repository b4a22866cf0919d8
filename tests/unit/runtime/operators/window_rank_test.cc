// Top-N within windows against a sorted list a window, cut at random, with restores in between; and
// the pieces that Top-N is made of: the bytes of sort keys, and the changes between two lists.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "runtime/operators/rank/rank_changes.h"
#include "runtime/operators/rank/sort_order.h"
#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::RankFunction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Type kBound = Type::Timestamp(3).WithNullable(false);
const Schema kWindowRankInput{{{"k", Type::Int()},
                               {"v", Type::Int()},
                               {"id", Type::BigInt()},
                               {"window_start", kBound},
                               {"window_end", kBound}}};

graph::WindowRankSpec WindowRankOf(RankFunction function = RankFunction::kRowNumber,
                                   int64_t last = 2) {
  graph::WindowRankSpec spec;
  spec.function = function;
  spec.start_column = 3;
  spec.end_column = 4;
  spec.partition = {0};
  spec.order = {{.column = 1, .descending = true, .nulls_first = false}};
  spec.last = last;
  spec.output_rank = true;
  return spec;
}

KeyedShape Shape() {
  KeyedShape shape{kWindowRankInput, kWindowRankInput, {3, 4, 0}};
  shape.output.fields.push_back({"rank", Type::BigInt().WithNullable(false)});
  return shape;
}

std::string WindowRankRow(int k, int v, int64_t id, int window) {
  const std::string minute = std::to_string(10 + window);
  const std::string next = std::to_string(11 + window);
  return std::to_string(k) + ", " + std::to_string(v) + ", " + std::to_string(id) +
         ", 1970-01-01 00:" + minute + ":00.000, 1970-01-01 00:" + next + ":00.000";
}

int64_t EndOf(int window) {
  return (11 + window) * 60'000;
}

TEST(WindowRankTest, WindowsComeOnceWhenTheyEnd) {
  KeyedHarness run(WindowRankOf(), Shape());
  run.Feed(WindowRankRow(1, 5, 1, 0) + "\n" + WindowRankRow(1, 7, 2, 0) + "\n" +
           WindowRankRow(1, 6, 3, 0) + "\n" + WindowRankRow(1, 1, 4, 1));
  run.Watermark(EndOf(0) - 2);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("watermark " + std::to_string(EndOf(0) - 2)));
  run.Restart(1);
  run.Watermark(EndOf(0) - 1);
  const std::vector<std::string> lines = run.out.TakeLines();
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], "+I[" + WindowRankRow(1, 7, 2, 0) + ", 1]");
  EXPECT_EQ(lines[1], "+I[" + WindowRankRow(1, 6, 3, 0) + ", 2]");
  run.Feed(WindowRankRow(1, 9, 5, 0));
  EXPECT_EQ(run.metrics.late_rows, 1U);
  run.End();
  EXPECT_EQ(run.out.TakeLines()[0], "+I[" + WindowRankRow(1, 1, 4, 1) + ", 1]");
}

// `scale`: of the ranks and of the rows.
void RunRandom(RankFunction function, uint32_t seed, int scale, KeyedHarnessOptions options) {
  std::mt19937 random(SeedOf(seed));
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<uint32_t>(limit));
  };
  options.batch_rows = static_cast<uint32_t>(1 + below(4));
  KeyedHarness run(WindowRankOf(function, 2 * scale), Shape(), options);
  // Window and key: rows with their sort keys, in order of arrival.
  std::map<std::pair<int, int>, std::vector<std::pair<int, int64_t>>> model;
  int first_open = 0;
  for (int64_t id = 0; id < 150 * scale;) {
    std::string text;
    for (int i = below(6 * scale); i >= 0; --i, ++id) {
      const int window = first_open + below(3);
      const int k = below(3);
      const int v = below(6 * scale);
      model[{window, k}].emplace_back(v, id);
      text += (text.empty() ? "" : "\n") + WindowRankRow(k, v, id, window);
    }
    run.Feed(text);
    if (below(8) == 0) run.Watermark(EndOf(first_open++) - 1);
    if (below(10) == 0) run.Restart(static_cast<uint32_t>(1 + below(3)));
  }
  run.End();
  std::map<std::string, int> expected;
  for (auto& [place, rows] : model) {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    std::vector<uint8_t> differs;
    for (size_t i = 0; i < rows.size(); ++i) {
      differs.push_back(i == 0 || rows[i].first != rows[i - 1].first ? 1 : 0);
    }
    std::vector<int64_t> ranks;
    RankPlaces(function, differs, ranks);
    for (size_t i = 0; i < rows.size() && ranks[i] <= 2 * scale; ++i) {
      ++expected["[" + WindowRankRow(place.second, rows[i].first, rows[i].second, place.first) +
                 ", " + std::to_string(ranks[i]) + "]"];
    }
  }
  EXPECT_EQ(run.out.table(), expected);
  EXPECT_EQ(run.out.violations(), 0);
}

TEST(WindowRankTest, RandomRows) {
  for (const RankFunction function :
       {RankFunction::kRowNumber, RankFunction::kRank, RankFunction::kDenseRank}) {
    for (uint32_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE("seed " + std::to_string(seed));
      KeyedHarnessOptions options{.parallelism = 1 + seed % 3};
      options.rocksdb = seed % 2 == 0;
      if (seed % 4 == 0) options.memory_limit = 1 << 10;
      RunRandom(function, seed, 1, options);
      RunRandom(function, seed, 40, options);
      if (testing::Test::HasFailure()) return;
    }
  }
}

// --- The bytes of sort keys ----------------------------------------------------------------------

// The rows in the order of their bytes.
std::vector<uint32_t> Sorted(const std::string& rows, const Schema& schema,
                             const std::vector<graph::SortKey>& keys) {
  const Batch batch = ParseBatch(rows, schema).value();
  std::vector<ColumnPtr> columns;
  for (const graph::SortKey& key : keys) {
    columns.push_back(batch.columns[static_cast<size_t>(key.column)]);
  }
  SortOrder order;
  order.Encode(columns, keys, batch.row_count);
  std::vector<uint32_t> places(batch.row_count);
  for (uint32_t i = 0; i < batch.row_count; ++i) places[i] = i;
  std::stable_sort(places.begin(), places.end(),
                   [&](uint32_t a, uint32_t b) { return order[a] < order[b]; });
  return places;
}

TEST(SortOrderTest, NullsLieWhereTheyAreWanted) {
  const Schema schema{{{"v", Type::Int()}}};
  const std::string rows = "3\n NULL\n -7\n 0";
  EXPECT_THAT(Sorted(rows, schema, {{0, false, true}}), ElementsAre(1, 2, 3, 0));
  EXPECT_THAT(Sorted(rows, schema, {{0, false, false}}), ElementsAre(2, 3, 0, 1));
  EXPECT_THAT(Sorted(rows, schema, {{0, true, false}}), ElementsAre(0, 3, 2, 1));
  EXPECT_THAT(Sorted(rows, schema, {{0, true, true}}), ElementsAre(1, 0, 3, 2));
}

TEST(SortOrderTest, LaterKeysDecideWhereEarlierOnesAreEqual) {
  const Schema schema{{{"s", Type::String()}, {"v", Type::BigInt()}}};
  const std::string rows = "b, 1\n ab, 2\n b, 3\n a, 4\n ab, 1";
  EXPECT_THAT(Sorted(rows, schema, {{0, false, true}, {1, true, false}}),
              ElementsAre(3, 1, 4, 2, 0));
  EXPECT_THAT(Sorted(rows, schema, {{0, true, false}, {1, false, true}}),
              ElementsAre(0, 2, 4, 1, 3));
}

// --- The changes between two lists ---------------------------------------------------------------

std::vector<std::string> WindowChanges(const RankRange& range, const std::vector<RankedRow>& before,
                                       const std::vector<RankedRow>& after) {
  const auto ranks = [](size_t count) {
    std::vector<int64_t> result(count);
    for (size_t i = 0; i < count; ++i) result[i] = static_cast<int64_t>(i) + 1;
    return result;
  };
  const std::vector<int64_t> before_ranks = ranks(before.size());
  const std::vector<int64_t> after_ranks = ranks(after.size());
  std::vector<RankChange> changes;
  RankDifference difference(range);
  difference.Append({before, before_ranks}, {after, after_ranks}, changes);
  std::vector<std::string> texts;
  for (const RankChange& change : changes) {
    texts.push_back(std::string(RowKindText(change.kind)) + " " + std::to_string(change.id) +
                    " at " + std::to_string(change.rank));
  }
  return texts;
}

TEST(RankDifferenceTest, ByPlace) {
  const RankRange range{1, 3, true, true, true};
  EXPECT_THAT(WindowChanges(range, {{1}, {2}}, {{1}, {3}, {2}}),
              ElementsAre("-U 2 at 2", "+U 3 at 2", "+I 2 at 3"));
  EXPECT_THAT(WindowChanges(range, {{1}, {2}}, {{2}}),
              ElementsAre("-U 1 at 1", "+U 2 at 1", "-D 2 at 2"));
  EXPECT_THAT(WindowChanges(range, {{1}}, {{1}}), IsEmpty());
  EXPECT_THAT(WindowChanges({2, 2, true, true, false}, {{1}, {2}}, {{3}, {1}}),
              ElementsAre("+U 1 at 2"));
}

TEST(RankDifferenceTest, ByRow) {
  const RankRange range{1, 3, false, false, true};
  EXPECT_THAT(WindowChanges(range, {{1}, {2}}, {{7}, {1}}), ElementsAre("-D 2 at 2", "+I 7 at 1"));
  EXPECT_THAT(WindowChanges(range, {{1}, {2}}, {{9, 2}, {1}}),
              ElementsAre("-U 2 at 2", "+U 9 at 1"));
  EXPECT_THAT(WindowChanges(range, {{1}, {2}}, {{2}, {1}}), IsEmpty());
  EXPECT_THAT(WindowChanges({1, 3, false, true, true}, {{1}, {2}}, {{2}, {1}}),
              ElementsAre("-U 2 at 2", "+U 2 at 1", "-U 1 at 1", "+U 1 at 2"));
}

}  // namespace
}  // namespace weir::operators
