// The scheduler of simulations: of all threads of the engine one runs at a time, which one is drawn
// from a seed, and time is a number that moves when threads take steps or all of them wait. Equal
// seeds over equal programs give equal orders.
//
// In the manner of FoundationDB's simulation (Zhou et al., SIGMOD 2021) and of Coyote's and
// Shuttle's controlled threads: the threads are the machine's, but each waits for its turn.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/clock.h"
#include "runtime/scheduler.h"

namespace weir::simulation {

// Why a simulated process cannot go on.
enum class Dead : uint8_t { kDeadlock, kOverTime };

struct SchedulerSetup {
  uint64_t seed = 0;
  int64_t start_nanos = 0;    // of its clock
  int64_t longest_nanos = 0;  // so much of its time may pass
  // Called once, on the thread that noticed; must end the process. `what`: who waits for what.
  std::function<void(Dead, const std::string& what)> die;
};

// One a process. The thread that makes it is its first, "main", and runs.
class SimulatedScheduler final : public Scheduler, public Clock {
 public:
  explicit SimulatedScheduler(SchedulerSetup setup);
  ~SimulatedScheduler() override;

  uint64_t Create(const std::string& name) override;
  void Enter(uint64_t thread) override;
  void Leave() override;
  void AwaitEnd(uint64_t thread) override;
  int64_t NowNanos() override { return now_; }
  void Yield() override;
  void Park(const void* place, std::chrono::nanoseconds longest) override;
  void Wake(const void* place) override;

  // The clock. Every look at it costs a moment, so that loops that only look come to an end.
  Timestamp Now() const override;
  int64_t MonotonicNanos() const override;
  void Sleep(std::chrono::nanoseconds duration) override;

  // Of everything that was decided so far: who ran when.
  uint64_t trace() const { return trace_; }
  uint64_t steps() const { return steps_; }

 private:
  struct Member;

  // Who runs next; advances time when all wait. Dies when nobody ever will.
  Member& Choose();
  // Lets another one run, and returns when the caller's turn has come again.
  void GiveTurn(std::unique_lock<std::mutex>& lock);
  void HandOver(Member& next);
  void Note(uint64_t what);
  void Advance(int64_t nanos) const { now_ = now_ + nanos; }
  [[noreturn]] void Die(Dead why);

  const SchedulerSetup setup_;
  std::mutex mutex_;  // guards who runs; the rest belongs to whoever does
  std::vector<std::unique_ptr<Member>> members_;
  Member* running_ = nullptr;
  mutable int64_t now_;
  Random random_;
  uint64_t trace_ = 0;
  uint64_t steps_ = 0;
  uint64_t patience_;   // one in so many yields gives the turn away
  int64_t step_nanos_;  // a step takes up to so long
  uint64_t skewed_until_ = 0;
  uint64_t slow_ = 0;  // the member that is seldom chosen until then
};

}  // namespace weir::simulation
