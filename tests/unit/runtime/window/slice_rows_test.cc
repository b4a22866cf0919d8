#include "runtime/window/slice_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace weir::window {
namespace {

using testing::ElementsAre;

TEST(SliceRows, ComeBackAsTheyWere) {
  const std::vector<std::vector<SliceRows>> samples = {
      {},
      {{0, 0}},
      {{-10'000, 3}, {0, 1}, {10'000, 70'000}},
      {{std::numeric_limits<int64_t>::min(), 1}, {std::numeric_limits<int64_t>::max(), 2}}};
  for (const std::vector<SliceRows>& slices : samples) {
    const Result<std::vector<SliceRows>> read = DecodeSliceRows(EncodeSliceRows(slices));
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    EXPECT_EQ(*read, slices);
  }
}

// Ten thousand windows of a second each must not make every checkpoint larger for ever.
TEST(SliceRows, ManyAreSummedUpInTheLast) {
  std::vector<SliceRows> slices;
  for (int64_t i = 1; i <= 10'000; ++i) slices.push_back({i * 1000, 2});
  const Result<std::vector<SliceRows>> read = DecodeSliceRows(EncodeSliceRows(slices));
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), kMostSlicesNoted);
  EXPECT_EQ(read->front(), (SliceRows{1000, 2}));
  EXPECT_EQ(read->back(), (SliceRows{10'000'000, 2 * (10'000 - 999)}));
}

TEST(SliceRows, EveryCutIsFound) {
  const std::string bytes = EncodeSliceRows(std::vector<SliceRows>{{1000, 3}, {2000, 500}});
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(DecodeSliceRows(bytes.substr(0, size)).ok()) << size;
  EXPECT_FALSE(DecodeSliceRows(bytes + '\0').ok());
  std::string version = bytes;
  version[0] = 2;
  EXPECT_FALSE(DecodeSliceRows(version).ok());
}

TEST(SliceRows, SubtasksAddUp) {
  std::vector<SliceRows> all;
  MergeSliceRows(std::vector<SliceRows>{{10, 1}, {30, 3}}, all);
  MergeSliceRows(std::vector<SliceRows>{{10, 2}, {20, 5}}, all);
  EXPECT_THAT(all, ElementsAre(SliceRows{10, 3}, SliceRows{20, 5}, SliceRows{30, 3}));
}

}  // namespace
}  // namespace weir::window
