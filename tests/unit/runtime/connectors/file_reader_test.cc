// Whose fault it is that a file cannot be decoded.
#include "runtime/connectors/filesystem/file_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <new>
#include <string>

#include "runtime/base/fence.h"
#include "runtime/connectors/formats/format.h"

namespace weir::connectors {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Fails in the way that `kHow` says.
enum class Failure { kMemory, kTooLarge, kBadRecord };

std::atomic<int> decoded = 0;  // blocks that decoders were given

template <Failure kHow>
class FailingDecoder final : public Decoder {
 public:
  size_t WholeRecords(std::string_view bytes, bool) const override { return bytes.size(); }
  Result<std::optional<size_t>> Prologue(std::string_view, bool) override {
    return std::optional<size_t>(0);
  }
  Result<DecodeResult> Decode(const RecordBlock&, size_t, uint32_t, Batch&,
                              BadRecord& bad) override {
    ++decoded;
    if (kHow == Failure::kMemory) throw std::bad_alloc();
    if (kHow == Failure::kTooLarge) throw ValueTooLarge(100);
    bad = {2, "v", "no number"};
    return Status::DataError("no number").WithId("E3005");
  }
};

template <Failure kHow>
Status ErrorOfReading() {
  const std::string path = ::testing::TempDir() + "/file_reader_test";
  std::ofstream(path) << "1\nx\n";
  const Format format{CsvFormat().descriptor,
                      [](FormatSpec) -> Result<std::unique_ptr<Decoder>> {
                        return std::unique_ptr<Decoder>(new FailingDecoder<kHow>);
                      },
                      nullptr};
  FileScan scan;
  scan.format = &format;
  scan.files = &FileSystem::Local();
  FileInfo info = scan.files->Stat(path).value();
  info.bytes = kParallelBytes;  // large enough for threads
  FileReader reader(scan, info, 2);
  EXPECT_TRUE(reader.Open(0, 10).ok());
  Batch batch;
  return reader.Next(batch).status();
}

TEST(FileReaderTest, ABadRecordIsNamedByItsLine) {
  const Status bad = ErrorOfReading<Failure::kBadRecord>();
  EXPECT_EQ(bad.id(), "E3005");
  EXPECT_THAT(bad.message(), HasSubstr("line 2, byte 2, column \"v\": no number"));
  EXPECT_THAT(bad.hint(), HasSubstr("ignore-parse-errors"));
}

TEST(FileReaderTest, MissingMemoryIsNoBadRecord) {
  const Status missing = ErrorOfReading<Failure::kMemory>();
  EXPECT_EQ(missing.id(), "E4004");
  EXPECT_EQ(missing.code(), StatusCode::kExternal);
  EXPECT_THAT(missing.message(), HasSubstr("file_reader_test"));
  EXPECT_THAT(missing.hint(), Not(HasSubstr("ignore-parse-errors")));
}

// What an exception leaves behind is only fit to be destroyed (runtime/base/fence.h).
TEST(FileReaderTest, ADecoderThatFoundNoMemoryIsNotUsedAgain) {
  const std::string path = ::testing::TempDir() + "/file_reader_test";
  std::ofstream(path) << std::string(size_t{4} << 20, '1');
  std::vector<std::unique_ptr<Decoder>> decoders;
  for (int i = 0; i < 2; ++i)
    decoders.push_back(std::make_unique<FailingDecoder<Failure::kMemory>>());
  FailingDecoder<Failure::kMemory> cutter;
  const auto reader =
      BlockReader::Open(OpenByteStream(FileSystem::Local(), path, kWholeFile).value(), path, cutter,
                        0)
          .value();
  const auto ahead = MakeDecodeAhead(*reader, std::move(decoders), {.max_rows = 10});
  decoded = 0;
  for (int i = 0; i < 6; ++i) {
    const auto block = ahead->Next();
    ASSERT_TRUE(block.ok() && *block) << i;
    EXPECT_EQ((*block)->status.id(), "E4004");
  }
  EXPECT_LE(decoded, 2);
}

TEST(FileReaderTest, ATooLargeValueIsNoBadRecord) {
  const Status large = ErrorOfReading<Failure::kTooLarge>();
  EXPECT_EQ(large.id(), "E3007");
  EXPECT_THAT(large.hint(), HasSubstr("table.exec.max-value-size"));
}

}  // namespace
}  // namespace weir::connectors
