#include "runtime/checkpoint/decide.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/clock.h"

namespace weir::checkpoint {
namespace {

Status NegativeDuration(std::string_view key, int64_t millis) {
  return Status::InvalidArgument(fmt::format("{} must not be negative: {} ms", key, millis))
      .WithId("E6001");
}

// When the next periodic checkpoint may start.
int64_t NextPeriodic(const CheckpointConfig& config, const CoordinatorFacts& facts) {
  int64_t due = facts.last_trigger.value_or(facts.started) + PauseNanos(config.interval_millis);
  if (facts.last_completion) {
    due = std::max(due, *facts.last_completion + PauseNanos(config.min_pause_millis));
  }
  return due;
}

// As Flink has it: rows that a barrier has overtaken belong to one checkpoint.
Status CheckUnaligned(const CheckpointConfig& config) {
  constexpr std::string_view kKey = "execution.checkpointing.unaligned.enabled";
  if (config.mode != CheckpointMode::kExactlyOnce) {
    return Status::InvalidArgument(
               fmt::format("{} and execution.checkpointing.mode contradict each other: unaligned "
                           "checkpoints are exactly once: true and AT_LEAST_ONCE",
                           kKey))
        .WithId("E6002")
        .WithHint("at-least-once mode does not wait for barriers either; set one of the two");
  }
  if (config.max_concurrent > 1) {
    return Status::InvalidArgument(
               fmt::format("{} and execution.checkpointing.max-concurrent-checkpoints contradict "
                           "each other: only one unaligned checkpoint is under way at a time: true "
                           "and {}",
                           kKey, config.max_concurrent))
        .WithId("E6002")
        .WithHint("set max-concurrent-checkpoints to 1");
  }
  return {};
}

}  // namespace

Status ValidateConfig(const CheckpointConfig& config) {
  if (config.interval_millis < 0)
    return NegativeDuration("execution.checkpointing.interval", config.interval_millis);
  if (config.timeout_millis < 0)
    return NegativeDuration("execution.checkpointing.timeout", config.timeout_millis);
  if (config.min_pause_millis < 0)
    return NegativeDuration("execution.checkpointing.min-pause", config.min_pause_millis);
  if (config.max_concurrent == 0)
    return Status::InvalidArgument(
               "execution.checkpointing.max-concurrent-checkpoints must be at least 1: 0")
        .WithId("E6001");
  if (config.retained == 0)
    return Status::InvalidArgument("execution.checkpointing.num-retained must be at least 1: 0")
        .WithId("E6001");
  if (config.min_pause_millis > 0 && config.max_concurrent > 1) {
    return Status::InvalidArgument(
               fmt::format("execution.checkpointing.min-pause and "
                           "execution.checkpointing.max-concurrent-checkpoints contradict each "
                           "other: a pause "
                           "between checkpoints means that only one is under way: {} ms and {}",
                           config.min_pause_millis, config.max_concurrent))
        .WithId("E6002")
        .WithHint("set min-pause to 0 or max-concurrent-checkpoints to 1");
  }
  if (config.aligned_timeout_millis < 0)
    return NegativeDuration("execution.checkpointing.aligned-checkpoint-timeout",
                            config.aligned_timeout_millis);
  return config.unaligned ? CheckUnaligned(config) : Status();
}

bool MayOvertake(const CheckpointConfig& config, Purpose purpose, bool savepoint) {
  return config.unaligned && !savepoint &&
         (purpose == Purpose::kPeriodic || purpose == Purpose::kManual);
}

bool EndsWithCheckpoint(const CheckpointConfig& config, bool has_history) {
  return !config.max_state_bytes && (config.interval_millis > 0 || has_history);
}

bool IsLimited(const CheckpointConfig& config, Purpose purpose, bool any_size) {
  return config.max_state_bytes.has_value() && !any_size && purpose != Purpose::kFinal;
}

StartDecision DecideStart(const CheckpointConfig& config, const CoordinatorFacts& facts) {
  if (facts.pending >= config.max_concurrent) return {};
  if (!facts.queue.empty()) {
    const auto first = std::min_element(facts.queue.begin(), facts.queue.end());
    // The last checkpoint of a job contains everything, so it waits until no other one is running.
    const bool last = *first == Purpose::kStop || *first == Purpose::kFinal;
    if (facts.stopping || (last && facts.pending > 0)) return {};
    if (*first == Purpose::kFinal && facts.now < facts.final_not_before) {
      return {.next_check = facts.final_not_before};
    }
    return {.start = true,
            .purpose = *first,
            .queue_index = static_cast<size_t>(first - facts.queue.begin())};
  }
  if (config.interval_millis == 0 || !facts.durable || facts.stopping) return {};
  const int64_t due = NextPeriodic(config, facts);
  if (facts.now < due) return {.next_check = due};
  return {.start = true, .purpose = Purpose::kPeriodic};
}

int64_t ExpiresAt(const CheckpointConfig& config, const PendingFacts& pending) {
  return config.timeout_millis == 0 ? kNever
                                    : pending.triggered + PauseNanos(config.timeout_millis);
}

bool IsExpired(const CheckpointConfig& config, const PendingFacts& pending, int64_t now) {
  return now >= ExpiresAt(config, pending);
}

AckVerdict DecideAck(const PendingFacts* pending, uint64_t id, size_t task, uint64_t last_started) {
  if (pending == nullptr) return id <= last_started ? AckVerdict::kLate : AckVerdict::kUnknown;
  if (task >= pending->expected) return AckVerdict::kUnknown;
  if (pending->acked[task] != 0) return AckVerdict::kDuplicate;
  const auto acked =
      static_cast<size_t>(std::count(pending->acked.begin(), pending->acked.end(), 1));
  return acked + 1 == pending->expected ? AckVerdict::kCompletes : AckVerdict::kTaken;
}

bool CountsAsFailure(Purpose purpose) {
  return purpose == Purpose::kPeriodic || purpose == Purpose::kFinal;
}

FailureVerdict DecideFailure(const CheckpointConfig& config, Purpose purpose,
                             uint32_t consecutive) {
  if (!CountsAsFailure(purpose)) return FailureVerdict::kGoOn;
  if (consecutive > config.tolerable_failures) return FailureVerdict::kFailJob;
  return purpose == Purpose::kFinal ? FailureVerdict::kRetry : FailureVerdict::kGoOn;
}

int64_t RetryPauseNanos(const CheckpointConfig& config) {
  constexpr int64_t kShortest = 100;
  constexpr int64_t kLongest = 10'000;
  return PauseNanos(std::clamp(config.interval_millis, kShortest, kLongest));
}

std::vector<uint64_t> AbortedAfter(uint64_t id, std::span<const uint64_t> pending) {
  std::vector<uint64_t> aborted;
  std::copy_if(pending.begin(), pending.end(), std::back_inserter(aborted),
               [id](uint64_t other) { return other > id; });
  return aborted;
}

}  // namespace weir::checkpoint
