// Places of bytes and texts, against the standard library's searches and bare RE2: over texts of
// few characters, so that there is much to find, and longer than what is compared in one step.
#include "runtime/expr/functions/find_text.h"

#include <re2/re2.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/random.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

std::string RandomText(Random& random, std::string_view characters, uint64_t most) {
  std::string text;
  for (uint64_t n = random.Below(most + 1); n > 0; --n)
    text += characters[random.Below(characters.size())];
  return text;
}

// A copy whose end is the end of the readable memory.
class AtTheEdge {
 public:
  AtTheEdge() : page_(static_cast<size_t>(::sysconf(_SC_PAGESIZE))) {
    void* const pages =
        ::mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(pages, MAP_FAILED);
    begin_ = static_cast<char*>(pages);
    EXPECT_EQ(::mprotect(begin_ + page_, page_, PROT_NONE), 0);
  }
  ~AtTheEdge() { ::munmap(begin_, 2 * page_); }
  AtTheEdge(const AtTheEdge&) = delete;
  AtTheEdge& operator=(const AtTheEdge&) = delete;

  std::string_view Copy(std::string_view text) {
    char* const place = begin_ + page_ - text.size();
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }

 private:
  size_t page_;
  char* begin_;
};

TEST(FindTextTest, FindsWhatTheStandardLibraryFinds) {
  Random random(SeedOf(20261201));
  AtTheEdge edge;
  int found = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = RandomText(random, "aab", 200);
    const std::string wanted = RandomText(random, "aab", 12);
    const uint64_t from = random.Below(text.size() + 3);
    const size_t expected = text.find(wanted, from);
    ASSERT_EQ(FindText(edge.Copy(text), wanted, from), expected)
        << "'" << wanted << "' in '" << text << "' from " << from;
    found += expected != std::string::npos;
  }
  EXPECT_GT(found, 5000);
  EXPECT_LT(found, 18000);
}

TEST(FindTextTest, PlacesAreThoseOfTheByte) {
  Random random(SeedOf(20261202));
  AtTheEdge edge;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = RandomText(random, "ab", 80);
    const uint64_t places = PlacesOf('a', edge.Copy(text).data(), text.size());
    for (size_t at = 0; at < kPlacesAtOnce; ++at)
      ASSERT_EQ((places >> at & 1) != 0, at < text.size() && text[at] == 'a') << text << at;
  }
}

// Every part, counted from the front; NULL behind the last one, and of an empty text.
TEST(FindTextTest, SplitsLongTextsIntoAllTheirParts) {
  Random random(SeedOf(20261203));
  for (int i = 0; i < 60 && !::testing::Test::HasFailure(); ++i) {
    const std::string text = RandomText(random, "abcdefg/", 300);
    SCOPED_TRACE(text);
    int32_t index = 0;
    for (size_t from = 0; !text.empty() && from <= text.size(); ++index) {
      const size_t end = std::min(text.find('/', from), text.size());
      EXPECT_EQ(Call("SPLIT_INDEX", {S(text), S("/"), I(index)}), text.substr(from, end - from));
      from = end + 1;
    }
    EXPECT_EQ(Call("SPLIT_INDEX", {S(text), S("/"), I(index)}), "NULL");
    EXPECT_EQ(Call("SPLIT_INDEX", {S(text), S("/"), I(-1)}), "NULL");
  }
}

TEST(FindTextTest, LikeFindsTextInside) {
  Random random(SeedOf(20261204));
  for (int i = 0; i < 200; ++i) {
    const std::string text = RandomText(random, "aab", 150);
    const std::string wanted = RandomText(random, "aab", 8);
    EXPECT_EQ(Call("LIKE", {S(text), S("%" + wanted + "%")}),
              text.find(wanted) != std::string::npos ? "TRUE" : "FALSE")
        << wanted << " in " << text;
  }
}

// Searches that begin near a text that every match has, against RE2 on the whole text. Patterns
// that mean the same to both.
TEST(FindTextTest, RegularExpressionsMatchWhereRe2FindsThem) {
  Random random(SeedOf(20261205));
  int matches = 0;
  for (const char* pattern :
       {"(&|^)ab=([^&]*)", "ab=(a*)", "^ab(=|&)", "(a|b)?b=&", "\\bab(b*)", "[ab]b=(.)", "(a)(b)=b",
        "b&(a|$)", "(.)ab=(.?)", "(a?)(b?)=&a", "(=|&&|^a)b(=*)"}) {
    const re2::RE2 bare(pattern);
    const int groups = bare.NumberOfCapturingGroups();
    for (int i = 0; i < 120 && !::testing::Test::HasFailure(); ++i) {
      const std::string text = RandomText(random, "aabb=&", 60);
      SCOPED_TRACE(std::string(pattern) + " in " + text);
      re2::StringPiece found[4];
      const bool matched =
          bare.Match(text, 0, text.size(), re2::RE2::UNANCHORED, found, groups + 1);
      matches += matched;
      EXPECT_EQ(Call("REGEXP", {S(text), S(pattern)}), matched ? "TRUE" : "FALSE");
      for (int32_t group = 0; group <= groups; ++group) {
        const bool took_part = matched && found[group].data() != nullptr;
        EXPECT_EQ(Call("REGEXP_EXTRACT", {S(text), S(pattern), I(group)}),
                  took_part ? found[group].as_string() : "NULL");
      }
      std::string replaced = text;
      re2::RE2::GlobalReplace(&replaced, bare, "#");
      EXPECT_EQ(Call("REGEXP_REPLACE", {S(text), S(pattern), S("#")}), replaced);
    }
  }
  EXPECT_GT(matches, 300);
}

}  // namespace
}  // namespace weir::expr::testing
