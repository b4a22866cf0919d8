#include "shell/engine/jobs/job_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "runtime/checkpoint/decide.h"
#include "shell/engine/jobs/memory_checkpoints.h"

namespace weir::shell {

Result<checkpoint::CheckpointConfig> CheckpointConfigOf(const conf::Settings& settings) {
  const std::string prefix = "execution.checkpointing.";
  checkpoint::CheckpointConfig config;
  config.interval_millis = settings.GetMillis(prefix + "interval");
  config.timeout_millis = settings.GetMillis(prefix + "timeout");
  config.min_pause_millis = settings.GetMillis(prefix + "min-pause");
  config.max_concurrent =
      static_cast<uint32_t>(settings.GetInteger(prefix + "max-concurrent-checkpoints"));
  config.tolerable_failures =
      static_cast<uint32_t>(settings.GetInteger(prefix + "tolerable-failed-checkpoints"));
  config.retained = static_cast<uint32_t>(settings.GetInteger(prefix + "num-retained"));
  config.mode = settings.Get(prefix + "mode") == "AT_LEAST_ONCE"
                    ? checkpoint::CheckpointMode::kAtLeastOnce
                    : checkpoint::CheckpointMode::kExactlyOnce;
  config.unaligned = settings.GetBool(prefix + "unaligned.enabled");
  config.aligned_timeout_millis = settings.GetMillis(prefix + "aligned-checkpoint-timeout");
  if (KeepsCheckpointsInMemory(settings))
    config.max_state_bytes = settings.GetBytes("state.backend.memory.max-state-size");
  RETURN_IF_ERROR(checkpoint::ValidateConfig(config));
  return config;
}

Result<task::RestartStrategy> RestartStrategyOf(const conf::Settings& settings, bool in_server) {
  const std::string prefix = "restart-strategy.";
  const bool said = settings.given_values().contains(prefix + "type");
  const std::string type = in_server && !said ? "exponential-delay" : settings.Get(prefix + "type");
  // As in Flink, a job without checkpoints is restarted only when the strategy was asked for: it
  // would begin anew.
  const bool restarts = settings.GetMillis("execution.checkpointing.interval") > 0 || said;
  task::RestartStrategy strategy;
  if (!restarts) return strategy;
  if (type == "fixed-delay") {
    strategy.kind = task::RestartKind::kFixedDelay;
    strategy.attempts = static_cast<uint32_t>(settings.GetInteger(prefix + type + ".attempts"));
    strategy.delay = settings.GetMillis(prefix + type + ".delay");
  } else if (type == "failure-rate") {
    strategy.kind = task::RestartKind::kFailureRate;
    strategy.failures_per_interval =
        static_cast<uint32_t>(settings.GetInteger(prefix + type + ".max-failures-per-interval"));
    strategy.interval = settings.GetMillis(prefix + type + ".failure-rate-interval");
    strategy.delay = settings.GetMillis(prefix + type + ".delay");
  } else if (type == "exponential-delay") {
    strategy.kind = task::RestartKind::kExponentialDelay;
    strategy.initial_backoff = settings.GetMillis(prefix + type + ".initial-backoff");
    strategy.max_backoff = settings.GetMillis(prefix + type + ".max-backoff");
    strategy.multiplier = settings.GetDouble(prefix + type + ".backoff-multiplier");
    strategy.reset_threshold = settings.GetMillis(prefix + type + ".reset-backoff-threshold");
    strategy.jitter = settings.GetDouble(prefix + type + ".jitter-factor");
    strategy.attempts_before_reset = static_cast<uint32_t>(
        settings.GetInteger(prefix + type + ".attempts-before-reset-backoff"));
  }
  RETURN_IF_ERROR(task::ValidateRestart(strategy));
  return strategy;
}

uint32_t ParallelismOf(const conf::Settings& settings) {
  const int64_t parallelism = settings.GetInteger("parallelism.default");
  return parallelism > 0 ? static_cast<uint32_t>(parallelism)
                         : std::max(1U, std::thread::hardware_concurrency());
}

Result<uint64_t> InlineBytesOf(const conf::Settings& settings) {
  constexpr std::string_view kKey = "execution.checkpointing.data-inline-threshold";
  constexpr uint64_t kMost = 1 << 20;  // as in Flink
  const uint64_t bytes = settings.GetBytes(kKey);
  if (bytes <= kMost) return bytes;
  return Status::InvalidArgument(
             fmt::format("option \"{}\" takes at most '1 mb', not '{}'", kKey, settings.Get(kKey)))
      .WithId("E6001");
}

state::Compression CompressionOf(const conf::Settings& settings) {
  return state::CompressionNamed(settings.Get("state.rocksdb.compression"));
}

int NiceOf(const conf::Settings& settings) {
  // sched(7): the weight of a thread falls by a factor of 1.25 with each step.
  constexpr double kStep = 1.25;
  constexpr int kNicest = 19;
  const double share = static_cast<double>(settings.GetInteger("job.cpu.share")) / 100;
  const int nice = static_cast<int>(std::lround(-std::log(share) / std::log(kStep)));
  return std::min(nice, kNicest);
}

std::shared_ptr<state::MemoryBudget> BudgetOf(const conf::Settings& settings,
                                              std::shared_ptr<state::MemoryBudget> process) {
  const uint64_t limit = settings.GetBytes("job.memory.limit");
  return limit > 0 ? std::make_shared<state::MemoryBudget>(limit, std::move(process)) : process;
}

}  // namespace weir::shell
