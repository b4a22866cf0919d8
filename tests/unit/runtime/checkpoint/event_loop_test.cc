// The order of events, deadlines by a clock that the test moves, and the end of the loop.
#include "runtime/checkpoint/event_loop.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <new>
#include <thread>

#include "runtime/checkpoint/decide.h"

namespace weir::checkpoint {
namespace {

using ::testing::ElementsAre;

class MovedClock final : public Clock {
 public:
  Timestamp Now() const override { return {nanos.load() / 1'000'000}; }
  int64_t MonotonicNanos() const override { return nanos.load(); }
  void Sleep(std::chrono::nanoseconds) override {}
  std::atomic<int64_t> nanos{1000};
};

// Waits until everything that was posted before has run.
void Flush(EventLoop& loop) {
  std::promise<void> done;
  ASSERT_TRUE(loop.Post([&] { done.set_value(); }));
  done.get_future().wait();
}

TEST(EventLoopTest, RunsEventsInTheOrderOfTheirPosts) {
  MovedClock clock;
  EventLoop loop(clock, "events", {});
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) loop.Post([&order, i] { order.push_back(i); });  // before Start, too
  ASSERT_TRUE(loop.Start().ok());
  for (int i = 3; i < 6; ++i) loop.Post([&order, i] { order.push_back(i); });
  loop.Stop();
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(EventLoopTest, AnEventMayPostAnother) {
  MovedClock clock;
  EventLoop loop(clock, "events", {});
  ASSERT_TRUE(loop.Start().ok());
  std::promise<int> done;
  loop.Post([&] { loop.Post([&] { done.set_value(7); }); });
  EXPECT_EQ(done.get_future().get(), 7);
}

TEST(EventLoopTest, NothingRunsAfterStop) {
  MovedClock clock;
  EventLoop loop(clock, "events", {});
  ASSERT_TRUE(loop.Start().ok());
  loop.Stop();
  bool ran = false;
  EXPECT_FALSE(loop.Post([&] { ran = true; }));
  loop.Stop();  // again does nothing
  EXPECT_FALSE(ran);
}

TEST(EventLoopTest, ALoopThatNeverStartedStops) {
  MovedClock clock;
  EventLoop loop(clock, "events", {});
  loop.Stop();
}

TEST(EventLoopTest, LooksAtDeadlinesBehindEveryBatchOfEvents) {
  MovedClock clock;
  std::atomic<int> ticks{0};
  EventLoop loop(clock, "events", [&] {
    ++ticks;
    return kNever;
  });
  ASSERT_TRUE(loop.Start().ok());
  Flush(loop);
  Flush(loop);
  // One at the start, and one behind each batch of events; the last may still be under way.
  EXPECT_GE(ticks.load(), 2);
  loop.Stop();
  EXPECT_LE(ticks.load(), 3);
}

TEST(EventLoopTest, ADeadlineComesWhenTheClockSaysSo) {
  MovedClock clock;
  std::promise<int64_t> reached;
  std::atomic<bool> once{false};
  EventLoop loop(clock, "events", [&]() -> int64_t {
    const int64_t now = clock.MonotonicNanos();
    if (now < 5'000'000'000) return 5'000'000'000;
    if (!once.exchange(true)) reached.set_value(now);
    return kNever;
  });
  ASSERT_TRUE(loop.Start().ok());
  Flush(loop);
  EXPECT_FALSE(once.load());
  clock.nanos = 5'000'000'000;
  EXPECT_EQ(reached.get_future().get(), 5'000'000'000);
}

// Every post that was accepted runs, whoever races with the end of the loop.
TEST(EventLoopTest, AcceptedEventsRunThoughTheLoopIsStopping) {
  for (int round = 0; round < 20; ++round) {
    MovedClock clock;
    EventLoop loop(clock, "events", {});
    ASSERT_TRUE(loop.Start().ok());
    std::atomic<int> accepted{0};
    std::atomic<int> ran{0};
    std::thread poster([&] {
      for (int i = 0; i < 200; ++i) {
        if (loop.Post([&] { ++ran; })) ++accepted;
      }
    });
    loop.Stop();
    poster.join();
    EXPECT_EQ(ran.load(), accepted.load());
  }
}

// Memory that an event cannot have does not end the loop, nor the process.
TEST(EventLoopTest, TellsOfAnEventThatThrew) {
  MovedClock clock;
  std::vector<std::string> told;
  EventLoop loop(clock, "events", {},
                 [&](const Status& status) { told.emplace_back(status.id()); });
  ASSERT_TRUE(loop.Start().ok());
  int ran = 0;
  ASSERT_TRUE(loop.Post([] { throw std::bad_alloc(); }));
  ASSERT_TRUE(loop.Post([&] { ++ran; }));
  loop.Stop();
  EXPECT_EQ(ran, 1);
  EXPECT_THAT(told, ElementsAre("E4004"));
}

int ThreadsNamed(const std::string& name) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream comm(entry.path() / "comm");
    std::string found;
    std::getline(comm, found);
    count += found == name ? 1 : 0;
  }
  return count;
}

TEST(EventLoopTest, AThreadIsThereWhenItIsNeeded) {
  MovedClock clock;
  EventLoop loop(
      clock, "seldom", {}, [](Status) {}, LoopThread::kWhenNeeded);
  ASSERT_TRUE(loop.Start().ok());
  EXPECT_EQ(ThreadsNamed("seldom"), 0);
  std::vector<int> order;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3; ++i) loop.Post([&order, i] { order.push_back(i); });
    Flush(loop);
    EXPECT_EQ(ThreadsNamed("seldom"), 1);
    while (ThreadsNamed("seldom") > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 0, 1, 2));
}

// Posted at any time around the end of the thread before, or of the loop: run once, or refused.
TEST(EventLoopTest, NothingIsLostAroundTheEndOfAThread) {
  MovedClock clock;
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> ran{0};
    std::atomic<int> posted{0};
    {
      EventLoop loop(
          clock, "seldom", {}, [](Status) {}, LoopThread::kWhenNeeded);
      ASSERT_TRUE(loop.Start().ok());
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
          for (int n = 0; n < 100; ++n) posted += loop.Post([&ran] { ++ran; }) ? 1 : 0;
        });
      }
      loop.Stop();
      for (std::thread& thread : threads) thread.join();
    }
    EXPECT_EQ(ran, posted);
  }
}

}  // namespace
}  // namespace weir::checkpoint
