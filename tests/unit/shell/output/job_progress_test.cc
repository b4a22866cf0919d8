// What a watch says of the jobs of an engine.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "shell/output/job_watch.h"
#include "tests/unit/shell/engine_fixture.h"

namespace weir::shell {
namespace {

using testing::HasSubstr;

class SteppingClock final : public Clock {
 public:
  Timestamp Now() const override { return Timestamp{nanos_ / 1'000'000}; }
  int64_t MonotonicNanos() const override { return nanos_; }
  void Sleep(std::chrono::nanoseconds) override {}
  void Step(std::chrono::nanoseconds by) { nanos_ += by.count(); }

 private:
  std::atomic<int64_t> nanos_{1'000'000'000};
};

std::string AwaitLines(JobWatch& watch, const std::string& part) {
  std::string lines;
  for (int looks = 0; looks < 300 && lines.find(part) == std::string::npos; ++looks) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    lines += watch.TakeHeld();
  }
  return lines;
}

TEST_F(EngineTest, AJobOlderThanAMinuteHasALineOfProgressAMinute) {
  SteppingClock clock;
  JobWatch watch({.clock = &clock, .progress = true});
  watch.Hold(true);
  Open(&watch);
  Write("source/a.csv", "1,x\n");
  EXPECT_TRUE(Run(Followed("source") + Table("target") +
                  "CREATE JOB copy AS INSERT INTO target SELECT n, label FROM source;"
                  "WAIT FOR JOB copy UNTIL IDLE;")
                  .ok());
  clock.Step(std::chrono::seconds(59));
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  EXPECT_EQ(watch.TakeHeld(), "");
  for (int minute = 0; minute < 2; ++minute) {
    clock.Step(std::chrono::seconds(60));
    const std::string lines = AwaitLines(watch, "copy: ");
    EXPECT_THAT(lines, HasSubstr(" copy: 1 rows · "));
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1);
  }
  watch.SayWhatTasksDo();
  EXPECT_THAT(watch.TakeHeld(), HasSubstr("job copy: RUNNING, 1 row read\n  task "));
  EXPECT_TRUE(Run("STOP JOB copy;").ok());
  watch.SayWhatGoesOn();
  EXPECT_THAT(watch.TakeHeld(), HasSubstr("What was begun is being ended."));
  engine_.reset();
}

}  // namespace
}  // namespace weir::shell
