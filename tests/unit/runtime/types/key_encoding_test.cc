#include "runtime/types/key_encoding.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/types/batch_keys.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/value.h"
#include "tests/seed.h"
#include "tests/unit/runtime/types/random_batches.h"

namespace weir {
namespace {

std::string KeyOf(const ColumnPtr& column, uint32_t row) {
  std::string key;
  AppendKeyValue(*column, row, key);
  return key;
}

std::string KeyOfText(const Type& type, std::string_view text) {
  ColumnBuilder builder(type);
  EXPECT_TRUE(ParseCell(text, builder).ok()) << text;
  return KeyOf(builder.Finish(), 0);
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

struct Golden {
  Type type;
  std::string_view text;
  std::string_view bytes;
  uint32_t group;  // of 128
};

// What is on disk depends on these: a change needs a new kKeyEncodingVersion and a migration.
TEST(KeyEncoding, NeverChanges) {
  const Golden goldens[] = {
#include "tests/unit/runtime/types/key_goldens.inc"
  };
  for (const Golden& golden : goldens) {
    SCOPED_TRACE(golden.type.ToString() + " " + std::string(golden.text));
    const std::string key = KeyOfText(golden.type, golden.text);
    EXPECT_EQ(Hex(key), golden.bytes);
    EXPECT_EQ(KeyGroupOf(Hash64(key.data(), key.size()), 128), golden.group);
  }
}

TEST(KeyEncoding, IsIndependentOfWidth) {
  EXPECT_EQ(KeyOfText(Type::TinyInt(), "-5"), KeyOfText(Type::BigInt(), "-5"));
  EXPECT_EQ(KeyOfText(Type::Int(), "70000"), KeyOfText(Type::BigInt(), "70000"));
  EXPECT_EQ(KeyOfText(Type::Float(), "1.5"), KeyOfText(Type::Double(), "1.5"));
  EXPECT_EQ(KeyOfText(Type::Decimal(5, 2), "1.25"), KeyOfText(Type::Decimal(30, 2), "1.25"));
  EXPECT_EQ(KeyOfText(Type::Timestamp(3), "2024-01-01 00:00:00.5"),
            KeyOfText(Type::Timestamp(9), "2024-01-01 00:00:00.5"));
}

TEST(KeyEncoding, MakesOneKeyOfZerosAndOfNans) {
  EXPECT_EQ(KeyOfText(Type::Double(), "-0.0"), KeyOfText(Type::Double(), "0.0"));
  ColumnBuilder builder(Type::Double());
  builder.Append(std::nan("1"));
  builder.Append(-std::nan("2"));
  const ColumnPtr nans = builder.Finish();
  EXPECT_EQ(KeyOf(nans, 0), KeyOf(nans, 1));
}

TEST(KeyEncoding, SortsAsTheValuesDo) {
  const std::pair<Type, std::vector<std::string_view>> ascending[] = {
      {Type::Int(), {"NULL", "-2147483648", "-1", "0", "1", "2147483647"}},
      {Type::Double(),
       {"NULL", "-Infinity", "-1.5", "-1.0E-300", "0", "1.0E-300", "2", "Infinity"}},
      {Type::String(), {"NULL", "''", "a", "ab", "abc", "b"}},
      {Type::Decimal(38, 2), {"NULL", "-9999999999999999999999", "-0.01", "0", "0.01", "1"}},
      {Type::Timestamp(9),
       {"NULL", "1969-12-31 23:59:59.999999999", "1970-01-01 00:00:00",
        "1970-01-01 00:00:00.000000001"}},
      {Type::Array(Type::Int()), {"NULL", "[]", "[NULL]", "[1]", "[1, 1]", "[2]"}},
      {Type::Row({{"a", Type::Int()}, {"b", Type::String()}}), {"(1, a)", "(1, b)", "(2, a)"}}};
  for (const auto& [type, texts] : ascending) {
    for (size_t i = 1; i < texts.size(); ++i) {
      EXPECT_LT(KeyOfText(type, texts[i - 1]), KeyOfText(type, texts[i])) << texts[i];
    }
  }
}

TEST(KeyEncoding, EscapesZeroBytes) {
  ColumnBuilder builder(Type::String());
  builder.AppendString(std::string_view("a\0b", 3));
  EXPECT_EQ(Hex(KeyOf(builder.Finish(), 0)), "016100ff620000");
}

// Checks HashKeys of `columns` against the bytes of AppendKey.
void ExpectHashes(const Batch& batch, const std::vector<int>& key_columns) {
  std::vector<ColumnPtr> columns;
  for (const int index : key_columns) columns.push_back(batch.columns[static_cast<size_t>(index)]);
  std::vector<uint64_t> hashes(batch.row_count + 1, 0);
  HashKeys(batch, key_columns, hashes.data());
  ForEachRow(batch, [&](uint32_t row) {
    std::string key;
    AppendKey(columns, row, key);
    ASSERT_EQ(hashes[row], Hash64(key.data(), key.size())) << row;
  });
}

TEST(HashKeys, EqualsTheHashOfTheBytes) {
  const uint64_t seed = 20240917;
  SCOPED_TRACE(seed);
  Random random(SeedOf(seed));
  Batch batch;
  batch.row_count = 200;
  for (const int null_percent : {0, 20}) {
    for (const Type& type : AllTypes()) {
      batch.columns.push_back(RandomColumn(random, type, batch.row_count, null_percent));
    }
    batch.columns.push_back(MakeConstantColumn(Value(Type::Int(), int32_t{7}), batch.row_count));
    batch.columns.push_back(Column::MakeNull(Type::Int(), batch.row_count));
  }
  const int count = static_cast<int>(batch.columns.size());
  for (int i = 0; i < count; ++i) {
    SCOPED_TRACE(batch.columns[static_cast<size_t>(i)]->type().ToString());
    ExpectHashes(batch, {i});
    ExpectHashes(batch, {i, static_cast<int>(random.Below(static_cast<uint64_t>(count)))});
  }
  batch.selection = RandomSelection(random, batch.row_count);
  for (int i = 0; i < count; ++i) {
    ExpectHashes(batch, {i});
    ExpectHashes(batch, {3, i, 4});
  }
  ExpectHashes(batch, {});
}

void ExpectKeys(BatchKeys& keys, const Batch& batch, const std::vector<int>& columns) {
  keys.Encode(batch, columns);
  keys.Hash(batch, columns);
  ASSERT_EQ(keys.size(), batch.size());
  std::vector<ColumnPtr> key;
  for (const int column : columns) key.push_back(batch.columns[static_cast<size_t>(column)]);
  for (uint32_t i = 0; i < batch.size(); ++i) {
    std::string bytes;
    AppendKey(key, batch.RowAt(i), bytes);
    ASSERT_EQ(keys.key(i), bytes) << i;
    ASSERT_EQ(keys.hash(i), Hash64(bytes.data(), bytes.size())) << i;
  }
}

TEST(BatchKeys, AreTheKeysOfTheSelectedRows) {
  const uint64_t seed = 20261120;
  SCOPED_TRACE(seed);
  Random random(SeedOf(seed));
  Batch batch;
  batch.row_count = 150;
  for (const int null_percent : {0, 20}) {
    for (const Type& type : AllTypes()) {
      batch.columns.push_back(RandomColumn(random, type, batch.row_count, null_percent));
    }
    batch.columns.push_back(MakeConstantColumn(Value(Type::Int(), int32_t{7}), batch.row_count));
  }
  BatchKeys keys;  // one for all: nothing of the batch before is left
  for (const bool selected : {false, true}) {
    if (selected) batch.selection = RandomSelection(random, batch.row_count);
    for (int i = 0; i < static_cast<int>(batch.columns.size()); ++i) {
      SCOPED_TRACE(batch.columns[static_cast<size_t>(i)]->type().ToString());
      ExpectKeys(keys, batch, {i});
      ExpectKeys(keys, batch, {i, 4});
    }
    ExpectKeys(keys, batch, {});
  }
}

TEST(GreatestKeyBytes, NoValueTakesMore) {
  Random random(SeedOf(7));
  for (const Type& type : AllTypes()) {
    SCOPED_TRACE(type.ToString());
    const size_t greatest = GreatestKeyBytes(type);
    if (greatest == 0) {
      EXPECT_TRUE(type.is_nested() || type.physical() == PhysicalType::kString);
      continue;
    }
    const ColumnPtr column = RandomColumn(random, type, 100, 10);
    size_t seen = 0;
    for (uint32_t row = 0; row < 100; ++row) seen = std::max(seen, KeyOf(column, row).size());
    EXPECT_EQ(seen, greatest);
  }
}

TEST(DecodeKeys, GivesBackTheValues) {
  const uint64_t seed = 77;
  SCOPED_TRACE(seed);
  Random random(SeedOf(seed));
  for (const Type& type : AllTypes()) {
    SCOPED_TRACE(type.ToString());
    const ColumnPtr column = RandomColumn(random, type, 100, 10);
    std::vector<std::string> keys;
    for (uint32_t row = 0; row < 100; ++row) keys.push_back(KeyOf(column, row));
    const std::vector<std::string_view> views(keys.begin(), keys.end());
    const auto decoded = DecodeKeys(views, std::vector<Type>{type});
    ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
    for (uint32_t row = 0; row < 100; ++row) {
      EXPECT_EQ(KeyOf((*decoded)[0], row), keys[row]);
    }
  }
}

// Columns that are the same in all keys, NULL among them, beside others, before and behind them.
TEST(DecodeKeys, GivesBackWhatAllKeysShare) {
  Random random(SeedOf(78));
  const std::vector<Type> all = AllTypes();
  for (int round = 0; round < 300; ++round) {
    const auto rows = static_cast<uint32_t>(1 + random.Below(6));
    std::vector<Type> types;
    std::vector<ColumnPtr> columns;
    for (uint64_t i = 0, count = 1 + random.Below(3); i < count; ++i) {
      types.push_back(all[random.Below(all.size())]);
      columns.push_back(RandomColumn(random, types.back(), rows, 10));
      if (random.Below(2) == 0) columns.back() = RepeatRow(*columns.back(), 0, rows);
    }
    std::vector<std::string> keys(rows);
    for (uint32_t row = 0; row < rows; ++row) AppendKey(columns, row, keys[row]);
    const auto decoded = DecodeKeys(std::vector<std::string_view>(keys.begin(), keys.end()), types);
    ASSERT_TRUE(decoded.ok()) << decoded.status().ToString();
    for (uint32_t row = 0; row < rows; ++row) {
      std::string again;
      AppendKey(*decoded, row, again);
      ASSERT_EQ(again, keys[row]) << "row " << row;
    }
  }
}

TEST(DecodeKeys, RefusesMalformedBytes) {
  const std::vector<Type> types = {Type::Int()};
  const std::string good = KeyOfText(Type::Int(), "5");
  for (const std::string& bad :
       {std::string(), good.substr(0, 4), good + "x", std::string("\x02")}) {
    const std::vector<std::string_view> keys = {bad};
    EXPECT_EQ(DecodeKeys(keys, types).status().code(), StatusCode::kCorruption);
  }
  const std::vector<std::string_view> unterminated = {
      std::string_view("\x01"
                       "abc",
                       4)};
  EXPECT_FALSE(DecodeKeys(unterminated, std::vector<Type>{Type::String()}).ok());
}

TEST(KeyGroups, RangesPartitionThem) {
  for (const uint32_t max_parallelism : {1U, 7U, 128U}) {
    for (uint32_t parallelism = 1; parallelism <= max_parallelism; ++parallelism) {
      uint32_t next = 0;
      for (uint32_t subtask = 0; subtask < parallelism; ++subtask) {
        const KeyGroupRange range = KeyGroupsOfSubtask(subtask, parallelism, max_parallelism);
        ASSERT_EQ(range.first, next);
        for (uint32_t group = range.first; group < range.end; ++group) {
          ASSERT_EQ(SubtaskOfKeyGroup(group, parallelism, max_parallelism), subtask);
        }
        next = range.end;
      }
      ASSERT_EQ(next, max_parallelism);
    }
  }
}

TEST(KeyEncoding, MakesOneKeyOfMapsWithEqualEntries) {
  const Type map = Type::Map(Type::String(), Type::Array(Type::Int()));
  EXPECT_EQ(KeyOfText(map, "{b=[1, 2], a=[]}"), KeyOfText(map, "{a=[], b=[1, 2]}"));
  EXPECT_NE(KeyOfText(map, "{b=[1, 2], a=[]}"), KeyOfText(map, "{a=[1, 2], b=[]}"));
  EXPECT_NE(KeyOfText(map, "{a=[1, 2]}"), KeyOfText(map, "{a=[1], b=[2]}"));
}

TEST(CheckHasOrder, RefusesMapsAtAnyDepth) {
  EXPECT_TRUE(CheckHasOrder(Type::Array(Type::Int())).ok());
  const Type map = Type::Map(Type::Int(), Type::Int());
  EXPECT_EQ(CheckHasOrder(map).code(), StatusCode::kUnsupported);
  EXPECT_FALSE(CheckHasOrder(Type::Row({{"m", map}})).ok());
  EXPECT_FALSE(CheckHasOrder(Type::Multiset(Type::Int())).ok());
}

}  // namespace
}  // namespace weir
