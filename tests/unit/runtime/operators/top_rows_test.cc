// Top-N of many ranks whose ranks are not put out, where only the last rows of a partition are
// read: every change of random inserts, in its order, against sorted lists of all rows that came.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::RankFunction;
using graph::RankSpec;

const Schema kTopInput{{{"k", Type::Int()}, {"v", Type::Int()}, {"id", Type::BigInt()}}};

struct TopCase {
  RankFunction function = RankFunction::kRowNumber;
  int64_t last = 16;
  int values = 1000;  // the fewer, the more rows are equal
  bool descending = true;
  bool last_of_equal = false;
};

RankSpec TopSpecOf(const TopCase& c) {
  RankSpec spec;
  spec.function = c.function;
  spec.partition = {0};
  spec.order = {{.column = 1, .descending = c.descending, .nulls_first = false}};
  spec.last = c.last;
  spec.last_of_equal = c.last_of_equal;
  return spec;
}

struct TopRow {
  int k;
  int v;
  int64_t id;  // the order of arrival
  std::string Text() const { return fmt::format("[{}, {}, {}]", k, v, id); }
};

// All rows that ever came to a partition.
class TopPartition {
 public:
  explicit TopPartition(const TopCase& c) : case_(c) {}

  void Add(const TopRow& row) { rows_.push_back(row); }
  // What the rows since the last call change: those that go in the order of their ranks, then those
  // that come in the order of arrival.
  std::vector<std::string> TakeChanges() {
    const std::vector<TopRow> now = Kept();
    std::vector<std::string> lines;
    for (const TopRow& row : kept_) {
      if (!Has(now, row)) lines.push_back("-D" + row.Text());
    }
    std::vector<TopRow> come;
    for (const TopRow& row : now) {
      if (!Has(kept_, row)) come.push_back(row);
    }
    std::sort(come.begin(), come.end(),
              [](const TopRow& a, const TopRow& b) { return a.id < b.id; });
    for (const TopRow& row : come) lines.push_back("+I" + row.Text());
    kept_ = now;
    return lines;
  }

 private:
  static bool Has(const std::vector<TopRow>& rows, const TopRow& row) {
    return std::any_of(rows.begin(), rows.end(), [&](const TopRow& r) { return r.id == row.id; });
  }
  std::vector<TopRow> Kept() {
    std::sort(rows_.begin(), rows_.end(), [&](const TopRow& a, const TopRow& b) {
      if (a.v != b.v) return (a.v > b.v) == case_.descending;
      return (a.id > b.id) == case_.last_of_equal;
    });
    size_t kept = 0;
    int64_t rank = 0;
    for (; kept < rows_.size(); ++kept) {
      const bool by_row = case_.function == RankFunction::kRowNumber;
      const bool next = by_row || kept == 0 || rows_[kept].v != rows_[kept - 1].v;
      if (next) rank = static_cast<int64_t>(kept) + 1;
      if (rank > case_.last) break;
    }
    return {rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(kept)};
  }

  TopCase case_;
  std::vector<TopRow> rows_;
  std::vector<TopRow> kept_;
};

// The lines of each partition, in their order.
std::map<int, std::vector<std::string>> ByPartition(const std::vector<std::string>& lines) {
  std::map<int, std::vector<std::string>> result;
  for (const std::string& line : lines) result[std::stoi(line.substr(3))].push_back(line);
  return result;
}

// Most rows are of one partition; batches are small and larger than the ranks.
void RunRandomTop(const TopCase& c, uint32_t seed, KeyedHarnessOptions options) {
  std::mt19937 random(SeedOf(seed));
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<uint32_t>(limit));
  };
  options.batch_rows = static_cast<uint32_t>(1 + below(50));
  KeyedHarness run(TopSpecOf(c), {kTopInput, kTopInput, {0}}, options);
  std::map<int, TopPartition> model;
  int64_t id = 0;
  for (int step = 0; step < (options.rocksdb ? 25 : 60); ++step) {
    std::string text;
    for (int i = below(below(4) == 0 ? 200 : 12); i >= 0; --i) {
      const TopRow row{below(8) > 0 ? 0 : 1 + below(3), below(c.values), id++};
      model.try_emplace(row.k, c).first->second.Add(row);
      text += fmt::format("{}{}, {}, {}", text.empty() ? "" : "\n", row.k, row.v, row.id);
    }
    run.Feed(text);
    std::map<int, std::vector<std::string>> expected;
    for (auto& [k, partition] : model) {
      std::vector<std::string> lines = partition.TakeChanges();
      if (!lines.empty()) expected[k] = std::move(lines);
    }
    ASSERT_EQ(ByPartition(run.out.TakeLines()), expected) << "step " << step;
    if (below(10) == 0) run.Restart(static_cast<uint32_t>(1 + below(3)));
  }
  EXPECT_EQ(run.out.violations(), 0);
}

TEST(TopRowsTest, EveryChangeOfManyRanks) {
  for (const RankFunction function : {RankFunction::kRowNumber, RankFunction::kRank}) {
    for (const int64_t last : {16, 90}) {
      for (const int values : {5, 60, 100'000}) {
        for (uint32_t seed = 1; seed <= 8; ++seed) {
          SCOPED_TRACE(fmt::format("last {}, {} values, seed {}", last, values, seed));
          const TopCase c{function, last, values, seed % 2 == 0, seed % 4 > 1};
          KeyedHarnessOptions options{.parallelism = 1 + seed % 3};
          options.rocksdb = seed > 6;
          if (seed == 8) options.memory_limit = 1 << 10;
          RunRandomTop(c, seed * 1000 + static_cast<uint32_t>(values), options);
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

// The ranks of a query that is changed: what was not full is, and what was full is not.
TEST(TopRowsTest, MoreAndFewerRanksAfterARestart) {
  KeyedHarness run(TopSpecOf({.last = 80}), {kTopInput, kTopInput, {0}});
  std::string text;
  for (int id = 0; id < 100; ++id) text += fmt::format("0, {}, {}\n", id, id);
  text.pop_back();
  run.Feed(text);
  EXPECT_EQ(run.out.table().size(), 80U);
  run.RestartAs(TopSpecOf({.last = 70}));
  run.Feed("0, 31, 100");
  EXPECT_EQ(run.out.table().size(), 70U);
  EXPECT_TRUE(run.out.table().contains("[0, 31, 100]"));
  EXPECT_FALSE(run.out.table().contains("[0, 30, 30]"));
  run.RestartAs(TopSpecOf({.last = 72}));
  run.Feed("0, 1, 101\n0, 2, 102\n0, 3, 103");
  EXPECT_EQ(run.out.table().size(), 72U);
  EXPECT_TRUE(run.out.table().contains("[0, 2, 102]"));
  EXPECT_FALSE(run.out.table().contains("[0, 1, 101]"));
}

}  // namespace
}  // namespace weir::operators
