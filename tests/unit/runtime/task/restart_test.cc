// Flink's restart strategies: attempts and gaps as its formulas give them, in virtual time.
#include "runtime/task/restart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace weir::task {
namespace {

constexpr int64_t kMinuteMillis = 60'000;

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
  EXPECT_THAT(Gaps({}, {0, 0}), ::testing::ElementsAre(-1));
}

TEST(RestartPolicy, FixedDelayCountsForLife) {
  const RestartStrategy twice{.kind = RestartKind::kFixedDelay, .delay = 7, .attempts = 2};
  EXPECT_THAT(Gaps(twice, {0, 0, 0, 0}), ::testing::ElementsAre(7, 7, -1));
  EXPECT_THAT(Gaps(twice, {0, 1'000 * kMinuteMillis, 1'000 * kMinuteMillis}),
              ::testing::ElementsAre(7, 7, -1));
}

TEST(RestartPolicy, FailureRateCountsInAWindow) {
  const RestartStrategy rate{.kind = RestartKind::kFailureRate,
                             .delay = 5,
                             .failures_per_interval = 3,
                             .interval = 10 * kMinuteMillis};
  EXPECT_THAT(Gaps(rate, {0, 0, 0, 0, 0}), ::testing::ElementsAre(5, 5, 5, -1));
  // Four short faults in a year do not end the job, nor do four hundred.
  EXPECT_THAT(Gaps(rate, std::vector<int64_t>(400, 60 * kMinuteMillis)), ::testing::Each(5));
  // The fourth is judged against the first alone: just within the interval, and just behind it.
  EXPECT_THAT(Gaps(rate, {0, 0, 0, 10 * kMinuteMillis - 15}), ::testing::ElementsAre(5, 5, 5, -1));
  EXPECT_THAT(Gaps(rate, {0, 0, 0, 10 * kMinuteMillis - 14}), ::testing::ElementsAre(5, 5, 5, 5));
}

TEST(RestartPolicy, ExponentialDelayGrowsToItsMost) {
  RestartStrategy grows{.kind = RestartKind::kExponentialDelay, .jitter = 0};
  const std::vector<int64_t> gaps = Gaps(grows, std::vector<int64_t>(12, 1));
  for (size_t i = 0; i < gaps.size(); ++i) {
    EXPECT_EQ(gaps[i], std::min<int64_t>(60'000, static_cast<int64_t>(1000 * std::pow(1.5, i))));
  }
  grows.attempts_before_reset = 2;
  EXPECT_THAT(Gaps(grows, {0, 1, 1}), ::testing::ElementsAre(1000, 1500, -1));
}

TEST(RestartPolicy, ExponentialDelayBeginsAnewBehindTheThreshold) {
  const RestartStrategy resets{.kind = RestartKind::kExponentialDelay,
                               .multiplier = 2,
                               .reset_threshold = kMinuteMillis,
                               .jitter = 0,
                               .attempts_before_reset = 3};
  EXPECT_THAT(Gaps(resets, {0, 1, kMinuteMillis - 1, kMinuteMillis, 1}),
              ::testing::ElementsAre(1000, 2000, 4000, 1000, 2000));
}

TEST(RestartPolicy, ExponentialDelayJoinsFailuresBeforeTheRestart) {
  RestartPolicy policy({.kind = RestartKind::kExponentialDelay, .jitter = 0}, 1);
  EXPECT_EQ(policy.OnFailure(0), 1000);
  EXPECT_EQ(policy.OnFailure(400), 600);
  EXPECT_EQ(policy.OnFailure(1000), 0);
  EXPECT_EQ(policy.OnFailure(1001), 1500);
}

TEST(RestartPolicy, ExponentialDelayTellsAnAttemptFromTheWaitForIt) {
  RestartPolicy policy({.kind = RestartKind::kExponentialDelay, .jitter = 0}, 1);
  EXPECT_EQ(policy.OnFailure(0), 1000);
  policy.OnRestart();
  EXPECT_EQ(policy.OnFailure(1000), 1500);
  policy.OnRestart();
  EXPECT_EQ(policy.OnFailure(2500), 2250);
}

TEST(RestartPolicy, JitterStaysWithinItsShare) {
  const RestartStrategy jitters{.kind = RestartKind::kExponentialDelay,
                                .initial_backoff = 1000,
                                .max_backoff = 4000,
                                .multiplier = 2,
                                .jitter = 0.1};
  bool differ = false;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const std::vector<int64_t> gaps = Gaps(jitters, {0, 1, 1, 1}, seed);
    EXPECT_THAT(gaps[0], ::testing::AllOf(::testing::Ge(1000), ::testing::Le(1100)));
    EXPECT_THAT(gaps[1], ::testing::AllOf(::testing::Ge(1800), ::testing::Le(2200)));
    EXPECT_THAT(gaps[2], ::testing::AllOf(::testing::Ge(3600), ::testing::Le(4000)));
    EXPECT_EQ(gaps[3], 4000);
    differ = differ || gaps[1] != Gaps(jitters, {0, 1}, seed + 1)[1];
  }
  EXPECT_TRUE(differ);
}

std::vector<std::string> Parts(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

// As the answers' first column has it: "kind name=value …".
RestartStrategy StrategyOf(const std::string& text) {
  const std::vector<std::string> words = Parts(text, ' ');
  std::map<std::string, double> numbers;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::vector<std::string> number = Parts(words[i], '=');
    numbers[number.at(0)] = std::stod(number.at(1));
  }
  const auto number = [&](const char* name) { return static_cast<int64_t>(numbers.at(name)); };
  const auto count = [&](const char* name) { return static_cast<uint32_t>(numbers.at(name)); };
  RestartStrategy strategy;
  if (words[0] == "fixed-delay") {
    strategy.kind = RestartKind::kFixedDelay;
    strategy.attempts = count("attempts");
    strategy.delay = number("delay");
  } else if (words[0] == "failure-rate") {
    strategy.kind = RestartKind::kFailureRate;
    strategy.failures_per_interval = count("failures");
    strategy.interval = number("interval");
    strategy.delay = number("delay");
  } else {
    strategy.kind = RestartKind::kExponentialDelay;
    strategy.initial_backoff = number("initial");
    strategy.max_backoff = number("max");
    strategy.multiplier = numbers.at("multiplier");
    strategy.reset_threshold = number("threshold");
    strategy.attempts_before_reset = count("attempts");
    strategy.jitter = 0;
  }
  return strategy;
}

// What Flink's own classes answered (tests/flink_restarts/Restarts.java).
TEST(RestartPolicy, AnswersAsFlink) {
  std::ifstream file("tests/flink_restarts/answers.tsv");
  std::map<RestartKind, int> answers;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    const std::vector<std::string> columns = Parts(line, '\t');
    const RestartStrategy strategy = StrategyOf(columns.at(0));
    RestartPolicy policy(strategy, 1);
    const std::vector<std::string> times = Parts(columns.at(1), ',');
    const std::vector<std::string> gaps = Parts(columns.at(2), ',');
    ASSERT_EQ(times.size(), gaps.size());
    for (size_t i = 0; i < times.size(); ++i) {
      EXPECT_EQ(policy.OnFailure(std::stoll(times[i])).value_or(-1), std::stoll(gaps[i]))
          << line << ", failure " << i;
      ++answers[strategy.kind];
    }
  }
  EXPECT_GE(answers[RestartKind::kFixedDelay], 200);
  EXPECT_GE(answers[RestartKind::kFailureRate], 200);
  EXPECT_GE(answers[RestartKind::kExponentialDelay], 500);
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
