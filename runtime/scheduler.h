// Port: the order in which threads run. Threads, locks and waits of the engine (runtime/thread.h,
// runtime/mutex.h) ask the scheduler of the thread that calls them. In production there is none and
// the machine decides; a simulation runs one thread at a time, in an order drawn from a seed and on
// a clock of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace weir {

// Thread-safe. All functions except Create are called by one of the scheduler's threads about
// itself.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // Registers a thread that is about to be started; returns its number for the calls below.
  virtual uint64_t Create(const std::string& name) = 0;
  // The first and last act of that thread. Enter returns when it is its turn.
  virtual void Enter(uint64_t thread) = 0;
  virtual void Leave() = 0;
  // Returns when that thread has called Leave.
  virtual void AwaitEnd(uint64_t thread) = 0;

  // The time of the scheduler's clock.
  virtual int64_t NowNanos() = 0;
  // Offers to switch to another thread; the scheduler decides.
  virtual void Yield() = 0;
  // Waits until somebody calls Wake for this place, at most for `longest` of the scheduler's time.
  // No wake-up can fall between the caller's check of its condition and Park, since no other thread
  // runs then.
  virtual void Park(const void* place, std::chrono::nanoseconds longest) = 0;
  // Lets all threads parked at this place run again; the caller goes on.
  virtual void Wake(const void* place) = 0;

  static constexpr std::chrono::nanoseconds kForEver = std::chrono::nanoseconds::max();

  // The scheduler of the calling thread, which threads that it starts inherit; null: the machine's.
  static Scheduler* Current();
  static void SetCurrent(Scheduler* scheduler);
};

// Marks a point, apart from locks and waits, where the order of threads matters.
inline void YieldToOthers() {
  if (Scheduler* scheduler = Scheduler::Current(); scheduler != nullptr) scheduler->Yield();
}

}  // namespace weir
