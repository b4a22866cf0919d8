// A Top-N that is restored with other ranks: what it takes back and puts out, and that its state is
// that of the new ranks from then on, against a sorted list of the rows that there are.
#include "runtime/operators/rank/rank_revision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/ranked_rows.h"

namespace weir::operators {
namespace {

using graph::RankFunction;
using graph::RankSpec;
using graph::RankStrategy;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// By v, descending.
RankSpec RevisedRanks(int64_t first, int64_t last, const RankSpec& like) {
  RankSpec spec = like;
  spec.partition = {0};
  spec.order = {{.column = 1, .descending = true, .nulls_first = false}};
  spec.first = first;
  spec.last = last;
  spec.by_place = spec.function == RankFunction::kRowNumber && (spec.output_rank || first > 1);
  return spec;
}

// Lines without watermarks.
std::vector<std::string> TakeRows(KeyedHarness& run) {
  std::vector<std::string> lines = run.out.TakeLines();
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("watermark"); });
  return lines;
}

TEST(RankRevisionTest, FewerRanksAreTakenBackBeforeAnythingElse) {
  const RankSpec three = RevisedRanks(1, 3, {.output_rank = true});
  KeyedHarness run(three, ShapeOf(three));
  run.Feed("1, 10, a\n 1, 20, b\n 1, 30, c\n 2, 5, d");
  (void)run.out.TakeLines();
  run.Restart(2);
  run.RestartAs(RevisedRanks(1, 1, {.output_rank = true}));
  run.Watermark(0);
  EXPECT_THAT(TakeRows(run), UnorderedElementsAre("-D[1, 20, b, 2]", "-D[1, 10, a, 3]"));
  run.Feed("1, 25, e\n 2, 6, f");
  EXPECT_THAT(TakeRows(run), UnorderedElementsAre("-U[2, 5, d, 1]", "+U[2, 6, f, 1]"));
  EXPECT_EQ(run.out.violations(), 0);
}

// Whatever comes first: a row, the clock, a barrier.
TEST(RankRevisionTest, NoBarrierPassesBefore) {
  const RankSpec three = RevisedRanks(1, 3, {.strategy = RankStrategy::kRetract});
  KeyedHarness run(three, ShapeOf(three));
  run.Feed("1, 10, a\n 1, 20, b\n 1, 30, c");
  (void)run.out.TakeLines();
  run.RestartAs(RevisedRanks(1, 2, {.strategy = RankStrategy::kRetract}));
  run.RestartAs(RevisedRanks(1, 3, {.strategy = RankStrategy::kRetract}));
  EXPECT_THAT(TakeRows(run), UnorderedElementsAre("-D[1, 10, a]"));
  run.AdvanceClock(1);
  run.Watermark(0);
  EXPECT_THAT(TakeRows(run), UnorderedElementsAre("+I[1, 10, a]")) << "all rows were kept";
  run.Watermark(1);
  EXPECT_THAT(TakeRows(run), IsEmpty()) << "once";
}

TEST(RankRevisionTest, EqualRanksOweNothing) {
  const RankSpec two = RevisedRanks(1, 2, {});
  KeyedHarness run(two, ShapeOf(two));
  run.Feed("1, 10, a\n 1, 20, b");
  (void)run.out.TakeLines();
  run.Restart(3);
  run.Watermark(0);
  EXPECT_THAT(TakeRows(run), IsEmpty());
}

struct RevisedRow {
  int k;
  int v;
  std::string s;
};

std::string TextOf(const RevisedRow& row) {
  return std::to_string(row.k) + ", " + std::to_string(row.v) + ", " + row.s;
}

// The rows that a query of these ranks shows.
std::vector<std::string> Shown(std::vector<RevisedRow> rows, const RankSpec& spec) {
  std::stable_sort(rows.begin(), rows.end(), [](const RevisedRow& a, const RevisedRow& b) {
    return a.k != b.k ? a.k < b.k : a.v > b.v;
  });
  std::vector<std::string> shown;
  int64_t place = 0;
  int64_t rank = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool first = i == 0 || rows[i].k != rows[i - 1].k;
    const bool same = !first && rows[i].v == rows[i - 1].v;
    place = first ? 1 : place + 1;
    if (spec.function == RankFunction::kRowNumber || !same) {
      const int64_t next = spec.function == RankFunction::kDenseRank ? rank + 1 : place;
      rank = first ? 1 : next;
    }
    if (rank < spec.first || rank > spec.last) continue;
    shown.push_back("[" + TextOf(rows[i]) + (spec.output_rank ? ", " + std::to_string(rank) : "") +
                    "]");
  }
  std::sort(shown.begin(), shown.end());
  return shown;
}

class RandomRevisions : public ::testing::TestWithParam<int> {
 protected:
  std::mt19937 random_{SeedOf(GetParam())};
  int Below(int end) { return static_cast<int>(random_() % static_cast<uint32_t>(end)); }

  // A batch of inserts, and (over input that takes rows back) deletions of rows that are there.
  void FeedSome(KeyedHarness& run, bool retracts) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      if (retracts && !rows_.empty() && Below(4) == 0) {
        const auto gone = rows_.begin() + Below(static_cast<int>(rows_.size()));
        text += "-D[" + TextOf(*gone) + "]\n";
        rows_.erase(gone);
        continue;
      }
      rows_.push_back({Below(5), Below(12), "r" + std::to_string(next_++)});
      text += "+I[" + TextOf(rows_.back()) + "]\n";
    }
    run.Feed(text);
  }

  std::vector<RevisedRow> rows_;
  int next_ = 0;
};

TEST_P(RandomRevisions, ComeToTheRanksOfTheNewQuery) {
  const RankFunction functions[] = {RankFunction::kRowNumber, RankFunction::kRank,
                                    RankFunction::kDenseRank};
  const bool retracts = Below(2) == 0;
  RankSpec like{.function = functions[Below(3)], .output_rank = Below(2) == 0};
  if (retracts) like.strategy = RankStrategy::kRetract;
  int last = 6;
  RankSpec spec = RevisedRanks(1, last, like);
  KeyedHarness run(spec, ShapeOf(spec), {.rocksdb = Below(2) == 0});
  for (int step = 0; step < 5; ++step) {
    FeedSome(run, retracts);
    ASSERT_EQ(run.out.Rows(), Shown(rows_, spec)) << "step " << step;
    // Over inserts only the last rank may not grow.
    last = retracts ? 1 + Below(8) : 1 + Below(last);
    spec = RevisedRanks(1 + Below(last), last, like);
    run.Restart(static_cast<uint32_t>(1 + Below(3)));
    run.RestartAs(spec);
    run.Watermark(step);
    ASSERT_EQ(run.out.Rows(), Shown(rows_, spec)) << "restored, step " << step;
  }
  EXPECT_EQ(run.out.violations(), 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRevisions, ::testing::Range(1, 41));

}  // namespace
}  // namespace weir::operators
