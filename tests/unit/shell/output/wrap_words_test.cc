// Lines that fit a terminal.
#include "shell/output/wrap_words.h"

#include <gtest/gtest.h>

namespace weir::shell {
namespace {

TEST(WrapWords, BreaksAtBlanks) {
  EXPECT_EQ(WrapWords("one two three four\n", 9), "one two\n  three\n  four\n");
  EXPECT_EQ(WrapWords("  one two three", 9), "  one two\n    three");
  EXPECT_EQ(WrapWords("fits\n\nas well", 9), "fits\n\nas well");
}

TEST(WrapWords, GoesOnBelowTheSecondColumn) {
  EXPECT_EQ(WrapWords("  \\q    leaves the shell at once", 20),
            "  \\q    leaves the\n        shell at\n        once");
  // Not where that leaves no room.
  EXPECT_EQ(WrapWords("a long first column  b c d e", 22), "a long first column  b\n  c d e");
}

TEST(WrapWords, LongWordsStayWhole) {
  EXPECT_EQ(WrapWords("a /a/path/that/is/long b", 8), "a\n  /a/path/that/is/long\n  b");
}

TEST(WrapWords, WithoutAWidthNothingIsBroken) {
  EXPECT_EQ(WrapWords("one two three four", 0), "one two three four");
}

TEST(WrapMessage, StatementsToBeCopiedStay) {
  EXPECT_EQ(WrapMessage("HINT: write this\n  SELECT a, b FROM t;\nor that one\n", 12),
            "HINT: write\n  this\n  SELECT a, b FROM t;\nor that one\n");
}

}  // namespace
}  // namespace weir::shell
