// Keys of random values of every type against an order of values that knows nothing of bytes:
// equal values have equal keys, smaller ones smaller keys, and every key is decoded to its value.
#include <gmock/gmock.h>

#include <algorithm>
#include <compare>

#include "runtime/types/key_encoding.h"
#include "runtime/types/value.h"
#include "tests/seed.h"
#include "tests/unit/runtime/types/random_batches.h"

namespace weir {
namespace {

constexpr uint64_t kOrderSeed = 20261126;
constexpr uint32_t kRows = 120;

std::strong_ordering CompareBytes(std::string_view a, std::string_view b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const auto x = static_cast<unsigned char>(a[i]);
    const auto y = static_cast<unsigned char>(b[i]);
    if (x != y) return x <=> y;
  }
  return a.size() <=> b.size();
}

std::strong_ordering Compare(const Value& a, const Value& b);

// Element by element; what ends first is smaller.
std::strong_ordering CompareLists(const std::vector<Value>& a, const std::vector<Value>& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const std::strong_ordering order = Compare(a[i], b[i]);
    if (order != std::strong_ordering::equal) return order;
  }
  return a.size() <=> b.size();
}

std::strong_ordering Order(double a, double b) {
  return a < b ? std::strong_ordering::less
               : (b < a ? std::strong_ordering::greater : std::strong_ordering::equal);
}

// NULL is the least value.
std::strong_ordering Compare(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return !a.is_null() <=> !b.is_null();
  return std::visit(
      [&]<typename T>(const T& value) -> std::strong_ordering {
        const T& other = b.get<T>();
        if constexpr (std::is_same_v<T, std::monostate>) {
          return std::strong_ordering::equal;
        } else if constexpr (std::is_same_v<T, std::string>) {
          return CompareBytes(value, other);
        } else if constexpr (std::is_same_v<T, std::vector<Value>>) {
          return CompareLists(value, other);
        } else if constexpr (std::is_floating_point_v<T>) {
          return Order(value, other);
        } else if constexpr (std::is_same_v<T, TimestampNanos>) {
          const bool less = value.millis != other.millis ? value.millis < other.millis
                                                         : value.nanos < other.nanos;
          return value == other
                     ? std::strong_ordering::equal
                     : (less ? std::strong_ordering::less : std::strong_ordering::greater);
        } else {
          return value < other ? std::strong_ordering::less
                               : (other < value ? std::strong_ordering::greater
                                                : std::strong_ordering::equal);
        }
      },
      a.storage());
}

// Random values, some of them twice: equal ones must meet.
ColumnPtr ColumnOf(Random& random, const Type& type) {
  const ColumnPtr once = RandomColumn(random, type, kRows, 10);
  ColumnBuilder builder(type);
  for (uint32_t row = 0; row < kRows; ++row) {
    builder.AppendFrom(*once, random.Below(3) == 0 ? 0 : row);
  }
  return builder.Finish();
}

std::vector<std::string> KeysOf(const Column& column) {
  std::vector<std::string> keys(kRows);
  for (uint32_t row = 0; row < kRows; ++row) AppendKeyValue(column, row, keys[row]);
  return keys;
}

TEST(KeyOrder, IsThatOfTheValues) {
  Random random(SeedOf(kOrderSeed));
  for (const Type& type : AllTypes()) {
    SCOPED_TRACE(type.ToString());
    const ColumnPtr column = ColumnOf(random, type);
    const std::vector<std::string> keys = KeysOf(*column);
    for (uint32_t a = 0; a < kRows; ++a) {
      const Value value = GetValue(*column, a);
      for (uint32_t b = 0; b < kRows; ++b) {
        ASSERT_EQ(CompareBytes(keys[a], keys[b]), Compare(value, GetValue(*column, b)))
            << value.ToString() << " and " << GetValue(*column, b).ToString();
      }
    }
  }
}

// No key is the beginning of another one: a key of two columns cannot be taken for one of others.
TEST(KeyOrder, NoKeyBeginsAnother) {
  Random random(SeedOf(kOrderSeed));
  for (const Type& type : AllTypes()) {
    SCOPED_TRACE(type.ToString());
    const std::vector<std::string> keys = KeysOf(*ColumnOf(random, type));
    for (const std::string& a : keys) {
      for (const std::string& b : keys) ASSERT_TRUE(a == b || !b.starts_with(a));
    }
  }
}

TEST(KeyOrder, OfSeveralColumnsIsThatOfTheFirstThatDiffers) {
  Random random(SeedOf(kOrderSeed));
  const std::vector<Type> types = AllTypes();
  for (int i = 0; i < 40; ++i) {
    const std::vector<ColumnPtr> columns = {ColumnOf(random, types[random.Below(types.size())]),
                                            ColumnOf(random, types[random.Below(types.size())]),
                                            ColumnOf(random, types[random.Below(types.size())])};
    SCOPED_TRACE(columns[0]->type().ToString() + ", " + columns[1]->type().ToString());
    std::vector<std::string> keys(kRows);
    for (uint32_t row = 0; row < kRows; ++row) AppendKey(columns, row, keys[row]);
    for (uint32_t a = 0; a < kRows; ++a) {
      const auto b = static_cast<uint32_t>(random.Below(kRows));
      std::strong_ordering expected = std::strong_ordering::equal;
      for (size_t c = 0; c < 3 && expected == std::strong_ordering::equal; ++c) {
        expected = Compare(GetValue(*columns[c], a), GetValue(*columns[c], b));
      }
      ASSERT_EQ(CompareBytes(keys[a], keys[b]), expected) << a << " " << b;
    }
  }
}

}  // namespace
}  // namespace weir
