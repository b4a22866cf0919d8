// When a failed job is started again: Flink's restart strategies, as decisions that depend only on
// the times of failures.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>

#include "runtime/base/random.h"
#include "runtime/base/status.h"

namespace weir::task {

// Values of restart-strategy.type.
enum class RestartKind : uint8_t {
  kNone,
  kFixedDelay,   // a fixed number of restarts
  kFailureRate,  // a limited number in any interval
  // Restarts come after longer and longer waits, which begin anew once the job has run for a while.
  kExponentialDelay,
};

// Flink's restart-strategy.*; times in milliseconds. Each kind reads its own group.
struct RestartStrategy {
  RestartKind kind = RestartKind::kNone;
  int64_t delay = 1000;  // of kFixedDelay and kFailureRate

  uint32_t attempts = 0;  // kFixedDelay

  uint32_t failures_per_interval = 1;  // kFailureRate: one more within the interval ends the job
  int64_t interval = 60'000;

  int64_t initial_backoff = 1000;  // kExponentialDelay
  int64_t max_backoff = 60'000;
  double multiplier = 1.5;
  // After this many milliseconds without a failure since the restart, waits begin with the initial
  // backoff again.
  int64_t reset_threshold = 3'600'000;
  double jitter = 0.1;  // relative deviation of the wait, to either side
  uint32_t attempts_before_reset = std::numeric_limits<int32_t>::max();
};

// E6001, naming the option, for values that Flink refuses as well.
Status ValidateRestart(const RestartStrategy& strategy);

// Whether a failure can be answered by a restart at all.
enum class RestartVerdict : uint8_t {
  kRestart,  // if the strategy allows it
  kFail,
  kCancel,
  kSuspend,
};
// A pure decision. kCancel: the reader of a result wants no more; kSuspend: nobody reads standard
// output any more (E8002). State that is corrupt or does not fit, bad SQL and bad records would
// only fail again, and rows on standard output (E4005) would be written twice.
RestartVerdict DecideRestart(const Status& failure);

// Applies the strategy of one job. Not thread-safe.
class RestartPolicy {
 public:
  // `seed` decides the jitter.
  RestartPolicy(const RestartStrategy& strategy, uint64_t seed)
      : strategy_(strategy), random_(seed) {}

  // Called for a failure at `now` (any clock that never goes back): how long to wait before the
  // restart, or nothing when there is to be none.
  std::optional<int64_t> OnFailure(int64_t now);
  // The restart that the last OnFailure allowed has begun: a failure from now on is one of its own,
  // even in the millisecond of the restart.
  void OnRestart() { waits_ = false; }

 private:
  std::optional<int64_t> OnRate(int64_t now);
  std::optional<int64_t> OnExponential(int64_t now);
  int64_t Backoff();

  const RestartStrategy strategy_;
  Random random_;
  uint32_t attempts_ = 0;           // kExponentialDelay: since the last reset
  std::deque<int64_t> failures_;    // kFailureRate: the last ones
  std::optional<int64_t> restart_;  // kExponentialDelay: the time of the last one
  bool waits_ = false;              // kExponentialDelay: the restart has not begun (OnRestart)
};

}  // namespace weir::task
