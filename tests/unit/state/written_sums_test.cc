#include "state/files/written_sums.h"

#include <gtest/gtest.h>

namespace weir::state {
namespace {

TEST(WrittenSums, GoWithTheFile) {
  WrittenSums sums;
  sums.Set("a", {7, 1});
  EXPECT_EQ(sums.Find("a")->bytes, 7U);
  EXPECT_FALSE(sums.Find("b"));
  sums.Link("a", "b");
  sums.Forget("a");
  EXPECT_FALSE(sums.Find("a"));
  EXPECT_EQ(sums.Find("b")->crc32c, 1U);
}

TEST(WrittenSums, AFileThatNobodySummedReplacesOneThatHasASum) {
  WrittenSums sums;
  sums.Set("a", {7, 1});
  sums.Link("unknown", "a");
  EXPECT_FALSE(sums.Find("a"));
}

}  // namespace
}  // namespace weir::state
