#include "state/compression_choice.h"

#include <gtest/gtest.h>

#include "runtime/base/random.h"
#include "tests/unit/state/state_fixture.h"

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

class CompressedFilesTest : public ::testing::Test {
 protected:
  static constexpr int64_t kRows = 1000;
  static constexpr size_t kTextBytes = 1000;
  static constexpr uint64_t kAll = kRows * kTextBytes;

  // Bytes of the files of an epoch in which rows got texts of 1 to `letters` kinds of bytes.
  uint64_t Checkpoint(uint64_t letters) {
    ValueTable& table = OpenNumbers(job_);
    std::vector<Value> values;
    for (int64_t k = 0; k < kRows; ++k) values.push_back(IntValue(k));
    const Keys keys = MakeKeys({{Type::BigInt(), values}});
    std::vector<std::byte*> rows(kRows);
    std::vector<uint8_t> created(kRows);
    EXPECT_TRUE(table.FindOrCreate(keys.view(), rows.data(), created.data()).ok());
    for (std::byte* row : rows) {
      std::string text(kTextBytes, ' ');
      for (char& c : text) c = static_cast<char>(random_.Below(letters));
      table.SetString(row, 1, text);
    }
    uint64_t bytes = 0;
    for (const StateFile& file : job_.Checkpoint().files) bytes += file.dirty_bytes;
    return bytes;
  }

 private:
  Job job_{{}};
  Random random_{7};
};

TEST_F(CompressedFilesTest, TextsOfOneLetterAreShort) {
  EXPECT_LT(Checkpoint(1), kAll / 4);
  EXPECT_LT(Checkpoint(1), kAll / 4);
}

TEST_F(CompressedFilesTest, WhatFollowsRandomTextsIsWrittenAsItIsForAWhile) {
  EXPECT_GE(Checkpoint(256), kAll);
  for (int file = 0; file < 5; ++file) EXPECT_GE(Checkpoint(1), kAll);
}

}  // namespace
}  // namespace weir::state
