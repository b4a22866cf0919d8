// Which of several changes of a key reach the writer behind, and when.
#include "runtime/connectors/latest_rows.h"

#include "runtime/timed_sink_writer.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kKeyAndNumber{{{"k", Type::BigInt()}, {"n", Type::BigInt()}}};

// Keeps what is written to it.
class RecordingWriter final : public SinkWriter {
 public:
  explicit RecordingWriter(std::vector<std::string>& lines) : lines_(lines) {}
  Status Write(const Batch& batch) override {
    for (std::string& line : Lines(FormatBatch(batch))) lines_.push_back(std::move(line));
    return {};
  }
  Result<PreCommitted> PreCommit(uint64_t) override {
    lines_.emplace_back("barrier");
    return PreCommitted();
  }
  Status Finish() override {
    lines_.emplace_back("end");
    return {};
  }

 private:
  std::vector<std::string>& lines_;
};

class RecordingSink final : public Sink {
 public:
  explicit RecordingSink(std::vector<std::string>& lines) : lines_(lines) {}
  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t, uint64_t) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<RecordingWriter>(lines_));
  }

 private:
  std::vector<std::string>& lines_;
};

class LatestRowsTest : public ConnectorTest {
 protected:
  void Open(int64_t most_keys) {
    sink_ =
        WriteLatestRows(std::make_unique<RecordingSink>(lines_), {{0}, most_keys, 1000, &clock_});
    writer_ = sink_->OpenWriter(0, 1).value();
    timed_ = dynamic_cast<TimedSinkWriter*>(writer_.get());
    ASSERT_NE(timed_, nullptr);
  }
  void Write(std::string_view rows) {
    ASSERT_TRUE(writer_->Write(ParseBatch(rows, kKeyAndNumber).value()).ok());
  }

  std::vector<std::string> lines_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<SinkWriter> writer_;
  TimedSinkWriter* timed_ = nullptr;
};

TEST_F(LatestRowsTest, TheLastChangeOfAKeyIsWrittenAtTheBarrier) {
  Open(100);
  Write("+I[1, 10]\n+I[2, 20]\n-D[1, 10]\n+U[1, 11]");
  Write("-D[2, 20]\n+I[3, 30]\n+U[1, 12]");
  EXPECT_THAT(lines_, IsEmpty());
  ASSERT_TRUE(writer_->PreCommit(1).ok());
  EXPECT_THAT(lines_, ElementsAre("-D[2, 20]", "+I[3, 30]", "+U[1, 12]", "barrier"));
  ASSERT_TRUE(writer_->Finish().ok());
  EXPECT_EQ(lines_.back(), "end");
  EXPECT_EQ(lines_.size(), 5U) << "nothing is written twice";
}

TEST_F(LatestRowsTest, NoMoreKeysAreHeldThanAllowed) {
  Open(3);
  Write("+I[1, 10]\n+I[2, 20]\n+U[1, 11]");
  EXPECT_THAT(lines_, IsEmpty());
  Write("+I[3, 30]");
  EXPECT_THAT(lines_, ElementsAre("+I[2, 20]", "+U[1, 11]", "+I[3, 30]"));
}

TEST_F(LatestRowsTest, TimeBringsThemOut) {
  Open(100);
  EXPECT_EQ(timed_->NextProcessingTime(), Timestamp::Max());
  const Timestamp begin = clock_.Now();
  Write("+I[1, 10]");
  EXPECT_EQ(timed_->NextProcessingTime(), Timestamp{begin.millis + 1000});
  ASSERT_TRUE(timed_->OnProcessingTime(Timestamp{begin.millis + 999}).ok());
  EXPECT_THAT(lines_, IsEmpty());
  ASSERT_TRUE(timed_->OnProcessingTime(Timestamp{begin.millis + 1000}).ok());
  EXPECT_THAT(lines_, ElementsAre("+I[1, 10]"));
  EXPECT_EQ(timed_->NextProcessingTime(), Timestamp::Max());
}

TEST_F(LatestRowsTest, AKeyThatChangesAllTheTimeDoesNotPileUp) {
  Open(100);
  std::string rows;
  for (int i = 0; i < 10'000; ++i) rows += fmt::format("+U[1, {}]\n", i);
  rows.pop_back();
  for (int i = 0; i < 6; ++i) Write(rows);
  EXPECT_THAT(lines_, IsEmpty());
  Write(rows);
  EXPECT_THAT(lines_, ElementsAre("+U[1, 9999]"));
}

}  // namespace
}  // namespace weir::connectors::testing
