#include "runtime/checkpoint/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weir::checkpoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kMillis = 1'000'000;

TEST(ValidateConfig, NamesBothKeysOfAContradiction) {
  const Status status = ValidateConfig({.min_pause_millis = 5, .max_concurrent = 2});
  EXPECT_EQ(status.id(), "E6002");
  EXPECT_THAT(status.message(), HasSubstr("execution.checkpointing.min-pause"));
  EXPECT_THAT(status.message(), HasSubstr("execution.checkpointing.max-concurrent-checkpoints"));
}

TEST(ValidateConfig, AcceptsEitherAlone) {
  EXPECT_TRUE(ValidateConfig({}).ok());
  EXPECT_TRUE(ValidateConfig({.min_pause_millis = 5}).ok());
  EXPECT_TRUE(ValidateConfig({.max_concurrent = 4}).ok());
}

TEST(ValidateConfig, RefusesWhatCannotBe) {
  const CheckpointConfig wrong[] = {{.interval_millis = -1},
                                    {.timeout_millis = -1},
                                    {.min_pause_millis = -1},
                                    {.max_concurrent = 0},
                                    {.retained = 0}};
  for (const CheckpointConfig& config : wrong) {
    EXPECT_EQ(ValidateConfig(config).id(), "E6001");
  }
}

TEST(ValidateConfig, UnalignedIsExactlyOnceAndOneAtATime) {
  EXPECT_TRUE(ValidateConfig({.unaligned = true}).ok());
  const Status mode = ValidateConfig({.mode = CheckpointMode::kAtLeastOnce, .unaligned = true});
  EXPECT_EQ(mode.id(), "E6002");
  const Status several = ValidateConfig({.max_concurrent = 2, .unaligned = true});
  EXPECT_EQ(several.id(), "E6002");
  EXPECT_EQ(ValidateConfig({.unaligned = true, .aligned_timeout_millis = -1}).id(), "E6001");
}

TEST(MayOvertake, OnlyWhatIsNoSavepointAndNotTheEnd) {
  const CheckpointConfig unaligned{.unaligned = true};
  EXPECT_TRUE(MayOvertake(unaligned, Purpose::kPeriodic, false));
  EXPECT_TRUE(MayOvertake(unaligned, Purpose::kManual, false));
  EXPECT_FALSE(MayOvertake(unaligned, Purpose::kManual, true));
  EXPECT_FALSE(MayOvertake(unaligned, Purpose::kStop, false));
  EXPECT_FALSE(MayOvertake(unaligned, Purpose::kFinal, false));
  EXPECT_FALSE(MayOvertake({}, Purpose::kPeriodic, false));
}

struct StartCase {
  std::string name;
  CheckpointConfig config;
  CoordinatorFacts facts;
  std::vector<Purpose> queue;
  bool start;
  Purpose purpose = Purpose::kPeriodic;
  int64_t next_check = kNever;
};

TEST(DecideStart, Table) {
  const CheckpointConfig every_10{.interval_millis = 10};
  const StartCase cases[] = {
      {"off", {}, {.now = 1000 * kMillis}, {}, false},
      {"not yet due", every_10, {.now = 9 * kMillis}, {}, false, Purpose::kPeriodic, 10 * kMillis},
      {"due", every_10, {.now = 10 * kMillis}, {}, true},
      {"counted from the last trigger",
       every_10,
       {.now = 19 * kMillis, .last_trigger = 10 * kMillis},
       {},
       false,
       Purpose::kPeriodic,
       20 * kMillis},
      {"one is under way", every_10, {.now = 50 * kMillis, .pending = 1}, {}, false},
      {"two may be under way",
       {.interval_millis = 10, .max_concurrent = 2},
       {.now = 50 * kMillis, .pending = 1},
       {},
       true},
      {"min-pause after completion",
       {.interval_millis = 10, .min_pause_millis = 30},
       {.now = 40 * kMillis, .last_trigger = 10 * kMillis, .last_completion = 15 * kMillis},
       {},
       false,
       Purpose::kPeriodic,
       45 * kMillis},
      {"manual ignores interval and min-pause",
       {.min_pause_millis = 30},
       {.now = 16 * kMillis, .last_completion = 15 * kMillis},
       {Purpose::kManual},
       true,
       Purpose::kManual},
      {"manual waits for its turn", {}, {.pending = 1}, {Purpose::kManual}, false},
      {"stop goes before manual", {}, {}, {Purpose::kManual, Purpose::kStop}, true, Purpose::kStop},
      {"final goes before manual",
       {},
       {},
       {Purpose::kManual, Purpose::kFinal},
       true,
       Purpose::kFinal},
      {"the last one waits until it is alone",
       {.max_concurrent = 2},
       {.pending = 1},
       {Purpose::kFinal},
       false},
      {"a final one that failed pauses",
       every_10,
       {.now = 50 * kMillis, .final_not_before = 60 * kMillis},
       {Purpose::kFinal},
       false,
       Purpose::kPeriodic,
       60 * kMillis},
      {"and is tried again",
       every_10,
       {.now = 60 * kMillis, .final_not_before = 60 * kMillis},
       {Purpose::kFinal},
       true,
       Purpose::kFinal},
      {"nothing after the last one", every_10, {.now = 50 * kMillis, .stopping = true}, {}, false},
      {"no request after the last one", every_10, {.stopping = true}, {Purpose::kManual}, false},
      {"no periodic ones without storage",
       every_10,
       {.now = 50 * kMillis, .durable = false},
       {},
       false},
      {"a final one without storage",
       {},
       {.durable = false},
       {Purpose::kFinal},
       true,
       Purpose::kFinal},
      {"a pause of centuries does not overflow",
       {.interval_millis = 1, .min_pause_millis = std::numeric_limits<int64_t>::max()},
       {.now = 5 * kMillis, .last_completion = 1},
       {},
       false,
       Purpose::kPeriodic,
       1 + int64_t{365} * 24 * 3600 * 1000 * kMillis},
  };
  for (StartCase test : cases) {
    SCOPED_TRACE(test.name);
    test.facts.queue = test.queue;
    const StartDecision decision = DecideStart(test.config, test.facts);
    EXPECT_EQ(decision.start, test.start);
    EXPECT_EQ(decision.purpose, test.purpose);
    EXPECT_EQ(decision.next_check, test.next_check);
  }
}

TEST(DecideStart, TakesRequestsOfOneKindInOrder) {
  const std::vector<Purpose> queue = {Purpose::kManual, Purpose::kManual};
  EXPECT_EQ(DecideStart({}, {.queue = queue}).queue_index, 0U);
}

TEST(Expiry, FollowsTheTimeout) {
  const CheckpointConfig config{.timeout_millis = 100};
  const PendingFacts pending{.id = 1, .triggered = 7 * kMillis, .expected = 1};
  EXPECT_FALSE(IsExpired(config, pending, 106 * kMillis));
  EXPECT_TRUE(IsExpired(config, pending, 107 * kMillis));
  EXPECT_EQ(ExpiresAt({.timeout_millis = 0}, pending), kNever);
}

TEST(DecideAck, Table) {
  const std::vector<uint8_t> acked = {0, 1, 1};
  const PendingFacts pending{.id = 5, .expected = 3, .acked = acked};
  EXPECT_EQ(DecideAck(&pending, 5, 0, 6), AckVerdict::kCompletes);
  EXPECT_EQ(DecideAck(&pending, 5, 1, 6), AckVerdict::kDuplicate);
  EXPECT_EQ(DecideAck(&pending, 5, 3, 6), AckVerdict::kUnknown);
  EXPECT_EQ(DecideAck(nullptr, 4, 0, 6), AckVerdict::kLate);
  EXPECT_EQ(DecideAck(nullptr, 7, 0, 6), AckVerdict::kUnknown);
  const std::vector<uint8_t> fresh = {0, 0, 1};
  const PendingFacts waiting{.id = 5, .expected = 3, .acked = fresh};
  EXPECT_EQ(DecideAck(&waiting, 5, 0, 6), AckVerdict::kTaken);
}

TEST(DecideFailure, CountsPeriodicAndFinalOnes) {
  const CheckpointConfig two{.tolerable_failures = 2};
  EXPECT_EQ(DecideFailure(two, Purpose::kPeriodic, 2), FailureVerdict::kGoOn);
  EXPECT_EQ(DecideFailure(two, Purpose::kPeriodic, 3), FailureVerdict::kFailJob);
  EXPECT_EQ(DecideFailure(two, Purpose::kFinal, 2), FailureVerdict::kRetry);
  EXPECT_EQ(DecideFailure(two, Purpose::kFinal, 3), FailureVerdict::kFailJob);
  EXPECT_EQ(DecideFailure({}, Purpose::kManual, 0), FailureVerdict::kGoOn);
  EXPECT_EQ(DecideFailure({}, Purpose::kStop, 0), FailureVerdict::kGoOn);
  EXPECT_EQ(DecideFailure({}, Purpose::kPeriodic, 1), FailureVerdict::kFailJob);
}

TEST(AbortedAfter, AreAllLaterOnes) {
  const std::vector<uint64_t> pending = {3, 4, 7};
  EXPECT_THAT(AbortedAfter(3, pending), ElementsAre(4, 7));
  EXPECT_THAT(AbortedAfter(7, pending), IsEmpty());
}

}  // namespace
}  // namespace weir::checkpoint
