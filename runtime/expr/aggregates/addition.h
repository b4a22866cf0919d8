// Addition to a sum in a state row that may be NULL; shared by SUM and AVG.
#pragma once

#include <concepts>
#include <cstddef>

#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/fault_point.h"
#include "runtime/types/decimal.h"

namespace weir::expr {

// Adds `value` to the sum in `field`; a NULL sum counts as nothing. Integers wrap around. A DECIMAL
// sum that exceeds 38 digits becomes NULL, as in Flink, and the next value starts it anew.
template <typename Sum>
inline void AddToSum(const FieldPlace& field, std::byte* row, Sum value) {
  if (field.IsNull(row)) {
    field.ClearNull(row);
    field.Store<Sum>(row, value);
    return;
  }
  const Sum sum = field.Load<Sum>(row);
  if constexpr (std::same_as<Sum, Int128>) {
    // The sum of two numbers of 38 digits can wrap, but only to a number of 39 digits, which the
    // test below catches.
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

// Whether a sum can hold something when all its values are gone: rounding errors, NaN for Infinity
// that came and went, or what was lost when a DECIMAL left its 38 digits. Integers wrap both ways.
template <typename Sum>
inline constexpr bool kLeavesResidue = std::same_as<Sum, Int128> || std::floating_point<Sum>;

// Whether a sum begins anew where a count beside it has become 0.
template <typename Sum>
bool BeginsAnew(const FoldInput& input) {
  return kLeavesResidue<Sum> && !input.parts && !DefectPlanted("residue-of-sums");
}

// `value` for a row that is added (sign 1), its negative for one that is retracted (sign -1).
// Integers wrap around.
template <typename Sum>
inline Sum Signed(Sum value, int64_t sign) {
  if constexpr (std::integral<Sum>) {
    return static_cast<Sum>(static_cast<uint64_t>(value) * static_cast<uint64_t>(sign));
  } else {
    return sign < 0 ? -value : value;
  }
}

}  // namespace weir::expr
