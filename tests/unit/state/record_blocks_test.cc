#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>

#include "state/table/records.h"
#include "tests/seed.h"

namespace weir::state {
namespace {

// One that is written as a task writes it: piece by piece.
void Write(const std::string& key, const std::optional<std::string>& value, RecordSet& set) {
  set.bytes() += key.substr(0, key.size() / 2);
  set.bytes() += key.substr(key.size() / 2);
  set.EndKey();
  if (!value) return set.EndDeleted();
  set.bytes() += *value;
  set.EndValue();
}

// Records over many blocks, and one that is longer than a block: all come back, in any order.
TEST(RecordBlocks, HoldsWhatWasAppendedAcrossBlocks) {
  std::mt19937_64 random(SeedOf(7));
  std::map<std::string, std::optional<std::string>> want;
  RecordSet set;
  uint64_t bytes = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string key = std::to_string(random());
    std::optional<std::string> value;
    if (i % 5 != 0) value = std::string(random() % 300, static_cast<char>('a' + i % 26));
    if (i == 20'000) value = std::string(3 << 20, 'x');
    if (!want.emplace(key, value).second) continue;
    Write(key, value, set);
    bytes += key.size() + (value ? value->size() : 0);
  }
  ASSERT_EQ(set.size(), want.size());
  EXPECT_EQ(set.byte_count(), bytes);
  const std::vector<uint32_t> order = set.SortedOrder();
  ASSERT_EQ(order.size(), want.size());
  size_t at = 0;
  for (const auto& [key, value] : want) {
    const RecordSet::Record record = set[order[at++]];
    ASSERT_EQ(record.key, key);
    ASSERT_EQ(record.deleted, !value.has_value());
    ASSERT_EQ(record.value, value.value_or(""));
  }
}

TEST(RecordBlocks, CopiesOfRecordsAreEqual) {
  RecordSet set;
  for (int i = 0; i < 30'000; ++i) Write(std::to_string(i), std::string(100, 'v'), set);
  RecordSet copy;
  for (size_t i = 0; i < set.size(); ++i) copy.Append(set[i]);
  ASSERT_EQ(copy.size(), set.size());
  EXPECT_EQ(copy.byte_count(), set.byte_count());
  for (const size_t i : {0, 1, 12'345, 29'999}) {
    EXPECT_EQ(copy[i].key, std::to_string(i));
    EXPECT_EQ(copy[i].value, set[i].value);
  }
}

// What has been appended stays where it is: the reason why a pause does not grow with the state.
TEST(RecordBlocks, FullBlocksDoNotMove) {
  RecordSet set;
  Write("first", std::string(1 << 20, 'a'), set);
  const char* const where = set[0].value.data();
  for (int i = 0; i < 100'000; ++i) Write(std::to_string(i), std::string(100, 'v'), set);
  EXPECT_EQ(set[0].value.data(), where);
  EXPECT_EQ(set[0].key, "first");
}

TEST(RecordBlocks, AnEmptyOneHasNothing) {
  const RecordSet set;
  EXPECT_EQ(set.size(), 0U);
  EXPECT_EQ(set.byte_count(), 0U);
  EXPECT_TRUE(set.SortedOrder().empty());
}

}  // namespace
}  // namespace weir::state
