// OVER whose rows wait for those behind them: single rows, and random ones, cut at random, kept on
// disk, restarted and rescaled, against a model that knows at each watermark which rows are
// complete, and computes their frames from all rows there are.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {
namespace {

using graph::OverAheadPart;
using graph::OverAheadSpec;
using graph::OverFrame;
using graph::OverFunction;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kAheadInput{{{"k", Type::Int()},
                          {"v", Type::Int()},
                          {"s", Type::String()},
                          {"f", Type::Boolean()},
                          {"ts", Type::Timestamp(3).WithNullable(false)}}};

graph::OverCall AheadCall(const std::string& function, std::vector<int> arguments, int filter = -1,
                          bool distinct = false) {
  graph::OverCall call;
  call.call = MakeCall(function, kAheadInput, std::move(arguments), distinct, filter);
  if (function == "LISTAGG") call.call.parameter = ",";
  return call;
}

graph::OverCall AheadPick(OverFunction function, int column, int64_t offset,
                          bool ignore_nulls = false, int fallback = -1) {
  graph::OverCall call;
  call.function = function;
  call.call.arguments = {column};
  call.call.argument_types = {kAheadInput.fields[static_cast<size_t>(column)].type};
  call.call.result_type = call.call.argument_types[0];
  call.call.state_name = "pick(" + kAheadInput.fields[static_cast<size_t>(column)].name + ")";
  call.offset = offset;
  call.ignore_nulls = ignore_nulls;
  call.default_column = fallback;
  return call;
}

graph::OverCall AheadTile(int64_t parts) {
  graph::OverCall call;
  call.function = OverFunction::kNtile;
  call.offset = parts;
  call.call.result_type = Type::BigInt().WithNullable(false);
  return call;
}

OverFrame ByRows(std::optional<int64_t> preceding, std::optional<int64_t> following) {
  return {.rows = true, .preceding = preceding, .following = following};
}
OverFrame ByTime(std::optional<int64_t> preceding, std::optional<int64_t> following) {
  return {.rows = false, .preceding = preceding, .following = following};
}

OverAheadSpec AheadSpecOf(std::vector<OverAheadPart> parts) {
  OverAheadSpec spec;
  spec.partition = {0};
  spec.time_column = 4;
  spec.parts = std::move(parts);
  return spec;
}

Schema OutputOfAhead(const OverAheadSpec& spec) {
  Schema output = kAheadInput;
  for (const OverAheadPart& part : spec.parts) {
    for (const graph::OverCall& call : part.calls)
      output.fields.push_back({fmt::format("o{}", output.size()), call.call.result_type});
  }
  return output;
}

struct AheadRun : KeyedHarness {
  explicit AheadRun(const OverAheadSpec& spec, KeyedHarnessOptions options = {})
      : KeyedHarness(spec, {kAheadInput, OutputOfAhead(spec), {0}}, options) {}
};

struct AheadRow {
  int k = 0;
  std::optional<int> v;
  std::optional<std::string> s;
  std::optional<bool> f;
  int64_t time = 0;
  bool given = false;  // by the model

  std::string Text() const {
    return fmt::format("{}, {}, {}, {}, 1970-01-01 00:{:02d}:{:02d}.{:03d}", k,
                       v ? std::to_string(*v) : "NULL", s.value_or("NULL"),
                       f ? (*f ? "TRUE" : "FALSE") : "NULL", time / 60'000, time / 1000 % 60,
                       time % 1000);
  }
};

std::string AheadText(const std::vector<AheadRow>& rows) {
  std::string text;
  for (const AheadRow& row : rows) text += (text.empty() ? "" : "\n") + row.Text();
  return text;
}

std::string AheadLine(const AheadRow& row, const std::string& results) {
  return fmt::format("+I[{}, {}]", row.Text(), results);
}

TEST(OverAheadTest, ARowWaitsForSoManyRowsAndHoldsTheWatermark) {
  AheadRun run(AheadSpecOf({{ByRows(1, 1), {AheadCall("SUM", {1})}}}));
  const AheadRow a{1, 1, "x", {}, 10};
  const AheadRow b{1, 2, "x", {}, 20};
  const AheadRow c{1, 4, "x", {}, 20};
  const AheadRow d{1, 8, "x", {}, 30};
  run.Feed(AheadText({c, a, d}));
  run.Watermark(15);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(WatermarkLine(9)));
  run.Feed(AheadText({b}));  // as old as c, and behind it
  run.Watermark(25);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(AheadLine(a, "5"), AheadLine(c, "7"), WatermarkLine(19)));
  run.Feed(AheadText({{1, 100, "late", {}, 25}}));
  EXPECT_EQ(run.metrics.late_rows, 1U);
  run.End();
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(AheadLine(b, "14"), AheadLine(d, "10"),
                                               WatermarkLine(Timestamp::Max().millis)));
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(OverAheadTest, ARangeIsCompleteWhenTheWatermarkHasPassedIt) {
  AheadRun run(AheadSpecOf({{ByTime(0, 10), {AheadCall("SUM", {1})}}}));
  const AheadRow a{1, 1, "x", {}, 10};
  const AheadRow b{1, 2, "x", {}, 20};
  const AheadRow c{1, 4, "x", {}, 21};
  run.Feed(AheadText({c, b, a}));
  run.Watermark(19);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(WatermarkLine(9)));
  run.Watermark(20);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre(AheadLine(a, "3"), WatermarkLine(10)));
  run.Watermark(50);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre(AheadLine(b, "6"), AheadLine(c, "4"), WatermarkLine(40)));
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(OverAheadTest, WhatHasNoEndWaitsForTheInputs) {
  AheadRun run(AheadSpecOf({{ByRows(0, std::nullopt), {AheadCall("SUM", {1})}}}));
  const AheadRow a{1, 1, "x", {}, 10};
  const AheadRow b{1, 2, "x", {}, 20};
  run.Feed(AheadText({b, a}));
  run.Watermark(1000);
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Restart(2);
  run.End();
  const std::vector<std::string> lines = run.out.TakeLines();
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], AheadLine(a, "3"));
  EXPECT_EQ(lines[1], AheadLine(b, "2"));
}

TEST(OverAheadTest, PartitionsThatNoFrameReachesBackToAreForgotten) {
  AheadRun run(AheadSpecOf({{ByTime(2000, 10), {AheadCall("SUM", {1})}}}));
  run.Watermark(0);
  for (int k = 0; k < 100; ++k) run.Feed(AheadText({{k, 1, "x", {}, 1000}}));
  run.Watermark(1500);
  EXPECT_EQ(run.statistics().rows, 100U);
  run.Watermark(3100);
  EXPECT_EQ(run.statistics().rows, 0U);
}

TEST(OverAheadTest, FramesWithoutABeginningKeepNoRows) {
  AheadRun run(
      AheadSpecOf({{ByRows(std::nullopt, 1), {AheadCall("SUM", {1}), AheadCall("LISTAGG", {2})}}}));
  for (int i = 1; i <= 100; ++i) {
    run.Feed(AheadText({{1, 1, fmt::format("{}", i % 2), {}, i}}));
    run.Watermark(i);
  }
  EXPECT_EQ(run.statistics().rows, 2U);  // the last row, and accumulators
}

// --- random rows ---------------------------------------------------------------------------------

class AheadModel {
 public:
  explicit AheadModel(const OverAheadSpec& spec) : spec_(spec) {}

  void Add(const AheadRow& row) {
    std::vector<AheadRow>& rows = rows_[row.k];
    rows.insert(std::ranges::upper_bound(rows, row.time, {}, &AheadRow::time), row);
  }

  // The lines of the rows that the watermark makes complete, by key in order.
  std::map<int, std::vector<std::string>> Advance(int64_t watermark) {
    std::map<int, std::vector<std::string>> lines;
    for (auto& [key, all] : rows_) {
      std::vector<AheadRow> known;
      for (const AheadRow& row : all) {
        if (row.time <= watermark) known.push_back(row);
      }
      for (size_t i = 0; i < known.size() && IsComplete(known, i, watermark); ++i) {
        if (all[i].given) continue;
        all[i].given = true;
        lines[key].push_back(AheadLine(all[i], Results(known, i)));
      }
    }
    return lines;
  }

  // All lines, of all rows there are in the end.
  std::map<int, std::vector<std::string>> All() const {
    std::map<int, std::vector<std::string>> lines;
    for (const auto& [key, rows] : rows_) {
      for (size_t i = 0; i < rows.size(); ++i)
        lines[key].push_back(AheadLine(rows[i], Results(rows, i)));
    }
    return lines;
  }

  // The first time of the rows that the watermark has passed and that were not given.
  std::optional<int64_t> Waiting(int64_t watermark) const {
    std::optional<int64_t> first;
    for (const auto& [key, rows] : rows_) {
      for (const AheadRow& row : rows) {
        if (!row.given && row.time <= watermark)
          first = std::min(first.value_or(row.time), row.time);
      }
    }
    return first;
  }

 private:
  using Table = std::vector<AheadRow>;

  static bool HasValue(const AheadRow& row, int column) {
    return column == 1 ? row.v.has_value() : row.s.has_value();
  }
  static std::string Value(const AheadRow& row, int column) {
    return column == 1 ? (row.v ? std::to_string(*row.v) : "NULL") : row.s.value_or("NULL");
  }
  static bool HasFrame(const graph::OverCall& call) {
    return call.function == OverFunction::kAggregate || call.function == OverFunction::kNthValue;
  }

  bool IsComplete(const Table& rows, size_t i, int64_t watermark) const {
    if (watermark == Timestamp::Max().millis) return true;
    const auto behind = static_cast<int64_t>(rows.size() - i - 1);
    for (const OverAheadPart& part : spec_.parts) {
      for (const graph::OverCall& call : part.calls) {
        if (call.function == OverFunction::kNtile) return false;
        if (call.function == OverFunction::kLead && Found(call, rows, i) < 0) return false;
        if (!HasFrame(call)) continue;
        if (!part.frame.following) return false;
        const int64_t following = *part.frame.following;
        if (following <= 0) continue;
        if (part.frame.rows ? behind < following : watermark < rows[i].time + following)
          return false;
      }
    }
    return true;
  }

  // The place of the row that a LAG or LEAD gives, or -1.
  static int64_t Found(const graph::OverCall& call, const Table& rows, size_t i) {
    const int64_t step = call.function == OverFunction::kLead ? 1 : -1;
    int64_t left = call.offset;
    for (auto place = static_cast<int64_t>(i) + step; place >= 0 && place < std::ssize(rows);
         place += step) {
      if (call.ignore_nulls && !HasValue(rows[static_cast<size_t>(place)], call.call.arguments[0]))
        continue;
      if (--left == 0) return place;
    }
    return -1;
  }

  std::string Results(const Table& rows, size_t i) const {
    std::vector<std::string> results;
    for (const OverAheadPart& part : spec_.parts) {
      for (const graph::OverCall& call : part.calls) results.push_back(Of(part, call, rows, i));
    }
    return fmt::format("{}", fmt::join(results, ", "));
  }

  static std::string Of(const OverAheadPart& part, const graph::OverCall& call, const Table& rows,
                        size_t i) {
    if (call.function == OverFunction::kAggregate)
      return Aggregate(call.call, Frame(part.frame, rows, i));
    if (call.function == OverFunction::kNtile) {
      // Row by row into the parts, the first of which get one more.
      std::vector<int64_t> sizes(static_cast<size_t>(call.offset), 0);
      for (size_t row = 0; row < rows.size(); ++row) ++sizes[row % sizes.size()];
      int64_t tile = 0;
      for (auto left = static_cast<int64_t>(i); left >= 0;
           left -= sizes[static_cast<size_t>(tile++)]) {
        if (left < sizes[static_cast<size_t>(tile)]) return std::to_string(tile + 1);
      }
      return "?";
    }
    const int column = call.call.arguments[0];
    if (call.function == OverFunction::kNthValue) {
      int64_t left = call.offset;
      for (const AheadRow& row : Frame(part.frame, rows, i)) {
        if (call.ignore_nulls && !HasValue(row, column)) continue;
        if (--left == 0) return Value(row, column);
      }
      return "NULL";
    }
    const int64_t found = Found(call, rows, i);
    if (found >= 0) return Value(rows[static_cast<size_t>(found)], column);
    return call.default_column < 0 ? "NULL" : Value(rows[i], call.default_column);
  }

  static Table Frame(const OverFrame& frame, const Table& rows, size_t i) {
    Table found;
    for (size_t j = 0; j < rows.size(); ++j) {
      const int64_t distance = frame.rows ? static_cast<int64_t>(j) - static_cast<int64_t>(i)
                                          : rows[j].time - rows[i].time;
      const bool behind_begin = !frame.preceding || distance >= -*frame.preceding;
      const bool before_end = !frame.following || distance <= *frame.following;
      if (behind_begin && before_end) found.push_back(rows[j]);
    }
    return found;
  }

  static std::string Aggregate(const expr::AggregateCall& call, const Table& frame) {
    std::vector<int> numbers;
    std::vector<std::string> texts;
    int64_t rows = 0;
    for (const AheadRow& row : frame) {
      if (call.filter >= 0 && !row.f.value_or(false)) continue;
      ++rows;
      if (row.v) numbers.push_back(*row.v);
      if (row.s) texts.push_back(*row.s);
    }
    if (call.distinct) {
      std::ranges::sort(numbers);
      numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    }
    const std::string name(expr::AggregateName(call.function));
    if (name == "COUNT") return std::to_string(call.arguments.empty() ? rows : std::ssize(numbers));
    const bool of_text = !call.arguments.empty() && call.arguments[0] == 2;
    if (of_text ? texts.empty() : numbers.empty()) return "NULL";
    const int sum = std::accumulate(numbers.begin(), numbers.end(), 0);
    if (name == "SUM") return std::to_string(sum);
    if (name == "AVG") return std::to_string(sum / std::ssize(numbers));
    if (name == "MIN") return std::to_string(*std::ranges::min_element(numbers));
    if (name == "MAX") return *std::ranges::max_element(texts);
    if (name == "FIRST_VALUE") return texts.front();
    if (name == "LAST_VALUE") return texts.back();
    return fmt::format("{}", fmt::join(texts, ","));  // LISTAGG
  }

  const OverAheadSpec& spec_;
  std::map<int, std::vector<AheadRow>> rows_;
};

class RandomAheadRows {
 public:
  explicit RandomAheadRows(uint32_t seed) : random_(SeedOf(seed)) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint32_t>(limit)); }
  AheadRow Next() {
    now_ += Below(8);
    AheadRow row;
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

std::map<int, std::vector<std::string>> ByKey(const std::vector<std::string>& lines) {
  std::map<int, std::vector<std::string>> by_key;
  for (const std::string& line : lines) {
    if (!line.starts_with("watermark ")) by_key[std::stoi(line.substr(3))].push_back(line);
  }
  return by_key;
}

// The watermark that one subtask puts out behind `watermark`, where no row waits for the end.
int64_t HeldBack(const OverAheadSpec& spec, const AheadModel& model, int64_t watermark) {
  int64_t millis = 0;
  bool rows = false;
  for (const OverAheadPart& part : spec.parts) {
    for (const graph::OverCall& call : part.calls) {
      const bool framed =
          call.function == OverFunction::kAggregate || call.function == OverFunction::kNthValue;
      rows = rows || call.function == OverFunction::kLead ||
             (framed && part.frame.rows && part.frame.following.value_or(0) > 0);
      if (framed && !part.frame.rows) millis = std::max(millis, part.frame.following.value_or(0));
    }
  }
  const std::optional<int64_t> waiting = model.Waiting(watermark);
  return rows ? std::min(watermark, waiting.value_or(watermark + 1) - 1) : watermark - millis;
}

// Returns how many rows came too late.
uint64_t RunRandomAhead(const OverAheadSpec& spec, uint32_t seed, KeyedHarnessOptions options) {
  RandomAheadRows random(seed);
  options.batch_rows = static_cast<uint32_t>(1 + random.Below(5));
  const bool one = random.Below(2) == 0;
  options.parallelism = one ? 1 : static_cast<uint32_t>(1 + random.Below(3));
  AheadRun run(spec, options);
  AheadModel model(spec);
  int64_t watermark = INT64_MIN;
  int64_t newest = 0;
  uint64_t late = 0;
  std::map<int, std::vector<std::string>> all;
  const auto compare = [&] {
    const std::vector<std::string> lines = run.out.TakeLines();
    const auto given = ByKey(lines);
    EXPECT_EQ(given, model.Advance(watermark)) << "at " << watermark;
    for (const auto& [key, rows] : given) all[key].insert(all[key].end(), rows.begin(), rows.end());
    const bool ends = spec.parts[0].frame.following.has_value();
    if (one && ends && watermark < Timestamp::Max().millis) {
      EXPECT_EQ(lines.back(), WatermarkLine(HeldBack(spec, model, watermark)));
    }
  };
  for (int step = 0; step < 60 && !testing::Test::HasFailure(); ++step) {
    std::vector<AheadRow> rows;
    for (int i = random.Below(random.Below(10) == 0 ? 60 : 8); i >= 0; --i) {
      rows.push_back(random.Next());
      if (rows.back().time <= watermark) {
        ++late;
      } else {
        model.Add(rows.back());
      }
    }
    run.Feed(AheadText(rows));
    newest += random.Below(60);
    if (random.Below(3) > 0) {
      watermark = std::max(watermark, newest - 20);
      run.Watermark(watermark);
      compare();
    }
    if (random.Below(15) == 0) run.Restart(one ? 1 : static_cast<uint32_t>(1 + random.Below(3)));
  }
  if (testing::Test::HasFailure()) return late;
  watermark = Timestamp::Max().millis;
  run.End();
  compare();
  EXPECT_EQ(run.metrics.late_rows, late);
  EXPECT_EQ(all, model.All());
  return late;
}

void RunAllAhead(std::vector<OverAheadPart> parts, uint32_t seeds = 8) {
  const OverAheadSpec spec = AheadSpecOf(std::move(parts));
  uint64_t late = 0;
  for (uint32_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    KeyedHarnessOptions options{.rocksdb = seed % 2 == 0};
    if (seed % 4 == 0 || seeds == 2) options.memory_limit = 1 << 10;
    late += RunRandomAhead(spec, seed, options);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(late, 0U);
}

std::vector<graph::OverCall> CallsOfAhead() {
  return {AheadCall("SUM", {1}),        AheadCall("COUNT", {}),  AheadCall("COUNT", {1}),
          AheadCall("MIN", {1}),        AheadCall("MAX", {2}),   AheadCall("FIRST_VALUE", {2}),
          AheadCall("LAST_VALUE", {2}), AheadCall("AVG", {1}),   AheadCall("SUM", {1}, 3),
          AheadCall("COUNT", {}, 3),    AheadCall("MAX", {2}, 3)};
}

// With what is computed frame by frame.
std::vector<graph::OverCall> OtherCallsOfAhead() {
  return {AheadCall("SUM", {1}, -1, true), AheadCall("COUNT", {1}, 3, true),
          AheadCall("LISTAGG", {2}), AheadPick(OverFunction::kNthValue, 2, 2),
          AheadPick(OverFunction::kNthValue, 1, 2, true)};
}

std::vector<OverFrame> FramesOfAhead() {
  return {ByRows(0, 1),  ByRows(1, 1),   ByRows(3, 2),     ByRows(-1, 3),  ByRows(3, -2),
          ByRows({}, 2), ByRows({}, -2), ByRows(40, 40),   ByRows(2, {}),  ByRows({}, {}),
          ByTime(0, 5),  ByTime(5, 5),   ByTime(60, 10),   ByTime(-3, 20), ByTime(20, -5),
          ByTime({}, 7), ByTime({}, -7), ByTime(500, 500), ByTime(0, {}),  ByTime(3, 0),
          ByTime({}, 0), ByRows(3, 0)};
}

TEST(OverAheadTest, RandomRowsInFramesFromTwoStacksAndAccumulators) {
  for (const OverFrame& frame : FramesOfAhead()) {
    SCOPED_TRACE(graph::ToString(frame));
    RunAllAhead({{frame, CallsOfAhead()}}, 2);
  }
}

TEST(OverAheadTest, RandomRowsFrameByFrame) {
  for (const OverFrame& frame : FramesOfAhead()) {
    SCOPED_TRACE(graph::ToString(frame));
    RunAllAhead({{frame, OtherCallsOfAhead()}}, 2);
  }
}

TEST(OverAheadTest, RandomRowsLookAheadAndBack) {
  const auto lag = OverFunction::kLag;
  const auto lead = OverFunction::kLead;
  RunAllAhead({{{}, {AheadPick(lead, 1, 1)}}});
  RunAllAhead({{{}, {AheadPick(lead, 2, 3, false, 2), AheadPick(lead, 1, 2, false, 1)}}});
  RunAllAhead(
      {{{}, {AheadPick(lead, 1, 2, true)}}, {ByRows({}, 0), {AheadPick(lag, 2, 2, true, 2)}}});
  RunAllAhead({{{}, {AheadPick(lag, 1, 1, true)}}});
}

TEST(OverAheadTest, RandomRowsOfSeveralParts) {
  RunAllAhead({{ByRows(2, 1), CallsOfAhead()}, {ByTime(10, 30), OtherCallsOfAhead()}});
  RunAllAhead({{ByTime({}, 9), CallsOfAhead()},
               {ByRows({}, 1), {AheadCall("SUM", {1})}},
               {ByTime(5, 20), {AheadCall("SUM", {1})}},
               {{}, {AheadPick(OverFunction::kLead, 1, 2)}}});
  RunAllAhead({{ByTime(30, 0), {AheadCall("COUNT", {1}, -1, true)}},
               {ByTime(4, -2), {AheadCall("COUNT", {})}},
               {{}, {AheadPick(OverFunction::kLag, 1, 2, true)}}});
}

TEST(OverAheadTest, RandomRowsOfWholePartitions) {
  OverAheadPart tiles{ByRows({}, {}), {AheadTile(3), AheadCall("SUM", {1})}};
  RunAllAhead({tiles});
}

}  // namespace
}  // namespace weir::operators
