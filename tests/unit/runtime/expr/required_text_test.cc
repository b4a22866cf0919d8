#include "runtime/expr/functions/required_text.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <string>
#include <vector>

#include "runtime/expr/functions/java_regex.h"

namespace weir::expr {
namespace {

struct Case {
  const char* pattern;
  const char* text;
  int before;  // -1: not bounded
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.pattern;
}

class RequiredTextTest : public ::testing::TestWithParam<Case> {};

TEST_P(RequiredTextTest, IsWhatEveryMatchHas) {
  const RequiredText found = RequiredTextOf(GetParam().pattern);
  EXPECT_EQ(found.text, GetParam().text);
  EXPECT_EQ(found.bounded, GetParam().before >= 0 && found.text[0] != 0);
  if (found.bounded) {
    EXPECT_EQ(found.before, static_cast<size_t>(GetParam().before));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Patterns, RequiredTextTest,
    ::testing::Values(Case{"abc", "abc", 0}, Case{"(&|^)channel_id=([^&]*)", "channel_id=", 3},
                      Case{"^abc$", "abc", 0}, Case{"ab|cd", "", -1}, Case{"(ab|cd)", "", -1},
                      Case{"(?i)abc", "", -1}, Case{"(?:x)abc", "abc", 1}, Case{"ab*c", "a", 0},
                      Case{"ab+c", "ab", 0}, Case{"ab?cde", "cde", 2}, Case{"abc?", "ab", 0},
                      Case{"x*abc", "abc", -1}, Case{"x*?abc", "abc", -1}, Case{"x{2}abc", "", -1},
                      Case{"\\d\\d-abc", "-abc", 8}, Case{"\\d+/abc", "/abc", -1},
                      Case{"a\\.b", "a.b", 0}, Case{"\\Qa.b\\E", "", -1},
                      Case{"\\bword\\b", "word", 0}, Case{".abc", "abc", 4},
                      Case{"[xyz]abc", "abc", 4}, Case{"[x[yz]]abc", "", -1},
                      Case{"(a(b)c)def", "def", -1}, Case{"(a*)def", "def", -1},
                      Case{"(a|bcd)?ef", "ef", 5}, Case{"\xC3\xA9*abc", "abc", -1},
                      Case{"\xC3\xA9"
                           "abc",
                           "abc", 4},
                      Case{"", "", -1}, Case{".*", "", -1}, Case{"short.longest.mid", "longest", 9},
                      Case{"[^&]*=v", "=v", -1}, Case{"(?=a)bcd", "", -1}, Case{"a(b", "", -1},
                      Case{"a)b", "", -1}));

// Wherever a pattern matches, its text is in the match, and no further from the start than it says.
TEST(RequiredText, HoldsForEveryMatchOfRandomTexts) {
  const std::vector<std::string> patterns = {"(a|b)ab", "a?b?ab",     "ab+a",  "[ab]ba",  ".b.a",
                                             "a*bab",   "(ab)+a",     "^ab",   "ba$",     "(a|)bb",
                                             "a+?b",    "(?:a|bb)ba", "a\\sb", "\\w\\wab"};
  uint64_t state = 7;
  int matches = 0;
  for (const std::string& pattern : patterns) {
    const RequiredText required = RequiredTextOf(pattern);
    const auto compiled = CompileJavaRegex(pattern);
    ASSERT_TRUE(compiled.ok()) << pattern;
    for (int round = 0; round < 2000; ++round) {
      std::string text;
      for (int i = 0; i < 12; ++i) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        text += "ab b"[state >> 61 & 3];
      }
      re2::StringPiece found;
      if (!(*compiled)->Match(text, 0, text.size(), re2::RE2::UNANCHORED, &found, 1)) continue;
      ++matches;
      const std::string match(found.data(), found.size());
      const size_t at = match.find(required.text);
      ASSERT_NE(at, std::string::npos) << pattern << " in " << text;
      if (!required.bounded) continue;
      const size_t first = text.find(required.text);
      const auto start = static_cast<size_t>(found.data() - text.data());
      EXPECT_LE(first, start + required.before + match.size()) << pattern << " in " << text;
      EXPECT_LE(at, required.before) << pattern << " in " << text;
      EXPECT_GE(start + required.before, first) << pattern << " in " << text;
    }
  }
  EXPECT_GT(matches, 5000);
}

}  // namespace
}  // namespace weir::expr
