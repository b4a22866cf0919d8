#include "shell/engine/session/memory_guard.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/idle_memory.h"

namespace weir::shell {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

TEST(MemoryInUseTest, IsReadFromWhatLinuxSays) {
  const auto use = ParseMemoryInUse("9000 3000 1000 10 0 4000 0\n", 4096);
  ASSERT_TRUE(use);
  EXPECT_EQ(use->mapped, 4000u * 4096);
  EXPECT_EQ(use->resident, 2000u * 4096);
  for (const char* text :
       {"", "\n", "9000 3000 1000 10 0", "9000 x 1000 10 0 4000 0", "9 1 2 1 0 4"})
    EXPECT_FALSE(ParseMemoryInUse(text, 4096)) << text;
}

TEST(MemoryRoomTest, IsWhatIsNeitherTakenNorLeftToOthers) {
  EXPECT_EQ(MemoryRoom(256 * kMiB).At({100 * kMiB, 100 * kMiB, 0}, 8 * kMiB, 0),
            (256 - 100 - 8 - 24) * kMiB);
  EXPECT_EQ(MemoryRoom(1024 * kMiB).At({100 * kMiB, 100 * kMiB, 0}, 0, 0),
            (1024 - 100 - 64) * kMiB);
  EXPECT_EQ(MemoryRoom(256 * kMiB).At({240 * kMiB, 240 * kMiB, 0}, 8 * kMiB, 0), 0u);
}

TEST(MemoryRoomTest, StacksAreHardlyTouched) {
  EXPECT_EQ(MemoryRoom(256 * kMiB).At({260 * kMiB, 100 * kMiB, 160 * kMiB}, 0, 0),
            (256 - 100 - 24) * kMiB);
}

// Else twenty threads could map a buffer each, before the first has touched its own.
TEST(MemoryRoomTest, WhatWasMappedJustNowCounts) {
  constexpr int64_t kMillisecond = 1'000'000;
  MemoryRoom room(256 * kMiB);
  const uint64_t before = room.At({100 * kMiB, 50 * kMiB, 0}, 0, 0);
  EXPECT_EQ(room.At({160 * kMiB, 50 * kMiB, 0}, 0, 10 * kMillisecond), before - 60 * kMiB);
  // Touched, it counts as before.
  EXPECT_EQ(room.At({160 * kMiB, 110 * kMiB, 0}, 0, 20 * kMillisecond), before - 60 * kMiB);
  // Not touched for a second, it does no more.
  room.At({220 * kMiB, 110 * kMiB, 0}, 0, 1100 * kMillisecond);
  room.At({220 * kMiB, 110 * kMiB, 0}, 0, 2200 * kMillisecond);
  EXPECT_EQ(room.At({220 * kMiB, 110 * kMiB, 0}, 0, 3300 * kMillisecond), before - 60 * kMiB);
}

// Past allocators, which a sanitizer has of its own.
class Pages {
 public:
  explicit Pages(uint64_t bytes)
      : bytes_(bytes),
        at_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  ~Pages() {
    if (are_there()) ::munmap(at_, bytes_);
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  bool are_there() const { return at_ != MAP_FAILED; }

 private:
  const uint64_t bytes_;
  void* const at_;
};

uint64_t Resident() {
  std::ifstream file("/proc/self/statm");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return ParseMemoryInUse(text, static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)))->resident;
}

TEST(MemoryGuardTest, RefusesWhatThereIsNoRoomFor) {
  {
    const MemoryGuard guard(FileSystem::Local(), Resident() + 256 * kMiB);
    EXPECT_FALSE(Pages(512 * kMiB).are_there());
    EXPECT_TRUE(Pages(64 * kMiB).are_there());
  }
  EXPECT_TRUE(Pages(512 * kMiB).are_there());
}

TEST(MemoryGuardTest, PagesThatNobodyTouchesCostNothing) {
  const MemoryGuard guard(FileSystem::Local(), Resident() + 256 * kMiB);
  const Pages untouched(128 * kMiB);
  ASSERT_TRUE(untouched.are_there());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  bool more = false;
  while (!more && std::chrono::steady_clock::now() < deadline) {
    more = Pages(150 * kMiB).are_there();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(more);
}

// Small blocks that another thread freed, but for the last of them, which holds the arena's end.
TEST(MemoryGuardTest, WhatAJobLeavesIsReturned) {
  const MemoryGuard guard(FileSystem::Local(), uint64_t{1} << 40);
  std::unique_ptr<char[]> last;
  std::thread([&] {
    std::vector<std::unique_ptr<char[]>> blocks;
    for (int i = 0; i < 400'000; ++i) blocks.push_back(std::make_unique<char[]>(1000));
    last = std::make_unique<char[]>(1000);
  }).join();
  const uint64_t kept = Resident();
  ASSERT_GT(kept, 300 * kMiB);
  NoteIdleMemory();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (Resident() > kept - 300 * kMiB && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_LE(Resident(), kept - 300 * kMiB);
}

}  // namespace
}  // namespace weir::shell
