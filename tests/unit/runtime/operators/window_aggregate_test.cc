// Windows: firing, lateness by partition, slices, two phases, restores and rescales, against a
// model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "runtime/types/datetime.h"
#include "runtime/window/window_arithmetic.h"
#include "tests/seed.h"
#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using window::WindowKind;

const Schema kWindowInput{
    {{"ts", Type::Timestamp(3)}, {"k", Type::String()}, {"v", Type::BigInt()}}};

expr::AggregateCall WindowCall(const std::string& function, std::vector<int> arguments,
                               bool distinct = false) {
  return MakeCall(function, kWindowInput, std::move(arguments), distinct);
}

graph::WindowAggregateSpec WindowAggregateOf(window::WindowSpec window,
                                             std::vector<expr::AggregateCall> calls) {
  graph::WindowAggregateSpec spec;
  spec.window = window;
  spec.time_column = 0;
  spec.keys = {1};
  spec.calls = std::move(calls);
  spec.window_type = Type::Timestamp(3);
  return spec;
}

constexpr window::WindowSpec kTumble{.kind = WindowKind::kTumble, .size = 10};
constexpr window::WindowSpec kHop{.kind = WindowKind::kHop, .size = 10, .slide = 2};
constexpr window::WindowSpec kCumulate{.kind = WindowKind::kCumulate, .size = 12, .slide = 3};

Schema OutputOf(const graph::WindowAggregateSpec& spec) {
  Schema output{{kWindowInput.fields[1]}};
  for (const expr::AggregateCall& call : spec.calls) {
    output.fields.push_back({call.state_name, call.result_type});
  }
  if (spec.emit_start) output.fields.push_back({"window_start", spec.window_type});
  if (spec.emit_end) output.fields.push_back({"window_end", spec.window_type});
  if (spec.emit_time) output.fields.push_back({"window_time", spec.window_type});
  return output;
}

struct TimedRow {
  int64_t millis;
  std::string key;
  int value;
  bool addition = true;
};

Batch BatchOf(const std::vector<TimedRow>& rows) {
  ColumnBuilder times(Type::Timestamp(3));
  ColumnBuilder keys(Type::String());
  ColumnBuilder values(Type::BigInt());
  Batch batch;
  batch.row_count = static_cast<uint32_t>(rows.size());
  batch.row_kinds = MakeBuffer<uint8_t>(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    times.Append<int64_t>(rows[i].millis * 1000);
    keys.AppendString(rows[i].key);
    values.Append<int64_t>(rows[i].value);
    batch.row_kinds->as<uint8_t>()[i] =
        static_cast<uint8_t>(rows[i].addition ? RowKind::kInsert : RowKind::kDelete);
  }
  batch.columns = {times.Finish(), keys.Finish(), values.Finish()};
  return batch;
}

// "[k, 3, 00:00:00.000, 00:00:00.010]" as the operator writes it.
std::string WindowRow(const std::string& cells, int64_t start, int64_t end) {
  return "[" + cells + ", " + TimeText(start) + ", " + TimeText(end) + "]";
}

class Windowing : public OperatorHarness {
 public:
  explicit Windowing(const graph::WindowAggregateSpec& spec, HarnessOptions options = {})
      : OperatorHarness(spec, kWindowInput, OutputOf(spec), options) {}
  // One partition whose watermark is the greatest time; the operator's follows after the batch.
  void FeedTimed(const std::vector<TimedRow>& rows) {
    Feed(MarkLate(BatchOf(rows), 0, 0, watermark_));
    Watermark(watermark_);
  }
  std::vector<std::string> TakeRows() {
    std::vector<std::string> rows;
    for (const std::string& line : out.TakeLines()) {
      if (!line.starts_with("watermark")) rows.push_back(line.substr(2));
    }
    return rows;
  }

 private:
  int64_t watermark_ = Timestamp::Min().millis;
};

TEST(WindowAggregateTest, FiresInOrderBeforeTheWatermark) {
  Windowing run(WindowAggregateOf(kTumble, {WindowCall("COUNT", {}), WindowCall("SUM", {2})}));
  run.Feed(BatchOf({{3, "a", 1}, {25, "a", 5}, {4, "a", 2}, {12, "b", 7}}));
  run.Watermark(8);
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("watermark 8"));
  run.Watermark(19);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I" + WindowRow("a, 2, 3", 0, 10), "+I" + WindowRow("b, 1, 7", 10, 20),
                          "watermark 19"));
  run.End();
  EXPECT_EQ(run.out.lines().front(), "+I" + WindowRow("a, 1, 5", 20, 30));
}

TEST(WindowAggregateTest, ARowIsLateFromTheLastMillisecondOfItsWindow) {
  Windowing run(WindowAggregateOf(kTumble, {WindowCall("COUNT", {})}));
  run.FeedTimed({{8, "a", 1}, {5, "a", 1}, {9, "a", 1}, {6, "a", 1}, {11, "a", 1}});
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("a, 3", 0, 10)));
  EXPECT_EQ(run.metrics.late_rows.load(), 1U);
}

TEST(WindowAggregateTest, ALateHopRowCountsForTheWindowsThatAreLeft) {
  Windowing run(WindowAggregateOf(kHop, {WindowCall("SUM", {2})}));
  // At watermark 5 the windows that end at 2, 4 and 6 are complete; 1 is in windows up to 10.
  run.FeedTimed({{5, "a", 10}, {1, "a", 1}});
  run.End();
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("a, 10", -4, 6), WindowRow("a, 11", -2, 8),
                                          WindowRow("a, 11", 0, 10), WindowRow("a, 10", 2, 12),
                                          WindowRow("a, 10", 4, 14)));
  EXPECT_EQ(run.metrics.late_rows.load(), 0U);
}

TEST(WindowAggregateTest, RowsAreJudgedByTheirOwnPartition) {
  Windowing run(WindowAggregateOf(kTumble, {WindowCall("COUNT", {})}));
  int64_t fast = Timestamp::Min().millis;
  int64_t slow = Timestamp::Min().millis;
  run.Feed(
      MarkLate(BatchOf({{15, "a", 1}, {3, "a", 1}}), 0, 0, fast));  // 3 is late in its partition
  run.Feed(MarkLate(BatchOf({{2, "a", 1}}), 0, 0, slow));           // 2 is not
  run.Watermark(std::min(fast, slow));
  run.End();
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("a, 1", 0, 10), WindowRow("a, 1", 10, 20)));
  EXPECT_EQ(run.metrics.late_rows.load(), 1U);
}

TEST(WindowAggregateTest, APartitionThatComesLateFindsWindowsFired) {
  Windowing run(WindowAggregateOf(kTumble, {WindowCall("COUNT", {})}));
  run.Feed(BatchOf({{15, "a", 1}}));
  run.Watermark(15);
  run.Feed(BatchOf({{2, "a", 1}, {16, "a", 1}}));  // unmarked: new partition
  run.End();
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("a, 2", 10, 20)));
  EXPECT_EQ(run.metrics.late_rows.load(), 1U);
}

// Rows are counted, not partial results, and each once, however many windows it misses.
TEST(WindowAggregateTest, LateRowsAreCountedAlikeInOneAndTwoPhases) {
  for (const bool two_phases : {false, true}) {
    SCOPED_TRACE(two_phases);
    Windowing tumbling(WindowAggregateOf(kTumble, {WindowCall("COUNT", {})}),
                       {.two_phases = two_phases});
    tumbling.Feed(BatchOf({{15, "a", 1}}));
    tumbling.Watermark(15);
    tumbling.Feed(BatchOf({{2, "a", 1}, {3, "a", 1}, {2, "b", 1}, {16, "a", 1}, {9, "a", 1}}));
    tumbling.Watermark(16);
    EXPECT_EQ(tumbling.metrics.late_rows.load(), 4U);
    // Slide 2, size 10. At its own mark 5 the row of time 1 has lost the windows up to 4, at 7 the
    // one up to 6; the job has fired all windows up to 8, so that it counts for the last one only.
    Windowing hopping(WindowAggregateOf(kHop, {WindowCall("COUNT", {})}),
                      {.two_phases = two_phases});
    hopping.Feed(BatchOf({{9, "a", 1}}));
    hopping.Watermark(8);
    int64_t own = 5;
    hopping.Feed(MarkLate(BatchOf({{1, "a", 1}}), 0, 0, own));
    hopping.Watermark(9);
    EXPECT_EQ(hopping.metrics.late_rows.load(), 0U);
    // By now that one has fired as well.
    hopping.Feed(MarkLate(BatchOf({{1, "a", 1}, {0, "a", 1}}), 0, 0, own));
    hopping.Watermark(11);
    EXPECT_EQ(hopping.metrics.late_rows.load(), 2U);
  }
}

TEST(WindowAggregateTest, AnEmptiedGroupEmitsNothing) {
  graph::WindowAggregateSpec spec = WindowAggregateOf(
      kTumble, {WindowCall("COUNT", {}), WindowCall("MIN", {2}), WindowCall("MAX", {2})});
  spec.input_retracts = true;
  Windowing run(spec);
  run.Feed(BatchOf({{1, "a", 1}, {1, "b", 4}, {2, "b", 9}, {11, "b", 2}, {3, "b", 6}}));
  run.Feed(BatchOf({{1, "a", 1, false}, {2, "b", 9, false}}));
  run.End();
  EXPECT_THAT(run.TakeRows(),
              ElementsAre(WindowRow("b, 2, 4, 6", 0, 10), WindowRow("b, 1, 2, 2", 10, 20)));
}

TEST(WindowAggregateTest, DistinctIsPerWindow) {
  Windowing run(WindowAggregateOf(kHop, {WindowCall("COUNT", {2}, true)}));
  run.Feed(BatchOf({{9, "a", 1}, {10, "a", 1}, {11, "a", 2}}));
  run.Watermark(13);
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("a, 1", 0, 10), WindowRow("a, 2", 2, 12),
                                          WindowRow("a, 2", 4, 14)));
  run.End();
  EXPECT_EQ(run.out.violations(), 0);
}

TEST(WindowAggregateTest, WindowTimeIsTheLastMillisecond) {
  graph::WindowAggregateSpec spec = WindowAggregateOf(kTumble, {WindowCall("COUNT", {})});
  spec.emit_start = false;
  spec.emit_end = false;
  spec.emit_time = true;
  Windowing run(spec);
  run.Feed(BatchOf({{1, "a", 1}}));
  run.End();
  EXPECT_THAT(run.TakeRows(), ElementsAre("[a, 1, " + TimeText(9) + "]"));
}

TEST(WindowAggregateTest, ProcessingTimeWindowsFireByTheClock) {
  graph::WindowAggregateSpec spec = WindowAggregateOf(kTumble, {WindowCall("COUNT", {})});
  spec.window.processing_time = true;
  spec.time_column = -1;
  Windowing run(spec);
  run.clock.now = {3};
  run.Feed(BatchOf({{0, "a", 1}}));
  run.AdvanceClock(9);
  run.Feed(BatchOf({{0, "a", 1}}));
  EXPECT_THAT(run.TakeRows(), IsEmpty());
  run.AdvanceClock(10);
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("a, 2", 0, 10)));
  run.Feed(BatchOf({{0, "b", 1}}));
  run.clock.now = {25};
  run.Feed(BatchOf({{0, "b", 1}}));  // what is due fires before the row is taken
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("b, 1", 10, 20)));
  run.End();
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("b, 1", 20, 30)));
}

TEST(WindowAggregateTest, AClockThatWentBackFindsItsWindowsFired) {
  graph::WindowAggregateSpec spec = WindowAggregateOf(kTumble, {WindowCall("COUNT", {})});
  spec.window.processing_time = true;
  spec.time_column = -1;
  Windowing run(spec);
  run.clock.now = {8};
  run.Feed(BatchOf({{0, "a", 1}}));
  run.AdvanceClock(12);
  run.Restart(1);
  run.clock.now = {5};
  run.Feed(BatchOf({{0, "a", 1}}));
  run.End();
  EXPECT_THAT(run.out.Rows(), ElementsAre(WindowRow("a, 1", 0, 10), WindowRow("a, 1", 10, 20)));
}

TEST(WindowAggregateTest, ARescaledJobNeitherFiresTwiceNorForgets) {
  HarnessOptions options;
  options.parallelism = 2;
  Windowing run(WindowAggregateOf(kTumble, {WindowCall("COUNT", {})}), options);
  run.Feed(BatchOf({{1, "a", 1}, {2, "b", 1}, {3, "c", 1}, {12, "a", 1}, {13, "c", 1}}));
  run.Watermark(10);
  run.out.TakeLines();
  run.Restart(3);
  run.Watermark(9);  // sources start over from their own positions
  run.Feed(BatchOf({{4, "b", 1}, {15, "b", 1}}));
  run.End();
  EXPECT_EQ(run.metrics.late_rows.load(), 1U);
  EXPECT_EQ(run.out.table().count(WindowRow("b, 1", 0, 10)), 1U);
  EXPECT_THAT(run.out.Rows(), ElementsAre(WindowRow("a, 1", 0, 10), WindowRow("a, 1", 10, 20),
                                          WindowRow("b, 1", 0, 10), WindowRow("b, 1", 10, 20),
                                          WindowRow("c, 1", 0, 10), WindowRow("c, 1", 10, 20)));
}

TEST(WindowAggregateTest, KeyGroupsAheadOfOthersDoNotFireAgain) {
  for (const window::WindowSpec& window : {kTumble, kHop}) {
    HarnessOptions options;
    options.parallelism = 2;
    Windowing run(WindowAggregateOf(window, {WindowCall("COUNT", {})}), options);
    std::vector<TimedRow> rows;
    for (int i = 0; i < 40; ++i) rows.push_back({i % 10, "key" + std::to_string(i), 1});
    run.Feed(BatchOf(rows));
    run.WatermarkOf(0, 10);
    const size_t before = run.out.Rows().size();
    EXPECT_GT(before, 0U);
    run.Restart(1);
    run.Watermark(10);
    run.End();
    Windowing whole(WindowAggregateOf(window, {WindowCall("COUNT", {})}));
    whole.Feed(BatchOf(rows));
    whole.End();
    EXPECT_GT(whole.out.Rows().size(), before);
    EXPECT_EQ(run.out.Rows(), whole.out.Rows());
  }
}

TEST(WindowAggregateTest, DaysOfAZoneHave23HoursInSpring) {
  const Schema input{{{"ts", Type::TimestampLtz(3)}, {"k", Type::String()}}};
  const Type zoned = Type::TimestampLtz(3);
  graph::WindowAggregateSpec spec;
  spec.window = {.kind = WindowKind::kTumble, .size = int64_t{24} * 3600 * 1000};
  spec.time_column = 0;
  spec.keys = {1};
  spec.calls = {MakeCall("COUNT", input, {})};
  spec.time_zone = "Europe/Berlin";
  const Schema output{
      {input.fields[1], {"n", Type::BigInt()}, {"window_start", zoned}, {"window_end", zoned}}};
  OperatorHarness run(spec, input, output);
  // 31 March 2024 lasts from 23:00 UTC of the day before to 22:00 UTC.
  run.Feed("2024-03-30 22:59:59.000, a\n 2024-03-30 23:00:00.000, a\n 2024-03-31 21:59:59.999, a");
  constexpr int64_t kEnd = 1711922400000;  // 2024-03-31 22:00 UTC
  run.Watermark(kEnd - 2);
  EXPECT_EQ(run.out.Rows().size(), 1U);
  run.Watermark(kEnd - 1);
  EXPECT_THAT(run.out.Rows(),
              ElementsAre(::testing::AllOf(::testing::HasSubstr("2024-03-29 23:00:00"),
                                           ::testing::HasSubstr("2024-03-30 23:00:00")),
                          ::testing::AllOf(::testing::HasSubstr("[a, 2, 2024-03-30 23:00:00"),
                                           ::testing::HasSubstr("2024-03-31 22:00:00"))));
}

TEST(WindowAggregateTest, ARowWithoutTimeIsADataError) {
  graph::Node node;
  node.uid = "w";
  const graph::WindowAggregateSpec spec = WindowAggregateOf(kTumble, {WindowCall("COUNT", {})});
  graph::WindowAggregateSpec local = spec;
  local.phase = graph::AggregatePhase::kLocal;
  node.spec = local;
  OperatorContext context;
  context.node = &node;
  context.inputs = {&kWindowInput};
  auto op = std::move(MakeOperator(node, {})).value();
  ASSERT_TRUE(op->Open(context).ok());
  CapturedOutput out;
  const Status status =
      op->OnBatch(0, std::move(ParseBatch("NULL, a, 1", kWindowInput)).value(), out);
  EXPECT_EQ(status.id(), "E3001");
}

TEST(LocalWindowAggregateTest, SendsWhatWaitedTooLong) {
  HarnessOptions options;
  options.two_phases = true;
  Windowing run(WindowAggregateOf(kTumble, {WindowCall("COUNT", {})}), options);
  run.clock.now = {100};
  run.Feed(BatchOf({{1, "a", 1}}));
  run.AdvanceClock(1000);
  run.WatermarkOf(0, 20);  // past the local half: the row must be there already
  EXPECT_THAT(run.TakeRows(), ElementsAre(WindowRow("a, 1", 0, 10)));
}

// --- Against a model -----------------------------------------------------------------------------

struct WindowCase {
  window::WindowSpec window;
  bool distinct;
  bool two_phases;
  uint32_t parallelism;
  size_t batch;
};

struct Expected {
  std::vector<std::string> rows;
  uint64_t late = 0;
};

// Row by row, as if the watermark moved after each.
Expected ModelWindows(const window::WindowSpec& spec, const std::vector<TimedRow>& rows,
                      int64_t delay, bool distinct) {
  std::map<std::pair<int64_t, std::string>, std::vector<int>> groups;
  Expected expected;
  int64_t watermark = Timestamp::Min().millis;
  std::vector<window::Window> windows;
  for (const TimedRow& row : rows) {
    window::AssignWindows(spec, row.millis, windows);
    bool kept = false;
    for (const window::Window& window : windows) {
      if (window.end - 1 <= watermark) continue;
      kept = true;
      groups[{window.end, row.key}].push_back(row.value);
    }
    if (!kept) ++expected.late;
    watermark = std::max(watermark, row.millis - delay);
  }
  for (const auto& [group, values] : groups) {
    int64_t sum = 0;
    for (const int value : values) sum += value;
    std::string cells = group.second + ", " + std::to_string(values.size()) + ", " +
                        std::to_string(sum) + ", " +
                        std::to_string(*std::min_element(values.begin(), values.end()));
    if (distinct) {
      cells += ", " + std::to_string(std::set<int>(values.begin(), values.end()).size());
    }
    expected.rows.push_back(WindowRow(cells, window::WindowStart(spec, group.first), group.first));
  }
  std::sort(expected.rows.begin(), expected.rows.end());
  return expected;
}

class WindowAggregateModelTest : public ::testing::TestWithParam<WindowCase> {};

TEST_P(WindowAggregateModelTest, FoldsToTheModel) {
  const WindowCase& param = GetParam();
  constexpr int64_t kDelay = 4;
  std::mt19937 random(SeedOf(11));
  std::vector<TimedRow> rows;
  for (int i = 0; i < 1200; ++i) {
    rows.push_back({i / 4 + static_cast<int64_t>(random() % 16) - 12,
                    "key" + std::to_string(random() % 5), static_cast<int>(random() % 10)});
  }
  std::vector<expr::AggregateCall> calls = {WindowCall("COUNT", {}), WindowCall("SUM", {2}),
                                            WindowCall("MIN", {2})};
  if (param.distinct) calls.push_back(WindowCall("COUNT", {2}, true));
  HarnessOptions options;
  options.parallelism = param.parallelism;
  options.two_phases = param.two_phases;
  Windowing run(WindowAggregateOf(param.window, calls), options);
  int64_t watermark = Timestamp::Min().millis;
  for (size_t begin = 0; begin < rows.size(); begin += param.batch) {
    const size_t end = std::min(rows.size(), begin + param.batch);
    run.Feed(MarkLate(BatchOf({rows.begin() + static_cast<ptrdiff_t>(begin),
                               rows.begin() + static_cast<ptrdiff_t>(end)}),
                      0, kDelay, watermark));
    if (random() % 2 == 0) run.Watermark(watermark);  // may lag behind, never run ahead
    if (begin / 400 != end / 400) run.Restart(1 + static_cast<uint32_t>(random() % 3));
  }
  run.End();
  const Expected expected = ModelWindows(param.window, rows, kDelay, param.distinct);
  EXPECT_EQ(run.out.Rows(), expected.rows);
  EXPECT_EQ(run.metrics.late_rows.load(), expected.late);
  EXPECT_GT(expected.late, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Random, WindowAggregateModelTest,
    ::testing::Values(
        WindowCase{kTumble, false, false, 1, 1}, WindowCase{kTumble, false, false, 1, 7},
        WindowCase{kTumble, true, false, 2, 100}, WindowCase{kTumble, false, true, 2, 4096},
        WindowCase{kHop, false, false, 1, 1}, WindowCase{kHop, false, false, 1, 7},
        WindowCase{kHop, false, false, 3, 4096}, WindowCase{kHop, false, true, 2, 50},
        WindowCase{kHop, true, false, 2, 30}, WindowCase{kCumulate, false, false, 1, 1},
        WindowCase{kCumulate, false, false, 2, 90}, WindowCase{kCumulate, false, true, 1, 64},
        WindowCase{kCumulate, true, false, 1, 64}));

}  // namespace
}  // namespace weir::operators
