// What new readers are given out of restored state is what was put out so far, folded: for every
// kind of operator that can, after random changes, at any parallelism, on both backends.
#include "tests/seed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "runtime/operators/factory/factory.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::RankFunction;
using graph::RankSpec;
using graph::RankStrategy;

const Schema kSeedInput{{{"k", Type::Int()}, {"v", Type::Int()}, {"s", Type::String()}}};
const Schema kTimes{{{"k", Type::Int()}, {"v", Type::Timestamp(3)}, {"s", Type::String()}}};

enum class InputChanges : uint8_t { kInserts, kRetractions, kUpserts };

struct SeedCase {
  std::string name;
  Schema input;
  Schema output;
  graph::OperatorSpec spec;
  InputChanges changes = InputChanges::kInserts;
};

Schema WithRank(Schema schema) {
  schema.fields.push_back({"rank", Type::BigInt().WithNullable(false)});
  return schema;
}

RankSpec SeedRanks(RankStrategy strategy, RankFunction function, int64_t first, int64_t last) {
  return {.function = function,
          .partition = {0},
          .order = {{.column = 1, .descending = true, .nulls_first = false}},
          .first = first,
          .last = last,
          .output_rank = true,
          .by_place = function == RankFunction::kRowNumber,
          .strategy = strategy};
}

graph::OperatorSpec RanksOfAll() {
  graph::OverCall rank;
  rank.function = graph::OverFunction::kRank;
  rank.call.result_type = Type::BigInt().WithNullable(false);
  graph::OverRecomputeSpec spec;
  spec.partition = {0};
  spec.order = {{.column = 1}};
  spec.calls = {rank};
  return spec;
}

graph::OperatorSpec Aggregate() {
  graph::GroupAggregateSpec spec;
  spec.keys = {0};
  spec.calls = {MakeCall("sum", kSeedInput, {1}), MakeCall("max", kSeedInput, {2}),
                MakeCall("count", kSeedInput, {1}, true)};
  spec.input_retracts = true;
  return spec;
}

std::vector<SeedCase> Cases() {
  const Schema sums{{{"k", Type::Int()},
                     {"sum", Type::Int()},
                     {"max", Type::String()},
                     {"count", Type::BigInt().WithNullable(false)}}};
  graph::GroupAggregateSpec distinct;
  distinct.keys = {0, 1};
  const Schema pairs{{kSeedInput.fields[0], kSeedInput.fields[1]}};
  return {
      {"aggregate", kSeedInput, sums, Aggregate(), InputChanges::kRetractions},
      {"distinct", kSeedInput, pairs, distinct},
      {"last", kTimes, kTimes,
       graph::DeduplicateSpec{.keys = {0}, .time_column = 1, .keep_last = true}},
      {"last_by_arrival", kSeedInput, kSeedInput,
       graph::DeduplicateSpec{.keys = {0}, .keep_last = true}},
      {"normalize", kSeedInput, kSeedInput, graph::ChangelogNormalizeSpec{{0}, true, 0},
       InputChanges::kUpserts},
      {"ranks", kSeedInput, WithRank(kSeedInput),
       SeedRanks(RankStrategy::kAppend, RankFunction::kRowNumber, 1, 3)},
      {"later_ranks", kSeedInput, WithRank(kSeedInput),
       SeedRanks(RankStrategy::kAppend, RankFunction::kRank, 2, 3)},
      {"ranks_of_changes", kSeedInput, WithRank(kSeedInput),
       SeedRanks(RankStrategy::kRetract, RankFunction::kDenseRank, 1, 2),
       InputChanges::kRetractions},
      {"over", kSeedInput, WithRank(kSeedInput), RanksOfAll(), InputChanges::kRetractions},
  };
}

std::vector<int> KeysOf(const SeedCase& one) {
  const auto* group = std::get_if<graph::GroupAggregateSpec>(&one.spec);
  return group != nullptr ? group->keys : std::vector<int>{0};
}

class Seeds : public ::testing::TestWithParam<int> {
 protected:
  int Below(int end) { return static_cast<int>(random_() % static_cast<uint32_t>(end)); }

  std::string Row(const SeedCase& one) {
    const int v = Below(30);
    const bool time = one.input.fields[1].type.kind() == TypeKind::kTimestamp;
    const std::string value =
        time ? "2026-01-01 00:00:" + std::string(v < 10 ? "0" : "") + std::to_string(v)
             : std::to_string(v);
    return std::to_string(Below(7)) + ", " + value + ", s" + std::to_string(Below(5));
  }

  std::string Batch(const SeedCase& one, std::vector<std::string>& there) {
    std::string text;
    for (int i = 0; i < 25; ++i) {
      const bool gone =
          one.changes == InputChanges::kRetractions && !there.empty() && Below(3) == 0;
      if (gone) {
        const auto row = there.begin() + Below(static_cast<int>(there.size()));
        text += "-D[" + *row + "]\n";
        there.erase(row);
      } else {
        there.push_back(Row(one));
        const bool ends = one.changes == InputChanges::kUpserts && Below(4) == 0;
        text += (ends ? "-D[" : "+I[") + there.back() + "]\n";
      }
    }
    return text;
  }

  std::mt19937 random_{SeedOf(GetParam())};
};

TEST_P(Seeds, AreWhatWasPutOut) {
  const std::vector<SeedCase> cases = Cases();
  const SeedCase& one = cases[static_cast<size_t>(GetParam()) % cases.size()];
  KeyedHarnessOptions options{.parallelism = 1 + static_cast<uint32_t>(Below(3)), .batch_rows = 4};
  options.rocksdb = GetParam() % 2 == 0;
  options.memory_limit = options.rocksdb ? 20'000 : 0;
  KeyedHarness run(one.spec, {one.input, one.output, KeysOf(one)}, options);
  std::vector<std::string> there;
  for (int life = 0; life < 4; ++life) {
    for (int i = Below(3); i >= 0; --i) run.Feed(Batch(one, there));
    run.Restart(1 + static_cast<uint32_t>(Below(4)));
    const std::vector<std::string> before = run.out.Rows();
    run.seeded = {};
    run.seeded.max_batch_rows = options.batch_rows;
    (void)run.out.TakeLines();
    run.Seed();
    EXPECT_EQ(run.seeded.Rows(), before) << one.name;
    EXPECT_EQ(run.seeded.violations(), 0) << one.name;
    for (const std::string& line : run.seeded.lines())
      EXPECT_TRUE(line.starts_with("+I")) << one.name << ": " << line;
    EXPECT_TRUE(run.out.lines().empty()) << one.name << ": old readers see nothing of it";
  }
  EXPECT_EQ(run.out.violations(), 0) << one.name;
}

INSTANTIATE_TEST_SUITE_P(Random, Seeds, ::testing::Range(0, 16));

TEST(SeedsTest, OtherRanksArePutRightForOldReadersAndNewForNewOnes) {
  const RankSpec three = SeedRanks(RankStrategy::kAppend, RankFunction::kRowNumber, 1, 3);
  KeyedHarness run(three, {kSeedInput, WithRank(kSeedInput), {0}});
  run.Feed("1, 10, a\n 1, 20, b\n 1, 30, c");
  (void)run.out.TakeLines();
  run.RestartAs(SeedRanks(RankStrategy::kAppend, RankFunction::kRowNumber, 1, 2));
  run.Seed();
  EXPECT_EQ(run.out.TakeLines(), std::vector<std::string>{"-D[1, 10, a, 3]"});
  EXPECT_EQ(run.seeded.Rows(), (std::vector<std::string>{"[1, 20, b, 2]", "[1, 30, c, 1]"}));
  run.Watermark(0);
  run.Feed("1, 5, d");
  EXPECT_EQ(run.out.TakeLines(), std::vector<std::string>{"watermark 0"}) << "once";
}

TEST(SeedsTest, WhoseStateHoldsNoResultSaysSo) {
  const graph::DeduplicateSpec first{.keys = {0}, .time_column = -1, .keep_last = false};
  graph::Node node;
  node.spec = first;
  const auto op = MakeOperator(node, {});
  ASSERT_TRUE(op.ok());
  CapturedOutput out;
  EXPECT_EQ((*op)->Seed(out, out).code(), StatusCode::kInternal);
}

}  // namespace
}  // namespace weir::operators
