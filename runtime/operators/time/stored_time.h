// Times in rows of state.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/types/column.h"
#include "runtime/types/row_layout.h"

namespace weir::operators {

// The value of a TIMESTAMP or TIMESTAMP_LTZ field in milliseconds, rounded down. REQUIRES: the
// field has such a type and is not NULL.
inline int64_t StoredMillis(const RowLayout& layout, size_t field, const std::byte* row) {
  if (layout.type(field).physical() == PhysicalType::kTimestampNanos) {
    return layout.Load<TimestampNanos>(row, field).millis;
  }
  const auto micros = layout.Load<int64_t>(row, field);
  return micros / 1000 - (micros % 1000 < 0 ? 1 : 0);
}

}  // namespace weir::operators
