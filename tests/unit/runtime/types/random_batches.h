// Random columns of any type for property tests; the seed decides everything.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/types/batch.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/decimal.h"

namespace weir {

// Every flat type, and nested ones of them.
inline std::vector<Type> AllTypes() {
  std::vector<Type> types = {Type::Boolean(),        Type::TinyInt(),
                             Type::SmallInt(),       Type::Int(),
                             Type::BigInt(),         Type::Float(),
                             Type::Double(),         Type::Decimal(10, 2),
                             Type::Decimal(38, 4),   Type::String(),
                             Type::Bytes(),          Type::Date(),
                             Type::Time(3),          Type::Timestamp(3),
                             Type::Timestamp(9),     Type::TimestampLtz(6),
                             Type::TimestampLtz(9),  Type::IntervalYearMonth(),
                             Type::IntervalDayTime()};
  types.push_back(Type::Array(Type::Int()));
  types.push_back(Type::Row({{"a", Type::BigInt()}, {"b", Type::Array(Type::String())}}));
  types.push_back(Type::Array(Type::Row({{"x", Type::Double()}, {"y", Type::String()}})));
  return types;
}

inline void AppendRandom(Random& random, ColumnBuilder& builder, int null_percent);

inline void AppendRandomNumber(Random& random, ColumnBuilder& builder) {
  // Small numbers often, so that equal keys and sign changes occur.
  const int shift = static_cast<int>(random.Below(64));
  int64_t value = static_cast<int64_t>(random.Next64()) >> shift;
  if (builder.type().kind() == TypeKind::kTime) {
    value = static_cast<int64_t>(random.Below(86'400'000)) * 1'000'000;
  }
  DispatchPhysical(builder.type().physical(), [&]<typename T>() {
    if constexpr (std::is_same_v<T, TimestampNanos>) {
      builder.Append(TimestampNanos{value >> 12, static_cast<int32_t>(random.Below(1'000'000)), 0});
    } else if constexpr (std::is_same_v<T, Int128>) {
      builder.Append(Int128{value} * static_cast<int64_t>(random.Below(1'000'000'000)));
    } else if constexpr (!std::is_same_v<T, StringRef>) {
      builder.Append(builder.type().kind() == TypeKind::kBoolean ? T(value & 1) : T(value));
    }
  });
}

inline void AppendRandomString(Random& random, ColumnBuilder& builder) {
  std::string text(random.Below(random.Below(10) == 0 ? 400 : 20), '\0');
  for (char& c : text) c = random.Below(8) == 0 ? '\0' : static_cast<char>(random.Below(256));
  builder.AppendString(text);
}

inline void AppendRandom(Random& random, ColumnBuilder& builder, int null_percent) {
  if (static_cast<int>(random.Below(100)) < null_percent) return builder.AppendNull();
  switch (builder.type().physical()) {
    case PhysicalType::kString:
      return AppendRandomString(random, builder);
    case PhysicalType::kNone:
      return builder.AppendNull();
    case PhysicalType::kStruct:
      for (size_t i = 0; i < builder.child_count(); ++i) {
        AppendRandom(random, builder.child(i), null_percent);
      }
      return builder.AppendRow();
    case PhysicalType::kList: {
      const uint64_t count = random.Below(4);
      for (uint64_t e = 0; e < count; ++e) {
        for (size_t i = 0; i < builder.child_count(); ++i) {
          AppendRandom(random, builder.child(i), null_percent);
        }
      }
      return builder.AppendList();
    }
    default:
      return AppendRandomNumber(random, builder);
  }
}

inline ColumnPtr RandomColumn(Random& random, const Type& type, uint32_t rows, int null_percent) {
  ColumnBuilder builder(type);
  for (uint32_t row = 0; row < rows; ++row) AppendRandom(random, builder, null_percent);
  return builder.Finish();
}

// The ids of about half of the rows, in order.
inline Selection RandomSelection(Random& random, uint32_t rows) {
  BufferPtr ids = MakeBuffer<uint32_t>(rows);
  uint32_t count = 0;
  for (uint32_t row = 0; row < rows; ++row) {
    if (random.Below(2) == 0) ids->as<uint32_t>()[count++] = row;
  }
  return {std::move(ids), count};
}

}  // namespace weir
