// Top-N: single changes, and random changelogs, cut at random, with restores in between, against a
// sorted list of the rows that there are. All strategies, functions and forms of output, on both
// backends, also with state that does not fit into memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/ranked_rows.h"

namespace weir::operators {
namespace {

using graph::RankFunction;
using graph::RankSpec;
using graph::RankStrategy;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// By v, descending.
RankSpec RankOf(int64_t last, bool output_rank, RankStrategy strategy = RankStrategy::kAppend) {
  RankSpec spec;
  spec.partition = {0};
  spec.order = {{.column = 1, .descending = true, .nulls_first = false}};
  spec.last = last;
  spec.output_rank = output_rank;
  spec.strategy = strategy;
  spec.by_place = output_rank || (last == 1 && strategy != RankStrategy::kRetract);
  if (strategy == RankStrategy::kUpdate) spec.input_key = {0, 2};
  return spec;
}

struct RankRun : KeyedHarness {
  explicit RankRun(const RankSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, ShapeOf(spec), options) {}
};

TEST(RankTest, WithoutTheRankARowGoesAndARowComes) {
  RankRun run(RankOf(2, false));
  run.Feed("1, 10, a\n 1, 20, b\n 2, 5, c");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 10, a]", "+I[1, 20, b]", "+I[2, 5, c]"));
  run.Feed("1, 15, d");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-D[1, 10, a]", "+I[1, 15, d]"));
  run.Feed("1, 15, e\n 1, 1, f");
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
}

TEST(RankTest, WithTheRankPlacesChange) {
  RankRun run(RankOf(2, true));
  run.Feed("1, 10, a");
  run.Feed("1, 20, b");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 10, a, 1]", "-U[1, 10, a, 1]",
                                               "+U[1, 20, b, 1]", "+I[1, 10, a, 2]"));
}

TEST(RankTest, TheOnlyRankIsUpdated) {
  RankRun run(RankOf(1, false));
  run.Feed("1, 10, a");
  run.Feed("1, 20, b\n 1, 30, c");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 10, a]", "-U[1, 10, a]", "+U[1, 30, c]"));
}

TEST(RankTest, NoOldRowsWhereNobodyNeedsThem) {
  RankSpec spec = RankOf(1, false);
  spec.emit_update_before = false;
  RankRun run(spec);
  run.Feed("1, 10, a");
  run.Feed("1, 20, b");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 10, a]", "+U[1, 20, b]"));
}

TEST(RankTest, ARangeBehindTheFirst) {
  RankSpec spec = RankOf(3, false);
  spec.first = 2;
  spec.by_place = true;
  RankRun run(spec);
  run.Feed("1, 10, a\n 1, 9, b");
  run.Feed("1, 11, c");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[1, 9, b]", "-U[1, 9, b]", "+U[1, 10, a]", "+I[1, 9, b]"));
}

TEST(RankTest, UpdatesByKeyTakeThePlaceOfTheirRow) {
  RankRun run(RankOf(2, false, RankStrategy::kUpdate));
  run.Feed("1, 1, a\n 1, 1, b\n 1, 1, c");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 1, a]", "+I[1, 1, b]"));
  run.Feed("+U[1, 2, b]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-U[1, 1, b]", "+U[1, 2, b]"));
  run.Feed("-U[1, 1, c]\n +U[1, 3, c]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-D[1, 1, a]", "+I[1, 3, c]"));
}

TEST(RankTest, RetractionsPullUpWhatIsBehind) {
  RankRun run(RankOf(2, true, RankStrategy::kRetract));
  run.Feed("1, 3, a\n 1, 2, b\n 1, 1, c");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 3, a, 1]", "+I[1, 2, b, 2]"));
  run.Feed("-D[1, 3, a]");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("-U[1, 3, a, 1]", "+U[1, 2, b, 1]", "-U[1, 2, b, 2]", "+U[1, 1, c, 2]"));
  run.Feed("-D[1, 1, c]\n -D[9, 9, never]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-D[1, 1, c, 2]"));
}

// Partitions that are empty again leave nothing behind, however many there were.
TEST(RankTest, EmptyPartitionsGiveTheirStateBack) {
  for (const bool rocksdb : {false, true}) {
    for (const RankFunction function :
         {RankFunction::kRowNumber, RankFunction::kRank, RankFunction::kDenseRank}) {
      RankSpec spec = RankOf(2, false, RankStrategy::kRetract);
      spec.function = function;
      RankRun run(spec, {.rocksdb = rocksdb});
      run.Feed("0, 1, stays");
      const uint64_t one = run.statistics().rows;
      for (int k = 1; k <= 50; ++k) {
        const std::string key = std::to_string(k);
        run.Feed(key + ", 3, a\n " + key + ", 2, b\n " + key + ", 1, c");
        if (k % 10 == 0) run.Restart(1 + static_cast<uint32_t>(k) / 10 % 3);
        run.Feed("-D[" + key + ", 1, c]\n -D[" + key + ", 3, a]");
        run.Feed("-D[" + key + ", 2, b]\n -D[" + key + ", 9, never]");
        // Comes and goes within a batch; was never there.
        run.Feed("+I[" + key + "0, 1, a]\n -D[" + key + "0, 1, a]\n -D[" + key + "1, 1, never]");
      }
      EXPECT_EQ(run.statistics().rows, one);
      EXPECT_THAT(run.out.Rows(), ElementsAre("[0, 1, stays]"));
      run.Feed("7, 5, back");
      EXPECT_EQ(run.statistics().rows, 2 * one);
      EXPECT_THAT(run.out.Rows(), ElementsAre("[0, 1, stays]", "[7, 5, back]"));
      EXPECT_EQ(run.out.violations(), 0);
    }
  }
}

TEST(RankTest, OfEqualRowsTheFirstGoes) {
  RankRun run(RankOf(3, true, RankStrategy::kRetract));
  run.Feed("1, 5, a\n 1, 5, b\n 1, 5, a");
  run.out.TakeLines();
  run.Feed("-D[1, 5, a]");
  EXPECT_THAT(run.out.Rows(), ElementsAre("[1, 5, a, 2]", "[1, 5, b, 1]"));
}

TEST(RankTest, RowsOfEqualRankAllCount) {
  RankSpec spec = RankOf(2, true);
  spec.function = RankFunction::kRank;
  spec.by_place = false;
  RankRun run(spec);
  run.Feed("1, 5, a\n 1, 5, b\n 1, 4, c");
  EXPECT_THAT(run.out.Rows(), ElementsAre("[1, 5, a, 1]", "[1, 5, b, 1]"));
  run.Feed("1, 6, d");
  EXPECT_THAT(run.out.Rows(), ElementsAre("[1, 5, a, 2]", "[1, 5, b, 2]", "[1, 6, d, 1]"));
}

TEST(RankTest, DenseRanksCountSortKeys) {
  RankSpec spec = RankOf(2, true);
  spec.function = RankFunction::kDenseRank;
  spec.by_place = false;
  RankRun run(spec);
  run.Feed("1, 5, a\n 1, 5, b\n 1, 4, c\n 1, 3, d");
  EXPECT_THAT(run.out.Rows(), ElementsAre("[1, 4, c, 2]", "[1, 5, a, 1]", "[1, 5, b, 1]"));
}

// --- Random changelogs ---------------------------------------------------------------------------

struct RankRow {
  std::optional<int> k;
  std::optional<int> v;
  std::string s;
  int64_t number = 0;
  std::string Text() const {
    const auto cell = [](const std::optional<int>& x) { return x ? std::to_string(*x) : "NULL"; };
    return cell(k) + ", " + cell(v) + ", " + s;
  }
};

struct RankCase {
  RankFunction function = RankFunction::kRowNumber;
  RankStrategy strategy = RankStrategy::kAppend;
  int64_t first = 1;
  int64_t last = 3;
  bool output_rank = false;
  bool descending = true;
  bool nulls_first = false;
  bool last_of_equal = false;
};

RankSpec SpecOf(const RankCase& c) {
  RankSpec spec = RankOf(c.last, c.output_rank, c.strategy);
  spec.function = c.function;
  spec.first = c.first;
  spec.order[0].descending = c.descending;
  spec.order[0].nulls_first = c.nulls_first;
  spec.last_of_equal = c.last_of_equal;
  const bool one = c.last == 1 && c.strategy != RankStrategy::kRetract;
  spec.by_place = c.function == RankFunction::kRowNumber && (c.output_rank || c.first > 1 || one);
  return spec;
}

// The rows that there are, and what should be put out of them.
class RankModel {
 public:
  explicit RankModel(const RankCase& c) : case_(c) {}

  void Add(RankRow row) {
    row.number = next_++;
    rows_.push_back(std::move(row));
  }
  void Remove(const std::string& text) {
    const auto row = std::find_if(rows_.begin(), rows_.end(),
                                  [&](const RankRow& other) { return other.Text() == text; });
    if (row != rows_.end()) rows_.erase(row);
  }
  // By key: the row keeps its place when its sort key is as before.
  void Update(const RankRow& row) {
    for (RankRow& old : rows_) {
      if (old.k != row.k || old.s != row.s) continue;
      if (old.v != row.v) old.number = next_++;
      old.v = row.v;
      return;
    }
    Add(row);
  }
  const std::vector<RankRow>& rows() const { return rows_; }

  std::map<std::string, int> Table() const {
    std::map<std::optional<int>, std::vector<RankRow>> partitions;
    for (const RankRow& row : rows_) partitions[row.k].push_back(row);
    std::map<std::string, int> table;
    for (auto& [k, rows] : partitions) {
      std::sort(rows.begin(), rows.end(),
                [&](const RankRow& a, const RankRow& b) { return Less(a, b); });
      int64_t rank = 0;
      for (size_t i = 0; i < rows.size(); ++i) {
        const bool next = i == 0 || rows[i].v != rows[i - 1].v;
        const auto place = static_cast<int64_t>(i) + 1;
        if (case_.function == RankFunction::kRowNumber) rank = place;
        if (case_.function == RankFunction::kRank && next) rank = place;
        if (case_.function == RankFunction::kDenseRank && next) ++rank;
        if (rank < case_.first || rank > case_.last) continue;
        const std::string shown = case_.output_rank ? ", " + std::to_string(rank) : "";
        ++table["[" + rows[i].Text() + shown + "]"];
      }
    }
    return table;
  }

 private:
  bool Less(const RankRow& a, const RankRow& b) const {
    if (a.v != b.v) {
      if (!a.v || !b.v) return !a.v == case_.nulls_first;
      return case_.descending ? *a.v > *b.v : *a.v < *b.v;
    }
    return case_.last_of_equal ? a.number > b.number : a.number < b.number;
  }

  RankCase case_;
  std::vector<RankRow> rows_;
  int64_t next_ = 0;
};

class RankChangelog {
 public:
  RankChangelog(const RankCase& c, uint32_t seed) : case_(c), random_(SeedOf(seed)), model_(c) {}

  // A batch as text, folded into the model.
  std::string Next() {
    std::string text;
    const int count = 1 + Below(8);
    for (int i = 0; i < count; ++i) text += (i > 0 ? "\n" : "") + One();
    return text;
  }
  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  const RankModel& model() const { return model_; }

 private:
  RankRow RandomRow() {
    RankRow row;
    if (Below(10) > 0) row.k = Below(4);
    if (Below(8) > 0) row.v = Below(7) - 3;
    row.s = Below(3) > 0 ? "s" + std::to_string(Below(4))
                         : "a string too long for its slot " + std::to_string(Below(3));
    return row;
  }
  std::string One() {
    RankRow row = RandomRow();
    if (case_.strategy == RankStrategy::kUpdate) {
      for (const RankRow& old : model_.rows()) {
        if (old.k == row.k && old.s == row.s) row.v = old.v.value_or(-9) + Below(3);
      }
      model_.Update(row);
      return "+U[" + row.Text() + "]";
    }
    const bool take = case_.strategy == RankStrategy::kRetract && Below(5) < 2;
    if (take && !model_.rows().empty()) {
      const std::string text =
          model_.rows()[static_cast<size_t>(Below(static_cast<int>(model_.rows().size())))].Text();
      model_.Remove(text);
      return (Below(2) == 0 ? "-U[" : "-D[") + text + "]";
    }
    model_.Add(row);
    return "+I[" + row.Text() + "]";
  }

  RankCase case_;
  std::mt19937 random_;
  RankModel model_;
};

void RunRandom(const RankCase& c, uint32_t seed, KeyedHarnessOptions options) {
  RankChangelog changes(c, seed);
  options.batch_rows = static_cast<uint32_t>(1 + changes.Below(5));
  RankRun run(SpecOf(c), options);
  for (int step = 0; step < (options.rocksdb ? 20 : 60); ++step) {
    run.Feed(changes.Next());
    ASSERT_EQ(run.out.table(), changes.model().Table()) << "step " << step;
    if (changes.Below(12) == 0) run.Restart(static_cast<uint32_t>(1 + changes.Below(3)));
  }
  EXPECT_EQ(run.out.violations(), 0);
}

std::vector<RankCase> AllCases() {
  std::vector<RankCase> cases;
  for (const RankStrategy strategy :
       {RankStrategy::kAppend, RankStrategy::kUpdate, RankStrategy::kRetract}) {
    for (const RankFunction function :
         {RankFunction::kRowNumber, RankFunction::kRank, RankFunction::kDenseRank}) {
      if (strategy == RankStrategy::kUpdate && function != RankFunction::kRowNumber) continue;
      for (const bool output_rank : {false, true}) {
        for (const auto& [first, last] : {std::pair<int64_t, int64_t>{1, 1}, {1, 3}, {2, 4}}) {
          cases.push_back({function, strategy, first, last, output_rank, true, false, false});
        }
      }
    }
    if (strategy == RankStrategy::kUpdate) continue;
    cases.push_back({RankFunction::kRowNumber, strategy, 1, 3, true, false, true, false});
    cases.push_back({RankFunction::kRowNumber, strategy, 1, 3, true, true, true, false});
    cases.push_back({RankFunction::kRowNumber, strategy, 1, 3, false, false, false, true});
    cases.push_back({RankFunction::kRank, strategy, 1, 2, true, false, true, true});
  }
  return cases;
}

// Rows expire, or do not for a while. What is left depends on what expired when; whatever it was,
// the changes fold.
void RunExpiring(const RankCase& c, uint32_t seed) {
  RankChangelog changes(c, seed);
  RankSpec spec = SpecOf(c);
  spec.ttl_millis = 1000;
  RankRun run(spec, {.batch_rows = static_cast<uint32_t>(1 + changes.Below(5))});
  run.AdvanceClock(1'000'000);  // a row of the time 0 would have none
  for (int step = 0; step < 120; ++step) {
    run.Feed(changes.Next());
    run.AdvanceClock(run.clock.now.millis + changes.Below(700));
    ASSERT_EQ(run.out.violations(), 0) << "step " << step;
    if (changes.Below(20) == 0) {
      spec.ttl_millis = changes.Below(3) * 1000;
      run.RestartAs(spec);
    } else if (changes.Below(12) == 0) {
      run.Restart(static_cast<uint32_t>(1 + changes.Below(3)));
    }
  }
}

TEST(RankTest, NothingIsTakenBackThatWasNotSent) {
  uint32_t number = 0;
  for (const RankCase& c : AllCases()) {
    for (uint32_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE("case " + std::to_string(number) + ", seed " + std::to_string(seed));
      RunExpiring(c, 9000 + seed * 100 + number);
      if (testing::Test::HasFatalFailure()) return;
    }
    ++number;
  }
}

TEST(RankTest, RandomChangelogs) {
  uint32_t number = 0;
  for (const RankCase& c : AllCases()) {
    for (uint32_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE("case " + std::to_string(number) + ", seed " + std::to_string(seed));
      RunRandom(c, seed * 100 + number, {.parallelism = 1 + seed % 3});
      if (testing::Test::HasFatalFailure()) return;
    }
    ++number;
  }
}

TEST(RankTest, RandomChangelogsOnDisk) {
  uint32_t number = 0;
  for (const RankCase& c : AllCases()) {
    SCOPED_TRACE("case " + std::to_string(number));
    RunRandom(c, 7000 + number, {.rocksdb = true, .memory_limit = 1 << 10});
    if (testing::Test::HasFatalFailure()) return;
    ++number;
  }
}

}  // namespace
}  // namespace weir::operators
