// UpsertMaterialize: single changes in and out of order, and random changelogs, cut at random, with
// restores in between, against a model of Flink's SinkUpsertMaterializer that looks at one change
// at a time. On both backends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::UpsertMaterializeSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The sink's primary key is `pk`; `id` identifies a row of the query.
const Schema kMaterializeInput{{{"pk", Type::Int()}, {"id", Type::Int()}, {"s", Type::String()}}};

struct MaterializeRun : KeyedHarness {
  explicit MaterializeRun(const UpsertMaterializeSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, {kMaterializeInput, kMaterializeInput, spec.keys}, options) {}

  std::vector<std::string> Lines(const std::string& rows) {
    Feed(rows);
    return out.TakeLines();
  }
};

UpsertMaterializeSpec ById() {
  return {{0}, {1}, 0};
}
UpsertMaterializeSpec ByRow() {
  return {{0}, {}, 0};
}

TEST(UpsertMaterializeTest, ALateOldRowDoesNotTakeANewerOneAway) {
  for (const UpsertMaterializeSpec& spec : {ById(), ByRow()}) {
    MaterializeRun run(spec);
    EXPECT_THAT(run.Lines("+I[10, 1, a]"), ElementsAre("+I[10, 1, a]"));
    EXPECT_THAT(run.Lines("+U[10, 2, b]"), ElementsAre("+U[10, 2, b]"));
    EXPECT_THAT(run.Lines("-U[10, 1, a]"), IsEmpty());
    EXPECT_THAT(run.Lines("-D[10, 2, b]"), ElementsAre("-D[10, 2, b]"));
    EXPECT_EQ(run.statistics().rows, 0U);
  }
}

TEST(UpsertMaterializeTest, TheRowBeforeComesBack) {
  MaterializeRun run(ById());
  run.Lines("+I[10, 1, a]");
  run.Lines("+I[10, 2, b]");
  run.Lines("+I[10, 3, c]");
  EXPECT_EQ(run.statistics().rows, 3U);
  EXPECT_THAT(run.Lines("-D[10, 3, c]"), ElementsAre("+U[10, 2, b]"));
  EXPECT_THAT(run.Lines("-D[10, 1, a]"), IsEmpty());
  EXPECT_THAT(run.Lines("-D[10, 1, a]"), IsEmpty());
  EXPECT_THAT(run.Lines("-U[10, 2, b]"), ElementsAre("-D[10, 2, b]"));
}

TEST(UpsertMaterializeTest, WhatIsNotThereIsPassedOver) {
  MaterializeRun run(ById());
  EXPECT_THAT(run.Lines("-D[10, 1, a]"), IsEmpty());
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(UpsertMaterializeTest, EqualRowsCount) {
  MaterializeRun run(ByRow());
  run.Lines("+I[10, 1, a]");
  run.Lines("+I[10, 1, a]");
  run.Lines("-D[10, 1, a]");
  EXPECT_THAT(run.out.table(), testing::SizeIs(1));
  EXPECT_THAT(run.Lines("-D[10, 1, a]"), ElementsAre("-D[10, 1, a]"));
}

TEST(UpsertMaterializeTest, ABatchGivesTheNetChangeOfAKey) {
  MaterializeRun run(ById());
  EXPECT_THAT(run.Lines("+I[10, 1, a]\n+I[10, 2, b]\n+I[20, 3, c]\n-D[20, 3, c]"),
              ElementsAre("+I[10, 2, b]"));
  EXPECT_THAT(run.Lines("+I[10, 4, d]\n-D[10, 4, d]\n-D[10, 1, a]"), IsEmpty());
  EXPECT_THAT(run.Lines("-U[10, 2, b]\n+U[10, 2, x]"), ElementsAre("+U[10, 2, x]"));
}

TEST(UpsertMaterializeTest, VersionsSurviveARestartAtAnotherParallelism) {
  MaterializeRun run(ById(), {.parallelism = 3, .rocksdb = true});
  run.Feed("+I[10, 1, the first of a long text]\n+I[20, 2, b]");
  run.Feed("+I[10, 2, the second of a long text]\n+I[10, 3, c]");
  run.out.TakeLines();
  run.Restart(2);
  EXPECT_THAT(run.Lines("+I[10, 4, d]"), ElementsAre("+U[10, 4, d]"));
  EXPECT_THAT(run.Lines("-D[10, 4, d]\n-D[10, 3, c]"),
              ElementsAre("+U[10, 2, the second of a long text]"));
  EXPECT_THAT(run.Lines("-D[10, 2, NULL]"), ElementsAre("+U[10, 1, the first of a long text]"));
}

TEST(UpsertMaterializeTest, VersionsExpireTogether) {
  UpsertMaterializeSpec spec = ById();
  spec.ttl_millis = 1000;
  MaterializeRun run(spec);
  run.Lines("+I[10, 1, a]");
  run.AdvanceClock(800);
  run.Lines("+I[10, 2, b]");
  run.AdvanceClock(1600);
  EXPECT_THAT(run.Lines("+I[10, 3, c]"), ElementsAre("+U[10, 3, c]"));
  run.AdvanceClock(2400);
  EXPECT_THAT(run.Lines("-D[10, 3, c]"), ElementsAre("+U[10, 2, b]"));
  EXPECT_THAT(run.Lines("-D[10, 2, b]"), ElementsAre("+U[10, 1, a]"));
  run.AdvanceClock(9000);
  EXPECT_THAT(run.Lines("-D[10, 1, a]"), IsEmpty());
  EXPECT_THAT(run.Lines("+I[10, 4, d]"), ElementsAre("+I[10, 4, d]"));
}

// Rows of the query by id: random moves from key to key, each sent as -U and +U, which arrive in
// any order of the two where the keys differ.
class KeyMoves {
 public:
  explicit KeyMoves(std::mt19937& random) : random_(random) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }

  // Lines of one change of one row.
  std::vector<std::string> Next() {
    const int id = Below(9);
    const auto found = rows_.find(id);
    const bool ends = found != rows_.end() && Below(4) == 0;
    const std::string old = found == rows_.end() ? "" : found->second;
    if (ends) {
      rows_.erase(id);
      return {"-D" + old};
    }
    const std::string text = Below(2) == 0 ? "x" : "longer than twelve bytes";
    const std::string row = "[" + std::to_string(Below(4)) + ", " + std::to_string(id) + ", " +
                            text + std::to_string(Below(3)) + "]";
    rows_[id] = row;
    if (old.empty()) return {"+I" + row};
    std::vector<std::string> lines = {"-U" + old, "+U" + row};
    if (old.substr(0, 2) != row.substr(0, 2) && Below(2) == 0) std::swap(lines[0], lines[1]);
    return lines;
  }

 private:
  std::mt19937& random_;
  std::map<int, std::string> rows_;
};

// The last row of every key, one change at a time.
class MaterializeModel {
 public:
  void Take(const std::string& line) {
    const std::string row = line.substr(2);
    std::vector<std::string>& list = lists_[row.substr(0, 2)];
    if (line[0] == '+') {
      list.push_back(row);
      return;
    }
    const auto found = std::find(list.begin(), list.end(), row);
    if (found != list.end()) list.erase(found);
  }
  std::map<std::string, std::string> Table() const {
    std::map<std::string, std::string> table;
    for (const auto& [key, list] : lists_) {
      if (!list.empty()) table[key] = list.back();
    }
    return table;
  }

 private:
  std::map<std::string, std::vector<std::string>> lists_;
};

// What an upsert sink holds: the last row of each key that was not deleted.
void Upsert(const std::vector<std::string>& lines, std::map<std::string, std::string>& sink) {
  for (const std::string& line : lines) {
    const std::string row = line.substr(2);
    const std::string key = row.substr(0, 2);
    const bool known = sink.count(key) != 0;
    ASSERT_EQ(line[0] == '+' && line[1] == 'I', !known) << line;
    if (line[0] == '+') {
      sink[key] = row;
    } else {
      ASSERT_EQ(line.substr(0, 2), "-D");
      sink.erase(key);
    }
  }
}

void RunRandom(const UpsertMaterializeSpec& spec, uint32_t seed, KeyedHarnessOptions options) {
  std::mt19937 random(SeedOf(seed));
  KeyMoves changes(random);
  options.batch_rows = static_cast<uint32_t>(1 + changes.Below(5));
  MaterializeRun run(spec, options);
  MaterializeModel model;
  std::map<std::string, std::string> sink;
  for (int step = 0; step < 60; ++step) {
    std::string text;
    for (int i = changes.Below(5); i >= 0; --i) {
      for (const std::string& line : changes.Next()) {
        text += (text.empty() ? "" : "\n") + line;
        model.Take(line);
      }
    }
    Upsert(run.Lines(text), sink);
    ASSERT_EQ(sink, model.Table()) << "step " << step;
    if (changes.Below(10) == 0) run.Restart(static_cast<uint32_t>(1 + changes.Below(3)));
  }
}

TEST(UpsertMaterializeTest, RandomChanges) {
  for (const UpsertMaterializeSpec& spec : {ById(), ByRow()}) {
    for (uint32_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE("by id " + std::to_string(!spec.input_key.empty()) + ", seed " +
                   std::to_string(seed));
      KeyedHarnessOptions options{.parallelism = 1 + seed % 3};
      if (seed % 2 == 0) options.rocksdb = true;
      if (seed % 4 == 0) options.memory_limit = 1 << 10;
      RunRandom(spec, seed, options);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace weir::operators
