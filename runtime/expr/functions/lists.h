// Building blocks of functions over ARRAY and MAP: ranges of elements, columns of nested values
// built row by row, and a set of elements.
#pragma once

#include <cstdint>

#include "runtime/expr/kernel.h"
#include "runtime/types/batch.h"
#include "runtime/types/column_builder.h"

namespace weir::expr {

// The elements [begin, end) of one value in the children of its column.
struct ListRange {
  uint32_t begin = 0;
  uint32_t end = 0;

  uint32_t size() const { return end - begin; }
};

// The range of each physical row; a constant column repeats its one value. Borrows the column. The
// range of a NULL or deselected row may point anywhere and must not be read.
class ListReader {
 public:
  explicit ListReader(const Column& list)
      : list_(list), offsets_(list.offsets()), mask_(list.is_constant() ? 0 : ~uint32_t{0}) {}

  ListRange operator[](uint32_t row) const {
    return {offsets_[row & mask_], offsets_[(row & mask_) + 1]};
  }
  // The elements of an ARRAY, the keys of a MAP.
  const Column& elements() const { return *list_.children()[0]; }
  // REQUIRES: a MAP.
  const Column& values() const { return *list_.children()[1]; }

 private:
  const Column& list_;
  const uint32_t* offsets_;
  uint32_t mask_;
};

// A column of the call's type built by `append(row, builder)`, which appends exactly one value, for
// the rows that are valid in `shape`; NULL elsewhere.
template <typename F>
ColumnPtr BuildRows(const KernelCall& call, const Column& shape, F append) {
  const uint32_t count = call.constant ? 1 : call.length;
  ColumnBuilder builder(call.type(), count);
  ForValidRows(call.rows, shape.validity(), [&](uint32_t row) {
    while (builder.size() < row) builder.AppendNull();
    append(row, builder);
  });
  while (builder.size() < count) builder.AppendNull();
  ColumnPtr column = builder.Finish();
  return call.constant ? RepeatRow(*column, 0, call.length) : column;
}

// Flags of the call's length that are NULL where an argument is: the `shape` of functions that
// propagate NULL.
MutableColumnPtr NullsOf(const KernelCall& call);
// Flags without NULLs: the `shape` of functions that look at NULLs themselves.
MutableColumnPtr AllRowsOf(const KernelCall& call);

// A hash that is equal for values that ValuesEqual calls equal, nested and NULL ones included. Not
// stable between versions: never persisted.
uint64_t HashValue(const Column& column, uint32_t row);

// The distinct elements of one row, by ValuesEqual, for which NULL is an element like any other.
// Hashing with open addressing over (column, row). Reused from row to row: Clear() costs only as
// much as was added. Belongs to one thread; the columns must outlive its use.
class ElementSet {
 public:
  // Whether the element was not there before.
  bool Add(const Column& column, uint32_t row);
  // The index of the element in the order in which elements were added; the former size() when it
  // is new.
  uint32_t Insert(const Column& column, uint32_t row);
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }
  bool Contains(const Column& column, uint32_t row) const;
  void Clear();

 private:
  struct Entry {
    uint64_t hash;
    const Column* column;
    uint32_t row;
  };
  // The slot of an equal element, or the free one where it belongs. REQUIRES: slots_ not full.
  size_t Find(uint64_t hash, const Column& column, uint32_t row) const;
  void Grow();

  PoolVector<Entry> entries_;
  PoolVector<uint32_t> slots_;  // index into entries_ plus 1; 0 is free
};

}  // namespace weir::expr
