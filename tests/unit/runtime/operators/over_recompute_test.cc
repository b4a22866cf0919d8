// OVER that is recomputed: single changes, and random ones, cut at random, kept on disk, restarted
// and rescaled, against a model that computes every result from all rows.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::OverFunction;
using graph::OverRecomputeSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kRecomputeInput{{{"k", Type::Int()}, {"o", Type::Int()}, {"v", Type::Int()}}};

graph::OverCall Again(const std::string& function, std::vector<int> arguments,
                      bool distinct = false) {
  graph::OverCall call;
  call.call = MakeCall(function, kRecomputeInput, std::move(arguments), distinct);
  return call;
}

graph::OverCall Other(OverFunction function, const std::string& name, int64_t offset = 1) {
  graph::OverCall call;
  call.function = function;
  call.offset = offset;
  call.call.state_name = name;
  call.call.result_type = Type::BigInt().WithNullable(false);
  if (function == OverFunction::kLag || function == OverFunction::kLead) {
    call.call.arguments = {2};
    call.call.argument_types = {Type::Int()};
    call.call.result_type = Type::Int();
  }
  return call;
}

OverRecomputeSpec Recompute(graph::OverFrame frame, std::vector<graph::OverCall> calls) {
  OverRecomputeSpec spec;
  spec.partition = {0};
  spec.order = {{.column = 1}};
  spec.frame = frame;
  spec.calls = std::move(calls);
  return spec;
}

struct RecomputeRun : KeyedHarness {
  explicit RecomputeRun(const OverRecomputeSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, {kRecomputeInput, OutputOf(spec), {0}}, options) {}

  static Schema OutputOf(const OverRecomputeSpec& spec) {
    Schema output = kRecomputeInput;
    for (size_t i = 0; i < spec.calls.size(); ++i)
      output.fields.push_back({fmt::format("r{}", i), spec.calls[i].call.result_type});
    return output;
  }
};

TEST(OverRecomputeTest, OnlyWhatAChangeTouchesIsSent) {
  RecomputeRun run(Recompute({.rows = true, .preceding = 1, .following = 1}, {Again("SUM", {2})}));
  run.Feed("+I[1, 10, 1]\n+I[1, 20, 2]\n+I[1, 30, 4]\n+I[1, 40, 8]\n+I[2, 10, 100]");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[1, 10, 1, 3]", "+I[1, 20, 2, 7]", "+I[1, 30, 4, 14]",
                          "+I[1, 40, 8, 12]", "+I[2, 10, 100, 100]"));
  run.Feed("+I[1, 15, 16]");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("-U[1, 10, 1, 3]", "+U[1, 10, 1, 17]", "+I[1, 15, 16, 19]",
                          "-U[1, 20, 2, 7]", "+U[1, 20, 2, 22]"));
  run.Feed("-D[1, 40, 8]");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("-D[1, 40, 8, 12]", "-U[1, 30, 4, 14]", "+U[1, 30, 4, 6]"));
}

TEST(OverRecomputeTest, ChangesThatComeToNothingSendNothing) {
  RecomputeRun run(Recompute({}, {Again("SUM", {2})}));
  run.Feed("+I[1, 1, 1]\n-D[1, 1, 1]\n-D[1, 2, 2]");
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  EXPECT_EQ(run.statistics().rows, 0U);
  // A retraction of what is not there does not count against a row that comes later.
  run.Feed("-D[1, 3, 3]\n+I[1, 3, 3]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 3, 3, 3]"));
}

TEST(OverRecomputeTest, EqualRowsAreCopies) {
  RecomputeRun run(Recompute({}, {Other(OverFunction::kRowNumber, "row_number()")}));
  run.Feed("+I[1, 1, 1]\n+I[1, 1, 1]\n+I[1, 1, 1]");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[1, 1, 1, 1]", "+I[1, 1, 1, 2]", "+I[1, 1, 1, 3]"));
  run.Feed("-D[1, 1, 1]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-D[1, 1, 1, 3]"));
  run.Feed("+I[1, 0, 0]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[1, 0, 0, 1]", "-U[1, 1, 1, 1]", "+U[1, 1, 1, 2]",
                                               "-U[1, 1, 1, 2]", "+U[1, 1, 1, 3]"));
}

// Partitions follow each other as their last changes do, rows as they stand in their partition.
TEST(OverRecomputeTest, WhatIsSentLastIsSo) {
  RecomputeRun run(Recompute({}, {Other(OverFunction::kRowNumber, "row_number()")}));
  run.Feed("+I[1, 5, 1]\n+I[2, 5, 1]");
  run.out.TakeLines();
  run.Feed("+I[2, 1, 0]\n+I[1, 7, 2]\n+I[1, 1, 0]\n+I[2, 9, 3]");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[1, 1, 0, 1]", "-U[1, 5, 1, 1]", "+U[1, 5, 1, 2]", "+I[1, 7, 2, 3]",
                          "+I[2, 1, 0, 1]", "-U[2, 5, 1, 1]", "+U[2, 5, 1, 2]", "+I[2, 9, 3, 3]"));
}

TEST(OverRecomputeTest, NewReadersGetTheResult) {
  RecomputeRun run(Recompute({}, {Again("SUM", {2}), Other(OverFunction::kRank, "rank()")}));
  run.Feed("+I[1, 1, 1]\n+I[1, NULL, 2]\n+I[2, 5, NULL]\n+I[2, 5, 3]");
  const std::vector<std::string> rows = run.out.Rows();
  run.Restart(2);
  run.Seed();
  EXPECT_EQ(run.seeded.Rows(), rows);
}

// --- random rows ---------------------------------------------------------------------------------

struct RecomputeRow {
  int k = 0;
  std::optional<int> o;
  std::optional<int> v;

  std::string Text() const {
    return fmt::format("{}, {}, {}", k, o ? std::to_string(*o) : "NULL",
                       v ? std::to_string(*v) : "NULL");
  }
  // NULLs first, as std::optional has it.
  friend auto operator<=>(const RecomputeRow&, const RecomputeRow&) = default;
};

class RecomputeModel {
 public:
  explicit RecomputeModel(const OverRecomputeSpec& spec) : spec_(spec) {}

  void Add(const RecomputeRow& row) { rows_.insert(row); }
  void Remove(const RecomputeRow& row) { rows_.erase(rows_.find(row)); }
  const std::multiset<RecomputeRow>& rows() const { return rows_; }

  std::map<std::string, int> Table() const {
    std::map<int, std::vector<RecomputeRow>> partitions;
    for (const RecomputeRow& row : rows_) partitions[row.k].push_back(row);
    std::map<std::string, int> table;
    for (const auto& [key, rows] : partitions) {
      for (size_t i = 0; i < rows.size(); ++i) {
        std::string line = "[" + rows[i].Text();
        for (const graph::OverCall& call : spec_.calls) line += ", " + Result(call, rows, i);
        ++table[line + "]"];
      }
    }
    return table;
  }

 private:
  bool InFrame(const std::vector<RecomputeRow>& rows, size_t i, size_t j) const {
    const graph::OverFrame& frame = spec_.frame;
    if (frame.rows) {
      const int64_t behind = static_cast<int64_t>(j) - static_cast<int64_t>(i);
      return (!frame.preceding || -behind <= *frame.preceding) &&
             (!frame.following || behind <= *frame.following);
    }
    const auto& of_row = rows[i].o;
    const auto& other = rows[j].o;
    if (!of_row || !other) {  // peers, and what an open end reaches
      if (of_row == other) return true;
      return other < of_row ? !frame.preceding : !frame.following;
    }
    return (!frame.preceding || *of_row - *other <= *frame.preceding) &&
           (!frame.following || *other - *of_row <= *frame.following);
  }

  std::string Result(const graph::OverCall& call, const std::vector<RecomputeRow>& rows,
                     size_t i) const {
    if (call.function == OverFunction::kAggregate) return Aggregate(call.call, rows, i);
    const auto peers = std::ranges::equal_range(rows, rows[i].o, {}, &RecomputeRow::o);
    switch (call.function) {
      case OverFunction::kRowNumber:
        return std::to_string(i + 1);
      case OverFunction::kRank:
        return std::to_string(peers.begin() - rows.begin() + 1);
      case OverFunction::kNtile: {
        size_t part = 0;
        for (size_t place = 0; place <= i; ++part) {
          const auto parts = static_cast<size_t>(call.offset);
          place += rows.size() / parts + (part < rows.size() % parts ? 1 : 0);
        }
        return std::to_string(part);
      }
      default: {
        const bool back = call.function == OverFunction::kLag;
        const int64_t at = static_cast<int64_t>(i) + (back ? -call.offset : call.offset);
        if (at < 0 || at >= std::ssize(rows)) return "NULL";
        const auto& value = rows[static_cast<size_t>(at)].v;
        return value ? std::to_string(*value) : "NULL";
      }
    }
  }

  std::string Aggregate(const expr::AggregateCall& call, const std::vector<RecomputeRow>& rows,
                        size_t i) const {
    std::vector<int> values;
    for (size_t j = 0; j < rows.size(); ++j) {
      if (InFrame(rows, i, j) && rows[j].v) values.push_back(*rows[j].v);
    }
    if (call.distinct) values = Distinct(values);
    const std::string name(expr::AggregateName(call.function));
    if (name == "COUNT") return std::to_string(values.size());
    if (values.empty()) return "NULL";
    if (name == "FIRST_VALUE") return std::to_string(values.front());
    if (name == "LAST_VALUE") return std::to_string(values.back());
    if (name == "MAX") return std::to_string(*std::ranges::max_element(values));
    int64_t sum = 0;
    for (const int value : values) sum += value;
    return std::to_string(sum);
  }

  static std::vector<int> Distinct(const std::vector<int>& values) {
    const std::set<int> distinct(values.begin(), values.end());
    return {distinct.begin(), distinct.end()};
  }

  const OverRecomputeSpec& spec_;
  std::multiset<RecomputeRow> rows_;
};

void RunRandomChanges(const OverRecomputeSpec& spec, uint32_t seed, KeyedHarnessOptions options) {
  std::mt19937 random(SeedOf(seed));
  const auto below = [&](int limit) {
    return static_cast<int>(random() % static_cast<uint32_t>(limit));
  };
  options.parallelism = static_cast<uint32_t>(1 + below(3));
  RecomputeRun run(spec, options);
  RecomputeModel model(spec);
  for (int step = 0; step < 60; ++step) {
    std::string changes;
    for (int i = below(8); i >= 0; --i) {
      const bool remove = !model.rows().empty() && below(5) < 2;
      RecomputeRow row;
      if (remove) {
        row = *std::next(model.rows().begin(), below(static_cast<int>(model.rows().size())));
        model.Remove(row);
      } else {
        row.k = below(3);
        if (below(6) > 0) row.o = below(9);
        if (below(6) > 0) row.v = below(5);
        model.Add(row);
      }
      changes +=
          fmt::format("{}{}[{}]", changes.empty() ? "" : "\n", remove ? "-D" : "+I", row.Text());
    }
    run.Feed(changes);
    if (below(12) == 0) run.Restart(static_cast<uint32_t>(1 + below(3)));
    ASSERT_EQ(run.out.table(), model.Table()) << "after step " << step;
  }
  EXPECT_EQ(run.out.violations(), 0);
}

TEST(OverRecomputeTest, RandomChangesInFramesOfEveryKind) {
  const std::vector<graph::OverCall> calls = {
      Again("SUM", {2}),
      Again("COUNT", {2}),
      Again("MAX", {2}),
      Again("FIRST_VALUE", {2}),
      Again("LAST_VALUE", {2}),
      Again("COUNT", {2}, true),
      Again("SUM", {2}, true),
      Other(OverFunction::kRowNumber, "row_number()"),
      Other(OverFunction::kRank, "rank()"),
      Other(OverFunction::kNtile, "ntile", 3),
      Other(OverFunction::kLag, "lag(v)", 2),
      Other(OverFunction::kLead, "lead(v)", 1),
  };
  const std::vector<graph::OverFrame> frames = {
      {.rows = true},
      {.rows = true, .preceding = 2, .following = 1},
      {.rows = true, .preceding = 3, .following = -2},
      {.rows = true, .preceding = -1, .following = 2},
      {.rows = true, .preceding = 1, .following = {}},
      {},
      {.preceding = 0, .following = {}},
      {.preceding = 2, .following = 1, .numbers = true},
      {.preceding = {}, .following = 2, .numbers = true},
      {.preceding = -1, .following = {}, .numbers = true},
  };
  for (size_t i = 0; i < frames.size(); ++i) {
    for (uint32_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(fmt::format("{}, seed {}", graph::ToString(frames[i]), seed));
      KeyedHarnessOptions options{.rocksdb = seed % 2 == 0};
      if (seed % 4 == 0) options.memory_limit = 1 << 10;
      RunRandomChanges(Recompute(frames[i], calls), seed + static_cast<uint32_t>(i) * 10, options);
    }
  }
}

}  // namespace
}  // namespace weir::operators
