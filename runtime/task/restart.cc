#include "runtime/task/restart.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/check.h"
#include "runtime/fault_point.h"

namespace weir::task {
namespace {

Status Refused(std::string_view option, std::string_view wanted) {
  return Status::InvalidArgument("option \"restart-strategy." + std::string(option) +
                                 "\" must be " + std::string(wanted))
      .WithId("E6001");
}

}  // namespace

Status ValidateRestart(const RestartStrategy& strategy) {
  if (strategy.kind == RestartKind::kFailureRate) {
    if (strategy.failures_per_interval < 1)
      return Refused("failure-rate.max-failures-per-interval", "at least 1");
    if (strategy.interval < 1) return Refused("failure-rate.failure-rate-interval", "above 0 ms");
  }
  if (strategy.kind != RestartKind::kExponentialDelay) return {};
  if (strategy.initial_backoff < 1)
    return Refused("exponential-delay.initial-backoff", "at least 1 ms");
  if (strategy.max_backoff < strategy.initial_backoff)
    return Refused("exponential-delay.max-backoff", "at least the initial backoff");
  if (!(strategy.multiplier > 1))
    return Refused("exponential-delay.backoff-multiplier", "greater than 1");
  if (strategy.reset_threshold < 1)
    return Refused("exponential-delay.reset-backoff-threshold", "at least 1 ms");
  if (!(strategy.jitter >= 0 && strategy.jitter <= 1))
    return Refused("exponential-delay.jitter-factor", "from 0 to 1");
  if (strategy.attempts_before_reset < 1)
    return Refused("exponential-delay.attempts-before-reset-backoff", "at least 1");
  return {};
}

RestartVerdict DecideRestart(const Status& failure) {
  // Nobody reads what the job prints any more: its state is kept for another start.
  if (failure.id() == "E8002") return RestartVerdict::kSuspend;
  // A kExternal that would be retried, but standard output stays broken.
  if (failure.id() == "E4005") return RestartVerdict::kFail;
  switch (failure.code()) {
    case StatusCode::kCancelled:
      return RestartVerdict::kCancel;
    case StatusCode::kCorruption:
    case StatusCode::kRestoreRefused:
    case StatusCode::kInvalidSql:
    case StatusCode::kUnsupported:
    case StatusCode::kDataError:
    case StatusCode::kInvalidArgument:
      return RestartVerdict::kFail;
    case StatusCode::kOk:
    case StatusCode::kNotFound:
    case StatusCode::kExternal:
    case StatusCode::kInternal:
      return RestartVerdict::kRestart;
  }
  WEIR_UNREACHABLE();
}

std::optional<int64_t> RestartPolicy::OnFailure(int64_t now) {
  switch (strategy_.kind) {
    case RestartKind::kNone:
      return std::nullopt;
    case RestartKind::kFixedDelay:
      if (++attempts_ > strategy_.attempts) return std::nullopt;
      return strategy_.delay;
    case RestartKind::kFailureRate:
      return OnRate(now);
    case RestartKind::kExponentialDelay:
      return OnExponential(now);
  }
  WEIR_UNREACHABLE();
}

// As Flink's FailureRateRestartBackoffTimeStrategy: it remembers one failure more than are allowed,
// and the job ends if the oldest of them is within the interval.
std::optional<int64_t> RestartPolicy::OnRate(int64_t now) {
  failures_.push_back(now);
  if (failures_.size() > size_t{strategy_.failures_per_interval} + 1) failures_.pop_front();
  const bool full = failures_.size() > strategy_.failures_per_interval;
  const bool soon = full && now - failures_.front() <= strategy_.interval;
  if (soon || (full && DefectPlanted("failures-for-life"))) return std::nullopt;
  return strategy_.delay;
}

// As Flink's ExponentialDelayRestartBackoffTimeStrategy. A failure before the time of the pending
// restart does not count as another attempt: it waits for the same restart.
std::optional<int64_t> RestartPolicy::OnExponential(int64_t now) {
  if (waits_ && now <= *restart_) return *restart_ - now;
  if (!restart_ || now - *restart_ >= strategy_.reset_threshold) attempts_ = 0;
  const int64_t backoff = Backoff();
  if (++attempts_ > strategy_.attempts_before_reset) return std::nullopt;
  restart_ = now + backoff;
  waits_ = true;
  return backoff;
}

int64_t RestartPolicy::Backoff() {
  const double grown = static_cast<double>(strategy_.initial_backoff) *
                       std::pow(strategy_.multiplier, static_cast<double>(attempts_));
  constexpr double kMost = 1e15;  // far beyond any wait, far below where sums overflow
  const auto backoff = static_cast<int64_t>(std::min(grown, kMost));
  const auto offset = static_cast<int64_t>(static_cast<double>(backoff) * strategy_.jitter);
  const auto jitter =
      static_cast<int64_t>(random_.Below(static_cast<uint64_t>(2 * offset + 1))) - offset;
  return std::clamp(backoff + jitter, strategy_.initial_backoff, strategy_.max_backoff);
}

}  // namespace weir::task
