// How much of its time a task works, waits for input, and waits for room.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::task {

// Written by the task, read by any thread.
// Shares of busy and backpressured time are computed from these (Flink: "Monitoring Back
// Pressure").
struct TaskTimes {
  std::atomic<uint64_t> idle_nanos{0};
  std::atomic<uint64_t> blocked_nanos{0};
  std::atomic<int64_t> started{0};  // monotonic nanoseconds
  std::atomic<int64_t> ended{0};    // 0 while its input has not ended
  std::atomic<uint64_t> work{0};    // batches and events taken up
  // The longest time that a checkpoint kept it from its rows in one piece: at the barrier, or while
  // it copied frozen state between two batches.
  std::atomic<uint64_t> longest_pause_nanos{0};
  // It sleeps for lack of input, and nothing that it has taken waits in it. False before it looks
  // at its queues, mail or splits again, so that what it takes never seems to be nowhere.
  std::atomic<bool> waiting{false};
};

}  // namespace weir::task
