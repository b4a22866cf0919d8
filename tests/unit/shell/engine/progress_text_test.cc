#include "shell/engine/text/progress_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::shell {
namespace {

constexpr uint64_t kMebi = 1 << 20;

TEST(TransferText, SaysHowFarItIs) {
  EXPECT_EQ(TransferText("savepoint of job sales", 512 * kMebi, 1024 * kMebi),
            "savepoint of job sales: 512.0 MiB of 1.0 GiB [██████████░░░░░░░░░░] 50 %");
  EXPECT_EQ(TransferText("verifying s", 0, 10 * kMebi),
            "verifying s: 0 B of 10.0 MiB [░░░░░░░░░░░░░░░░░░░░] 0 %");
}

// Canonical rows may come to more than the backend's files.
TEST(TransferText, MoreThanAllIsAll) {
  EXPECT_THAT(TransferText("x", 3 * kMebi, 2 * kMebi),
              testing::EndsWith("[████████████████████] 100 %"));
}

TEST(TransferText, WithoutATotalThereIsNoBar) {
  EXPECT_EQ(TransferText("x", 3 * kMebi, 0), "x: 3.0 MiB");
}

TEST(WaitingText, SaysWhereTheBarrierIs) {
  checkpoint::CheckpointStatistics now;
  EXPECT_EQ(WaitingText("savepoint of job sales", now), "savepoint of job sales: about to begin");
  now.tasks = 8;
  EXPECT_EQ(WaitingText("x", now), "x: the barrier has passed 0 of 8 tasks");
  now.tasks_passed = 3;
  EXPECT_EQ(WaitingText("x", now), "x: the barrier has passed 3 of 8 tasks");
  now.tasks_passed = 8;
  EXPECT_EQ(WaitingText("x", now), "x: writing what changed");
}

}  // namespace
}  // namespace weir::shell
