// What the accumulators share: the place of their fields in a state row, and the loop over folded
// rows.
#pragma once

#include <cstring>
#include <memory>
#include <string>

#include "runtime/expr/aggregate.h"

namespace weir::expr {

// Where an accumulator's fields lie in a state row. The layout must outlive the accumulators made
// for it.
struct StateSlot {
  const RowLayout* layout;
  // Index of its first field; the others follow.
  size_t first;
};

// Calls f(state row, physical input row, sign) for every folded row whose argument is not NULL; a
// null argument stands for COUNT(*). The tests inside do not change within a call, so that
// compilers hoist them.
template <bool kSigned, typename F>
void FoldValidRows(const FoldInput& input, const Column* argument, F f) {
  const uint64_t* validity = argument != nullptr ? argument->validity() : nullptr;
  const bool constant = argument != nullptr && argument->is_constant();
  const uint32_t mask = constant ? 0 : ~uint32_t{0};
  for (uint32_t i = 0; i < input.count; ++i) {
    const uint32_t row = (input.input_rows != nullptr ? input.input_rows[i] : i) & mask;
    if (validity != nullptr && !GetBit(validity, row)) continue;
    f(input.rows[i], row, kSigned ? int64_t{input.signs[i]} : int64_t{1});
  }
}

// Calls FoldValidRows with or without signs, so that this is decided once a call and not once a
// row.
template <typename F>
void FoldRows(const FoldInput& input, const Column* argument, F f) {
  if (argument != nullptr && argument->type().kind() == TypeKind::kNull) return;
  if (input.signs != nullptr) {
    FoldValidRows<true>(input, argument, f);
  } else {
    FoldValidRows<false>(input, argument, f);
  }
}

// A field's place copied out of the layout. The compiler must assume that a store into a row can
// change the layout behind a pointer, and would look the place up again for each row.
struct FieldPlace {
  FieldPlace(const StateSlot& slot, size_t field)
      : offset(slot.layout->offset(field)),
        null_byte(field >> 3),
        null_bit(slot.layout->null_bit(field)) {}

  // As the functions of RowLayout, for this one field; unchecked.
  bool IsNull(const std::byte* row) const { return (row[null_byte] & null_bit) != std::byte{0}; }
  void SetNull(std::byte* row) const { row[null_byte] |= null_bit; }
  void ClearNull(std::byte* row) const { row[null_byte] &= ~null_bit; }
  template <typename T>
  T Load(const std::byte* row) const {
    T value;
    std::memcpy(&value, row + offset, sizeof(T));
    return value;
  }
  template <typename T>
  void Store(std::byte* row, T value) const {
    std::memcpy(row + offset, &value, sizeof(T));
  }

  // Bytes from the start of the row; the NULL bit's byte and mask.
  size_t offset;
  size_t null_byte;
  std::byte null_bit;
};

// Adds `amount` to a BIGINT field and returns what it is then.
inline int64_t AddToCount(const FieldPlace& field, std::byte* row, int64_t amount) {
  const int64_t count = field.Load<int64_t>(row) + amount;
  field.Store<int64_t>(row, count);
  return count;
}

using AccumulatorPtr = std::unique_ptr<Accumulator>;

// One factory for each file of this folder. REQUIRES of all: the slot's fields are those that
// StateFields gives for the call. COUNT is never NULL.
AccumulatorPtr MakeCount(StateSlot slot);
// NULL when there are no values. Integers wrap around, and DECIMAL(38, s) becomes NULL on overflow,
// as in Flink.
AccumulatorPtr MakeSum(const AggregateCall& call, bool retracts, StateSlot slot);
// Keeps a sum and a count. As in Flink, averages of integers are truncated and those of DECIMAL
// have at least 6 digits after the point; they are NULL from when their sum leaves 38 digits until
// there are no values any more.
AccumulatorPtr MakeAverage(const AggregateCall& call, StateSlot slot);
AccumulatorPtr MakeExtreme(const AggregateCall& call, bool maximum, StateSlot slot);
// From exact sums of values and squares (MomentsFields): the same bytes for any order and grouping
// of rows, and after rows are taken back.
AccumulatorPtr MakeVariance(const AggregateCall& call, StateSlot slot);
// FIRST_VALUE and LAST_VALUE over input without retractions.
AccumulatorPtr MakeEdge(const AggregateCall& call, bool last, StateSlot slot);
// REQUIRES: KeepsList.
AccumulatorPtr MakeList(const AggregateCall& call, StateSlot slot);

// Type of AVG's sum: BIGINT, DOUBLE or DECIMAL(38, s).
Type AverageSumType(const Type& argument);

}  // namespace weir::expr
