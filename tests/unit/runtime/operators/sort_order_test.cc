// Sort keys as bytes: memcmp orders random rows of every type as their values are ordered.
#include "runtime/operators/rank/sort_order.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "runtime/types/batch_text.h"
#include "tests/seed.h"
#include "tests/unit/runtime/types/random_batches.h"

namespace weir::operators {
namespace {

int Sign(int value) {
  return value < 0 ? -1 : value > 0 ? 1 : 0;
}

// The order of values that SQL has, -1, 0 or 1. REQUIRES: neither is NULL.
int CompareValues(const Column& column, uint32_t a, uint32_t b) {
  return DispatchPhysical(column.type().physical(), [&]<typename T>() {
    const T& left = column.ValueAt<T>(a);
    const T& right = column.ValueAt<T>(b);
    if constexpr (std::is_same_v<T, StringRef>) {
      return Sign(left.view().compare(right.view()));
    } else {
      return left < right ? -1 : right < left ? 1 : 0;
    }
  });
}

int CompareRows(const std::vector<ColumnPtr>& columns, const std::vector<graph::SortKey>& keys,
                uint32_t a, uint32_t b) {
  for (size_t i = 0; i < keys.size(); ++i) {
    const Column& column = *columns[i];
    const bool null_a = column.IsNull(a);
    const bool null_b = column.IsNull(b);
    if (null_a != null_b) return null_a == keys[i].nulls_first ? -1 : 1;
    if (null_a) continue;
    const int order = CompareValues(column, a, b);
    if (order != 0) return keys[i].descending ? -order : order;
  }
  return 0;
}

// Types whose values order as their C++ values do.
std::vector<Type> Sortable() {
  std::vector<Type> types;
  for (const Type& type : AllTypes()) {
    if (!type.is_nested()) types.push_back(type);
  }
  return types;
}

TEST(SortOrderTest, AgreesWithTheValuesOfEveryType) {
  Random random(SeedOf(21));
  for (const Type& type : Sortable()) {
    for (const bool descending : {false, true}) {
      for (const bool nulls_first : {false, true}) {
        SCOPED_TRACE(type.ToString() + (descending ? " DESC" : "") +
                     (nulls_first ? " NULLS FIRST" : " NULLS LAST"));
        const std::vector<ColumnPtr> columns = {RandomColumn(random, type, 40, 20)};
        const std::vector<graph::SortKey> keys = {{0, descending, nulls_first}};
        SortOrder order;
        order.Encode(columns, keys, 40);
        ASSERT_EQ(order.size(), 40U);
        for (uint32_t a = 0; a < 40; ++a) {
          for (uint32_t b = 0; b < 40; ++b) {
            EXPECT_EQ(Sign(order[a].compare(order[b])), CompareRows(columns, keys, a, b))
                << a << ", " << b;
          }
        }
      }
    }
  }
}

TEST(SortOrderTest, AgreesOverSeveralKeys) {
  Random random(SeedOf(22));
  const std::vector<Type> types = Sortable();
  SortOrder order;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    std::vector<ColumnPtr> columns;
    std::vector<graph::SortKey> keys;
    for (uint64_t i = 1 + random.Below(3); i > 0; --i) {
      // Few values, so that later keys decide.
      const Type& type = types[random.Below(types.size())];
      const ColumnPtr few = RandomColumn(random, type, 3, 30);
      std::vector<uint32_t> ids(30);
      for (uint32_t& id : ids) id = static_cast<uint32_t>(random.Below(3));
      columns.push_back(GatherColumn(*few, ids.data(), 30));
      keys.push_back({static_cast<int>(i), random.Below(2) == 0, random.Below(2) == 0});
    }
    order.Encode(columns, keys, 30);
    for (uint32_t a = 0; a < 30; ++a) {
      for (uint32_t b = 0; b < 30; ++b) {
        EXPECT_EQ(Sign(order[a].compare(order[b])), CompareRows(columns, keys, a, b));
      }
    }
  }
}

TEST(SortOrderTest, NoRowIsAPrefixOfAnother) {
  const Batch batch =
      ParseBatch("a / ab / abc / '' / NULL / b", Schema{{{"s", Type::String()}}}).value();
  for (const bool descending : {false, true}) {
    const std::vector<graph::SortKey> keys = {{0, descending, true}};
    SortOrder order;
    order.Encode(batch.columns, keys, 6);
    for (uint32_t a = 0; a < 6; ++a) {
      for (uint32_t b = 0; b < 6; ++b) {
        EXPECT_EQ(order[a].starts_with(order[b]), a == b) << a << ", " << b;
      }
    }
  }
}

TEST(SortOrderTest, WithoutKeysAllRowsAreEqual) {
  SortOrder order;
  order.Encode({}, {}, 3);
  ASSERT_EQ(order.size(), 3U);
  EXPECT_EQ(order[0], order[2]);
  order.Encode({}, {}, 0);
  EXPECT_EQ(order.size(), 0U);
}

}  // namespace
}  // namespace weir::operators
