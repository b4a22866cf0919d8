#include "runtime/task/barrier_aligner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir::task {
namespace {

using checkpoint::Barrier;
using checkpoint::CheckpointMode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BarrierAligner, BlocksUntilTheLastChannel) {
  BarrierAligner aligner(3, CheckpointMode::kExactlyOnce);
  EXPECT_FALSE(aligner.OnBarrier(0, {1}).complete);
  EXPECT_TRUE(aligner.blocked(0));
  EXPECT_FALSE(aligner.blocked(1));
  EXPECT_FALSE(aligner.OnBarrier(2, {1}).complete);
  const auto outcome = aligner.OnBarrier(1, {1, false});
  EXPECT_EQ(outcome.complete, (Barrier{1, false}));
  for (size_t channel = 0; channel < 3; ++channel) EXPECT_FALSE(aligner.blocked(channel));
  EXPECT_FALSE(aligner.aligning());
}

TEST(BarrierAligner, DoesNotWaitForChannelsThatLeadBack) {
  BarrierAligner aligner(3, CheckpointMode::kExactlyOnce, {false, true, true});
  EXPECT_FALSE(aligner.OnBarrier(2, {1}).complete) << "it may come before the others";
  EXPECT_TRUE(aligner.blocked(2));
  const auto outcome = aligner.OnBarrier(0, {1});
  EXPECT_TRUE(outcome.complete);
  EXPECT_EQ(outcome.arrived, (std::vector<bool>{true, false, true}));
  EXPECT_FALSE(aligner.blocked(2));
  EXPECT_FALSE(aligner.OnBarrier(1, {1}).complete);
  EXPECT_FALSE(aligner.aligning());
}

TEST(BarrierAligner, IgnoresDuplicatesAndLateOnes) {
  BarrierAligner aligner(2, CheckpointMode::kExactlyOnce);
  aligner.OnBarrier(0, {5});
  EXPECT_FALSE(aligner.OnBarrier(0, {5}).complete);
  EXPECT_FALSE(aligner.OnBarrier(1, {4}).complete) << "older than the pending one";
  EXPECT_FALSE(aligner.blocked(1));
  EXPECT_TRUE(aligner.OnBarrier(1, {5}).complete);
  EXPECT_FALSE(aligner.OnBarrier(1, {5}).complete);
  EXPECT_FALSE(aligner.aligning());
}

TEST(BarrierAligner, ANewerBarrierEndsThePendingAlignment) {
  BarrierAligner aligner(2, CheckpointMode::kExactlyOnce);
  aligner.OnBarrier(0, {5});
  const auto outcome = aligner.OnBarrier(1, {6});
  EXPECT_THAT(outcome.declined, ElementsAre(5));
  EXPECT_FALSE(aligner.blocked(0));
  EXPECT_TRUE(aligner.blocked(1));
  EXPECT_TRUE(aligner.OnBarrier(0, {6}).complete);
}

TEST(BarrierAligner, ACancelledCheckpointCannotStartAgain) {
  BarrierAligner aligner(2, CheckpointMode::kExactlyOnce);
  aligner.OnBarrier(0, {5});
  EXPECT_THAT(aligner.OnCancel(5).declined, ElementsAre(5));
  EXPECT_FALSE(aligner.blocked(0));
  EXPECT_THAT(aligner.OnCancel(5).declined, IsEmpty()) << "forwarded once";
  EXPECT_FALSE(aligner.OnBarrier(1, {5}).complete);
  EXPECT_FALSE(aligner.aligning());
}

TEST(BarrierAligner, AtLeastOnceCountsSeveralWithoutBlocking) {
  BarrierAligner aligner(2, CheckpointMode::kAtLeastOnce);
  EXPECT_FALSE(aligner.OnBarrier(0, {1}).complete);
  EXPECT_FALSE(aligner.OnBarrier(0, {2}).complete);
  EXPECT_FALSE(aligner.blocked(0));
  EXPECT_EQ(aligner.OnBarrier(1, {1}).complete->checkpoint_id, 1U);
  EXPECT_EQ(aligner.OnBarrier(1, {2}).complete->checkpoint_id, 2U);
}

TEST(BarrierAligner, AtLeastOnceDeclinesWhatIsOvertaken) {
  BarrierAligner aligner(2, CheckpointMode::kAtLeastOnce);
  aligner.OnBarrier(0, {1});
  aligner.OnBarrier(0, {2});
  const auto outcome = aligner.OnBarrier(1, {2});
  EXPECT_EQ(outcome.complete->checkpoint_id, 2U);
  EXPECT_THAT(outcome.declined, ElementsAre(1));
}

TEST(BarrierAligner, ABarrierThatOvertakesEndsTheAlignment) {
  BarrierAligner aligner(3, CheckpointMode::kExactlyOnce);
  aligner.OnBarrier(1, {5});
  const auto overtaken = aligner.Overtake(5);
  EXPECT_THAT(overtaken.arrived, ElementsAre(false, true, false));
  EXPECT_THAT(overtaken.declined, IsEmpty());
  EXPECT_FALSE(aligner.blocked(1));
  EXPECT_EQ(aligner.done_through(), 5U);
  EXPECT_FALSE(aligner.OnBarrier(0, {5}).complete) << "has no effect any more";
  EXPECT_FALSE(aligner.blocked(0));
  aligner.OnBarrier(0, {6});
  EXPECT_TRUE(aligner.blocked(0)) << "the next one is aligned";
}

TEST(BarrierAligner, ABarrierThatOvertakesDeclinesOlderOnes) {
  BarrierAligner aligner(2, CheckpointMode::kExactlyOnce);
  aligner.OnBarrier(0, {5});
  const auto overtaken = aligner.Overtake(7);
  EXPECT_THAT(overtaken.declined, ElementsAre(5));
  EXPECT_THAT(overtaken.arrived, ElementsAre(false, false));
  EXPECT_FALSE(aligner.blocked(0));
}

// Every channel delivers barriers 1..n in order, some of them as cancellations, in any
// interleaving: each checkpoint completes or is declined, exactly once, in order, and nothing stays
// blocked.
TEST(BarrierAligner, SettlesEveryCheckpointInAnyInterleaving) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    const size_t channels = 1 + random.Below(4);
    const auto mode = seed % 2 == 0 ? CheckpointMode::kExactlyOnce : CheckpointMode::kAtLeastOnce;
    constexpr uint64_t kCheckpoints = 20;
    std::vector<std::deque<std::pair<uint64_t, bool>>> queues(channels);
    std::set<uint64_t> cancelled;
    for (uint64_t id = 1; id <= kCheckpoints; ++id) {
      const bool cancel = random.Below(5) == 0;
      if (cancel) cancelled.insert(id);
      const size_t where = random.Below(channels);
      for (size_t i = 0; i < channels; ++i) queues[i].emplace_back(id, !(cancel && i == where));
    }
    BarrierAligner aligner(channels, mode);
    std::vector<uint64_t> completed;
    std::set<uint64_t> declined;
    while (true) {
      std::vector<size_t> ready;
      for (size_t i = 0; i < channels; ++i) {
        if (!queues[i].empty() && !aligner.blocked(i)) ready.push_back(i);
      }
      if (ready.empty()) break;
      const size_t channel = ready[random.Below(ready.size())];
      const auto [id, barrier] = queues[channel].front();
      queues[channel].pop_front();
      const auto outcome = barrier ? aligner.OnBarrier(channel, {id}) : aligner.OnCancel(id);
      if (outcome.complete) completed.push_back(outcome.complete->checkpoint_id);
      for (const uint64_t other : outcome.declined) EXPECT_TRUE(declined.insert(other).second);
    }
    for (const auto& queue : queues) EXPECT_TRUE(queue.empty()) << "a channel stayed blocked";
    EXPECT_TRUE(std::is_sorted(completed.begin(), completed.end()));
    for (const uint64_t id : completed) EXPECT_FALSE(declined.contains(id));
    EXPECT_EQ(completed.size() + declined.size(), kCheckpoints);
    for (const uint64_t id : cancelled) EXPECT_TRUE(declined.contains(id));
  }
}

}  // namespace
}  // namespace weir::task
