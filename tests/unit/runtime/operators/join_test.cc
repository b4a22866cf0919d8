// Joins without a bound on time: single changes, and random changelogs on both sides, cut at
// random, with restores in between, against nested loops over the final tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "runtime/expr/binding.h"
#include "tests/seed.h"
#include "tests/unit/runtime/operators/join_harness.h"

namespace weir::operators {
namespace {

using graph::JoinType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// id is unique where a test says so; k is the key of the join, s a string beyond 12 bytes at times.
const Schema kJoinLeft{{{"id", Type::Int()}, {"k", Type::BigInt()}, {"s", Type::String()}}};
const Schema kJoinRight{{{"k", Type::BigInt()}, {"v", Type::Int()}, {"t", Type::String()}}};

expr::ExprPtr BoundCall(const char* name, std::vector<expr::ExprPtr> args) {
  return expr::BindCall(name, std::move(args), {}).value();
}

// left.id < right.v
expr::ExprPtr IdBelowV() {
  return BoundCall("<", {expr::MakeColumnRef(0, Type::Int()), expr::MakeColumnRef(4, Type::Int())});
}

graph::JoinSpec JoinOf(JoinType type, bool left_retracts = true, bool right_retracts = true) {
  graph::JoinSpec spec;
  spec.shape.type = type;
  spec.shape.left = {kJoinLeft, {1}, {}, left_retracts, 0};
  spec.shape.right = {kJoinRight, {0}, {}, right_retracts, 0};
  spec.shape.null_safe = {0};
  return spec;
}

TEST(JoinTest, InnerPassesKindsOn) {
  JoinHarness run(JoinOf(JoinType::kInner));
  run.Feed(0, "1, 7, a\n 2, 8, b");
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Feed(1, "7, 70, x\n 9, 90, y\n 7, 71, z");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 7, a, 7, 70, x]", "+I[1, 7, a, 7, 71, z]"));
  run.Feed(1, "-U[7, 70, x]\n +U[7, 72, x]\n -D[9, 90, y]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-U[1, 7, a, 7, 70, x]", "+U[1, 7, a, 7, 72, x]"));
}

TEST(JoinTest, LeftTakesTheLonelyRowBackAndPutsItOutAgain) {
  JoinHarness run(JoinOf(JoinType::kLeft));
  run.Feed(0, "1, 7, a\n 2, NULL, b");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[1, 7, a, NULL, NULL, NULL]", "+I[2, NULL, b, NULL, NULL, NULL]"));
  run.Feed(1, "7, 70, x\n NULL, 1, y");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("-D[1, 7, a, NULL, NULL, NULL]", "+I[1, 7, a, 7, 70, x]"));
  run.Feed(1, "-D[7, 70, x]");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("-D[1, 7, a, 7, 70, x]", "+I[1, 7, a, NULL, NULL, NULL]"));
  run.Feed(0, "-D[2, NULL, b]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-D[2, NULL, b, NULL, NULL, NULL]"));
}

TEST(JoinTest, FullKeepsBothSides) {
  JoinHarness run(JoinOf(JoinType::kFull));
  run.Feed(1, "7, 70, x");
  run.Feed(0, "1, 7, a");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[NULL, NULL, NULL, 7, 70, x]", "-D[NULL, NULL, NULL, 7, 70, x]",
                          "+I[1, 7, a, 7, 70, x]"));
  run.Feed(0, "-D[1, 7, a]");
  EXPECT_THAT(run.out.Rows(), ElementsAre("[NULL, NULL, NULL, 7, 70, x]"));
}

TEST(JoinTest, EqualRowsCountEach) {
  JoinHarness run(JoinOf(JoinType::kRight));
  run.Feed(1, "7, 70, x\n 7, 70, x");
  run.Feed(0, "1, 7, a\n 1, 7, a");
  EXPECT_EQ(run.out.Rows().size(), 4U);
  run.Feed(0, "-D[1, 7, a]\n -D[1, 7, a]");
  EXPECT_THAT(run.out.Rows(),
              ElementsAre("[NULL, NULL, NULL, 7, 70, x]", "[NULL, NULL, NULL, 7, 70, x]"));
}

TEST(JoinTest, SemiGivesARowOnce) {
  JoinHarness run(JoinOf(JoinType::kSemi));
  run.Feed(0, "1, 7, a");
  run.Feed(1, "7, 70, x\n 7, 71, y");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 7, a]"));
  run.Feed(1, "-D[7, 70, x]");
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Feed(1, "-D[7, 71, y]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-D[1, 7, a]"));
}

TEST(JoinTest, AntiGivesRowsWithoutAMatch) {
  JoinHarness run(JoinOf(JoinType::kAnti));
  run.Feed(0, "1, 7, a\n 2, NULL, b");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 7, a]", "+I[2, NULL, b]"));
  run.Feed(1, "7, 70, x");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-D[1, 7, a]"));
  run.Feed(1, "-D[7, 70, x]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 7, a]"));
}

TEST(JoinTest, NullsMeetUnderIsNotDistinctFrom) {
  graph::JoinSpec spec = JoinOf(JoinType::kInner);
  spec.shape.null_safe = {1};
  JoinHarness run(spec);
  run.Feed(0, "1, NULL, a");
  run.Feed(1, "NULL, 5, x");
  EXPECT_THAT(run.out.Rows(), ElementsAre("[1, NULL, a, NULL, 5, x]"));
}

TEST(JoinTest, WithoutKeysEveryRowMeetsEveryRow) {
  graph::JoinSpec spec = JoinOf(JoinType::kLeft);
  spec.shape.left.keys.clear();
  spec.shape.right.keys.clear();
  spec.shape.null_safe.clear();
  spec.shape.residual = IdBelowV();
  JoinHarness run(spec);
  run.Feed(0, "1, 7, a\n 5, 8, b");
  run.Feed(1, "9, 3, x\n 9, 9, y");
  EXPECT_THAT(run.out.Rows(),
              ElementsAre("[1, 7, a, 9, 3, x]", "[1, 7, a, 9, 9, y]", "[5, 8, b, 9, 9, y]"));
}

TEST(JoinTest, AppendOnlySidesAreWrittenWithoutReading) {
  JoinHarness run(JoinOf(JoinType::kInner, false, false),
                  {.rocksdb = true, .memory_limit = 64 << 10});
  std::string rows;
  for (int i = 0; i < 20'000; ++i) {
    rows += std::to_string(i) + ", " + std::to_string(i) + ", a string of more than twelve bytes\n";
    if (i % 500 != 499) continue;
    run.Feed(0, rows);
    rows.clear();
  }
  EXPECT_GT(run.statistics().evictions, 0U);
  EXPECT_EQ(run.statistics().disk_reads, 0U);
  run.Feed(1, "17, 1, x");
  EXPECT_THAT(run.out.Rows(),
              ElementsAre("[17, 17, a string of more than twelve bytes, 17, 1, x]"));
}

TEST(JoinTest, RowsExpire) {
  graph::JoinSpec spec = JoinOf(JoinType::kInner, false, false);
  spec.shape.left.ttl_millis = 1000;
  JoinHarness run(spec);
  run.Feed(0, "1, 7, a");
  run.Feed(1, "7, 70, x");
  run.AdvanceClock(1500);
  run.Feed(1, "7, 71, y");
  run.Feed(0, "2, 7, b");
  EXPECT_THAT(run.out.Rows(), UnorderedElementsAre("[1, 7, a, 7, 70, x]", "[2, 7, b, 7, 70, x]",
                                                   "[2, 7, b, 7, 71, y]"));
}

graph::JoinSpec WhoseRightRowsExpire(JoinType type) {
  graph::JoinSpec spec = JoinOf(type);
  spec.shape.right.ttl_millis = 1000;
  return spec;
}

// A left row [1, 7, a] has met a right row, which has expired.
void MeetAndExpire(JoinHarness& run) {
  run.Feed(1, "7, 70, x");
  run.Feed(0, "1, 7, a");
  run.AdvanceClock(1500);
}

// The right row that is taken back has expired: whether a left row met it cannot be known.
TEST(JoinTest, WhatExpiredIsNotTakenBack) {
  graph::JoinSpec spec = WhoseRightRowsExpire(JoinType::kInner);
  spec.shape.right.unique_key = {0};
  JoinHarness run(spec);
  MeetAndExpire(run);
  run.Feed(0, "2, 7, b");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 7, a, 7, 70, x]"));
  run.Feed(1, "-U[7, 70, x]\n +U[7, 71, x]\n -U[7, 71, x]\n +U[7, 72, x]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+U[1, 7, a, 7, 71, x]", "+U[2, 7, b, 7, 71, x]",
                                               "-U[1, 7, a, 7, 71, x]", "-U[2, 7, b, 7, 71, x]",
                                               "+U[1, 7, a, 7, 72, x]", "+U[2, 7, b, 7, 72, x]"));
}

// A row that stayed alone has a match for the first time, whatever expired before.
TEST(JoinTest, WhatExpiredLeavesNoDebtOfMatches) {
  for (const bool unique : {false, true}) {
    SCOPED_TRACE(unique);
    graph::JoinSpec spec = WhoseRightRowsExpire(JoinType::kLeft);
    if (unique) spec.shape.right.unique_key = {1};
    JoinHarness run(spec);
    run.Feed(1, "7, 70, x");
    run.AdvanceClock(1500);
    run.Feed(0, "2, 7, b");
    run.Feed(1, "-U[7, 70, x]\n +U[7, 71, x]");
    EXPECT_THAT(run.out.TakeLines(),
                ElementsAre("+I[2, 7, b, NULL, NULL, NULL]", "-D[2, 7, b, NULL, NULL, NULL]",
                            "+I[2, 7, b, 7, 71, x]"));
    // The same row comes again: nothing is owed for the one that was passed over.
    run.Feed(1, "-U[7, 71, x]\n +U[7, 70, x]");
    EXPECT_THAT(run.out.Rows(), ElementsAre("[2, 7, b, 7, 70, x]"));
    EXPECT_EQ(run.out.violations(), 0);
  }
}

// A row that was sent with a match that has expired is not taken back as one that had none.
TEST(JoinTest, ARowWhoseMatchExpiredWasNeverAlone) {
  for (const JoinType type : {JoinType::kLeft, JoinType::kFull, JoinType::kAnti}) {
    SCOPED_TRACE(graph::JoinTypeName(type));
    JoinHarness run(WhoseRightRowsExpire(type));
    MeetAndExpire(run);
    run.out.TakeLines();
    run.Feed(0, "-D[1, 7, a]\n +I[3, 7, c]\n -D[3, 7, c]");
    EXPECT_EQ(run.out.violations(), 0);
    EXPECT_EQ(run.out.TakeLines().size(), 2U) << "3 comes and goes alone";
  }
}

// Of two equal rows one was sent with a match, the other alone.
TEST(JoinTest, EqualRowsOfWhichOneMetWhatExpired) {
  for (const JoinType type : {JoinType::kLeft, JoinType::kAnti, JoinType::kSemi}) {
    SCOPED_TRACE(graph::JoinTypeName(type));
    JoinHarness run(WhoseRightRowsExpire(type));
    MeetAndExpire(run);
    run.Feed(0, "1, 7, a");
    run.Feed(0, "-D[1, 7, a]\n -D[1, 7, a]");
    EXPECT_EQ(run.out.violations(), 0);
  }
}

TEST(JoinTest, HotKeysComeInPieces) {
  JoinHarness run(JoinOf(JoinType::kLeft, false, false), {.batch_rows = 100});
  std::string rows;
  for (int i = 0; i < 6000; ++i) rows += std::to_string(i % 300) + ", 7, a\n";
  run.Feed(0, rows);
  run.Feed(1, "7, 1, x\n 7, 2, y");
  EXPECT_EQ(run.out.violations(), 0);
  EXPECT_EQ(run.out.Rows().size(), 12'000U);
}

// --- random changelogs ---------------------------------------------------------------------------

enum class SideChanges { kAppend, kAny, kUniqueId, kUniqueKey };

struct JoinCase {
  JoinType type;
  bool residual;
  SideChanges left;
  SideChanges right;
  bool rocksdb;
};

struct JoinRow {
  std::optional<int> a;  // left: id, right: v
  std::optional<int> k;
  std::string s;
  auto operator<=>(const JoinRow&) const = default;
};

std::string Cell(const std::optional<int>& value) {
  return value ? std::to_string(*value) : "NULL";
}

// A side's rows now, and its random changes.
class Table {
 public:
  Table(int port, SideChanges changes, uint64_t seed)
      : port_(port), changes_(changes), random_(SeedOf(seed)) {}
  // From now on rows are new, but for some that equal one that is there.
  void NumberRows() { number_ = 1; }

  std::string Text(const JoinRow& row) const {
    const std::string s = row.s;
    return port_ == 0 ? Cell(row.a) + ", " + Cell(row.k) + ", " + s
                      : Cell(row.k) + ", " + Cell(row.a) + ", " + s;
  }
  // Some lines of changes.
  std::string Next() {
    const JoinRow row = RandomRow();
    if (changes_ == SideChanges::kAppend) return Add("+I", row);
    std::string text;
    if (changes_ == SideChanges::kUniqueId || changes_ == SideChanges::kUniqueKey) {
      const auto same = std::find_if(rows_.begin(), rows_.end(), [&](const JoinRow& other) {
        return changes_ == SideChanges::kUniqueId ? other.a == row.a : other.k == row.k;
      });
      if (same != rows_.end()) {
        const bool update = Below(2) == 0;
        text = Remove(update ? "-U" : "-D", same);
        return update ? text + Add("+U", row) : text;
      }
      return Add("+I", row);
    }
    if (!rows_.empty() && Below(5) < 2) {
      return Remove("-D", rows_.begin() + static_cast<ptrdiff_t>(Below(rows_.size())));
    }
    return Add("+I", row);
  }
  const std::vector<JoinRow>& rows() const { return rows_; }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  JoinRow RandomRow() {
    static const std::string kTexts[] = {"a", "b", "a text that is longer than inline"};
    JoinRow row;
    if (Below(12) != 0) row.k = static_cast<int>(Below(6));
    if (Below(12) != 0)
      row.a = static_cast<int>(Below(changes_ == SideChanges::kUniqueId ? 20 : 4));
    row.s = kTexts[Below(3)];
    if (number_ == 0) return row;
    row.s += std::to_string(number_++);
    const bool again = changes_ == SideChanges::kAny && !rows_.empty() && Below(3) == 0;
    return again ? rows_[Below(rows_.size())] : row;
  }
  std::string Add(const char* kind, const JoinRow& row) {
    rows_.push_back(row);
    return std::string(kind) + "[" + Text(row) + "]\n";
  }
  std::string Remove(const char* kind, std::vector<JoinRow>::const_iterator at) {
    const std::string text = std::string(kind) + "[" + Text(*at) + "]\n";
    rows_.erase(at);
    return text;
  }

  int port_;
  SideChanges changes_;
  std::mt19937_64 random_;
  std::vector<JoinRow> rows_;
  int number_ = 0;
};

bool Matches(const JoinRow& left, const JoinRow& right, bool residual) {
  if (!left.k || !right.k || *left.k != *right.k) return false;
  return !residual || (left.a && right.a && *left.a < *right.a);
}

// The join of the final tables by nested loops.
std::vector<std::string> NestedLoops(const JoinCase& c, const Table& left, const Table& right) {
  std::vector<std::string> result;
  const std::string nulls = "NULL, NULL, NULL";
  for (const JoinRow& l : left.rows()) {
    int count = 0;
    for (const JoinRow& r : right.rows()) {
      if (!Matches(l, r, c.residual)) continue;
      ++count;
      if (!graph::GivesLeftOnly(c.type)) {
        result.push_back("[" + left.Text(l) + ", " + right.Text(r) + "]");
      }
    }
    if (graph::KeepsLeft(c.type) && count == 0) {
      result.push_back("[" + left.Text(l) + ", " + nulls + "]");
    }
    const bool alone = c.type == JoinType::kSemi ? count > 0 : count == 0;
    if (graph::GivesLeftOnly(c.type) && alone) result.push_back("[" + left.Text(l) + "]");
  }
  for (const JoinRow& r : right.rows()) {
    const bool matched = std::any_of(left.rows().begin(), left.rows().end(),
                                     [&](const JoinRow& l) { return Matches(l, r, c.residual); });
    if (graph::KeepsRight(c.type) && !matched) {
      result.push_back("[" + nulls + ", " + right.Text(r) + "]");
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

graph::JoinSpec SpecOf(const JoinCase& c) {
  graph::JoinSpec spec =
      JoinOf(c.type, c.left != SideChanges::kAppend, c.right != SideChanges::kAppend);
  if (c.left == SideChanges::kUniqueId) spec.shape.left.unique_key = {0};
  if (c.left == SideChanges::kUniqueKey) spec.shape.left.unique_key = {1};
  if (c.right == SideChanges::kUniqueId) spec.shape.right.unique_key = {1};
  if (c.right == SideChanges::kUniqueKey) spec.shape.right.unique_key = {0};
  if (c.residual) spec.shape.residual = IdBelowV();
  return spec;
}

void RunRandom(const JoinCase& c, uint64_t seed) {
  std::mt19937_64 random(SeedOf(seed));
  KeyedHarnessOptions options{.batch_rows = seed % 2 == 0 ? 7U : kDefaultBatchRows};
  options.rocksdb = c.rocksdb;
  if (c.rocksdb && seed % 2 == 0) options.memory_limit = 8 << 10;
  JoinHarness run(SpecOf(c), options);
  Table left(0, c.left, seed * 2 + 1);
  Table right(1, c.right, seed * 2 + 2);
  const int steps = 60;
  for (int step = 0; step < steps; ++step) {
    const int port = static_cast<int>(random() % 2);
    std::string text;
    const size_t changes = 1 + random() % (random() % 4 == 0 ? 40 : 4);
    for (size_t i = 0; i < changes; ++i) text += (port == 0 ? left : right).Next();
    run.Feed(port, text);
    if (random() % 15 == 0) run.Restart(1 + static_cast<uint32_t>(random() % 3));
  }
  EXPECT_EQ(run.out.violations(), 0);
  EXPECT_EQ(run.out.Rows(), NestedLoops(c, left, right));
}

// `expiring`: 1 the left side's rows, 2 the right side's, 3 both.
void RunExpiring(const JoinCase& c, int expiring, uint64_t seed) {
  std::mt19937_64 random(SeedOf(seed));
  graph::JoinSpec spec = SpecOf(c);
  const auto expire_after = [&](int64_t millis) {
    spec.shape.left.ttl_millis = (expiring & 1) * millis;
    spec.shape.right.ttl_millis = (expiring & 2) / 2 * millis;
  };
  expire_after(1000);
  KeyedHarnessOptions options;
  options.rocksdb = c.rocksdb;
  JoinHarness run(spec, options);
  run.AdvanceClock(1'000'000);  // a row of the time 0 would have none
  Table left(0, c.left, seed * 2 + 1);
  Table right(1, c.right, seed * 2 + 2);
  left.NumberRows();
  right.NumberRows();
  for (int step = 0; step < 100; ++step) {
    const int port = static_cast<int>(random() % 2);
    std::string text;
    for (size_t i = 0; i < 1 + random() % 6; ++i) text += (port == 0 ? left : right).Next();
    run.Feed(port, text);
    run.AdvanceClock(run.clock.now.millis + static_cast<int64_t>(random() % 300));
    if (random() % 20 == 0) {
      expire_after(static_cast<int64_t>(random() % 3) * 1000);
      run.RestartAs(spec);
    } else if (random() % 20 == 0) {
      run.Restart(1 + static_cast<uint32_t>(random() % 3));
    }
  }
  EXPECT_EQ(run.out.violations(), 0);
}

class RandomJoinTest : public ::testing::TestWithParam<JoinType> {};

TEST_P(RandomJoinTest, EqualsNestedLoops) {
  constexpr SideChanges kAll[] = {SideChanges::kAppend, SideChanges::kAny, SideChanges::kUniqueId,
                                  SideChanges::kUniqueKey};
  uint64_t seed = 100 * static_cast<uint64_t>(GetParam());
  for (const SideChanges left : kAll) {
    for (const SideChanges right : kAll) {
      for (const bool residual : {false, true}) {
        // Opening databases takes its time: every layout meets one on each side once.
        const bool rocksdb = residual && left == right;
        SCOPED_TRACE(::testing::Message()
                     << "left " << static_cast<int>(left) << " right " << static_cast<int>(right)
                     << " residual " << residual << " rocksdb " << rocksdb << " seed " << seed);
        RunRandom({GetParam(), residual, left, right, rocksdb}, seed++);
      }
    }
  }
}

// What is left depends on what expired when. Whatever it was, the changes fold.
TEST_P(RandomJoinTest, NothingIsTakenBackThatWasNotSent) {
  constexpr SideChanges kAll[] = {SideChanges::kAppend, SideChanges::kAny, SideChanges::kUniqueId,
                                  SideChanges::kUniqueKey};
  uint64_t seed = 100 * static_cast<uint64_t>(GetParam());
  for (const SideChanges left : kAll) {
    for (const SideChanges right : kAll) {
      for (const int expiring : {1, 2, 3}) {
        SCOPED_TRACE(::testing::Message()
                     << "left " << static_cast<int>(left) << " right " << static_cast<int>(right)
                     << " expiring " << expiring << " seed " << seed);
        // As above.
        const bool rocksdb = expiring == 3 && left == right;
        RunExpiring({GetParam(), seed % 2 == 0, left, right, rocksdb}, expiring, seed);
        ++seed;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, RandomJoinTest,
                         ::testing::Values(JoinType::kInner, JoinType::kLeft, JoinType::kRight,
                                           JoinType::kFull, JoinType::kSemi, JoinType::kAnti),
                         [](const auto& test) {
                           return std::string(graph::JoinTypeName(test.param));
                         });

}  // namespace
}  // namespace weir::operators
