#include "shell/output/job_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::shell {
namespace {

using task::TaskFigures;
using testing::AllOf;
using testing::HasSubstr;

TEST(TasksText, SaysWhatEachDoes) {
  task::JobSnapshot job;
  job.name = "sales";
  job.state = task::JobState::kRunning;
  job.source_rows = 12;
  job.checkpoints.in_progress = 1;
  job.checkpoints.tasks = 8;
  job.checkpoints.tasks_passed = 3;
  const std::vector<TaskFigures> before = {
      {.name = "0/a"}, {.name = "0/b"}, {.name = "0/c"}, {.name = "0/d"}, {.name = "0/e"}};
  std::vector<TaskFigures> now = before;
  now[0].waiting = true;
  now[1].blocked_nanos = 5;
  now[2].at = "GroupAggregate";
  now[3].work = 2;
  EXPECT_EQ(TasksText(job, before, now),
            "job sales: RUNNING, 12 rows read, checkpoint: the barrier has passed 3 of 8 tasks\n"
            "  task 0/a: waits for input\n"
            "  task 0/b: waits for room behind it\n"
            "  task 0/c: works in GroupAggregate\n"
            "  task 0/d: works, 2 turns in 100 ms\n"
            "  task 0/e: reads\n");
  EXPECT_THAT(TasksText(job, {}, now), Not(HasSubstr("task 0/a")));
}

TEST(JobWatch, LinesAreKeptWhileSomebodyTypes) {
  JobWatch watch({.clock = &Clock::System()});
  watch.Hold(true);
  Notice notice{.kind = NoticeKind::kLateRow, .count = 3, .total = 3, .detail = "x", .millis = 0};
  watch.OnNotice({"sales", "0123"}, notice);
  watch.Flush();  // does not wait for what is held
  EXPECT_EQ(watch.TakeHeld(), "1970-01-01 00:00:00.000 sales: 3 late rows: x\n");
  EXPECT_EQ(watch.TakeHeld(), "");
  watch.Hold(false);
  EXPECT_EQ(watch.TakeHeld(), "");
}

TEST(JobWatch, AWarningAboutAJobIsLoggedAsOne) {
  JobWatch watch({.clock = &Clock::System(), .log = LogFormat::kText, .least = LogLevel::kWarning});
  watch.Hold(true);
  watch.OnRemark({"sales", "0123"}, {.text = "started by ann"});
  watch.OnRemark({"sales", "0123"}, {Severity::kWarning, "the newest checkpoint is damaged"});
  watch.OnRemark({"sales", "0123"}, {.text = "WARNING: is part of the text"});
  watch.SayLines("WARNING: a line that a job prints\n");
  const std::string held = watch.TakeHeld();
  EXPECT_THAT(held, HasSubstr(" WARNING sales (0123): the newest checkpoint is damaged\n"));
  EXPECT_THAT(held, Not(HasSubstr("started")));
  EXPECT_THAT(held, Not(HasSubstr("part of the text")));
  EXPECT_THAT(held, Not(HasSubstr("prints")));
}

}  // namespace
}  // namespace weir::shell
