#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "tests/simulation/simulated_scheduler.h"

namespace weir::simulation {
namespace {

using std::chrono::milliseconds;

SchedulerSetup SetupOf(uint64_t seed) {
  return {.seed = seed, .longest_nanos = 1'000'000'000, .die = [](Dead why, const std::string&) {
            ::_exit(why == Dead::kDeadlock ? 42 : 43);
          }};
}

// Three threads that write their names, with turns given away in between.
std::string Order(uint64_t seed) {
  SimulatedScheduler scheduler(SetupOf(seed));
  Mutex mutex;
  std::string order;
  {
    std::vector<Thread> threads;
    for (const char name : {'a', 'b', 'c'}) {
      Result<Thread> thread = Thread::Start(std::string(1, name), [&, name] {
        for (int i = 0; i < 50; ++i) {
          {
            const MutexLock lock(mutex);
            YieldToOthers();
            order += name;
          }
          YieldToOthers();
        }
      });
      EXPECT_TRUE(thread.ok());
      threads.push_back(std::move(*thread));
    }
  }
  return order;
}

TEST(SimulatedSchedulerTest, EqualSeedsGiveEqualOrders) {
  std::set<std::string> orders;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const std::string order = Order(seed);
    EXPECT_EQ(order.size(), 150U);
    EXPECT_EQ(order, Order(seed));
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 5U);
}

TEST(SimulatedSchedulerTest, TimeMovesOnWhenAllWait) {
  SimulatedScheduler scheduler(SetupOf(1));
  Mutex mutex;
  ConditionVariable changed;
  MutexLock lock(mutex);
  const int64_t start = scheduler.NowNanos();
  EXPECT_FALSE(changed.wait_for(lock, milliseconds(200), [] { return false; }));
  EXPECT_GE(scheduler.NowNanos() - start, 200'000'000);
  EXPECT_LT(scheduler.NowNanos() - start, 300'000'000);
}

int ExitOf(const std::function<void()>& run) {
  const pid_t child = ::fork();
  if (child == 0) {
    run();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(SimulatedSchedulerTest, WhoWaitsForEverIsFound) {
  EXPECT_EQ(ExitOf([] {
              const SimulatedScheduler scheduler(SetupOf(1));
              Mutex mutex;
              ConditionVariable changed;
              MutexLock lock(mutex);
              changed.wait(lock, [] { return false; });
            }),
            42);
  EXPECT_EQ(ExitOf([] {
              const SimulatedScheduler scheduler(SetupOf(1));
              while (true) YieldToOthers();
            }),
            43);
}

}  // namespace
}  // namespace weir::simulation
