#include "runtime/base/idle_memory.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "runtime/base/buffer_pool.h"

namespace weir {
namespace {

constexpr size_t kBytes = size_t{1} << 20;

// Blocks of a thread that has ended lie in the lists that all share.
TEST(IdleMemoryTest, FreeBlocksAreGivenBack) {
  const uint64_t before = GetPoolStatistics().bytes_reserved;
  std::thread([] {
    std::vector<void*> blocks;
    for (int i = 0; i < 64; ++i) blocks.push_back(PoolAllocate(kBytes));
    for (void* block : blocks) PoolFree(block, kBytes);
  }).join();
  ReleaseIdleMemory();
  EXPECT_LE(GetPoolStatistics().bytes_reserved, before);
  // What is in use stays, and more can be had.
  void* kept = PoolAllocate(kBytes);
  static_cast<char*>(kept)[kBytes - 1] = 'x';
  ReleaseIdleMemory();
  EXPECT_EQ(static_cast<char*>(kept)[kBytes - 1], 'x');
  PoolFree(kept, kBytes);
}

}  // namespace
}  // namespace weir
