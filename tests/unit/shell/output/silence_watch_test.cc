// Why a query shows nothing.
#include "shell/output/silence_watch.h"

#include <gmock/gmock.h>

#include "shell/engine/text/progress_text.h"

namespace weir::shell {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kSecond = 1'000'000'000;

task::JobSnapshot Windowed(int64_t watermark_millis) {
  task::JobSnapshot job;
  job.operators.resize(2);
  job.operators[0] = {.uid = "src:t", .kind = "Scan", .rows_out = 5};
  job.operators[1] = {.uid = "wagg", .kind = "WindowAggregate", .rows_in = 5};
  job.operators[1].watermark = Timestamp{watermark_millis};
  return job;
}

TEST(SilenceWatch, SpeaksOncePerSilence) {
  SilenceWatch watch;
  const task::JobSnapshot job = Windowed(0);
  EXPECT_FALSE(watch.Check(0, job, 1 * kSecond));
  EXPECT_FALSE(watch.Check(0, job, 3 * kSecond));
  const std::optional<std::string> notice = watch.Check(0, job, 5 * kSecond);
  ASSERT_TRUE(notice);
  EXPECT_THAT(*notice, HasSubstr("the watermark stands at 1970-01-01 00:00:00.000"));
  EXPECT_THAT(*notice, HasSubstr("rows of a later time"));
  EXPECT_FALSE(watch.Check(0, job, 50 * kSecond));
  EXPECT_FALSE(watch.Check(1, job, 51 * kSecond));
  EXPECT_TRUE(watch.Check(1, job, 55 * kSecond));
}

TEST(SilenceWatch, NamesThePartition) {
  SilenceWatch watch;
  task::JobSnapshot job = Windowed(Timestamp::Min().millis);
  job.operators[0].held_back_by = "partition-2";
  EXPECT_FALSE(watch.Check(0, job, kSecond));
  const std::optional<std::string> notice = watch.Check(0, job, 5 * kSecond);
  ASSERT_TRUE(notice);
  EXPECT_THAT(*notice, HasSubstr("no watermark yet"));
  EXPECT_THAT(*notice, HasSubstr("\"partition-2\" of src:t holds it back"));
  EXPECT_THAT(*notice, HasSubstr("table.exec.source.idle-timeout"));
}

TEST(SilenceWatch, AMovingWatermarkBlamesNobody) {
  SilenceWatch watch;
  task::JobSnapshot job = Windowed(1000);
  job.operators[0].held_back_by = "0";
  EXPECT_FALSE(watch.Check(0, job, kSecond));
  job.operators[1].watermark = Timestamp{4000};
  const std::optional<std::string> notice = watch.Check(0, job, 5 * kSecond);
  ASSERT_TRUE(notice);
  EXPECT_THAT(*notice, HasSubstr("is at 1970-01-01 00:00:04.000 and moves on"));
  EXPECT_THAT(*notice, Not(HasSubstr("holds it back")));
}

TEST(SilenceWatch, IsQuietWithoutWindows) {
  SilenceWatch watch;
  task::JobSnapshot job = Windowed(0);
  job.operators.pop_back();
  EXPECT_FALSE(watch.Check(0, job, kSecond));
  EXPECT_FALSE(watch.Check(0, job, 9 * kSecond));
}

TEST(ProgressText, TellsRateLagCheckpointsAndWhatIsLeft) {
  task::JobSnapshot job = Windowed(40'000);
  job.name = "sales";
  job.source_rows = 1'210'000;
  job.operators[0].rows_per_second = 605'000;
  job.operators[1].state_bytes = 38 << 20;
  job.checkpoints.completed = 2;
  job.checkpoints.last_completed_id = 12;
  job.checkpoints.last_duration_millis = 200;
  job.started_millis = 30'000;
  EXPECT_EQ(
      ProgressText(job, 45'400),
      "sales: 1.21 M rows · 605 K rows/s · lag 5.4 s · state 38.0 MiB · checkpoint #12 200 ms");
  job.bytes_read = 25;
  job.bytes_total = 100;
  EXPECT_THAT(ProgressText(job, 40'000), HasSubstr("[█████░░░░░░░░░░░░░░░] 25 %, 30.0 s left"));
  job.rows_read = 10;
  job.rows_total = 100;
  EXPECT_THAT(ProgressText(job, 40'000), HasSubstr("[██░░░░░░░░░░░░░░░░░░] 10 %, 1 min 30 s left"));
  job.bytes_total = 0;
  EXPECT_THAT(ProgressText(job, 40'000), HasSubstr(" 10 %, 1 min 30 s left"));
  job.operators[1].watermark = Timestamp::Max();
  EXPECT_THAT(ProgressText(job, 40'000), Not(HasSubstr("lag")));
  job.ended_millis = 32'000;
  EXPECT_EQ(FinishedText(job),
            "Job sales has finished: 1,210,000 rows read in 2.0 s, 605 K rows/s.");
}

}  // namespace
}  // namespace weir::shell
