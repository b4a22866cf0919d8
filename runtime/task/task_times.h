// How a task divides its time into working, waiting for input and waiting for room.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::task {

// Written by the task, read by any thread. The fractions of busy and backpressured time are
// computed from these (Flink: "Monitoring Back Pressure").
struct TaskTimes {
  std::atomic<uint64_t> idle_nanos{0};
  std::atomic<uint64_t> blocked_nanos{0};
  std::atomic<int64_t> started{0};  // monotonic nanoseconds
  std::atomic<int64_t> ended{0};    // 0 while its input has not ended
  std::atomic<uint64_t> work{0};    // batches and events handled
  // The longest time that a checkpoint kept it from its rows without interruption: at the barrier,
  // or while it copied frozen rows between two batches.
  std::atomic<uint64_t> longest_pause_nanos{0};
  // The task sleeps for lack of input and holds nothing. It becomes false before the task looks at
  // its queues, mail or splits again, so that an element always counts as being somewhere.
  std::atomic<bool> waiting{false};
};

}  // namespace weir::task
