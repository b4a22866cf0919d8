// What a job that ran here would need to keep up with a rate: on this machine, and on a cluster of
// Flink. Arithmetic on the figures of its run; nothing here asks a machine or a cluster.
#pragma once

#include <cstdint>
#include <string>

#include "shell/flink/advise/ratio.h"

namespace weir::shell::flink {

// Of the time of a core no more is planned for, here and there: the rest is for catching up after a
// restart, and for hours above the average.
inline constexpr double kPlannedLoad = 0.7;

// What was measured. Rows are those of all sources together.
struct RunFigures {
  double cpu_seconds = 0;  // of all threads of the process
  uint64_t rows = 0;
  uint64_t state_bytes = 0;      // the most that there was at a time, in our form
  double state_bytes_a_row = 0;  // by which the state grew in the second half of the run
  // Of the busiest thread among those whose operators run once, however many cores there are: how
  // long it was busy, and its operator. 0 where there is none.
  double narrow_seconds = 0;
  std::string narrow_uid;
};

// A task manager of the cluster: a core a slot.
struct TaskManager {
  uint32_t slots = 4;
  uint64_t memory_bytes = uint64_t{8} << 30;
};

// What is wanted.
struct SizingGoal {
  double rate = 0;  // rows a second; 0: what this machine does at kPlannedLoad
  uint32_t cores_here = 1;
  TaskManager task_manager;
};

// A figure with the ends of the ratio's range.
struct Estimate {
  double usual = 0;
  double least = 0;
  double most = 0;
};

struct Sizing {
  double rate = 0;         // SizingGoal's
  double core_rate = 0;    // rows a second that a core here does when it does nothing else
  double most_rate = 0;    // that this machine does at kPlannedLoad
  double narrow_rate = 0;  // above which one thread is too slow, on any machine; 0: no such limit
  double busy_here = 0;    // cores, at the rate
  double cores_here = 0;   // the same at kPlannedLoad
  Estimate busy_there;
  Estimate slots;  // whole ones, which are the parallelism
  Estimate task_managers;
  uint64_t managed_bytes = 0;  // of a slot: RocksDB's memory, by Flink's defaults
  double state_bytes = 0;      // of a slot, as it was at the end of the run
  double grown_bytes = 0;      // of all state in a day
};

// REQUIRES: rows and cpu_seconds are above 0.
Sizing SizeOf(const RunFigures& run, const Ratio& ratio, const SizingGoal& goal);

// The managed memory of a task manager by Flink's defaults, of all its slots together.
uint64_t ManagedBytes(const TaskManager& task_manager);

}  // namespace weir::shell::flink
