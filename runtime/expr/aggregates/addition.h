// Adding into a NULL-able sum of a state row; shared by SUM and AVG.
#pragma once

#include <concepts>
#include <cstddef>

#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/types/decimal.h"

namespace weir::expr {

// Adds `value` to the sum in `field`; NULL counts as nothing. Integers wrap; a DECIMAL that
// overflows its 38 digits becomes NULL (Flink).
// After an overflow the next value starts the sum anew.
template <typename Sum>
inline void AddToSum(const FieldPlace& field, std::byte* row, Sum value) {
  if (field.IsNull(row)) {
    field.ClearNull(row);
    field.Store<Sum>(row, value);
    return;
  }
  const Sum sum = field.Load<Sum>(row);
  if constexpr (std::same_as<Sum, Int128>) {
    // Two of 38 digits may wrap, to a number that has 39.
    const auto next = static_cast<Int128>(static_cast<UInt128>(sum) + static_cast<UInt128>(value));
    if (FitsPrecision(next, Type::kMaxDecimalPrecision)) {
      field.Store<Sum>(row, next);
    } else {
      field.SetNull(row);
    }
  } else if constexpr (std::integral<Sum>) {
    field.Store<Sum>(row,
                     static_cast<Sum>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(value)));
  } else {
    field.Store<Sum>(row, sum + value);
  }
}

// `value` for a row that is added (sign 1), its negative for one that is taken back (-1). Integers
// wrap.
template <typename Sum>
inline Sum Signed(Sum value, int64_t sign) {
  if constexpr (std::integral<Sum>) {
    return static_cast<Sum>(static_cast<uint64_t>(value) * static_cast<uint64_t>(sign));
  } else {
    return sign < 0 ? -value : value;
  }
}

}  // namespace weir::expr
