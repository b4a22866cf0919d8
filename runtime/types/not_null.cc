#include "runtime/types/not_null.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

// From a value to one within it: the `i`-th of its column number `child`.
std::string StepInto(const Type& type, size_t child, uint32_t i) {
  switch (type.kind()) {
    case TypeKind::kRow:
      return "." + type.fields()[child].name;
    case TypeKind::kArray:
      return fmt::format("[{}]", i);
    case TypeKind::kMap:
      return child == 0 ? "[key]" : "[value]";
    default:
      return "[element]";
  }
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
  const uint32_t at = column.is_constant() ? 0 : row;
  const bool list = column.type().physical() == PhysicalType::kList;
  const uint32_t begin = list ? column.offsets()[at] : at;
  const uint32_t end = list ? column.offsets()[at + 1] : at + 1;
  for (const ColumnPtr& child : column.children()) {
    for (uint32_t i = begin; i < end; ++i)
      if (LacksValue(*child, i)) return true;
  }
  return false;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
std::string WayToLackingValue(const Column& column, uint32_t row) {
  if (column.IsNull(row)) return "";
  const uint32_t at = column.is_constant() ? 0 : row;
  const bool list = column.type().physical() == PhysicalType::kList;
  const uint32_t begin = list ? column.offsets()[at] : at;
  const uint32_t end = list ? column.offsets()[at + 1] : at + 1;
  for (uint32_t i = begin; i < end; ++i) {
    for (size_t child = 0; child < column.children().size(); ++child) {
      const Column& values = *column.children()[child];
      if (LacksValue(values, i))
        return StepInto(column.type(), child, i - begin) + WayToLackingValue(values, i);
    }
  }
  return "";
}

}  // namespace weir
