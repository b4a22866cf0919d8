#include "runtime/thread.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "runtime/mutex.h"

namespace weir {
namespace {

TEST(ThreadTest, RunsItsBodyAndIsJoined) {
  std::atomic<int> ran{0};
  Result<Thread> thread = Thread::Start("adder", [&] { ++ran; });
  ASSERT_TRUE(thread.ok());
  EXPECT_TRUE(thread->joinable());
  thread->Join();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(thread->joinable());
  thread->Join();
}

TEST(ThreadTest, JoinsWhenItGoes) {
  std::atomic<bool> ran{false};
  {
    ASSERT_TRUE(Thread::Start("joined", [&] { ran = true; }).ok());
  }
  EXPECT_TRUE(ran);
}

#ifndef WEIR_SANITIZED  // which reserve more than a limit leaves
TEST(ThreadTest, AMachineWithoutThreadsIsAnError) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<Thread> waiting;
    waiting.reserve(64);
    rlimit none{};
    none.rlim_cur = none.rlim_max = 1 << 20;
    ::setrlimit(RLIMIT_AS, &none);
    // Stacks of threads that ended are used again: there may be some.
    for (int i = 0; i < 64; ++i) {
      Result<Thread> thread = Thread::Start("waits", [] { ::pause(); });
      if (!thread.ok()) ::_exit(thread.status().id() == "E4006" ? 0 : 2);
      waiting.push_back(std::move(*thread));
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}
#endif

TEST(ConditionVariableTest, WaitsForTheConditionOrTheTime) {
  Mutex mutex;
  ConditionVariable changed;
  bool ready = false;
  Result<Thread> thread = Thread::Start("sets", [&] {
    const MutexLock lock(mutex);
    ready = true;
    changed.notify_all();
  });
  ASSERT_TRUE(thread.ok());
  MutexLock lock(mutex);
  changed.wait(lock, [&] { return ready; });
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(0), [&] { return ready; }));
  EXPECT_FALSE(changed.wait_for(lock, std::chrono::milliseconds(1), [] { return false; }));
}

}  // namespace
}  // namespace weir
