// ORDER BY, LIMIT and OFFSET over input that ends, in memory and on disk.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "runtime/base/random.h"
#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"
#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;

const Schema kSortInput{{{"a", Type::BigInt()}, {"b", Type::String()}}};

graph::SortLimitSpec SortBy(std::vector<graph::SortKey> keys, int64_t offset = 0,
                            int64_t limit = -1) {
  return {std::move(keys), offset, limit};
}

TEST(SortLimitTest, FoldsChangesAndSortsWithNullsSmallest) {
  OperatorHarness run(SortBy({{0}}), kSortInput, kSortInput);
  run.Feed("+I[3, x]\n+I[NULL, y]\n+I[1, z]\n+I[1, a]\n+I[1, z]");
  run.Restart(1);
  run.Feed("-D[3, x]\n+I[2, w]\n+I[1, b]");
  run.Watermark(5);
  EXPECT_THAT(run.out.lines(), ElementsAre());
  run.End();
  EXPECT_THAT(run.out.lines(),
              ElementsAre("+I[NULL, y]", "+I[1, z]", "+I[1, z]", "+I[1, a]", "+I[1, b]", "+I[2, w]",
                          "watermark 9223372036854775807"));
}

TEST(SortLimitTest, DescendingWithOffsetAndLimit) {
  OperatorHarness run(SortBy({{1, true, false}, {0}}, 1, 3), kSortInput, kSortInput,
                      {.batch_rows = 2});
  run.Feed("+I[1, a]\n+I[2, ab]\n+I[3, NULL]\n+I[4, b]\n+I[0, b]");
  run.End();
  EXPECT_EQ(run.out.violations(), 0);
  EXPECT_THAT(run.out.lines(),
              ElementsAre("+I[4, b]", "+I[2, ab]", "+I[1, a]", "watermark 9223372036854775807"));
}

TEST(SortLimitTest, LimitWithoutOrderTakesTheFirst) {
  OperatorHarness run(SortBy({}, 0, 2), kSortInput, kSortInput);
  run.Feed("+I[9, a]\n+I[2, b]\n+I[5, c]");
  run.End();
  EXPECT_THAT(run.out.lines(),
              ElementsAre("+I[9, a]", "+I[2, b]", "watermark 9223372036854775807"));
}

TEST(SortLimitTest, RowsTakenBackLeaveItsState) {
  OperatorHarness run(SortBy({{0}}), kSortInput, kSortInput);
  run.Feed("+I[1, a]\n+I[2, b]\n+I[1, a]");
  run.Feed("-D[1, a]\n-D[2, b]\n+I[3, c]\n-D[3, c]");
  EXPECT_EQ(run.StateRows(), 1U);
  run.Feed("-D[1, a]");
  EXPECT_EQ(run.StateRows(), 0U);
}

// The Top-N below is cut to as many rows, and then takes back only those that it has.
TEST(SortLimitTest, RowsBehindASmallerLimitLeaveItsState) {
  graph::SortLimitSpec spec = SortBy({{0}}, 1, 4);
  spec.below_is_top = true;
  KeyedHarness run(spec, {kSortInput, kSortInput, {0}}, {.batch_rows = 1});
  run.Feed("+I[1, a]\n+I[2, b]\n+I[1, a]\n+I[3, c]\n+I[4, d]");
  run.Restart(1);
  EXPECT_EQ(run.statistics().rows, 4U) << "the same limit keeps them";
  spec.limit = 2;
  run.RestartAs(spec);
  EXPECT_EQ(run.statistics().rows, 2U) << "a, twice, and b";
  run.Feed("-D[1, a]\n+I[6, f]");
  run.End();
  EXPECT_THAT(run.out.Rows(), ElementsAre("[2, b]", "[6, f]"));
}

// --- random changes against a model --------------------------------------------------------------

const Schema kMixed{{{"n", Type::BigInt()},
                     {"s", Type::String()},
                     {"d", Type::Decimal(8, 2)},
                     {"t", Type::Timestamp(3)}}};
constexpr size_t kColumns = 4;

// Numbers that order as the values of their columns do; none: NULL.
using ModelRow = std::array<std::optional<int64_t>, kColumns>;

// Of these, some are the beginning of others.
constexpr std::array kTexts = {"A",  "Aa", "Aaaaaaaaaaaaaaaaaa", "Aaaaaaaaaaaaaaaaab", "a",
                               "ab", "b"};

std::string SortedText(const ModelRow& row) {
  const auto cell = [&](size_t column, const auto& text) {
    return row[column] ? text(*row[column]) : std::string("NULL");
  };
  return fmt::format("[{}, {}, {}, {}]", cell(0, [](int64_t v) { return fmt::format("{}", v); }),
                     cell(1, [](int64_t v) { return std::string(kTexts[static_cast<size_t>(v)]); }),
                     cell(2,
                          [](int64_t v) {
                            return fmt::format("{}{}.{:02}", v < 0 ? "-" : "", std::abs(v) / 100,
                                               std::abs(v) % 100);
                          }),
                     cell(3, [](int64_t v) {
                       return fmt::format("2026-01-01 00:00:{:02}.{:03}", v / 1000, v % 1000);
                     }));
}

ModelRow DrawRow(Random& random) {
  ModelRow row{static_cast<int64_t>(random.Below(7)) * 1'000'000'007 - 3'000'000'000,
               static_cast<int64_t>(random.Below(kTexts.size())),
               static_cast<int64_t>(random.Below(5)) * 51 - 100,
               static_cast<int64_t>(random.Below(6)) * 10'001};
  for (auto& value : row) {
    if (random.Below(8) == 0) value.reset();
  }
  return row;
}

struct SortedCount {
  int64_t count = 0;
  int64_t arrival = 0;
};

class SortModel {
 public:
  explicit SortModel(graph::SortLimitSpec spec) : spec_(std::move(spec)) {}

  // One batch, as text.
  std::string Change(Random& random) {
    std::string text;
    for (uint64_t changes = 1 + random.Below(12); changes > 0; --changes) {
      ModelRow row = DrawRow(random);
      const bool retract = random.Below(3) == 0;
      // Mostly of a row that is there.
      if (retract && !rows_.empty() && random.Below(10) > 0)
        row = std::next(rows_.begin(), static_cast<ptrdiff_t>(random.Below(rows_.size())))->first;
      const auto [stored, created] = rows_.try_emplace(row);
      if (created) stored->second.arrival = arrivals_++;
      stored->second.count += retract ? -1 : 1;
      text += (retract ? "-D" : "+I") + SortedText(row) + "\n";
    }
    std::erase_if(rows_, [](const auto& row) { return row.second.count == 0; });
    return text;
  }

  std::vector<std::string> Result() const {
    std::vector<std::pair<ModelRow, SortedCount>> sorted(rows_.begin(), rows_.end());
    std::ranges::sort(sorted, [this](const auto& a, const auto& b) {
      for (const graph::SortKey& key : spec_.keys) {
        const auto& left = a.first[static_cast<size_t>(key.column)];
        const auto& right = b.first[static_cast<size_t>(key.column)];
        if (left == right) continue;
        if (!left || !right) return !left == key.nulls_first;
        return (*left < *right) != key.descending;
      }
      return a.second.arrival < b.second.arrival;
    });
    std::vector<std::string> lines;
    for (const auto& [row, stored] : sorted) {
      for (int64_t copy = 0; copy < stored.count; ++copy) lines.push_back("+I" + SortedText(row));
    }
    const auto skipped = std::min<size_t>(lines.size(), static_cast<size_t>(spec_.offset));
    lines.erase(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(skipped));
    if (spec_.limit >= 0 && lines.size() > static_cast<size_t>(spec_.limit))
      lines.resize(static_cast<size_t>(spec_.limit));
    lines.push_back("watermark 9223372036854775807");
    return lines;
  }

 private:
  const graph::SortLimitSpec spec_;
  std::map<ModelRow, SortedCount> rows_;
  int64_t arrivals_ = 0;
};

graph::SortLimitSpec DrawSpec(Random& random) {
  std::vector<graph::SortKey> keys;
  for (int column = 0; column < static_cast<int>(kColumns); ++column) {
    if (random.Below(2) == 0) keys.push_back({column, random.Below(2) == 0, random.Below(2) == 0});
  }
  const auto offset = static_cast<int64_t>(random.Below(3) == 0 ? random.Below(300) : 0);
  const auto limit = static_cast<int64_t>(random.Below(3) == 0 ? 1 + random.Below(300) : 0) - 1;
  return SortBy(std::move(keys), offset, limit == 0 ? -1 : limit);
}

TEST(SortLimitTest, RandomChangesInMemoryAndOnDisk) {
  Random random(SeedOf(31));
  for (int round = 0; round < 24; ++round) {
    const graph::SortLimitSpec spec = DrawSpec(random);
    // From a sort of two rows at a time to one that is never short.
    const uint64_t sort_memory = std::array<uint64_t, 4>{0, 500, 4'000, 1 << 20}[random.Below(4)];
    const auto batch_rows = static_cast<uint32_t>(1 + random.Below(40));
    SCOPED_TRACE(fmt::format("round {}, {} keys, offset {}, limit {}, {} bytes, batches of {}",
                             round, spec.keys.size(), spec.offset, spec.limit, sort_memory,
                             batch_rows));
    SortModel model(spec);
    KeyedHarness run(spec, {kMixed, kMixed, {}},
                     {.batch_rows = batch_rows, .rocksdb = true, .sort_memory = sort_memory});
    for (int batch = 0; batch < 60; ++batch) {
      run.Feed(model.Change(random));
      if (batch == 30) run.Restart(1);
    }
    run.End();
    ASSERT_EQ(run.out.lines(), model.Result());
    EXPECT_EQ(run.out.violations(), 0);
    const bool on_disk = sort_memory > 0 && sort_memory < 1 << 20;
    EXPECT_EQ(run.sorter_records() > 0, on_disk) << "which way was taken";
  }
}

// More batches of more rows than a sort on disk reads or writes at once.
TEST(SortLimitTest, ManyRowsOnDisk) {
  KeyedHarness run(SortBy({{1, true, false}}), {kSortInput, kSortInput, {}},
                   {.batch_rows = 1000, .rocksdb = true, .sort_memory = 200'000});
  constexpr int kMany = 12'000;
  for (int begin = 0; begin < kMany; begin += 1000) {
    std::string text;
    for (int i = begin; i < begin + 1000; ++i)
      text += fmt::format("{}, {:05}\n", i, (i * 7919) % kMany);
    run.Feed(text);
  }
  run.End();
  EXPECT_EQ(run.sorter_records(), static_cast<uint64_t>(kMany));
  ASSERT_EQ(run.out.lines().size(), size_t{kMany} + 1);
  for (int i = 0; i < kMany; ++i)
    ASSERT_THAT(run.out.lines()[static_cast<size_t>(i)],
                ::testing::EndsWith(fmt::format(", {:05}]", kMany - 1 - i)));
}

TEST(SortLimitTest, RowsBehindASmallerLimitAreFoundOnDisk) {
  graph::SortLimitSpec spec = SortBy({{0}}, 1, 200);
  spec.below_is_top = true;
  KeyedHarness run(spec, {kSortInput, kSortInput, {}},
                   {.batch_rows = 7, .rocksdb = true, .sort_memory = 1'000});
  for (int i = 0; i < 100; ++i) run.Feed(fmt::format("+I[{}, x]", (i * 37) % 100));
  spec.limit = 9;
  run.RestartAs(spec);
  EXPECT_GT(run.sorter_records(), 0U);
  EXPECT_EQ(run.statistics().rows, 10U);
  run.End();
  EXPECT_THAT(run.out.Rows(),
              ::testing::UnorderedElementsAre("[1, x]", "[2, x]", "[3, x]", "[4, x]", "[5, x]",
                                              "[6, x]", "[7, x]", "[8, x]", "[9, x]"));
}

}  // namespace
}  // namespace weir::operators
