// OVER: single rows, and random ones, cut at random, kept on disk, restarted and rescaled, against
// a model that computes every frame from all rows.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::OverAggregateSpec;
using graph::OverFunction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kOverInput{{{"k", Type::Int()},
                         {"v", Type::Int()},
                         {"s", Type::String()},
                         {"f", Type::Boolean()},
                         {"ts", Type::Timestamp(3).WithNullable(false)}}};
constexpr int kOverTime = 4;

graph::OverCall Of(const std::string& function, std::vector<int> arguments, int filter = -1,
                   bool distinct = false) {
  graph::OverCall call;
  call.call = MakeCall(function, kOverInput, std::move(arguments), distinct, filter);
  return call;
}

graph::OverCall Rank(OverFunction function, const std::string& name) {
  graph::OverCall call;
  call.function = function;
  call.call.result_type = Type::BigInt().WithNullable(false);
  call.call.state_name = name;
  return call;
}

graph::OverCall Lag(int column, int64_t offset, int fallback) {
  graph::OverCall call;
  call.function = OverFunction::kLag;
  call.call.arguments = {column};
  call.call.argument_types = {kOverInput.fields[static_cast<size_t>(column)].type};
  call.call.result_type = call.call.argument_types[0];
  call.call.state_name = "lag(" + kOverInput.fields[static_cast<size_t>(column)].name + ")";
  call.offset = offset;
  call.default_column = fallback;
  return call;
}

OverAggregateSpec OverAggregateOf(graph::OverFrame frame, std::vector<graph::OverCall> calls) {
  OverAggregateSpec spec;
  spec.partition = {0};
  spec.time_column = kOverTime;
  spec.frame = frame;
  spec.calls = std::move(calls);
  return spec;
}

Schema OutputOf(const OverAggregateSpec& spec) {
  Schema output = kOverInput;
  for (size_t i = 0; i < spec.calls.size(); ++i) {
    output.fields.push_back({fmt::format("o{}", i), spec.calls[i].call.result_type});
  }
  return output;
}

struct OverRun : KeyedHarness {
  explicit OverRun(const OverAggregateSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, {kOverInput, OutputOf(spec), {0}}, options) {}
};

struct OverRow {
  int k = 0;
  std::optional<int> v;
  std::optional<std::string> s;
  std::optional<bool> f;
  int64_t time = 0;

  std::string Text() const {
    return fmt::format("{}, {}, {}, {}, 1970-01-01 00:{:02d}:{:02d}.{:03d}", k,
                       v ? std::to_string(*v) : "NULL", s.value_or("NULL"),
                       f ? (*f ? "TRUE" : "FALSE") : "NULL", time / 60'000, time / 1000 % 60,
                       time % 1000);
  }
};

std::string OverText(const std::vector<OverRow>& rows) {
  std::string text;
  for (const OverRow& row : rows) text += (text.empty() ? "" : "\n") + row.Text();
  return text;
}

std::string OverLine(const OverRow& row, const std::string& results) {
  return fmt::format("+I[{}, {}]", row.Text(), results);
}

TEST(OverAggregateTest, RowsWaitForTheWatermarkAndThoseOfOneTimeAreTogether) {
  OverRun run(OverAggregateOf({}, {Of("SUM", {1}), Of("COUNT", {})}));
  const OverRow a{1, 1, "x", {}, 20};
  const OverRow b{1, 2, "x", {}, 10};
  const OverRow c{1, 4, "x", {}, 20};
  const OverRow d{1, 8, "x", {}, 30};
  const OverRow other{2, 16, "x", {}, 15};
  run.Feed(OverText({a, b, c, d, other}));
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Watermark(20);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(OverLine(b, "2, 1"), OverLine(other, "16, 1"), OverLine(a, "7, 3"),
                          OverLine(c, "7, 3"), WatermarkLine(20)));
  run.Feed(OverText({{1, 100, "late", {}, 20}}));
  EXPECT_EQ(run.metrics.late_rows, 1U);
  run.End();
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(OverLine(d, "15, 4"), WatermarkLine(Timestamp::Max().millis)));
}

TEST(OverAggregateTest, NothingIsSubtracted) {
  Schema input = kOverInput;
  input.fields[1].type = Type::Double();
  OverAggregateSpec spec = OverAggregateOf({true, 1}, {});
  graph::OverCall sum;
  sum.call = MakeCall("SUM", input, {1});
  spec.calls = {sum};
  Schema output = input;
  output.fields.push_back({"o0", sum.call.result_type});
  KeyedHarness run(spec, {input, output, {0}});
  run.Feed(
      "1, 1e16, x, TRUE, 1970-01-01 00:00:01.000\n1, 1, x, TRUE, 1970-01-01 00:00:02.000\n"
      "1, 0.5, x, TRUE, 1970-01-01 00:00:03.000");
  run.End();
  EXPECT_THAT(run.out.lines()[2], testing::EndsWith(", 1.5]"));
}

TEST(OverAggregateTest, ByTheClockRowsLeaveAsTheyCome) {
  OverAggregateSpec spec = OverAggregateOf({false, 1000}, {Of("SUM", {1})});
  spec.time_column = -1;
  OverRun run(spec);
  run.AdvanceClock(5000);
  run.Feed(OverText({{1, 1, "x", {}, 9}, {1, 2, "x", {}, 7}}));
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(OverLine({1, 1, "x", {}, 9}, "1"), OverLine({1, 2, "x", {}, 7}, "3")));
  run.AdvanceClock(6000);
  run.Feed(OverText({{1, 4, "x", {}, 5}}));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(OverLine({1, 4, "x", {}, 5}, "7")));
  run.Restart(1);
  run.AdvanceClock(6001);
  run.Feed(OverText({{1, 8, "x", {}, 5}}));
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(OverLine({1, 8, "x", {}, 5}, "12")));
}

TEST(OverAggregateTest, APartitionThatNoFrameReachesIsForgotten) {
  OverRun run(OverAggregateOf({false, 2000}, {Of("SUM", {1})}));
  run.Watermark(0);
  for (int k = 0; k < 100; ++k) run.Feed(OverText({{k, 1, "x", {}, 1000}}));
  run.Watermark(2000);
  EXPECT_EQ(run.statistics().rows, 200U);  // a frame and a row each
  run.Feed(OverText({{7, 1, "x", {}, 3000}}));
  run.Watermark(3500);
  run.Watermark(5600);
  EXPECT_EQ(run.statistics().rows, 0U);
}

// --- random rows ---------------------------------------------------------------------------------

// All rows that came in time, in order, by partition.
class OverModel {
 public:
  explicit OverModel(const OverAggregateSpec& spec) : spec_(spec) {}

  void Add(const OverRow& row) {
    std::vector<OverRow>& rows = rows_[row.k];
    const auto place = std::ranges::upper_bound(rows, row.time, {}, &OverRow::time);
    rows.insert(place, row);
  }

  std::map<std::string, int> Table() const {
    std::map<std::string, int> table;
    for (const auto& [key, rows] : rows_) {
      for (size_t i = 0; i < rows.size(); ++i) {
        std::vector<std::string> results;
        for (const graph::OverCall& call : spec_.calls) results.push_back(Result(call, rows, i));
        ++table[fmt::format("[{}, {}]", rows[i].Text(), fmt::join(results, ", "))];
      }
    }
    return table;
  }

 private:
  std::string Result(const graph::OverCall& call, const std::vector<OverRow>& rows,
                     size_t i) const {
    switch (call.function) {
      case OverFunction::kAggregate:
        return Aggregate(call.call, Frame(rows, i));
      case OverFunction::kRowNumber:
        return std::to_string(i + 1);
      case OverFunction::kRank:
      case OverFunction::kDenseRank: {
        std::set<int64_t> before;
        size_t count = 0;
        for (const OverRow& row : rows) {
          if (row.time >= rows[i].time) continue;
          before.insert(row.time);
          ++count;
        }
        return std::to_string((call.function == OverFunction::kRank ? count : before.size()) + 1);
      }
      case OverFunction::kLag: {
        const auto offset = static_cast<size_t>(call.offset);
        if (i < offset && call.default_column < 0) return "NULL";
        const OverRow& row = i < offset ? rows[i] : rows[i - offset];
        const int column = i < offset ? call.default_column : call.call.arguments[0];
        return column == 1 ? (row.v ? std::to_string(*row.v) : "NULL") : row.s.value_or("NULL");
      }
      default:
        break;  // of OverRecompute only
    }
    return "";
  }

  std::vector<OverRow> Frame(const std::vector<OverRow>& rows, size_t i) const {
    std::vector<OverRow> frame;
    for (size_t j = 0; j < rows.size(); ++j) {
      const bool peers = !spec_.frame.rows && rows[j].time == rows[i].time;
      if (j > i && !peers) break;
      if (spec_.frame.preceding) {
        const int64_t preceding = *spec_.frame.preceding;
        if (spec_.frame.rows && static_cast<int64_t>(i - j) > preceding) continue;
        if (!spec_.frame.rows && rows[i].time - rows[j].time > preceding) continue;
      }
      frame.push_back(rows[j]);
    }
    return frame;
  }

  static std::string Aggregate(const expr::AggregateCall& call, const std::vector<OverRow>& frame) {
    std::vector<int> numbers;
    std::vector<std::string> texts;
    int64_t rows = 0;
    for (const OverRow& row : frame) {
      if (call.filter >= 0 && !row.f.value_or(false)) continue;
      ++rows;
      if (row.v) numbers.push_back(*row.v);
      if (row.s) texts.push_back(*row.s);
    }
    const bool of_text = !call.arguments.empty() && call.arguments[0] == 2;
    if (call.distinct) {
      std::ranges::sort(numbers);
      numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    }
    const std::string name(expr::AggregateName(call.function));
    if (name == "COUNT") return std::to_string(call.arguments.empty() ? rows : std::ssize(numbers));
    if (of_text ? texts.empty() : numbers.empty()) return "NULL";
    if (name == "SUM") return std::to_string(std::accumulate(numbers.begin(), numbers.end(), 0));
    if (name == "AVG")
      return std::to_string(std::accumulate(numbers.begin(), numbers.end(), 0) /
                            std::ssize(numbers));
    if (name == "MIN") return std::to_string(*std::ranges::min_element(numbers));
    if (name == "MAX") return *std::ranges::max_element(texts);
    if (name == "FIRST_VALUE") return texts.front();
    if (name == "LAST_VALUE") return texts.back();
    return fmt::format("{}", fmt::join(texts, ","));  // LISTAGG
  }

  const OverAggregateSpec& spec_;
  std::map<int, std::vector<OverRow>> rows_;
};

class RandomOverRows {
 public:
  explicit RandomOverRows(uint32_t seed) : random_(SeedOf(seed)) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  OverRow Next() {
    now_ += Below(8);
    OverRow row;
    row.k = Below(4);
    if (Below(6) > 0) row.v = Below(20) - 5;
    if (Below(6) > 0)
      row.s = Below(2) == 0 ? fmt::format("x{}", Below(5))
                            : fmt::format("longer than twelve bytes {}", Below(5));
    if (Below(4) > 0) row.f = Below(2) == 0;
    const int spread = Below(20) == 0 ? 3000 : 40;
    row.time = std::max<int64_t>(1, now_ + (Below(3) == 0 ? Below(spread) : -Below(30)));
    return row;
  }

 private:
  std::mt19937 random_;
  int64_t now_ = 100;
};

// Says no more than the first difference.
void ExpectSame(const std::map<std::string, int>& out, const std::map<std::string, int>& model) {
  const auto differ = std::ranges::mismatch(out, model);
  if (differ.in1 == out.end() && differ.in2 == model.end()) return;
  ADD_FAILURE() << (differ.in1 == out.end() ? "no more" : differ.in1->first) << "\nof "
                << out.size() << " rows, where the model has\n"
                << (differ.in2 == model.end() ? "no more" : differ.in2->first) << "\nof "
                << model.size();
}

// Returns how many rows came too late.
uint64_t RunRandom(const OverAggregateSpec& spec, uint32_t seed, KeyedHarnessOptions options) {
  RandomOverRows random(seed);
  options.batch_rows = static_cast<uint32_t>(1 + random.Below(5));
  options.parallelism = static_cast<uint32_t>(1 + random.Below(3));
  OverRun run(spec, options);
  OverModel model(spec);
  int64_t watermark = INT64_MIN;
  int64_t newest = 0;
  uint64_t late = 0;
  for (int step = 0; step < 150; ++step) {
    std::vector<OverRow> rows;
    for (int i = random.Below(random.Below(10) == 0 ? 60 : 8); i >= 0; --i) {
      rows.push_back(random.Next());
      if (rows.back().time <= watermark) {
        ++late;
      } else {
        model.Add(rows.back());
      }
    }
    run.Feed(OverText(rows));
    newest += random.Below(60);
    if (random.Below(3) > 0) run.Watermark(watermark = std::max(watermark, newest - 20));
    if (random.Below(25) == 0) run.Restart(static_cast<uint32_t>(1 + random.Below(3)));
  }
  run.End();
  EXPECT_EQ(run.metrics.late_rows, late);
  ExpectSame(run.out.table(), model.Table());
  int64_t last = INT64_MIN;
  for (const std::string& line : run.out.lines()) {
    if (line.starts_with("watermark ")) last = std::stoll(line.substr(10));
  }
  EXPECT_EQ(last, Timestamp::Max().millis);
  return late;
}

std::vector<graph::OverCall> SlidingCalls() {
  return {Of("SUM", {1}),    Of("COUNT", {}),        Of("COUNT", {1}),      Of("MIN", {1}),
          Of("MAX", {2}),    Of("FIRST_VALUE", {2}), Of("LAST_VALUE", {2}), Of("AVG", {1}),
          Of("SUM", {1}, 3), Of("COUNT", {}, 3),     Of("MAX", {2}, 3)};
}

void RunAll(const OverAggregateSpec& spec) {
  uint64_t late = 0;
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    KeyedHarnessOptions options{.rocksdb = seed % 2 == 0};
    if (seed % 4 == 0) options.memory_limit = 1 << 10;
    late += RunRandom(spec, seed, options);
  }
  EXPECT_GT(late, 0U);
}

TEST(OverAggregateTest, RandomRowsInFramesWithoutABeginning) {
  std::vector<graph::OverCall> calls = SlidingCalls();
  calls.push_back(Of("SUM", {1}, -1, true));
  calls.push_back(Of("COUNT", {1}, -1, true));
  calls.push_back(Of("COUNT", {1}, 3, true));
  calls.push_back(Of("LISTAGG", {2}));
  calls.back().call.parameter = ",";
  calls.push_back(Rank(OverFunction::kRowNumber, "row_number()"));
  calls.push_back(Rank(OverFunction::kRank, "rank()"));
  calls.push_back(Rank(OverFunction::kDenseRank, "dense_rank()"));
  for (const bool rows : {false, true}) {
    SCOPED_TRACE(rows ? "ROWS" : "RANGE");
    // Rows of one time have numbers in the order of arrival, which partitions do not share.
    RunAll(OverAggregateOf({rows, {}}, calls));
  }
}

TEST(OverAggregateTest, RandomRowsInFramesOfRows) {
  for (const int64_t preceding : {0, 1, 3, 40}) {
    SCOPED_TRACE(std::to_string(preceding) + " PRECEDING");
    RunAll(OverAggregateOf({true, preceding}, SlidingCalls()));
  }
}

TEST(OverAggregateTest, RandomRowsInFramesOfTime) {
  for (const int64_t preceding : {0, 5, 60, 2500}) {
    SCOPED_TRACE(std::to_string(preceding) + " ms PRECEDING");
    RunAll(OverAggregateOf({false, preceding}, SlidingCalls()));
  }
}

TEST(OverAggregateTest, RandomRowsLookBack) {
  RunAll(OverAggregateOf({true, 3}, {Lag(1, 1, -1), Lag(2, 3, -1), Lag(1, 2, 1), Lag(2, 1, 2)}));
}

}  // namespace
}  // namespace weir::operators
