// What comes between the marks of a paste.
#include "shell/terminal/paste.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace weir::shell {
namespace {

// What ReadPaste gives when `bytes` come, and what it leaves unread.
std::optional<std::string> Pasted(const std::string& bytes, std::string& unread) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  EXPECT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ::close(ends[1]);
  std::optional<std::string> text = ReadPaste(ends[0], unread);
  ::close(ends[0]);
  return text;
}

TEST(PasteTest, EndsAtItsMarkAndLeavesTheRest) {
  std::string unread;
  EXPECT_EQ(Pasted("a\tb\r\nc\rd\n\033[201~next", unread), "a\tb\nc\nd\n");
  EXPECT_EQ(unread, "next");
}

TEST(PasteTest, TakesWhatWasReadTooEarly) {
  std::string unread = "begun ";
  EXPECT_EQ(Pasted("here\033[201~", unread), "begun here");
  EXPECT_EQ(unread, "");
}

TEST(PasteTest, WithoutItsMarkIsNone) {
  std::string unread;
  EXPECT_EQ(Pasted("text", unread), std::nullopt);
}

TEST(PasteTest, IsCutAtItsFirstAndLastNewline) {
  const PastedText one = CutPaste("SELECT 1");
  EXPECT_FALSE(one.has_lines);
  EXPECT_EQ(one.first, "SELECT 1");
  const PastedText many = CutPaste("a\nb\n\nc");
  EXPECT_TRUE(many.has_lines);
  EXPECT_EQ(many.first, "a");
  EXPECT_EQ(many.lines, "b\n\n");
  EXPECT_EQ(many.begun, "c");
}

}  // namespace
}  // namespace weir::shell
