// Rows grouped by key and by state row, against a map from key to rows.
#include <gmock/gmock.h>

#include <map>
#include <string>

#include "runtime/base/random.h"
#include "runtime/operators/key_groups.h"
#include "runtime/operators/row_groups.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/key_encoding.h"
#include "tests/seed.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// The rows of each key in order of first occurrence.
template <typename Key>
struct GroupingModel {
  std::map<Key, size_t> numbers;
  std::vector<std::vector<uint32_t>> rows;
  void Add(const Key& key, uint32_t row) {
    const auto [known, fresh] = numbers.try_emplace(key, rows.size());
    if (fresh) rows.emplace_back();
    rows[known->second].push_back(row);
  }
};

template <typename Key>
void ExpectEqual(const GroupedRows& grouped, const GroupingModel<Key>& model, size_t count) {
  ASSERT_EQ(grouped.size(), model.rows.size());
  ASSERT_EQ(grouped.group_of().size(), count);
  for (size_t group = 0; group < model.rows.size(); ++group) {
    EXPECT_EQ(grouped.firsts()[group], model.rows[group].front());
    for (const uint32_t row : model.rows[group]) EXPECT_EQ(grouped.group_of()[row], group);
  }
}

Batch Keyed(const std::string& rows) {
  return ParseBatch(rows, Schema{{{"a", Type::Int()}, {"b", Type::String()}}}).value();
}

std::vector<uint64_t> HashesOf(const Batch& batch, const std::vector<int>& keys) {
  std::vector<uint64_t> hashes(batch.row_count);
  HashKeys(batch, keys, hashes.data());
  return hashes;
}

TEST(KeyGroupsTest, NullsAreOneKeyAndColumnsAreApart) {
  const Batch batch = Keyed("1, x / NULL, x / 1, y / NULL, x / 1, x / NULL, NULL");
  KeyGroups groups;
  const std::vector<int> both = {0, 1};
  groups.Collect(batch, both, HashesOf(batch, both).data());
  EXPECT_THAT(groups.firsts(), ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(groups.group_of(), ElementsAre(0, 1, 2, 1, 0, 3));
  const std::vector<int> first = {0};
  groups.Collect(batch, first, HashesOf(batch, first).data());
  EXPECT_THAT(groups.group_of(), ElementsAre(0, 1, 0, 1, 0, 1));
}

TEST(KeyGroupsTest, WithoutKeysAllRowsAreOne) {
  const Batch batch = Keyed("1, x / 2, y / 3, z");
  KeyGroups groups;
  groups.Collect(batch, {}, HashesOf(batch, {}).data());
  EXPECT_EQ(groups.size(), 1U);
  EXPECT_THAT(groups.group_of(), ElementsAre(0, 0, 0));
}

TEST(KeyGroupsTest, EqualHashesAreNotEnough) {
  const Batch batch = Keyed("1, x / 2, x / 1, x / 3, x");
  const std::vector<uint64_t> hashes(4, 42);
  KeyGroups groups;
  const std::vector<int> keys = {0};
  groups.Collect(batch, keys, hashes.data());
  EXPECT_EQ(groups.size(), 3U);
  EXPECT_THAT(groups.group_of(), ElementsAre(0, 1, 0, 2));
}

// Numbers are compared without their bytes where there is no NULL among them.
TEST(KeyGroupsTest, NumbersOfOneHashAreApart) {
  for (const bool null : {false, true}) {
    SCOPED_TRACE(null);
    std::vector<Value> values;
    for (const int64_t number : {5, -1, 5, 0, -1, 7}) values.push_back({Type::BigInt(), number});
    if (null) values.push_back(Value::Null(Type::BigInt()));
    Batch batch;
    batch.row_count = static_cast<uint32_t>(values.size());
    batch.columns.push_back(MakeColumn(Type::BigInt(), values));
    const std::vector<uint64_t> hashes(values.size(), 42);
    KeyGroups groups;
    const std::vector<int> keys = {0};
    groups.Collect(batch, keys, hashes.data());
    EXPECT_EQ(groups.size(), null ? 5U : 4U);
    EXPECT_THAT(groups.group_of().first(6), ElementsAre(0, 1, 0, 2, 1, 3));
    // A constant is one group.
    batch.columns = {MakeConstantColumn(Value(Type::BigInt(), int64_t{5}), batch.row_count)};
    groups.Collect(batch, keys, hashes.data());
    EXPECT_EQ(groups.size(), 1U);
  }
}

TEST(KeyGroupsTest, NoRowsAreNoGroups) {
  const Batch some = Keyed("1, x");
  Batch none = some;
  none.row_count = 0;
  none.columns = {GatherColumn(*some.columns[0], nullptr, 0),
                  GatherColumn(*some.columns[1], nullptr, 0)};
  KeyGroups groups;
  const std::vector<int> keys = {0};
  groups.Collect(some, keys, HashesOf(some, keys).data());
  groups.Collect(none, keys, nullptr);
  EXPECT_EQ(groups.size(), 0U);
  EXPECT_THAT(groups.firsts(), IsEmpty());
}

TEST(KeyGroupsTest, AgreesWithAMapFromBatchToBatch) {
  Random random(SeedOf(5));
  KeyGroups groups;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const auto rows = static_cast<uint32_t>(1 + random.Below(round % 10 == 0 ? 3000 : 50));
    const uint64_t distinct = 1 + random.Below(rows);
    std::vector<Value> values;
    GroupingModel<int64_t> model;
    for (uint32_t row = 0; row < rows; ++row) {
      const auto key = static_cast<int64_t>(random.Below(distinct));
      values.push_back(Value(Type::BigInt(), key));
      model.Add(key, row);
    }
    Batch batch;
    batch.row_count = rows;
    batch.columns.push_back(MakeColumn(Type::BigInt(), values));
    const std::vector<int> keys = {0};
    groups.Collect(batch, keys, HashesOf(batch, keys).data());
    ExpectEqual(groups, model, rows);
  }
}

// All keys of one key group, as in a subtask of a job with many: still found in steps that do not
// grow with their number.
TEST(KeyGroupsTest, KeysOfOneKeyGroupDoNotCrowd) {
  std::vector<Value> all;
  for (int64_t key = 0; key < 60'000; ++key) all.push_back({Type::BigInt(), key});
  Batch every;
  every.row_count = static_cast<uint32_t>(all.size());
  every.columns.push_back(MakeColumn(Type::BigInt(), all));
  const std::vector<int> keys = {0};
  const std::vector<uint64_t> hashes = HashesOf(every, keys);
  std::vector<Value> values;
  for (size_t row = 0; row < all.size(); ++row) {
    if (KeyGroupOf(hashes[row], kDefaultMaxParallelism) == 7) values.push_back(all[row]);
  }
  ASSERT_GT(values.size(), 300U);
  Batch batch;
  batch.row_count = static_cast<uint32_t>(values.size());
  batch.columns.push_back(MakeColumn(Type::BigInt(), values));
  KeyGroups groups;
  groups.Collect(batch, keys, HashesOf(batch, keys).data());
  EXPECT_EQ(groups.size(), values.size());
}

TEST(RowGroupsTest, AgreesWithAMapFromBatchToBatch) {
  Random random(SeedOf(6));
  std::vector<std::byte> memory(80'000);
  RowGroups groups;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const size_t rows = random.Below(round % 10 == 0 ? 5000 : 40);
    const uint64_t distinct = 1 + random.Below(500);
    const uint64_t stride = 8 << random.Below(4);  // rows of tables lie at even distances
    std::vector<std::byte*> pointers;
    GroupingModel<std::byte*> model;
    for (uint32_t row = 0; row < rows; ++row) {
      std::byte* pointer = memory.data() + random.Below(distinct) * stride;
      pointers.push_back(pointer);
      model.Add(pointer, row);
    }
    groups.Collect(pointers);
    ExpectEqual(groups, model, rows);
    for (size_t group = 0; group < model.rows.size(); ++group) {
      EXPECT_THAT(groups.RowsOf(group), ElementsAreArray(model.rows[group]));
    }
  }
}

// Pointers that differ only in what a slot does not keep of their hash.
TEST(RowGroupsTest, HalfAHashIsNotEnough) {
  constexpr uint64_t kFactor = 0x9E3779B97F4A7C15ULL;  // of RowGroups
  uint64_t inverse = kFactor;
  for (int i = 0; i < 6; ++i) inverse *= 2 - kFactor * inverse;
  ASSERT_EQ(inverse * kFactor, 1U);
  std::vector<std::byte*> pointers;
  GroupingModel<std::byte*> model;
  for (uint64_t low = 0; pointers.size() < 300; ++low) {
    const uint64_t address = (uint64_t{0x12345678} << 32 | low) * inverse;
    if (address >> 61 != 0) continue;
    auto* const pointer = reinterpret_cast<std::byte*>(address << 3);  // never read
    model.Add(pointer, static_cast<uint32_t>(pointers.size()));
    pointers.push_back(pointer);
  }
  RowGroups groups;
  groups.Collect(pointers);
  ExpectEqual(groups, model, pointers.size());
}

}  // namespace
}  // namespace weir::operators
