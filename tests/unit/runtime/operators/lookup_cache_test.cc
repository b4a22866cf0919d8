// What a lookup keeps of a table that is asked key by key, by a clock that stands still.
#include "runtime/operators/join/lookup_cache.h"

#include <gtest/gtest.h>

#include "runtime/types/column_builder.h"
#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {
namespace {

KeyRows RowsOf(std::vector<int64_t> values) {
  ColumnBuilder builder(Type::BigInt());
  for (const int64_t value : values) builder.Append(value);
  KeyRows rows;
  rows.row_count = static_cast<uint32_t>(values.size());
  rows.columns.push_back(builder.Finish());
  return rows;
}

class LookupCacheTest : public ::testing::Test {
 protected:
  graph::CacheRule rule_{.keeps = true};
  ManualClock clock_;
};

TEST_F(LookupCacheTest, ForgetsTheKeyThatWasUnusedForLongest) {
  rule_.max_keys = 2;
  LookupCache cache(rule_, clock_, 0);
  cache.Put("a", RowsOf({1}));
  cache.Put("b", RowsOf({2, 3}));
  EXPECT_EQ(cache.rows(), 3u);
  ASSERT_NE(cache.Find("a"), nullptr);
  cache.Put("c", RowsOf({4}));
  EXPECT_EQ(cache.Find("b"), nullptr);
  ASSERT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("a")->columns[0]->ValueAt<int64_t>(0), 1);
  EXPECT_NE(cache.Find("c"), nullptr);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.rows(), 2u);
}

TEST_F(LookupCacheTest, ExpiresAfterItWasWrittenWhoeverUsesIt) {
  rule_.expire_after_write_millis = 100;
  LookupCache cache(rule_, clock_, 0);
  cache.Put("a", RowsOf({1}));
  clock_.now.millis += 60;
  EXPECT_NE(cache.Find("a"), nullptr);
  clock_.now.millis += 39;
  EXPECT_NE(cache.Find("a"), nullptr);
  clock_.now.millis += 1;
  EXPECT_EQ(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(cache.bytes(), 0u);
  cache.Put("a", RowsOf({2}));
  clock_.now.millis += 99;
  EXPECT_NE(cache.Find("a"), nullptr);
}

TEST_F(LookupCacheTest, ExpiresAfterItWasUsed) {
  rule_.expire_after_access_millis = 100;
  LookupCache cache(rule_, clock_, 0);
  cache.Put("a", RowsOf({1}));
  for (int i = 0; i < 5; ++i) {
    clock_.now.millis += 99;
    EXPECT_NE(cache.Find("a"), nullptr);
  }
  clock_.now.millis += 100;
  EXPECT_EQ(cache.Find("a"), nullptr);
}

TEST_F(LookupCacheTest, KeepsMissingKeysWhereTheRuleSaysSo) {
  LookupCache keeps(rule_, clock_, 0);
  keeps.Put("a", RowsOf({}));
  ASSERT_NE(keeps.Find("a"), nullptr);
  EXPECT_EQ(keeps.Find("a")->row_count, 0u);
  rule_.keeps_missing = false;
  LookupCache forgets(rule_, clock_, 0);
  forgets.Put("b", RowsOf({1}));
  forgets.Put("b", RowsOf({}));
  EXPECT_EQ(forgets.Find("b"), nullptr) << "what it had is no answer any more";
  EXPECT_EQ(forgets.size(), 0u);
}

TEST_F(LookupCacheTest, TakesNoMoreMemoryThanItMay) {
  LookupCache cache(rule_, clock_, 100'000);
  for (int i = 0; i < 10'000; ++i) {
    cache.Put(std::to_string(i), RowsOf({i}));
    ASSERT_LE(cache.bytes(), 100'000u);
  }
  EXPECT_NE(cache.Find("9999"), nullptr);
  EXPECT_EQ(cache.Find("0"), nullptr);
  EXPECT_GT(cache.size(), 50u);
}

}  // namespace
}  // namespace weir::operators
