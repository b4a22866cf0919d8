#include "shell/flink/advise/sizing.h"

#include <algorithm>
#include <cmath>

namespace weir::shell::flink {
namespace {

Estimate Scaled(const Ratio& ratio, double by) {
  return {ratio.usual * by, ratio.least * by, ratio.most * by};
}

// Each rounded up to whole ones, of which there is one at least.
Estimate Whole(const Estimate& estimate, double divisor) {
  const auto whole = [&](double figure) { return std::max(1.0, std::ceil(figure / divisor)); };
  return {whole(estimate.usual), whole(estimate.least), whole(estimate.most)};
}

}  // namespace

uint64_t ManagedBytes(const TaskManager& task_manager) {
  // taskmanager.memory.jvm-overhead.*, jvm-metaspace.size and managed.fraction.
  constexpr double kMegabyte = 1 << 20, kMetaspace = 256 * kMegabyte, kManaged = 0.4;
  const auto all = static_cast<double>(task_manager.memory_bytes);
  const double overhead = std::clamp(all * 0.1, 192 * kMegabyte, 1024 * kMegabyte);
  return static_cast<uint64_t>(std::max(0.0, all - overhead - kMetaspace) * kManaged);
}

Sizing SizeOf(const RunFigures& run, const Ratio& ratio, const SizingGoal& goal) {
  constexpr double kSecondsOfDay = 86'400;
  const auto rows = static_cast<double>(run.rows);
  Sizing sizing;
  sizing.core_rate = rows / run.cpu_seconds;
  if (run.narrow_seconds > 0) sizing.narrow_rate = rows / run.narrow_seconds;
  sizing.most_rate = kPlannedLoad * sizing.core_rate * goal.cores_here;
  if (sizing.narrow_rate > 0)
    sizing.most_rate = std::min(sizing.most_rate, kPlannedLoad * sizing.narrow_rate);
  sizing.rate = goal.rate > 0 ? goal.rate : sizing.most_rate;
  sizing.busy_here = sizing.rate / sizing.core_rate;
  sizing.cores_here = sizing.busy_here / kPlannedLoad;
  sizing.busy_there = Scaled(ratio, sizing.busy_here);
  sizing.slots = Whole(sizing.busy_there, kPlannedLoad);
  const uint32_t slots_each = std::max(1U, goal.task_manager.slots);
  sizing.task_managers = Whole(sizing.slots, slots_each);
  sizing.managed_bytes = ManagedBytes(goal.task_manager) / slots_each;
  sizing.state_bytes = static_cast<double>(run.state_bytes) / sizing.slots.usual;
  sizing.grown_bytes = run.state_bytes_a_row * sizing.rate * kSecondsOfDay;
  return sizing;
}

}  // namespace weir::shell::flink
