// The order of records against std::sort of their keys.
#include "state/table/records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/seed.h"

namespace weir::state {
namespace {

// `make` draws a key; equal ones are drawn again.
using MakeKey = std::function<std::string(std::mt19937&)>;

void ExpectSorted(size_t records, size_t sets, uint32_t seed, const MakeKey& make) {
  std::mt19937 random(SeedOf(seed));
  std::set<std::string> keys;
  std::vector<RecordSet> all(sets);
  while (keys.size() < records) {
    const std::string key = make(random);
    if (!keys.insert(key).second) continue;
    RecordSet& set = all[random() % sets];
    set.bytes() += key;
    set.EndKey();
    if (random() % 5 == 0) {
      set.EndDeleted();
    } else {
      set.bytes() += "value of " + key;
      set.EndValue();
    }
  }
  std::vector<const RecordSet*> pointers;
  for (const RecordSet& set : all) pointers.push_back(&set);
  std::vector<std::string> sorted;
  for (const RecordPlace& place : SortedOrder(pointers)) {
    const RecordSet::Record record = all[place.set][place.number];
    sorted.emplace_back(record.key);
    if (record.deleted) continue;
    EXPECT_EQ(record.value, "value of " + sorted.back());
  }
  // std::set orders strings by unsigned bytes.
  EXPECT_EQ(sorted, std::vector<std::string>(keys.begin(), keys.end()));
}

std::string Bytes(std::mt19937& random, size_t count, uint32_t values) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes += static_cast<char>(random() % values);
  return bytes;
}

class RecordOrder : public testing::TestWithParam<size_t> {};

TEST_P(RecordOrder, OfNumbersBehindKeyGroups) {
  ExpectSorted(GetParam(), 3, 1, [](std::mt19937& random) {
    // A key group, a tag, a BIGINT: what most tables have.
    return std::string(1, '\0') + Bytes(random, 1, 128) + "\x01\x80" + std::string(4, '\0') +
           Bytes(random, 3, 256);
  });
}

TEST_P(RecordOrder, OfKeysWithManySubKeys) {
  ExpectSorted(GetParam(), 2, 2, [](std::mt19937& random) {
    return std::string("\0\1\1\x80\0\0\0\0\0\0", 10) + Bytes(random, 1, 3) +
           "a long common part of sub-keys " + Bytes(random, 1 + random() % 20, 256);
  });
}

TEST_P(RecordOrder, OfKeysThatEndInZeros) {
  ExpectSorted(GetParam(), 2, 3, [](std::mt19937& random) {
    return std::string(random() % 3 * 16, 'x') + Bytes(random, random() % 24, 2);
  });
}

// Two of them behind the first 16 bytes; a few keys leave the first of these early, or end in it.
TEST_P(RecordOrder, OfCommonPartsThatAFewDoNotKeepTo) {
  ExpectSorted(GetParam(), 2, 6, [](std::mt19937& random) {
    std::string key = std::string(20, 'k') + "apple 2026-11-21 " + Bytes(random, 2, 256) +
                      std::string(30, 'c') + Bytes(random, 1 + random() % 3, 256);
    if (random() % 40 == 0) key[16 + random() % 20] ^= 1;
    if (random() % 40 == 0) key.resize(16 + random() % 20);
    return key;
  });
}

TEST_P(RecordOrder, OfRandomBytes) {
  ExpectSorted(GetParam(), 4, 4,
               [](std::mt19937& random) { return Bytes(random, 3 + random() % 40, 256); });
}

TEST_P(RecordOrder, OfVeryLongCommonParts) {
  ExpectSorted(std::min<size_t>(GetParam(), 300), 1, 5, [](std::mt19937& random) {
    return std::string(10'000, 'p') + Bytes(random, 4, 256);
  });
}

INSTANTIATE_TEST_SUITE_P(Sizes, RecordOrder,
                         testing::Values(0, 1, 2, 7, 8, 9, 100, 511, 512, 5000));

TEST(RecordSetOrder, NumbersItsRecords) {
  RecordSet set;
  for (const char* key : {"c", "a", "", "b"}) {
    set.bytes() += key;
    set.EndKey();
    set.EndValue();
  }
  EXPECT_EQ(set.SortedOrder(), (std::vector<uint32_t>{2, 1, 3, 0}));
}

std::string Text(const std::vector<KeyRange>& ranges) {
  std::string text;
  for (const KeyRange& range : ranges) text += range.begin + "-" + range.end + " ";
  return text;
}

TEST(AddRanges, ReplacesTheLastOnesWhenAllLieWithin) {
  std::vector<KeyRange> ranges;
  AddRanges({{"a", "a3"}, {"b", "b3"}}, ranges);
  AddRanges({{"a", "a5"}, {"b", "b5"}}, ranges);
  EXPECT_EQ(Text(ranges), "a-a5 b-b5 ");
  AddRanges({{"a6", "a9"}, {"b6", "b9"}}, ranges);
  EXPECT_EQ(Text(ranges), "a-a5 b-b5 a6-a9 b6-b9 ");
  AddRanges({{"a6", "a7"}, {"b", "b9"}}, ranges);  // of one group it holds the last, not of all
  EXPECT_EQ(Text(ranges), "a-a5 b-b5 a6-a9 b6-b9 a6-a7 b-b9 ");
  AddRanges({{"c", "d"}}, ranges);
  EXPECT_EQ(Text(ranges), "a-a5 b-b5 a6-a9 b6-b9 a6-a7 b-b9 c-d ");
}

}  // namespace
}  // namespace weir::state
