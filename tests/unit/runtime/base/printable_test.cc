#include "runtime/base/printable.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Printable, NothingIsObeyed) {
  EXPECT_EQ(Printable("plain ünï 日本 😀\n\t"), "plain ünï 日本 😀\n\t");
  EXPECT_EQ(Printable("\x1b[31mred\x07\r\x7f"), "\\x1B[31mred\\x07\\x0D\\x7F");
  EXPECT_EQ(Printable("\u009b31m"), "\\u009B31m") << "the same sequence in C1";
  EXPECT_EQ(Printable("a\u202eb\u2066c\u200f"), "a\\u202Eb\\u2066c\\u200F");
  EXPECT_EQ(Printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(Printable("a\xff\xc3"), "a\\xFF\\xC3");
  EXPECT_EQ(Printable("\xe2\x82"), "\\xE2\\x82") << "cut off";
}

TEST(Printable, LongWordsLoseTheirMiddle) {
  const std::string word(200, 'x');
  EXPECT_EQ(PrintableWords("a " + word + "\nb", 200), "a " + word + "\nb");
  EXPECT_EQ(PrintableWords("\"" + word + "\" b", 200),
            "\"" + word.substr(0, 159) + "…" + word.substr(0, 39) + "\" b");
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "é";
  EXPECT_EQ(PrintableWords(wide, 200), wide.substr(0, 320) + "…" + wide.substr(0, 80));
  const std::string path = "/" + word + "/" + word;
  EXPECT_EQ(PrintableWords(path, 200), path);
  EXPECT_LT(PrintableWords(std::string(100'000, '/'), 200).size(), 300U);
}

}  // namespace
}  // namespace weir
