// Files that are one JSON array of objects.
#include <fmt/format.h>

#include "runtime/connectors/filesystem/json_array_stream.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A text in pieces of `most` bytes.
class TextStream final : public ByteStream {
 public:
  TextStream(std::string text, size_t most) : text_(std::move(text)), most_(most) {}
  Result<size_t> Read(size_t bytes, char* out) override {
    const size_t read = std::min({bytes, most_, text_.size() - at_});
    std::copy_n(text_.data() + at_, read, out);
    at_ += read;
    return read;
  }
  Status Skip(uint64_t bytes) override {
    at_ += bytes;
    return {};
  }
  uint64_t file_offset() const override { return at_; }

 private:
  const std::string text_;
  const size_t most_;
  size_t at_ = 0;
};

// What is read of a text behind its first `skipped` bytes; the message of what is wrong with it.
std::string ArrayLines(const std::string& text, size_t most = 1 << 20, size_t skipped = 0) {
  const auto stream = LinesOfJsonArray(std::make_unique<TextStream>(text, most), "a.json");
  std::string lines;
  if (const Status status = stream->Skip(skipped); !status.ok()) return status.ToString();
  for (char piece[64];;) {
    const Result<size_t> read = stream->Read(sizeof(piece), piece);
    if (!read.ok()) return read.status().ToString();
    if (*read == 0) return lines;
    lines.append(piece, *read);
  }
}

const std::string kArray =
    " [ {\"a\": 1, \"b\": [1, {\"c\": \"],}\"}]},\n"
    "  {\r\n    \"a\": 2,\n    \"b\": \"\\\"\\\\\"\n  } , {}\n]\n\n";

TEST(JsonArrayTest, IsAnObjectALineAtTheSameOffsets) {
  const std::string wanted =
      "   {\"a\": 1, \"b\": [1, {\"c\": \"],}\"}]}\n\n"
      "  {      \"a\": 2,     \"b\": \"\\\"\\\\\"   } \n {}\n\n\n\n";
  EXPECT_EQ(ArrayLines(kArray), wanted);
  EXPECT_EQ(kArray.size(), wanted.size());
  for (size_t most = 1; most < 20; ++most) EXPECT_EQ(ArrayLines(kArray, most), wanted) << most;
  for (size_t skipped = 0; skipped <= kArray.size(); ++skipped)
    EXPECT_EQ(ArrayLines(kArray, 7, skipped), wanted.substr(skipped)) << skipped;
  EXPECT_EQ(ArrayLines("[]"), " \n");
  EXPECT_EQ(ArrayLines("\xEF\xBB\xBF[{}]"), "\xEF\xBB\xBF {}\n");
}

TEST(JsonArrayTest, OtherTextStaysAsItIs) {
  for (const std::string text :
       {"", "\n \n", "{\"a\": [1,\n2]}\n{}", "x\n[", "\"[\"", "\xEF\xBB\xBF{}\n[1]"})
    for (size_t most = 1; most < 5; ++most) EXPECT_EQ(ArrayLines(text, most), text);
  EXPECT_EQ(ArrayLines("{}\n[1]\n", 2, 3), "[1]\n");
}

TEST(JsonArrayTest, WhatIsMalformedIsSaidWithItsLine) {
  const auto wrong = [](const std::string& text, const std::string& words) {
    for (size_t most = 1; most < 9; most += 3) {
      EXPECT_THAT(ArrayLines(text, most), HasSubstr(words)) << text;
      EXPECT_THAT(ArrayLines(text, most), HasSubstr("E3005")) << text;
    }
  };
  wrong("[\n{},\n1]",
        "'a.json', line 3: the JSON array is malformed: something in the array is no object");
  wrong("[[{}]]", "line 1: the JSON array is malformed: something in the array is no object");
  wrong("[{}\n{}]", "line 2: the JSON array is malformed: a comma is missing between objects");
  wrong("[{},\n,{}]", "line 2: the JSON array is malformed: there is nothing in front of a comma");
  wrong("[{},]", "there is nothing in front of a comma or behind it");
  wrong("[,{}]", "there is nothing in front of a comma or behind it");
  wrong("[{\n\"a\": \"x\n\"}]", "line 2: the JSON array is malformed: a text goes on behind");
  wrong("[{\n\"a\": \"x\\\n\"}]", "line 2: the JSON array is malformed: a text goes on behind");
  wrong("[{}]\n\n{}", "line 3: the JSON array is malformed: there is text behind the array");
  for (const char* cut : {"[", "[{}", "[{},", "[{\"a", "[{\"a\\", "[{\"a\": [1]"})
    wrong(cut, "line 1: the JSON array is malformed: it ends within the array");
}

}  // namespace
}  // namespace weir::connectors::testing
