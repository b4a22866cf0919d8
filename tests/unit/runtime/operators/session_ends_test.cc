// Which keys are due when time passes: those whose noted end has come, and no others.
#include "runtime/operators/time/session_ends.h"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/seed.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kLength = 100;  // of a stretch
constexpr size_t kAllEnds = SIZE_MAX;

class SessionEndsTest : public ::testing::Test {
 protected:
  SessionEndsTest() { ends_.Open(kLength); }

  std::vector<std::string> Due(int64_t watermark, size_t about = kAllEnds) {
    std::vector<std::string_view> keys;
    const bool any = ends_.TakeDue(watermark, about, keys);
    EXPECT_EQ(any, !keys.empty());
    std::ranges::sort(keys);
    return {keys.begin(), keys.end()};
  }

  SessionEnds ends_;
};

TEST_F(SessionEndsTest, OnlyKeysThatAreDueAreTaken) {
  ends_.Note("a", 110);
  ends_.Note("b", 150);
  ends_.Note("c", 190);
  ends_.Note("d", 350);
  EXPECT_THAT(Due(108), IsEmpty());
  EXPECT_THAT(Due(109), ElementsAre("a"));
  EXPECT_EQ(ends_.next_end(), 150);
  EXPECT_THAT(Due(188), ElementsAre("b"));
  EXPECT_EQ(ends_.next_end(), 190);
  EXPECT_THAT(Due(500), ElementsAre("c", "d"));
  EXPECT_EQ(ends_.next_end(), SessionEnds::kNever);
  EXPECT_EQ(ends_.bytes(), 0U);
}

TEST_F(SessionEndsTest, AKeyMayBeNotedTwice) {
  ends_.Note("a", 180);
  ends_.Note("a", 120);
  EXPECT_THAT(Due(119), ElementsAre("a"));
  EXPECT_THAT(Due(178), IsEmpty());
  EXPECT_THAT(Due(179), ElementsAre("a"));
}

TEST_F(SessionEndsTest, TakesWholeStretchesUntilThereAreEnough) {
  for (const int64_t end : {110, 120, 130, 210, 310}) ends_.Note(std::to_string(end), end);
  EXPECT_THAT(Due(1000, 2), ElementsAre("110", "120", "130"));
  EXPECT_THAT(Due(1000, 2), ElementsAre("210", "310"));
}

// However many keys are due at once: in the order of their ends, a few at a time.
TEST_F(SessionEndsTest, CutsAStretchThatHoldsTooMany) {
  constexpr int kKeys = 20'000;
  for (int i = 0; i < kKeys; ++i) ends_.Note(std::to_string(i), 200 + i * 7 % 80);
  ends_.Note("later", 290);
  std::vector<std::string_view> keys;
  int taken = 0;
  int64_t last = 0;
  while (ends_.TakeDue(280, 100, keys)) {
    ASSERT_LE(keys.size(), 500U);
    int64_t greatest = last;
    for (const std::string_view key : keys) {
      const int64_t end = 200 + std::stoll(std::string(key)) * 7 % 80;
      ASSERT_GE(end, last);
      greatest = std::max(greatest, end);
    }
    last = greatest;
    taken += static_cast<int>(keys.size());
  }
  EXPECT_EQ(taken, kKeys);
  EXPECT_EQ(ends_.next_end(), 290);
  EXPECT_THAT(Due(289), ElementsAre("later"));
  EXPECT_EQ(ends_.bytes(), 0U);
}

TEST_F(SessionEndsTest, TimesBeforeTheEpochAndAtTheEdges) {
  ends_.Note("first", INT64_MIN);
  ends_.Note("second", INT64_MIN + 1);
  ends_.Note("before", -250);
  ends_.Note("last", INT64_MAX);
  EXPECT_THAT(Due(INT64_MIN), ElementsAre("first", "second"));
  EXPECT_THAT(Due(-252), IsEmpty());
  EXPECT_THAT(Due(-251), ElementsAre("before"));
  EXPECT_THAT(Due(INT64_MAX - 2), IsEmpty());
  EXPECT_THAT(Due(INT64_MAX), ElementsAre("last"));
}

TEST_F(SessionEndsTest, AsAMultimapWould) {
  std::mt19937_64 random(SeedOf(5));
  std::multimap<int64_t, std::string> model;
  int64_t watermark = -5000;
  for (int step = 0; step < 20000; ++step) {
    if (random() % 4 != 0) {
      const int64_t end = watermark + static_cast<int64_t>(random() % 900);
      const std::string key(random() % 300, static_cast<char>('a' + random() % 26));
      ends_.Note(key, end);
      model.emplace(end, key);
      continue;
    }
    watermark += static_cast<int64_t>(random() % 120);
    std::vector<std::string> wanted;
    while (!model.empty() && model.begin()->first - 1 <= watermark) {
      wanted.push_back(model.begin()->second);
      model.erase(model.begin());
    }
    std::ranges::sort(wanted);
    ASSERT_EQ(Due(watermark), wanted);
    ASSERT_EQ(ends_.next_end(), model.empty() ? SessionEnds::kNever : model.begin()->first);
  }
}

}  // namespace
}  // namespace weir::operators
