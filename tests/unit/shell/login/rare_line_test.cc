// What strangers can have logged comes once a minute.
#include "shell/login/rare_line.h"

#include <gtest/gtest.h>

namespace weir::shell {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(RareLine, ComesAtOnceAndThenOnceAMinuteWithItsNumber) {
  RareLine line;
  EXPECT_EQ(line.Count(0), "");
  for (int i = 0; i < 10'000; ++i) EXPECT_EQ(line.Count(kSecond), std::nullopt);
  EXPECT_EQ(line.Count(60 * kSecond - 1), std::nullopt);
  EXPECT_EQ(line.Count(60 * kSecond), ", 10002 times since the last line");
  EXPECT_EQ(line.Count(61 * kSecond), std::nullopt);
  EXPECT_EQ(line.Count(500 * kSecond), ", 2 times since the last line");
  EXPECT_EQ(line.Count(600 * kSecond), "");
}

}  // namespace
}  // namespace weir::shell
