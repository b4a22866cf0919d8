#include "runtime/types/not_null.h"

#include <algorithm>

namespace weir {

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

}  // namespace weir
