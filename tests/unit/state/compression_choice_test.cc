#include "state/compression_choice.h"

#include <gtest/gtest.h>

namespace weir::state {
namespace {

constexpr uint64_t kBytes = 1 << 20;

// How many files are written as they are after this one.
int FilesAsTheyAre(uint64_t bytes, uint64_t file_bytes) {
  CompressionChoice choice;
  EXPECT_TRUE(choice.Compress());
  choice.Learn(bytes, file_bytes);
  int files = 0;
  while (!choice.Compress()) ++files;
  return files;
}

TEST(CompressionChoice, AFileThatShrankIsFollowedByACompressedOne) {
  EXPECT_EQ(FilesAsTheyAre(kBytes, kBytes / 2), 0);
  EXPECT_EQ(FilesAsTheyAre(kBytes, kBytes / 8 * 7), 0);
}

TEST(CompressionChoice, AFileThatDidNotIsFollowedByFifteenAsTheyAre) {
  EXPECT_EQ(FilesAsTheyAre(kBytes, kBytes / 8 * 7 + 1), 15);
  EXPECT_EQ(FilesAsTheyAre(kBytes, kBytes + 100), 15);
}

TEST(CompressionChoice, ShortFilesSayNothing) {
  EXPECT_EQ(FilesAsTheyAre(1000, 2000), 0);
}

TEST(CompressionChoice, TheSixteenthFileCountsAnew) {
  CompressionChoice choice;
  choice.Learn(kBytes, kBytes);
  while (!choice.Compress()) {
  }
  choice.Learn(kBytes, kBytes / 2);
  EXPECT_TRUE(choice.Compress());
  EXPECT_TRUE(choice.Compress());
}

}  // namespace
}  // namespace weir::state
