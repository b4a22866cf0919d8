// What an edit says while it is under way, and which one may begin.
#include "shell/http/job_edits.h"

#include <gmock/gmock.h>

namespace weir::shell {
namespace {

TEST(EditProgressTest, StepsComeOneAfterTheOther) {
  EditProgress progress;
  progress.Begin("check", 10);
  EXPECT_EQ(progress.Now().outcome, EditOutcome::kUnderWay);
  EXPECT_FALSE(progress.Now().steps.back().done);
  progress.Done("it fits");
  progress.Begin("stop", 20);
  progress.SetSavepoint("/s");
  progress.Done("stopped");
  progress.End(EditOutcome::kReverted, Status::InvalidArgument("no"), "id");
  const EditNow now = progress.Now();
  ASSERT_EQ(now.steps.size(), 2U);
  EXPECT_TRUE(now.steps[0].done && now.steps[1].done);
  EXPECT_EQ(now.steps[0].text, "it fits");
  EXPECT_EQ(now.steps[1].millis, 20);
  EXPECT_EQ(now.savepoint, "/s");
  EXPECT_EQ(now.outcome, EditOutcome::kReverted);
  EXPECT_EQ(now.failure.message(), "no");
  EXPECT_EQ(now.job_id, "id");
}

TEST(EditProgressTest, OutcomesHaveNames) {
  EXPECT_EQ(EditOutcomeName(EditOutcome::kEdited), "edited");
  EXPECT_EQ(EditOutcomeName(EditOutcome::kDown), "down");
}

}  // namespace
}  // namespace weir::shell
