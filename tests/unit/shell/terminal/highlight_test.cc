// Colours of SQL.
#include "shell/terminal/highlight.h"

#include <gmock/gmock.h>

namespace weir::shell {
namespace {

TEST(HighlightTest, ColoursKindsOfWords) {
  EXPECT_EQ(
      Highlight("SELECT a, 1 FROM t -- all", 0),
      "\033[1;34mSELECT\033[0m a, \033[36m1\033[0m \033[1;34mFROM\033[0m t\033[2m -- all\033[0m");
  EXPECT_EQ(Highlight("'x' 'y", 0), "\033[32m'x'\033[0m \033[33m'y\033[0m");
}

TEST(HighlightTest, WhatStandsBeforeSaysWhatTheRestIs) {
  const std::string before = "SELECT 'a\n";
  EXPECT_EQ(Highlight(before + "from'", before.size()), "\033[32mfrom'\033[0m");
}

TEST(HighlightTest, AColourEndsWithItsLine) {
  EXPECT_EQ(Highlight("'a\nb'", 0), "\033[32m'a\033[0m\n\033[32mb'\033[0m");
}

}  // namespace
}  // namespace weir::shell
