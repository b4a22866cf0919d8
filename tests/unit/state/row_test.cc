// Rows as handles of their kinds, in blocks of an arena: what each kind keeps, where it lies, and
// what it leaves alone.
#include "state/row/row.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "state/row/map_rows.h"
#include "state/row/row_arena.h"

namespace weir::state {
namespace {

TEST(TaggedPointerTest, HoldsAddressAndTag) {
  uint64_t there = 0;
  for (const int tag : {0, 1, 0x8000, 0xFFFF}) {
    const TaggedPointer pointer(&there, static_cast<uint16_t>(tag));
    EXPECT_EQ(pointer.address(), &there);
    EXPECT_EQ(pointer.tag(), static_cast<uint64_t>(tag));
    EXPECT_EQ(TaggedPointer::FromWord(pointer.word()), pointer);
    EXPECT_FALSE(pointer.empty());
  }
  EXPECT_TRUE(TaggedPointer().empty());
  EXPECT_TRUE(TaggedPointer(nullptr, 0).empty());
  EXPECT_FALSE(TaggedPointer(nullptr, 7).empty());
}

// As five levels of page tables would give, and as allocators do that mark the top byte.
TEST(TaggedPointerDeathTest, RefusesAddressesOfMoreThan48Bits) {
  for (const uint64_t address : {uint64_t{1} << 48, uint64_t{0x01FF} << 48, uint64_t{0xB4} << 56}) {
    const auto* const pointer = reinterpret_cast<const void*>(address | 0x1000);
    EXPECT_DEATH(TaggedPointer(pointer, 3), "kAddressMask");
  }
}

// Fills all that belongs to a row, so that a neighbour would notice what is not its own.
template <typename Kind>
void Fill(Kind row, size_t header_bytes, size_t row_bytes, int with) {
  std::memset(row.bytes() - header_bytes, with, header_bytes - sizeof(RowState));
  std::memset(row.bytes(), with, row_bytes);
}

template <typename Kind>
bool IsFilled(Kind row, size_t header_bytes, size_t row_bytes, int with) {
  const std::string bytes(std::max(header_bytes, row_bytes), static_cast<char>(with));
  return std::memcmp(row.bytes() - header_bytes, bytes.data(), header_bytes - sizeof(RowState)) ==
             0 &&
         std::memcmp(row.bytes(), bytes.data(), row_bytes) == 0;
}

class RowArenaTest : public testing::TestWithParam<size_t> {};

TEST_P(RowArenaTest, ABlockIsItsRowsAlone) {
  constexpr size_t kRowBytes = 24;
  constexpr int kRows = 3000;  // of several chunks
  RowArena<ValueRow> arena(kRowBytes, GetParam());
  std::vector<ValueRow> rows;
  for (int i = 0; i < kRows; ++i) {
    rows.push_back(arena.Allocate());
    EXPECT_TRUE(IsFilled(rows.back(), GetParam(), kRowBytes, 0));
    Fill(rows.back(), GetParam(), kRowBytes, i % 251 + 1);
  }
  for (int i = 0; i < kRows; i += 2) arena.Free(rows[static_cast<size_t>(i)]);
  EXPECT_EQ(arena.live_rows(), kRows / 2U);
  EXPECT_EQ(arena.live_bytes(), kRows / 2U * (GetParam() + kRowBytes));
  for (int i = 0; i < kRows; i += 2) {
    auto& row = rows[static_cast<size_t>(i)] = arena.Allocate();
    EXPECT_TRUE(IsFilled(row, GetParam(), kRowBytes, 0));
    Fill(row, GetParam(), kRowBytes, i % 251 + 1);
  }
  for (int i = 0; i < kRows; ++i) {
    EXPECT_TRUE(IsFilled(rows[static_cast<size_t>(i)], GetParam(), kRowBytes, i % 251 + 1));
  }
  std::set<void*> visited;
  arena.ForEach([&](ValueRow row) { visited.insert(row.address()); });
  EXPECT_EQ(visited.size(), rows.size());
}

INSTANTIATE_TEST_SUITE_P(Headers, RowArenaTest,
                         testing::Values(kShortRowHeaderBytes, kShortRowHeaderBytes + 8,
                                         kRowHeaderBytes, kRowHeaderBytes + 56));

TEST(RowArenaBlocksTest, AFreeBlockStaysListed) {
  RowArena<ValueRow> arena(8);
  ValueRow row = arena.Allocate();
  row.Set(Row::kListed | Row::kFresh | Row::kTouched | ValueRow::kScanned);
  arena.Free(row);
  EXPECT_TRUE(row.is_free());
  EXPECT_EQ(row.In(ValueRow::Flags(0xFF)), Row::kFree | Row::kListed);
  ASSERT_EQ(arena.Allocate(), row);
  EXPECT_EQ(row.In(ValueRow::Flags(0xFF)), Row::kListed);
}

TEST(RowArenaBlocksTest, EmptyChunksGoWithTheirFreeBlocks) {
  RowArena<ListRow> arena(1000);
  std::vector<ListRow> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(arena.Allocate());
  const uint64_t held = arena.reserved_bytes();
  const uint32_t kept = rows.back().chunk();
  for (const ListRow row : rows) {
    if (row.chunk() != kept) arena.Free(row);
  }
  arena.ReleaseEmptyChunks();
  EXPECT_LT(arena.reserved_bytes(), held);
  // What is handed out now lies in memory that there is.
  for (int i = 0; i < 100; ++i) Fill(arena.Allocate(), kRowHeaderBytes, 1000, 0x55);
}

TEST(RowTest, KindsKeepTheirFieldsApart) {
  RowArena<ListRow> lists(16);
  ListRow first = lists.Allocate();
  ListRow second = lists.Allocate();
  first.set_next(second);
  KeyedRow(first).set_lower_key(11);
  first.set_order(ListRow::kOrderInKey, 12);
  first.set_order(ListRow::OrderBehind(8), 13);
  Row(first).set_stamp(14);
  first.Set(ListRow::kLast);
  EXPECT_EQ(first.next(), second);
  EXPECT_EQ(KeyedRow(first).lower_key(), 11U);
  EXPECT_EQ(KeyedRow(first).upper_key(), 12U);
  EXPECT_EQ(first.order(ListRow::OrderBehind(8)), 13U);
  EXPECT_EQ(Row(first).stamp(), 14U);
  EXPECT_EQ(first.In(ListRow::kLast | ListRow::kWhole | Row::kDeleted), ListRow::kLast);
  EXPECT_EQ(first.chunk(), second.chunk());
}

TEST(RowTest, ARowOfAMapKnowsEntryAndSubKey) {
  ByteArena bytes;
  MapRows rows(8, bytes);
  RowArena<MapEntry> entries(8);
  const MapEntry entry = entries.Allocate();
  for (const size_t size : {0, 1, 7, 8, 9, 63, 64, 65, 70'000}) {
    SCOPED_TRACE(size);
    const std::string sub_key(size, static_cast<char>('a' + size % 26));
    const MapRow row = rows.Allocate(entry, sub_key);
    const MapRow behind = rows.Allocate(nullptr, sub_key);
    EXPECT_EQ(row.parent(), entry);
    EXPECT_EQ(behind.parent(), nullptr);
    EXPECT_EQ(row.sub_key(), sub_key);
    EXPECT_EQ(row.is_far(), size > 64);
    rows.Free(behind);
    EXPECT_EQ(row.sub_key(), sub_key);
    rows.Free(row);
  }
  EXPECT_EQ(rows.live_rows(), 0U);
  EXPECT_EQ(bytes.live_bytes(), 0U);
}

}  // namespace
}  // namespace weir::state
