#include "runtime/operators/time/watermark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/base/random.h"
#include "runtime/operators/time/partition_times.h"
#include "tests/seed.h"

namespace weir::operators {
namespace {

constexpr int64_t kNull = std::numeric_limits<int64_t>::min();

// A batch of one TIMESTAMP(3) column; milliseconds, kNull for NULL.
Batch Times(const std::vector<int64_t>& millis) {
  Batch batch;
  batch.row_count = static_cast<uint32_t>(millis.size());
  auto column = Column::Make(Type::Timestamp(3), batch.row_count);
  for (uint32_t i = 0; i < batch.row_count; ++i) {
    column->mutable_data<int64_t>()[i] = millis[i] == kNull ? 0 : millis[i] * 1000;
    if (millis[i] == kNull) column->SetNull(i);
  }
  batch.columns.push_back(column);
  return batch;
}

// Keeps the mark of every row and the watermarks between batches.
class Recorder final : public Output {
 public:
  Status Emit(Batch batch) override {
    marked |= batch.late_marks != nullptr;
    ForEachRow(batch, [&](uint32_t row) { marks.push_back(batch.late_mark(row).millis); });
    return {};
  }
  Status EmitWatermark(Timestamp watermark) override {
    EXPECT_TRUE(watermarks.empty() || watermarks.back() < watermark.millis);
    watermarks.push_back(watermark.millis);
    return {};
  }

  std::vector<int64_t> marks;
  std::vector<int64_t> watermarks;
  bool marked = false;
};

class WatermarkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    spec_.rowtime_column = 0;
    spec_.watermark = expr::MakeColumnRef(0, Type::Timestamp(3));
    evaluation_.clock = &Clock::System();
    context_.inputs = {&schema_};
    context_.evaluation = &evaluation_;
    context_.node = &node_;
  }
  std::unique_ptr<Operator> Open() {
    auto made = MakeWatermark(spec_);
    EXPECT_TRUE(made->Open(context_).ok());
    return made;
  }

  const Schema schema_{{{"ts", Type::Timestamp(3)}}};
  graph::WatermarkSpec spec_;
  graph::Node node_;
  expr::EvaluationContext evaluation_;
  OperatorContext context_;
  Recorder out_;
};

TEST_F(WatermarkTest, InOrderInputCarriesNoMarks) {
  auto op = Open();
  ASSERT_TRUE(op->OnBatch(0, Times({10, 20, 30}), out_).ok());
  EXPECT_FALSE(out_.marked);
  EXPECT_THAT(out_.watermarks, ::testing::ElementsAre(30));
}

TEST_F(WatermarkTest, MarksRowsAtOrBehindTheWatermarkBeforeThem) {
  auto op = Open();
  ASSERT_TRUE(op->OnBatch(0, Times({10, 30, 30, 20, 40}), out_).ok());
  EXPECT_THAT(out_.marks, ::testing::ElementsAre(kNull, kNull, 30, 30, kNull));
}

// A session that ends where such a row begins has fired.
TEST_F(WatermarkTest, MarksRowsAMillisecondAhead) {
  auto op = Open();
  ASSERT_TRUE(op->OnBatch(0, Times({10, 11, 13}), out_).ok());
  EXPECT_THAT(out_.marks, ::testing::ElementsAre(kNull, 10, kNull));
}

// What takes a row back later must know how far time had come when it was new.
TEST_F(WatermarkTest, MarksEveryRowOfAChangelog) {
  node_.changelog = ChangelogMode::All();
  node_.late_marks = graph::LateMarks::kLateRows;
  auto op = Open();
  ASSERT_TRUE(op->OnBatch(0, Times({10, 30}), out_).ok());
  ASSERT_TRUE(op->OnBatch(0, Times({40, 20}), out_).ok());
  EXPECT_THAT(out_.marks, ::testing::ElementsAre(kNull, 10, 30, 40));
}

TEST_F(WatermarkTest, MarksEveryRowWhereOthersTakeItsPlace) {
  node_.late_marks = graph::LateMarks::kEveryRow;
  auto op = Open();
  ASSERT_TRUE(op->OnBatch(0, Times({10, 30, 40}), out_).ok());
  EXPECT_THAT(out_.marks, ::testing::ElementsAre(kNull, 10, 30));
}

TEST_F(WatermarkTest, RoundsTimesBefore1970Down) {
  auto op = Open();
  Batch batch = Times({0});
  auto column = Column::Make(Type::Timestamp(3), 1);
  column->mutable_data<int64_t>()[0] = -1;  // one microsecond before the epoch
  batch.columns[0] = column;
  ASSERT_TRUE(op->OnBatch(0, std::move(batch), out_).ok());
  EXPECT_THAT(out_.watermarks, ::testing::ElementsAre(-1));
}

// However the rows are cut into batches, each row has the mark that it has when rows come one by
// one.
TEST_F(WatermarkTest, CuttingDoesNotShow) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    std::vector<int64_t> times(200);
    for (size_t i = 0; i < times.size(); ++i) {
      times[i] = static_cast<int64_t>(i * 5 + random.Below(40)) - 300;
    }
    std::vector<int64_t> expected;
    int64_t reached = kNull;
    for (const int64_t time : times) {
      expected.push_back(time - 1 <= reached ? reached : kNull);
      reached = std::max(reached, time);
    }
    auto op = Open();
    Recorder out;
    for (size_t begin = 0; begin < times.size();) {
      const size_t end = std::min(times.size(), begin + 1 + random.Below(1 + seed % 20));
      ASSERT_TRUE(op->OnBatch(0,
                              Times({times.begin() + static_cast<std::ptrdiff_t>(begin),
                                     times.begin() + static_cast<std::ptrdiff_t>(end)}),
                              out)
                      .ok());
      begin = end;
    }
    EXPECT_EQ(out.marks, expected);
    EXPECT_EQ(out.watermarks.back(), reached);
  }
}

TEST_F(WatermarkTest, DeselectedRowsMoveTimeAndMayBeAll) {
  auto op = Open();
  Batch batch = Times({10, 90, 20});
  auto ids = MakeBuffer<uint32_t>(2);
  ids->as<uint32_t>()[0] = 0;
  ids->as<uint32_t>()[1] = 2;
  batch.selection = Selection(ids, 2);
  ASSERT_TRUE(op->OnBatch(0, std::move(batch), out_).ok());
  EXPECT_THAT(out_.marks, ::testing::ElementsAre(kNull, 90));
  Batch none = Times({100});
  none.selection = Selection(ids, 0);
  ASSERT_TRUE(op->OnBatch(0, std::move(none), out_).ok());
  EXPECT_EQ(out_.marks.size(), 2U);
  EXPECT_THAT(out_.watermarks, ::testing::ElementsAre(90, 100));
}

TEST_F(WatermarkTest, ANullRowtimeFailsTheJob) {
  auto op = Open();
  const Status status = op->OnBatch(0, Times({10, kNull}), out_);
  EXPECT_EQ(status.id(), "E3001");
  EXPECT_THAT(status.message(), ::testing::HasSubstr("ts"));
}

TEST_F(WatermarkTest, ForwardsTheMinimumOverPartitions) {
  PartitionTimes times;
  times.Add({});
  times.Add({});
  context_.partitions = &times;
  auto op = Open();
  EXPECT_TRUE(times.in_use());
  times.SetCurrent(0);
  ASSERT_TRUE(op->OnBatch(0, Times({50}), out_).ok());
  EXPECT_THAT(out_.watermarks, ::testing::IsEmpty()) << "the other partition is unread";
  times.SetCurrent(1);
  ASSERT_TRUE(op->OnBatch(0, Times({20, 40}), out_).ok());
  EXPECT_FALSE(out_.marked) << "judged by its own partition";
  times.Finish(1);
  ASSERT_TRUE(op->OnWatermark(Timestamp::Min(), out_).ok());
  ASSERT_TRUE(op->OnWatermark(Timestamp::Max(), out_).ok());
  EXPECT_THAT(out_.watermarks, ::testing::ElementsAre(40, 50, Timestamp::Max().millis));
}

}  // namespace
}  // namespace weir::operators
