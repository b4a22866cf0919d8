#include "state/files/parallel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "runtime/clock.h"

namespace weir::state {
namespace {

TEST(ForEach, CallsEachOnce) {
  for (const size_t count : {0U, 1U, 2U, 100U}) {
    SCOPED_TRACE(count);
    std::mutex mutex;
    std::multiset<size_t> seen;
    const Status status = ForEach(count, 0, [&](size_t i) {
      const std::lock_guard lock(mutex);
      seen.insert(i);
      return Status();
    });
    EXPECT_TRUE(status.ok());
    EXPECT_EQ(seen.size(), count);
    EXPECT_EQ(std::set<size_t>(seen.begin(), seen.end()).size(), count);
  }
}

TEST(ForEach, OneThreadIsTheCallers) {
  std::vector<size_t> seen;
  const auto caller = std::this_thread::get_id();
  ASSERT_TRUE(ForEach(5, 1, [&](size_t i) {
                EXPECT_EQ(std::this_thread::get_id(), caller);
                seen.push_back(i);
                return Status();
              }).ok());
  EXPECT_THAT(seen, testing::ElementsAre(0, 1, 2, 3, 4));
}

// Of several failures the one that a single thread would have met first, and nothing new is begun.
TEST(ForEach, TheFirstFailureCounts) {
  std::atomic<size_t> calls{0};
  const Status status = ForEach(10'000, 0, [&](size_t i) {
    ++calls;
    return i >= 3 ? Status::External("file " + std::to_string(i)) : Status();
  });
  EXPECT_EQ(status.message(), "file 3");
  EXPECT_LT(calls, 10'000U);
}

TEST(ForEach, TheCallerWatches) {
  const auto caller = std::this_thread::get_id();
  std::atomic<int> watched{0};
  ASSERT_TRUE(ForEach(
                  2, 0,
                  [&](size_t) {
                    while (watched < 2 && std::thread::hardware_concurrency() > 1)
                      Clock::System().Sleep(std::chrono::milliseconds(1));
                    return Status();
                  },
                  [&] {
                    EXPECT_EQ(std::this_thread::get_id(), caller);
                    ++watched;
                  })
                  .ok());
  EXPECT_GE(watched, 2);
}

}  // namespace
}  // namespace weir::state
