// Port: who runs when. Threads, locks and waits of the engine (runtime/thread.h, runtime/mutex.h)
// ask the scheduler of the thread that they are called on. In production there is none, and the
// machine decides; a simulation has one that lets a single thread run at a time, in an order drawn
// from a seed, on a clock of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace weir {

// Thread-safe. All but Create are called by a thread of the scheduler's own, about itself.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // Of a thread that is about to be started; its number for the calls below.
  virtual uint64_t Create(const std::string& name) = 0;
  // First and last act of that thread. Enter returns when its turn has come.
  virtual void Enter(uint64_t thread) = 0;
  virtual void Leave() = 0;
  // Returns when that thread has left.
  virtual void AwaitEnd(uint64_t thread) = 0;

  // Of its clock.
  virtual int64_t NowNanos() = 0;
  // Another thread may run now, or none: the order is the scheduler's.
  virtual void Yield() = 0;
  // Waits until somebody wakes this place, or until so much of the scheduler's time has passed.
  // Whoever wakes between a look at a condition and Park is not missed: nobody else runs there.
  virtual void Park(const void* place, std::chrono::nanoseconds longest) = 0;
  // Everyone who is parked at this place may run again; the caller goes on.
  virtual void Wake(const void* place) = 0;

  static constexpr std::chrono::nanoseconds kForEver = std::chrono::nanoseconds::max();

  // Of the calling thread; null: the machine's. Threads that it starts have the same.
  static Scheduler* Current();
  static void SetCurrent(Scheduler* scheduler);
};

// Passes a point where the order of threads matters beside locks and waits.
inline void YieldToOthers() {
  if (Scheduler* scheduler = Scheduler::Current(); scheduler != nullptr) scheduler->Yield();
}

}  // namespace weir
