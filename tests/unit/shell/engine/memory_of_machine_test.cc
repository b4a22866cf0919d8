#include "shell/engine/session/memory_of_machine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weir::shell {
namespace {

constexpr uint64_t kGigabyte = uint64_t{1} << 30;

class MemoryOfMachineTest : public ::testing::Test {
 protected:
  MemoryOfMachineTest() : root_(::testing::TempDir() + "/memory_of_machine") {
    std::filesystem::remove_all(root_);
  }
  ~MemoryOfMachineTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + "/" + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  uint64_t Memory() {
    return MemoryOfMachine(FileSystem::Local(), 16 * kGigabyte,
                           {.groups_of_process = root_ + "/self", .groups = root_ + "/groups"});
  }
  const std::string root_;
};

TEST_F(MemoryOfMachineTest, WithoutGroupsItIsTheMachines) {
  EXPECT_EQ(Memory(), 16 * kGigabyte);
}

TEST_F(MemoryOfMachineTest, TheGroupLimitsIt) {
  Write("self", "0::/weir.service\n");
  Write("groups/weir.service/memory.max", std::to_string(2 * kGigabyte) + "\n");
  EXPECT_EQ(Memory(), 2 * kGigabyte);
}

TEST_F(MemoryOfMachineTest, AGroupAroundLimitsItToo) {
  Write("self", "0::/a/b\n");
  Write("groups/a/b/memory.max", "max\n");
  Write("groups/a/memory.max", std::to_string(kGigabyte) + "\n");
  EXPECT_EQ(Memory(), kGigabyte);
}

// A container's group is the root of what it sees.
TEST_F(MemoryOfMachineTest, TheRootOfAContainerCounts) {
  Write("self", "0::/\n");
  Write("groups/memory.max", std::to_string(3 * kGigabyte) + "\n");
  EXPECT_EQ(Memory(), 3 * kGigabyte);
}

TEST_F(MemoryOfMachineTest, VersionOneHasAControllerOfMemory) {
  Write("self", "3:cpu,cpuacct:/x\n2:memory:/x\n");
  Write("groups/memory/x/memory.limit_in_bytes", std::to_string(4 * kGigabyte) + "\n");
  Write("groups/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(Memory(), 4 * kGigabyte);
}

TEST_F(MemoryOfMachineTest, MoreThanTheMachineHasIsNoLimit) {
  Write("self", "0::/\n");
  Write("groups/memory.max", std::to_string(64 * kGigabyte) + "\n");
  EXPECT_EQ(Memory(), 16 * kGigabyte);
}

TEST(DefaultStateBytesTest, LeavesRoomForTheRest) {
  constexpr uint64_t kMiB = 1 << 20;
  EXPECT_EQ(DefaultStateBytes(16384 * kMiB), 8192 * kMiB);
  EXPECT_EQ(DefaultStateBytes(640 * kMiB), 320 * kMiB);
  EXPECT_EQ(DefaultStateBytes(512 * kMiB), 192 * kMiB);
  EXPECT_EQ(DefaultStateBytes(256 * kMiB), 16 * kMiB);
  EXPECT_EQ(DefaultStateBytes(20 * kMiB), 10 * kMiB);
}

}  // namespace
}  // namespace weir::shell
