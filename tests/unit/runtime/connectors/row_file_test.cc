// The file that COPY writes: complete or not there, plain or compressed, whatever fails meanwhile.
#include "runtime/connectors/filesystem/row_file.h"

#include <fmt/format.h>

#include "runtime/connectors/filesystem/byte_stream.h"
#include "runtime/connectors/filesystem/file_ending.h"
#include "tests/unit/runtime/connectors/connector_harness.h"
#include "tests/unit/state/test_file_system.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RowFileTest : public ConnectorTest {
 protected:
  RowFileSpec Spec(std::string_view name, bool compressed = false) const {
    RowFileSpec spec;
    spec.format = FindFormat("csv");
    spec.format_spec.options = {{"csv.header", "true"}};
    spec.format_spec.record = kTwo;
    spec.compressed = compressed;
    spec.path = Path(name);
    spec.unique = "1";
    return spec;
  }

  static Status Fill(FileSystem& files, RowFileSpec spec, std::string_view rows) {
    const std::unique_ptr<RowFile> file = TRY(RowFile::Begin(files, std::move(spec)));
    RETURN_IF_ERROR(file->OnBatch(TRY(ParseBatch(rows, kTwo))));
    return file->Publish();
  }

  // What is in a file, decompressed where its name says so.
  std::string Unpacked(std::string_view name) const {
    std::unique_ptr<ByteStream> stream = OpenByteStream(files(), Path(name)).value();
    std::string text;
    std::string piece(1 << 16, '\0');
    for (size_t read = 1; read > 0;) {
      read = stream->Read(piece.size(), piece.data()).value();
      text.append(piece, 0, read);
    }
    return text;
  }
};

TEST_F(RowFileTest, IsThereWhenItIsPublished) {
  const std::unique_ptr<RowFile> file = RowFile::Begin(files(), Spec("a.csv")).value();
  ASSERT_TRUE(file->OnBatch(ParseBatch("+I[1, x]\n+I[NULL, NULL]\n", kTwo).value()).ok());
  EXPECT_THAT(Names(), ElementsAre(".weir-copy-1"));
  ASSERT_TRUE(file->Publish().ok());
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
  EXPECT_EQ(Read("a.csv"), "a,b\n1,x\n,\n");
  EXPECT_EQ(file->rows(), 2U);
}

TEST_F(RowFileTest, IsNothingWhenItIsNot) {
  Write("a.csv", "old\n");
  {
    const std::unique_ptr<RowFile> file = RowFile::Begin(files(), Spec("a.csv")).value();
    ASSERT_TRUE(file->OnBatch(ParseBatch("+I[1, x]\n", kTwo).value()).ok());
    EXPECT_THAT(Names(), ElementsAre(".weir-copy-1", "a.csv"));
  }
  EXPECT_THAT(Names(), ElementsAre("a.csv"));
  EXPECT_EQ(Read("a.csv"), "old\n");
}

TEST_F(RowFileTest, IsCompressedPieceByPiece) {
  std::string text = "a,b\n";
  const std::unique_ptr<RowFile> file = RowFile::Begin(files(), Spec("a.csv.gz", true)).value();
  for (int batch = 0; batch < 50; ++batch) {
    std::string rows;
    for (int i = 0; i < 500; ++i) {
      const int number = (batch * 500 + i) * 7919 % 100'003;
      rows += fmt::format("+I[{}, text {}]\n", number, number * 31);
      text += fmt::format("{},text {}\n", number, number * 31);
    }
    ASSERT_TRUE(file->OnBatch(ParseBatch(rows, kTwo).value()).ok());
  }
  ASSERT_TRUE(file->Publish().ok());
  EXPECT_TRUE(Unpacked("a.csv.gz") == text);
  EXPECT_LT(Read("a.csv.gz").size(), text.size() / 2);
  // Without a row as well.
  ASSERT_TRUE(RowFile::Begin(files(), Spec("none.csv.gz", true)).value()->Publish().ok());
  EXPECT_EQ(Unpacked("none.csv.gz"), "a,b\n");
}

// Every call fails in turn: what was there stays, or all of the new file is.
TEST_F(RowFileTest, WhateverFailsNothingIsLeft) {
  for (const bool compressed : {false, true}) {
    std::vector<std::string> all;
    for (;;) {
      Write("a.csv", "old\n");
      state::TestFileSystem faulty;
      std::string failed;
      size_t calls = 0;
      faulty.before = [&](std::string_view operation, const std::string&) {
        if (operation == "remove" || calls++ != all.size()) return Status();
        failed = operation;
        return Status::External("no").WithId("E4001");
      };
      const Status status = Fill(faulty, Spec("a.csv", compressed), "+I[1, x]\n");
      SCOPED_TRACE(failed);
      EXPECT_EQ(status.ok(), failed.empty());
      EXPECT_THAT(Names(), ElementsAre("a.csv"));
      const bool is_new = failed.empty() || failed == "sync_directory";
      EXPECT_EQ(Read("a.csv") == "old\n", !is_new);
      if (failed.empty()) break;
      EXPECT_THAT(status.message(), HasSubstr("a.csv' cannot be written"));
      all.push_back(failed);
    }
    std::vector<std::string> wanted = {"create", "append", "sync", "rename", "sync_directory"};
    // The end of what is compressed is appended as well.
    if (compressed) wanted.insert(wanted.begin() + 1, "append");
    EXPECT_EQ(all, wanted);
  }
}

TEST_F(RowFileTest, SaysWhyItCannotBegin) {
  ASSERT_TRUE(files().CreateDirectories(Path("dir")).ok());
  Write("file", "");
  const auto refused = [&](std::string_view name) {
    return RowFile::Begin(files(), Spec(name)).status().ToString();
  };
  EXPECT_THAT(refused("dir"), HasSubstr("is a directory (name a file in it)"));
  EXPECT_THAT(refused("none/a.csv"), HasSubstr("E4002"));
  EXPECT_THAT(refused("none/a.csv"), HasSubstr("/none' does not exist"));
  EXPECT_THAT(refused("file/a.csv"), HasSubstr("/file' is no directory"));
  RowFileSpec spec = Spec("a.csv");
  spec.format_spec.record = {{{"l", Type::Array(Type::Int())}}};
  EXPECT_EQ(RowFile::Begin(files(), std::move(spec)).status().id(), "E1002");
  EXPECT_THAT(Names(), ElementsAre("dir", "file"));
}

TEST(FileEndingTest, NamesSayTheFormat) {
  const auto text = [](std::string_view path) -> std::string {
    const std::optional<FileEnding> ending = EndingOf(path);
    if (!ending) return "";
    return fmt::format("{}{}{}", ending->format, ending->delimiter == '\t' ? " tab" : "",
                       ending->compressed ? " gz" : "");
  };
  EXPECT_EQ(text("a.csv"), "csv");
  EXPECT_EQ(text("d.json/A.TSV.gz"), "csv tab gz");
  EXPECT_EQ(text("a.json"), "json");
  EXPECT_EQ(text("a.jsonl.gz"), "json gz");
  EXPECT_EQ(text("a.NDJSON"), "json");
  EXPECT_EQ(text("a.parquet"), "parquet");
  for (const char* name : {"", "a", "csv", ".csv", "a.csv.zip", "a.gz", "a.parquet.gz", "a.csv/"})
    EXPECT_THAT(text(name), IsEmpty()) << name;
}

}  // namespace
}  // namespace weir::connectors::testing
