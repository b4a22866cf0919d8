#include "runtime/thread.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <utility>
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

int OwnNice() {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

// What a thread that is started has, and one that this one starts.
std::pair<int, int> NiceOfStarted() {
  std::pair<int, int> seen;
  Result<Thread> thread = Thread::Start("nice", [&] {
    seen.first = OwnNice();
    EXPECT_TRUE(Thread::Start("nicer", [&] { seen.second = OwnNice(); }).ok());
  });
  EXPECT_TRUE(thread.ok());
  thread->Join();
  return seen;
}

TEST(ThreadTest, NicenessIsForThoseThatAreStarted) {
  const int own = OwnNice();
  if (own > 12) GTEST_SKIP() << "the process is as nice as it can be";
  {
    const WithNiceThreads nice(5);
    EXPECT_EQ(NiceOfStarted(), std::make_pair(own + 5, own + 5));
    {
      const WithNiceThreads nicer(7);
      EXPECT_EQ(NiceOfStarted(), std::make_pair(own + 7, own + 7));
    }
    EXPECT_EQ(NiceOfStarted(), std::make_pair(own + 5, own + 5));
  }
  EXPECT_EQ(NiceOfStarted(), std::make_pair(own, own));
  EXPECT_EQ(OwnNice(), own);
}

// A thread that was started so can start nicer ones, and they come on top of the process's.
TEST(ThreadTest, NicenessWithinNiceness) {
  const int own = OwnNice();
  if (own > 12) GTEST_SKIP() << "the process is as nice as it can be";
  std::pair<int, int> seen;
  const WithNiceThreads nice(3);
  Result<Thread> thread = Thread::Start("outer", [&] {
    const WithNiceThreads more(6);
    seen = NiceOfStarted();
  });
  ASSERT_TRUE(thread.ok());
  thread->Join();
  EXPECT_EQ(seen, std::make_pair(own + 6, own + 6));
}

#ifndef WEIR_SANITIZED  // which reserve more than a limit leaves
TEST(ThreadTest, AMachineWithoutThreadsIsAnError) {
  if (std::getenv("WEIR_POOL_SANITIZED") != nullptr)  // tests/sanitized/rooms.py
    GTEST_SKIP() << "a sanitizer reserves more than the limit leaves";
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
