// Strings read with their end known, against the reader that looks for it.
#include "runtime/connectors/formats/json_text.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir::connectors {
namespace {

// The inside of a JSON string of about so many characters; `hostile`: bad escapes, too.
std::string RandomInside(Random& random, size_t size, bool escapes, bool hostile) {
  constexpr const char* kSimple[] = {"\\\\", "\\\"", "\\/", "\\\\\\\\", "\\\\\\\""};
  constexpr const char* kOther[] = {"\\n", "\\u00e9", "\\ud83d\\ude00", "\\t", "\\\\n"};
  constexpr const char* kBad[] = {"\\x", "\\u12", "\\ud800", "\\udc00x"};
  const bool only_simple = random.Below(2) == 0;
  std::string inside;
  while (inside.size() < size) {
    if (!escapes || random.Below(8) != 0) {
      inside.append(1 + random.Below(20), static_cast<char>('a' + random.Below(26)));
    } else if (hostile && random.Below(10) == 0) {
      inside += kBad[random.Below(std::size(kBad))];
    } else {
      inside += only_simple ? kSimple[random.Below(5)] : kOther[random.Below(5)];
    }
  }
  return inside;
}

TEST(ReadClosedString, GivesWhatTheGeneralReaderGives) {
  Random random(SeedOf(41));
  JsonHeap heap;
  heap.Begin(nullptr);
  uint32_t good = 0;
  uint32_t bad = 0;
  for (int round = 0; round < 20'000; ++round) {
    const size_t size = random.Below(round % 10 == 0 ? 5000 : 200);
    const std::string inside =
        RandomInside(random, size, random.Below(4) != 0, random.Below(4) == 0);
    const std::string text = inside + "\"" + std::string(64, '"');
    std::string_view expected;
    std::string_view found;
    const bool ok = ReadJsonString(text.data(), text.data() + inside.size() + 1, heap, expected);
    ASSERT_EQ(ReadClosedString(text.data(), text.data() + inside.size(), heap, found), ok)
        << inside;
    (ok ? good : bad) += 1;
    ASSERT_EQ(ok ? found : "", ok ? expected : "") << inside;
  }
  EXPECT_GT(good, 10'000U);
  EXPECT_GT(bad, 100U);
}

TEST(HasBackslash, LooksAtEveryCharacterAndNoMore) {
  for (size_t size = 0; size < 300; ++size) {
    std::string text(size + 64, '\\');
    std::fill_n(text.begin(), size, 'x');
    EXPECT_FALSE(HasBackslash({text.data(), size}));
    for (size_t at = 0; at < size; ++at) {
      text[at] = '\\';
      EXPECT_TRUE(HasBackslash({text.data(), size})) << at << " of " << size;
      text[at] = 'x';
    }
  }
}

}  // namespace
}  // namespace weir::connectors
