// When jobs run again: how long after their last beginning, after a restart, and when no more.
#include "shell/engine/jobs/refresh_schedule.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

namespace weir::shell {
namespace {

using std::chrono::milliseconds;

JobRecord Job(const std::string& name, const std::string& interval, int64_t began_ago_millis) {
  JobRecord record;
  record.name = name;
  if (!interval.empty()) record.options["execution.refresh-interval"] = interval;
  record.started_millis = Clock::System().Now().millis - began_ago_millis;
  return record;
}

// Waits until `count` is at least `wanted`; whether it came to be.
bool Reaches(const std::atomic<int>& count, int wanted) {
  for (int i = 0; i < 1000 && count < wanted; ++i) Clock::System().Sleep(milliseconds(10));
  return count >= wanted;
}

TEST(RefreshScheduleTest, IsInTheRecordsOptions) {
  EXPECT_EQ(RefreshMillis(Job("a", "2 s", 0)), 2000);
  EXPECT_EQ(RefreshMillis(Job("a", "", 0)), 0);
  EXPECT_EQ(RefreshMillis(Job("a", "soon", 0)), 0);
}

TEST(RefreshScheduleTest, RunsOnAndOn) {
  std::atomic<int> runs{0};
  RefreshSchedule schedule(Clock::System(), [&](const std::string& job) {
    EXPECT_EQ(job, "often");
    ++runs;
    return RefreshOutcome::kBegun;
  });
  ASSERT_TRUE(schedule.Note(Job("never", "", 0)).ok());
  ASSERT_TRUE(schedule.Note(Job("late", "1 h", 0)).ok());
  ASSERT_TRUE(schedule.Note(Job("often", "20 ms", 0)).ok());
  EXPECT_TRUE(Reaches(runs, 3));
  schedule.Close();
  const int at_the_end = runs;
  Clock::System().Sleep(milliseconds(60));
  EXPECT_EQ(runs, at_the_end);
}

// As a server finds it that begins: what was due meanwhile is due at once, and once.
TEST(RefreshScheduleTest, CatchesUpOnce) {
  std::atomic<int> runs{0};
  RefreshSchedule schedule(Clock::System(), [&](const std::string&) {
    ++runs;
    return RefreshOutcome::kBegun;
  });
  ASSERT_TRUE(schedule.Note(Job("hourly", "1 h", 10 * 3600 * 1000)).ok());
  EXPECT_TRUE(Reaches(runs, 1));
  Clock::System().Sleep(milliseconds(60));
  EXPECT_EQ(runs, 1);
}

TEST(RefreshScheduleTest, LooksAgainAfterALongRunAndForgetsWhatIsGone) {
  std::atomic<int> looks{0};
  RefreshSchedule schedule(Clock::System(), [&](const std::string&) {
    return ++looks < 3 ? RefreshOutcome::kBusy : RefreshOutcome::kGone;
  });
  ASSERT_TRUE(schedule.Note(Job("long", "10 ms", 0)).ok());
  EXPECT_TRUE(Reaches(looks, 3));
  Clock::System().Sleep(milliseconds(150));
  EXPECT_EQ(looks, 3);
}

}  // namespace
}  // namespace weir::shell
