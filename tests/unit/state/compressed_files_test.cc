// What compression makes of the files of a checkpoint.
#include <gmock/gmock.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "runtime/base/random.h"
#include "tests/seed.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

using ::testing::Contains;

constexpr int64_t kTextRows = 1000;
constexpr size_t kTextBytes = 1000;
constexpr uint64_t kAll = kTextRows * kTextBytes;
constexpr int kMostEpochs = 300;

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
  // Takes checkpoints of texts of one letter until files were merged. How the files of the last one
  // are compressed, by RocksDB's names.
  std::set<std::string> Merge() {
    size_t before = 0;
    for (int epoch = 0; epoch < kMostEpochs; ++epoch) {
      Checkpoint(1);
      const std::vector<std::string> tables = Tables();
      if (tables.size() < before) return {tables.begin(), tables.end()};
      before = tables.size();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "nothing was merged";
    return {};
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
  // The compression of each file of the last checkpoint.
  std::vector<std::string> Tables() {
    std::vector<std::string> names;
    for (const StateFile& file : job_.LoadLatest().files) {
      if (!file.path.ends_with(".sst")) continue;
      rocksdb::SstFileReader reader{rocksdb::Options()};
      const rocksdb::Status opened = reader.Open(job_.checkpoints() + "/" + file.path);
      EXPECT_TRUE(opened.ok()) << opened.ToString();
      names.push_back(reader.GetTableProperties()->compression_name);
    }
    return names;
  }
  std::vector<std::byte*> Rows() {
    std::vector<Value> values;
    for (int64_t k = 0; k < kTextRows; ++k) values.push_back(IntValue(k));
    const Keys keys = MakeKeys({{Type::BigInt(), values}});
    std::vector<std::byte*> rows(kTextRows);
    std::vector<uint8_t> created(kTextRows);
    EXPECT_TRUE(table_->FindOrCreate(keys.view(), rows.data(), created.data()).ok());
    return rows;
  }

  Job job_;
  ValueTable* table_;
  Random random_{SeedOf(7)};
};

// A compression, and what RocksDB calls it.
struct NamedCompression {
  Compression compression;
  std::set<std::string> names;
};

class CompressedFilesTest : public ::testing::TestWithParam<NamedCompression> {};

TEST_P(CompressedFilesTest, FilesAreCompressedWhenTheyAreMerged) {
  Texts texts(GetParam().compression);
  EXPECT_GE(texts.Checkpoint(1), kAll) << "written as it is";
  std::set<std::string> names = texts.Merge();
  names.erase("NoCompression");
  EXPECT_EQ(names, GetParam().names);
}

TEST_P(CompressedFilesTest, AnotherCompressionMayFollow) {
  Texts texts(GetParam().compression);
  texts.Merge();
  texts.Restart(Compression::kZstd);
  EXPECT_TRUE(texts.AllAre(std::string(kTextBytes, '\0')));
  EXPECT_THAT(texts.Merge(), Contains("ZSTD"));
  texts.Restart(Compression::kNone);
  EXPECT_TRUE(texts.AllAre(std::string(kTextBytes, '\0')));
}

INSTANTIATE_TEST_SUITE_P(All, CompressedFilesTest,
                         ::testing::Values(NamedCompression{Compression::kLz4, {"LZ4"}},
                                           NamedCompression{Compression::kSnappy, {"Snappy"}},
                                           NamedCompression{Compression::kZstd, {"ZSTD"}},
                                           NamedCompression{Compression::kNone, {}}));

}  // namespace
}  // namespace weir::state
