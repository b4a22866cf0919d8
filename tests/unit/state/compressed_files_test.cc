// What compression makes of the files of a checkpoint.
#include "runtime/base/random.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

constexpr int64_t kRows = 1000;
constexpr size_t kTextBytes = 1000;
constexpr uint64_t kAll = kRows * kTextBytes;

// A job whose rows get texts, all of them in each epoch.
class Texts {
 public:
  explicit Texts(Compression compression)
      : job_({.compression = compression}), table_(&OpenNumbers(job_)) {}

  // Bytes of the files of an epoch in which the texts become random ones of so many letters.
  uint64_t Checkpoint(uint64_t letters) {
    for (std::byte* row : Rows()) {
      std::string text(kTextBytes, ' ');
      for (char& c : text) c = static_cast<char>(random_.Below(letters));
      table_->SetString(row, 1, text);
    }
    uint64_t bytes = 0;
    for (const StateFile& file : job_.Checkpoint().files) bytes += file.dirty_bytes;
    return bytes;
  }
  // Goes on from the last checkpoint.
  void Restart(Compression compression) {
    CheckpointMetadata latest = job_.LoadLatest();
    job_.Stop();
    job_.options().compression = compression;
    job_.Start(std::move(latest));
    table_ = &OpenNumbers(job_);
  }
  bool AllAre(const std::string& text) {
    const std::vector<std::byte*> rows = Rows();
    return std::ranges::all_of(rows, [&](const std::byte* row) {
      return table_->layout().Load<StringRef>(row, 1).view() == text;
    });
  }

 private:
  std::vector<std::byte*> Rows() {
    std::vector<Value> values;
    for (int64_t k = 0; k < kRows; ++k) values.push_back(IntValue(k));
    const Keys keys = MakeKeys({{Type::BigInt(), values}});
    std::vector<std::byte*> rows(kRows);
    std::vector<uint8_t> created(kRows);
    EXPECT_TRUE(table_->FindOrCreate(keys.view(), rows.data(), created.data()).ok());
    return rows;
  }

  Job job_;
  ValueTable* table_;
  Random random_{7};
};

class CompressedFilesTest : public ::testing::TestWithParam<Compression> {};

TEST_P(CompressedFilesTest, TextsOfOneLetterAreShort) {
  Texts texts(GetParam());
  EXPECT_LT(texts.Checkpoint(1), kAll / 4);
  EXPECT_LT(texts.Checkpoint(1), kAll / 4);
}

TEST_P(CompressedFilesTest, AnotherCompressionMayFollow) {
  Texts texts(GetParam());
  texts.Checkpoint(1);
  texts.Restart(Compression::kNone);
  EXPECT_TRUE(texts.AllAre(std::string(kTextBytes, '\0')));
  EXPECT_GE(texts.Checkpoint(1), kAll);
  texts.Restart(GetParam());
  EXPECT_TRUE(texts.AllAre(std::string(kTextBytes, '\0')));
}

INSTANTIATE_TEST_SUITE_P(All, CompressedFilesTest,
                         ::testing::Values(Compression::kLz4, Compression::kSnappy,
                                           Compression::kZstd));

TEST(CompressedFiles, WhatFollowsRandomTextsIsWrittenAsItIsForAWhile) {
  Texts texts(Compression::kLz4);
  EXPECT_GE(texts.Checkpoint(256), kAll);
  for (int file = 0; file < 5; ++file) EXPECT_GE(texts.Checkpoint(1), kAll);
}

}  // namespace
}  // namespace weir::state
