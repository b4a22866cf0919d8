// Flink's restart strategies: attempts and gaps as its formulas give them, in virtual time.
#include "runtime/task/restart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace weir::task {
namespace {

constexpr int64_t kMinute = 60'000;

TEST(DecideRestart, Table) {
  EXPECT_EQ(DecideRestart(Status::External("x")), RestartVerdict::kRestart);
  EXPECT_EQ(DecideRestart(Status::Internal("x")), RestartVerdict::kRestart);
  EXPECT_EQ(DecideRestart(Status::Cancelled("x")), RestartVerdict::kCancel);
  EXPECT_EQ(DecideRestart(Status::Corruption("x")), RestartVerdict::kFail);
  EXPECT_EQ(DecideRestart(Status::RestoreRefused("x")), RestartVerdict::kFail);
  EXPECT_EQ(DecideRestart(Status::External("x").WithId("E4005")), RestartVerdict::kFail);
  EXPECT_EQ(DecideRestart(Status::Cancelled("x").WithId("E8002")), RestartVerdict::kSuspend);
}

// A job that lives `lives[i]` ms after start i: the gaps between its failures and its restarts. A
// gap of -1 is its end.
std::vector<int64_t> Gaps(const RestartStrategy& strategy, const std::vector<int64_t>& lives,
                          uint64_t seed = 1) {
  RestartPolicy policy(strategy, seed);
  std::vector<int64_t> gaps;
  int64_t now = 1'000'000;
  for (const int64_t life : lives) {
    now += life;
    const std::optional<int64_t> gap = policy.OnFailure(now);
    gaps.push_back(gap.value_or(-1));
    if (!gap) break;
    now += *gap;
  }
  return gaps;
}

TEST(RestartPolicy, NoneEndsAtTheFirstFailure) {
  EXPECT_THAT(Gaps({}, {0, 0}), testing::ElementsAre(-1));
}

TEST(RestartPolicy, FixedDelayCountsForLife) {
  const RestartStrategy twice{.kind = RestartKind::kFixedDelay, .delay = 7, .attempts = 2};
  EXPECT_THAT(Gaps(twice, {0, 0, 0, 0}), testing::ElementsAre(7, 7, -1));
  EXPECT_THAT(Gaps(twice, {0, 1'000 * kMinute, 1'000 * kMinute}), testing::ElementsAre(7, 7, -1));
}

TEST(RestartPolicy, FailureRateCountsInAWindow) {
  const RestartStrategy rate{.kind = RestartKind::kFailureRate,
                             .delay = 5,
                             .failures_per_interval = 3,
                             .interval = 10 * kMinute};
  EXPECT_THAT(Gaps(rate, {0, 0, 0, 0, 0}), testing::ElementsAre(5, 5, 5, -1));
  // Four short faults in a year do not end the job, nor do four hundred.
  EXPECT_THAT(Gaps(rate, std::vector<int64_t>(400, 60 * kMinute)), testing::Each(5));
  // The fourth is judged against the first alone: just within the interval, and just behind it.
  EXPECT_THAT(Gaps(rate, {0, 0, 0, 10 * kMinute - 15}), testing::ElementsAre(5, 5, 5, -1));
  EXPECT_THAT(Gaps(rate, {0, 0, 0, 10 * kMinute - 14}), testing::ElementsAre(5, 5, 5, 5));
}

TEST(RestartPolicy, ExponentialDelayGrowsToItsMost) {
  RestartStrategy grows{.kind = RestartKind::kExponentialDelay, .jitter = 0};
  const std::vector<int64_t> gaps = Gaps(grows, std::vector<int64_t>(12, 0));
  for (size_t i = 0; i < gaps.size(); ++i) {
    EXPECT_EQ(gaps[i], std::min<int64_t>(60'000, static_cast<int64_t>(1000 * std::pow(1.5, i))));
  }
  grows.attempts_before_reset = 2;
  EXPECT_THAT(Gaps(grows, {0, 0, 0}), testing::ElementsAre(1000, 1500, -1));
}

TEST(RestartPolicy, ExponentialDelayBeginsAnewBehindTheThreshold) {
  const RestartStrategy resets{.kind = RestartKind::kExponentialDelay,
                               .multiplier = 2,
                               .reset_threshold = kMinute,
                               .jitter = 0,
                               .attempts_before_reset = 3};
  EXPECT_THAT(Gaps(resets, {0, 0, kMinute - 1, kMinute, 0}),
              testing::ElementsAre(1000, 2000, 4000, 1000, 2000));
}

TEST(RestartPolicy, ExponentialDelayJoinsFailuresBeforeTheRestart) {
  RestartPolicy policy({.kind = RestartKind::kExponentialDelay, .jitter = 0}, 1);
  EXPECT_EQ(policy.OnFailure(0), 1000);
  EXPECT_EQ(policy.OnFailure(400), 600);
  EXPECT_EQ(policy.OnFailure(1000), 1500);
}

TEST(RestartPolicy, JitterStaysWithinItsShare) {
  const RestartStrategy jitters{.kind = RestartKind::kExponentialDelay,
                                .initial_backoff = 1000,
                                .max_backoff = 4000,
                                .multiplier = 2,
                                .jitter = 0.1};
  bool differ = false;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const std::vector<int64_t> gaps = Gaps(jitters, {0, 0, 0, 0}, seed);
    EXPECT_THAT(gaps[0], testing::AllOf(testing::Ge(1000), testing::Le(1100)));
    EXPECT_THAT(gaps[1], testing::AllOf(testing::Ge(1800), testing::Le(2200)));
    EXPECT_THAT(gaps[2], testing::AllOf(testing::Ge(3600), testing::Le(4000)));
    EXPECT_EQ(gaps[3], 4000);
    differ = differ || gaps[1] != Gaps(jitters, {0, 0}, seed + 1)[1];
  }
  EXPECT_TRUE(differ);
}

TEST(ValidateRestart, RefusesWhatFlinkRefuses) {
  const RestartStrategy good{.kind = RestartKind::kExponentialDelay};
  EXPECT_TRUE(ValidateRestart(good).ok());
  const auto refused = [&](auto change) {
    RestartStrategy bad = good;
    change(bad);
    const Status status = ValidateRestart(bad);
    EXPECT_EQ(status.id(), "E6001") << status.ToString();
  };
  refused([](RestartStrategy& bad) { bad.initial_backoff = 0; });
  refused([](RestartStrategy& bad) { bad.max_backoff = 999; });
  refused([](RestartStrategy& bad) { bad.multiplier = 1; });
  refused([](RestartStrategy& bad) { bad.multiplier = std::nan(""); });
  refused([](RestartStrategy& bad) { bad.reset_threshold = 0; });
  refused([](RestartStrategy& bad) { bad.jitter = 1.1; });
  refused([](RestartStrategy& bad) { bad.attempts_before_reset = 0; });
  refused([](RestartStrategy& bad) {
    bad.kind = RestartKind::kFailureRate;
    bad.failures_per_interval = 0;
  });
}

}  // namespace
}  // namespace weir::task
