#include "runtime/task/source_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <utility>

#include "tests/unit/runtime/task/stepped_clock.h"

namespace weir::task {
namespace {

// Splits of numbered rows; each Read gives one row, or nothing while the split is silent.
class Script final : public Source {
 public:
  struct Part {
    int64_t rows = 0;
    bool silent = false;
    bool coming = false;  // its rows are on their way
  };
  std::map<std::string, Part> parts;
  bool is_bounded = false;
  size_t limit = 0;
  int open = 0;
  int most_open = 0;
  int opened = 0;

  bool bounded() const override { return is_bounded; }
  Result<std::vector<Split>> Discover() override { return std::vector<Split>(); }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override;
  size_t open_limit() const override { return limit; }
  uint64_t RowCount(const Split& split) const override {
    return static_cast<uint64_t>(parts.at(split.id).rows);
  }
};

class ScriptReader final : public SplitReader {
 public:
  ScriptReader(Script& script, const Split& split)
      : script_(script),
        part_(script.parts.at(split.id)),
        at_(split.position.empty() ? 0 : std::stoll(split.position)) {
    ++script_.opened;
    script_.most_open = std::max(script_.most_open, ++script_.open);
  }
  ~ScriptReader() override { --script_.open; }

  Result<ReadOutcome> Read(uint32_t, Batch& out) override {
    if (part_.silent) return ReadOutcome::kNothing;
    if (part_.coming) return ReadOutcome::kComing;
    // A reader that is opened asks anew, and waits for its answer.
    if (script_.limit > 0 && !std::exchange(answered_, true)) return ReadOutcome::kWaiting;
    if (at_ == part_.rows) return ReadOutcome::kEndOfSplit;
    const MutableColumnPtr column = Column::Make(Type::BigInt().WithNullable(false), 1);
    column->mutable_data<int64_t>()[0] = at_++;
    out = Batch();
    out.row_count = 1;
    out.columns.push_back(column);
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return std::to_string(at_); }
  ReaderStatistics statistics() const override {
    return {.bytes_read = static_cast<uint64_t>(at_),
            .bytes_total = static_cast<uint64_t>(part_.rows),
            .rows_read = static_cast<uint64_t>(at_)};
  }

 private:
  Script& script_;
  const Script::Part& part_;
  int64_t at_;
  bool answered_ = false;
};

Result<std::unique_ptr<SplitReader>> Script::Open(const Split& split) {
  return std::unique_ptr<SplitReader>(std::make_unique<ScriptReader>(*this, split));
}

class SourceReaderTest : public ::testing::Test {
 protected:
  void Make(int64_t idle_timeout_millis) {
    times_.Use(idle_timeout_millis);
    reader_ = std::make_unique<SourceReader>(script_, times_, clock_, 1);
  }
  void Add(const std::string& id, int64_t rows, bool silent = false) {
    script_.parts[id] = {rows, silent};
    ASSERT_TRUE(
        reader_->Add({{.split = {id, "", false}, .watermark_millis = Timestamp::Min().millis}})
            .ok());
  }
  // Of two rows, to its end.
  void ReadAFile(int64_t idle_timeout_millis) {
    Make(idle_timeout_millis);
    Add("file", 2);
    for (int i = 0; i < 2; ++i) ASSERT_EQ(Read(), ReadStep::kRows);
    ASSERT_EQ(Read(), ReadStep::kSplitEnded);
  }
  // Reads once; a row moves its partition's watermark to `step` times the row's number.
  ReadStep Read(int64_t step = 10) {
    Batch batch;
    const auto read = reader_->Read(batch);
    EXPECT_TRUE(read.ok()) << read.status().ToString();
    if (*read != ReadStep::kRows) return *read;
    row_ = batch.columns[0]->data<int64_t>()[0];
    times_.Advance({row_ * step});
    return *read;
  }

  Script script_;
  operators::PartitionTimes times_;
  SteppedClock clock_{kMilli};
  std::unique_ptr<SourceReader> reader_;
  int64_t row_ = -1;
};

TEST_F(SourceReaderTest, ReadsTheSplitThatIsFurthestBehind) {
  Make(0);
  Add("a", 100);
  Add("b", 100);
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(Read(), ReadStep::kRows);
    if (i < 2) continue;  // one has not begun
    EXPECT_LE(std::abs(times_.at(0).watermark.millis - times_.at(1).watermark.millis), 10)
        << "row " << i;
  }
}

// Batches are small before it is known how fast they are taken.
TEST_F(SourceReaderTest, BatchesGrowWhileNobodyIsSlow) {
  operators::PartitionTimes times;
  SourceReader reader(script_, times, clock_, 4096);
  EXPECT_EQ(reader.batch_rows(), 4096U);
  reader.BeginWithSmallBatches();
  EXPECT_EQ(reader.batch_rows(), 64U);
  for (int i = 0; i < 15; ++i) reader.GreaterBatches();
  EXPECT_EQ(reader.batch_rows(), 64U) << "as many may wait in a channel";
  reader.GreaterBatches();
  EXPECT_EQ(reader.batch_rows(), 128U);
  for (int i = 0; i < 15; ++i) reader.GreaterBatches();
  reader.SmallerBatches(16);
  reader.GreaterBatches();
  EXPECT_EQ(reader.batch_rows(), 64U) << "counted anew";
  for (int i = 0; i < 10; ++i) reader.SmallerBatches(16);
  EXPECT_EQ(reader.batch_rows(), 16U);
  for (int i = 0; i < 10; ++i) reader.SmallerBatches(1);
  EXPECT_EQ(reader.batch_rows(), 1U);
  reader.SmallerBatches(16);
  EXPECT_EQ(reader.batch_rows(), 1U) << "never greater ones";
  for (int i = 0; i < 16 * 20; ++i) reader.GreaterBatches();
  EXPECT_EQ(reader.batch_rows(), 4096U);
  SourceReader few(script_, times, clock_, 7);
  few.BeginWithSmallBatches();
  few.SmallerBatches(16);
  EXPECT_EQ(few.batch_rows(), 7U);
}

TEST_F(SourceReaderTest, ASilentPartitionFallsIdleAfterTheTimeoutOnly) {
  Make(100);
  Add("quiet", 5, true);
  EXPECT_EQ(Read(), ReadStep::kNothing);
  clock_.nanos += 99 * kMilli;
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_FALSE(times_.at(0).idle);
  EXPECT_EQ(reader_->holder(), "quiet");
  clock_.nanos += kMilli;
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_TRUE(times_.at(0).idle);
  EXPECT_EQ(reader_->holder(), "");
  EXPECT_TRUE(reader_->Snapshot().at(0).idle);
}

TEST_F(SourceReaderTest, WhoseRowsAreOnTheirWayIsNotSilent) {
  Make(100);
  Add("far", 5);
  script_.parts["far"].coming = true;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Read(), ReadStep::kNothing);
    EXPECT_TRUE(reader_->has_waiting());
    EXPECT_LE(reader_->wait_nanos(), 10 * kMilli) << "asked again soon";
    clock_.nanos += 100 * kMilli;
  }
  EXPECT_FALSE(times_.at(0).idle);
  EXPECT_FALSE(reader_->idle());
  script_.parts["far"] = {.rows = 5, .silent = true};
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_FALSE(reader_->has_waiting());
  clock_.nanos += 100 * kMilli;
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_TRUE(times_.at(0).idle) << "its silence has begun when it had nothing";
}

// Closed for others at once, readers that wait for what is far away would never get it.
TEST_F(SourceReaderTest, AReaderStaysOpenWhileItsRowsAreOnTheirWay) {
  Make(100);
  constexpr int kSplits = 40;
  for (int i = 0; i < kSplits; ++i) {
    Add("s" + std::to_string(i), 5);
    script_.parts["s" + std::to_string(i)].coming = true;
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Read(), ReadStep::kNothing);
    clock_.nanos += 40 * kMilli;
  }
  EXPECT_EQ(script_.opened, 32);
  EXPECT_TRUE(reader_->has_waiting());
  clock_.nanos += 1000 * kMilli;
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_GE(script_.opened, kSplits) << "but not for ever";
  EXPECT_LE(script_.most_open, 32);
  for (auto& [name, part] : script_.parts) part = {.rows = 5, .silent = true};
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Read(), ReadStep::kNothing);
    clock_.nanos += 40 * kMilli;
  }
  EXPECT_FALSE(reader_->has_waiting()) << "all were asked";
}

// What DESCRIBE JOB says instead of a watermark that nobody waits for.
TEST_F(SourceReaderTest, SaysWhetherTimeWaitsForIt) {
  Make(100);
  EXPECT_EQ(reader_->time_state(), TimeState::kNoPartitions);
  EXPECT_EQ(Read(), ReadStep::kAllEnded);
  EXPECT_EQ(reader_->time_state(), TimeState::kNoPartitions);
  Add("quiet", 5, true);
  EXPECT_EQ(reader_->time_state(), TimeState::kKnown);
  EXPECT_EQ(Read(), ReadStep::kNothing);
  clock_.nanos += 100 * kMilli;
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_EQ(reader_->time_state(), TimeState::kIdle);
  Add("short", 0, false);
  EXPECT_EQ(reader_->time_state(), TimeState::kKnown);
  EXPECT_EQ(Read(), ReadStep::kSplitEnded);
  EXPECT_EQ(reader_->time_state(), TimeState::kIdle);
}

// A folder whose files were read says nothing for a while: that is idleness after the time-out
// only.
TEST_F(SourceReaderTest, WhatWasReadToItsEndIsIdleAfterTheTimeoutOnly) {
  ReadAFile(100);
  EXPECT_FALSE(reader_->idle());
  clock_.nanos += 99 * kMilli;
  EXPECT_EQ(Read(), ReadStep::kAllEnded);
  EXPECT_FALSE(reader_->idle());
  clock_.nanos += kMilli;
  EXPECT_TRUE(reader_->idle());
  Add("next", 1);
  EXPECT_FALSE(reader_->idle());
}

TEST_F(SourceReaderTest, WhatWasReadToItsEndIsNeverIdleWithoutATimeout) {
  ReadAFile(0);
  clock_.nanos += int64_t{3600} * 1000 * kMilli;
  EXPECT_EQ(Read(), ReadStep::kAllEnded);
  EXPECT_FALSE(reader_->idle());
  EXPECT_EQ(reader_->time_state(), TimeState::kKnown);
}

TEST_F(SourceReaderTest, EverySplitHasItsTurnWithoutEventTime) {
  reader_ = std::make_unique<SourceReader>(script_, times_, clock_, 1);
  for (const char* id : {"a", "b", "c"}) Add(id, 2);
  int rows = 0;
  for (ReadStep step = Read(); step != ReadStep::kAllEnded; step = Read()) {
    rows += step == ReadStep::kRows ? 1 : 0;
  }
  EXPECT_EQ(rows, 6);
}

TEST_F(SourceReaderTest, WithoutATimeoutSilenceHoldsTimeBackForEver) {
  Make(0);
  Add("quiet", 5, true);
  EXPECT_EQ(Read(), ReadStep::kNothing);
  clock_.nanos += int64_t{3600} * 1000 * kMilli;
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_EQ(reader_->holder(), "quiet");
}

// The quiet one is asked again and again between rows of the busy one, and its silence is measured
// there.
TEST_F(SourceReaderTest, ASilentPartitionBesideABusyOneFallsIdle) {
  Make(100);
  Add("quiet", 5, true);
  Add("busy", 1000);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(Read(), ReadStep::kRows);
    clock_.nanos += 3 * kMilli;
  }
  EXPECT_TRUE(times_.at(0).idle);
  EXPECT_EQ(times_.Combined(), times_.at(1).watermark);
}

TEST_F(SourceReaderTest, ReturnsFromIdlenessAtTheCombinedWatermark) {
  Make(100);
  Add("quiet", 5, true);
  Add("busy", 1000);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(Read(), ReadStep::kRows);
    clock_.nanos += 3 * kMilli;
  }
  const Timestamp reached = times_.Combined();
  script_.parts["quiet"].silent = false;
  clock_.nanos += 20 * kMilli;
  while (times_.current() != 0) ASSERT_EQ(Read(), ReadStep::kRows);
  EXPECT_FALSE(times_.at(0).idle);
  EXPECT_GE(times_.at(0).watermark, reached);
  // Reading it again after a long pause begins a new silence, not the old one.
  script_.parts["quiet"].silent = true;
  clock_.nanos += 20 * kMilli;
  Read();
  EXPECT_FALSE(times_.at(0).idle);
}

TEST_F(SourceReaderTest, ThousandsOfSplitsKeepFewReadersOpen) {
  Make(0);
  script_.is_bounded = true;
  constexpr int kSplits = 1000;
  constexpr int64_t kRows = 3;
  for (int i = 0; i < kSplits; ++i) Add("s" + std::to_string(i), kRows);
  EXPECT_EQ(reader_->metrics().rows_total.load(), static_cast<uint64_t>(kSplits * kRows))
      << "known before any is opened";
  std::map<uint32_t, int64_t> next;
  ReadStep step = ReadStep::kRows;
  while (step != ReadStep::kAllEnded) {
    step = Read();
    if (step != ReadStep::kRows) continue;
    EXPECT_EQ(row_, next[times_.current()]++) << "in order, none twice";
  }
  for (const auto& [partition, rows] : next) EXPECT_EQ(rows, kRows);
  EXPECT_EQ(next.size(), static_cast<size_t>(kSplits));
  EXPECT_LE(script_.most_open, 32);
  EXPECT_EQ(reader_->metrics().bytes_read.load(), static_cast<uint64_t>(kSplits * kRows));
  EXPECT_EQ(reader_->metrics().bytes_total.load(), static_cast<uint64_t>(kSplits * kRows));
  EXPECT_EQ(reader_->metrics().rows_read.load(), static_cast<uint64_t>(kSplits * kRows));
}

// Opening a file again costs more than a batch: a split that was opened is read for a while.
TEST_F(SourceReaderTest, ManyInterleavedSplitsAreNotOpenedAgainForEachBatch) {
  Make(0);
  constexpr int kSplits = 100;
  constexpr int kRows = 160;
  for (int i = 0; i < kSplits; ++i) Add("s" + std::to_string(i), kRows);
  for (int i = 0; i < kSplits * kRows; ++i) ASSERT_EQ(Read(), ReadStep::kRows);
  EXPECT_LE(script_.opened, kSplits * kRows / 16 + kSplits);
}

// Each is opened once, however long it waits for its rows.
TEST_F(SourceReaderTest, NoMoreSplitsAreOpenThanTheSourceAllows) {
  Make(0);
  script_.limit = 3;
  script_.is_bounded = true;
  for (int i = 0; i < 50; ++i) Add(std::to_string(i), 2);
  int rows = 0;
  ReadStep step = ReadStep::kNothing;
  for (int i = 0; i < 1000 && step != ReadStep::kAllEnded; ++i) {
    step = Read();
    rows += step == ReadStep::kRows ? 1 : 0;
    if (step == ReadStep::kNothing) clock_.nanos += 60 * kMilli;
  }
  EXPECT_EQ(step, ReadStep::kAllEnded);
  EXPECT_EQ(rows, 100);
  EXPECT_EQ(script_.opened, 50);
  EXPECT_EQ(script_.most_open, 3);
}

TEST_F(SourceReaderTest, AFewSplitsStayTogether) {
  Make(0);
  constexpr int kSplits = 32;
  for (int i = 0; i < kSplits; ++i) Add("s" + std::to_string(i), 100);
  for (int i = 0; i < kSplits * 50; ++i) ASSERT_EQ(Read(), ReadStep::kRows);
  EXPECT_EQ(script_.opened, kSplits);
  for (uint32_t i = 1; i < kSplits; ++i) {
    EXPECT_LE(std::abs(times_.at(i).watermark.millis - times_.at(0).watermark.millis), 10);
  }
}

TEST_F(SourceReaderTest, ACheckpointHoldsThePositionsOfSplitsThatWait) {
  Make(0);
  for (int i = 0; i < 200; ++i) Add("s" + std::to_string(i), 40);
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(Read(), ReadStep::kRows);
  int64_t rows = 0;
  for (const SplitCheckpoint& split : reader_->Snapshot()) {
    const int64_t at = split.split.position.empty() ? 0 : std::stoll(split.split.position);
    rows += at;
  }
  EXPECT_EQ(rows, 3000);
}

// Flink: SourceOperatorAlignmentTest.
class AlignedReaderTest : public SourceReaderTest {
 protected:
  void MakeAligned(int64_t idle_timeout_millis) {
    Make(idle_timeout_millis);
    reader_->Align(*group_.Join({"g", 30, 100}));
  }
  // Reads until it gives nothing; the number of the last row.
  int64_t ReadAll() {
    while (Read() == ReadStep::kRows) {
    }
    return row_;
  }
  void NextLook() { clock_.nanos += 100 * kMilli; }

  WatermarkAlignment group_;
  WatermarkAlignment::Member* other_ = group_.Join({"g", 30, 100});
};

TEST_F(AlignedReaderTest, ReadsNoFurtherThanTheDriftAllows) {
  MakeAligned(0);
  Add("fast", 100);
  // Where the other one is, is not known: nothing but the first row has no time before it.
  EXPECT_EQ(ReadAll(), 0);
  EXPECT_TRUE(reader_->is_ahead());
  EXPECT_TRUE(reader_->has_waiting());
  other_->Report({0});
  EXPECT_EQ(ReadAll(), 0) << "it looks once an interval";
  NextLook();
  EXPECT_EQ(ReadAll(), 4) << "behind the row of 30 one more";
  other_->Report({50});
  NextLook();
  EXPECT_EQ(ReadAll(), 9);
  EXPECT_EQ(reader_->holder(), "fast");
  // The other one is idle, or has ended.
  other_->Report(Timestamp::Max());
  NextLook();
  EXPECT_EQ(ReadAll(), 99);
  EXPECT_FALSE(reader_->is_ahead());
}

TEST_F(AlignedReaderTest, OnlySplitsThatAreAheadWait) {
  MakeAligned(0);
  other_->Report({0});
  Add("fast", 100);
  Add("late", 100, true);
  EXPECT_EQ(ReadAll(), 0) << "the silent one holds its own group back";
  script_.parts["late"].silent = false;
  NextLook();
  ReadAll();
  EXPECT_EQ(times_.at(0).watermark, Timestamp{40});
  EXPECT_EQ(times_.at(1).watermark, Timestamp{40});
}

TEST_F(AlignedReaderTest, WaitingIsNotIdleness) {
  MakeAligned(50);
  other_->Report({0});
  Add("fast", 100);
  NextLook();
  EXPECT_EQ(ReadAll(), 4);
  for (int i = 0; i < 10; ++i) {
    NextLook();
    EXPECT_EQ(Read(), ReadStep::kNothing);
    EXPECT_FALSE(times_.at(0).idle);
    EXPECT_FALSE(reader_->idle());
  }
}

TEST_F(AlignedReaderTest, NobodyWaitsForWhatIsIdleOrEnded) {
  MakeAligned(50);
  WatermarkAlignment::Member& third = *group_.Join({"g", 0, 1});
  int64_t now = 0;
  const auto may_go_on = [&] { return third.Allows({1'000}, now += 2 * kMilli); };
  other_->Report(Timestamp::Max());
  Add("quiet", 5, true);
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_FALSE(may_go_on());
  NextLook();
  EXPECT_EQ(Read(), ReadStep::kNothing);
  EXPECT_EQ(Read(), ReadStep::kNothing) << "told at the next turn";
  third.Report(Timestamp::Max());
  EXPECT_TRUE(may_go_on());
  script_.parts["quiet"].silent = false;
  NextLook();
  EXPECT_EQ(Read(), ReadStep::kRows);
  EXPECT_EQ(Read(), ReadStep::kRows);
  EXPECT_FALSE(may_go_on());
  reader_->LeaveGroup();
  EXPECT_TRUE(may_go_on());
}

}  // namespace
}  // namespace weir::task
