#include "runtime/types/not_null.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

// Whether the test holds for any of the values right below one: of the child column number `child`
// the one in `row`, which is the `place`-th of the value.
template <typename Test>  // bool(size_t child, uint32_t place, uint32_t row)
bool AnyWithin(const Column& column, uint32_t row, const Test& test) {
  const uint32_t at = column.is_constant() ? 0 : row;
  const bool list = column.type().physical() == PhysicalType::kList;
  const uint32_t begin = list ? column.offsets()[at] : at;
  const uint32_t end = list ? column.offsets()[at + 1] : at + 1;
  for (uint32_t i = begin; i < end; ++i) {
    for (size_t child = 0; child < column.children().size(); ++child) {
      if (test(child, i - begin, i)) return true;
    }
  }
  return false;
}

// "" where the value is NULL itself.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
std::string WayToLackingValue(const Column& column, uint32_t row) {
  std::string way;
  if (column.IsNull(row)) return way;
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the type
  AnyWithin(column, row, [&](size_t child, uint32_t place, uint32_t below) {
    const Column& values = *column.children()[child];
    if (!LacksValue(values, below)) return false;
    way = StepInto(column.type(), child, place) + WayToLackingValue(values, below);
    return true;
  });
  return way;
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool HasNotNull(const Type& type) {
  return !type.nullable() || std::ranges::any_of(type.fields(), [](const TypeField& field) {
    return HasNotNull(field.type);
  });
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool MayLackValues(const Column& column) {
  if (column.has_validity() && !column.type().nullable()) return true;
  return std::ranges::any_of(column.children(),
                             [](const ColumnPtr& child) { return MayLackValues(*child); });
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool LacksValue(const Column& column, uint32_t row) {
  if (column.IsNull(row)) return !column.type().nullable();
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the type
  return AnyWithin(column, row, [&](size_t child, uint32_t, uint32_t below) {
    return LacksValue(*column.children()[child], below);
  });
}

std::string WhatLacks(const Column& column, uint32_t row, std::string_view name) {
  const std::string way = WayToLackingValue(column, row);
  if (way.empty()) return "it is NULL, and the column is NOT NULL";
  return fmt::format("{}{} is NULL where the type says NOT NULL", name, way);
}

std::string StepInto(const Type& type, size_t child, size_t place) {
  switch (type.kind()) {
    case TypeKind::kRow:
      return "." + type.fields()[child].name;
    case TypeKind::kArray:
      return fmt::format("[{}]", place);
    case TypeKind::kMap:
      return child == 0 ? "[key]" : "[value]";
    default:
      return "[element]";
  }
}

}  // namespace weir
