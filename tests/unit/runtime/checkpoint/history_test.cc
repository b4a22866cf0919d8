// The history of a job's checkpoints as bytes: what is written is read, and nothing else.
#include "runtime/checkpoint/history.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/file_system.h"

namespace weir::checkpoint {
namespace {

std::vector<EndedCheckpoint> Sample() {
  return {{.id = 7,
           .completed = true,
           .trigger_millis = 1'790'000'000'000,
           .duration_millis = 125,
           .start_delay_millis = 3,
           .alignment_millis = 40,
           .bytes = 1 << 20,
           .new_bytes = 4096},
          {.id = 8,
           .purpose = Purpose::kManual,
           .unaligned = true,
           .completed = true,
           .trigger_millis = 1'790'000'060'000,
           .in_flight_bytes = 777},
          {.id = 9, .purpose = Purpose::kManual, .savepoint = true, .completed = true},
          {.purpose = Purpose::kPeriodic,
           .trigger_millis = 1'790'000'120'000,
           .failure = "a checkpoint could not start: no space left (free some)"},
          {.id = 11, .purpose = Purpose::kStop, .failure = "it did not finish"},
          {.id = 12, .purpose = Purpose::kFinal, .completed = true}};
}

TEST(History, GoldenBytes) {
  FileSystem& files = FileSystem::Local();
  const std::string path = "tests/golden/v1/history";
  const std::string bytes = EncodeHistory(Sample());
  if (std::getenv("WEIR_WRITE_GOLDEN") != nullptr && !files.Stat(path).ok()) {
    ASSERT_TRUE(WriteFileAtomically(files, path, bytes).ok());
  }
  const Result<std::string> golden = ReadFile(files, path);
  ASSERT_TRUE(golden.ok()) << golden.status().ToString();
  EXPECT_EQ(*golden, bytes);
  const auto back = DecodeHistory(*golden);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, Sample());
}

TEST(History, EveryDamageIsFound) {
  const std::string bytes = EncodeHistory(Sample());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(DecodeHistory(damaged).status().code(), StatusCode::kCorruption) << i;
    EXPECT_EQ(DecodeHistory(bytes.substr(0, i)).status().code(), StatusCode::kCorruption) << i;
  }
  EXPECT_FALSE(DecodeHistory(bytes + "x").ok());
}

TEST(History, KindsHaveNames) {
  std::string names;
  for (const EndedCheckpoint& one : Sample()) names += std::string(KindName(one)) + " ";
  EXPECT_EQ(names, "periodic requested savepoint periodic stop end ");
}

}  // namespace
}  // namespace weir::checkpoint
