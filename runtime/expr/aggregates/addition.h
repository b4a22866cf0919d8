// Adding into a NULL-able sum of a state row; shared by SUM and AVG.
#pragma once

#include <concepts>
#include <cstddef>

#include "runtime/types/decimal.h"
#include "runtime/types/row_layout.h"

namespace weir::expr {

// Adds `value` to the sum in `field`; NULL counts as nothing. Integers wrap; a DECIMAL that
// overflows its 38 digits becomes NULL (Flink).
template <typename Sum>
inline void AddToSum(const RowLayout& layout, size_t field, std::byte* row, Sum value) {
  if (layout.IsNull(row, field)) {
    layout.ClearNull(row, field);
    layout.Store<Sum>(row, field, value);
    return;
  }
  const Sum sum = layout.Load<Sum>(row, field);
  if constexpr (std::same_as<Sum, Int128>) {
    const Int128 next = sum + value;
    if (FitsPrecision(next, Type::kMaxDecimalPrecision)) {
      layout.Store<Sum>(row, field, next);
    } else {
      layout.SetNull(row, field);
    }
  } else if constexpr (std::integral<Sum>) {
    layout.Store<Sum>(row, field,
                      static_cast<Sum>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(value)));
  } else {
    layout.Store<Sum>(row, field, sum + value);
  }
}

template <typename Sum>
inline Sum Signed(Sum value, int64_t sign) {
  if constexpr (std::integral<Sum>) {
    return static_cast<Sum>(static_cast<uint64_t>(value) * static_cast<uint64_t>(sign));
  } else {
    return sign < 0 ? -value : value;
  }
}

}  // namespace weir::expr
