// One column of a batch: a type, a length and recycled buffers, laid out as in Arrow.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/base/buffer_pool.h"
#include "runtime/base/check.h"
#include "runtime/types/bitmap.h"
#include "runtime/types/string_ref.h"
#include "runtime/types/type.h"

namespace weir {

class Column;
// Columns are written by one owner, then shared read-only.
using ColumnPtr = std::shared_ptr<const Column>;
using MutableColumnPtr = std::shared_ptr<Column>;

// The values of physical rows 0..length-1. A *constant* column stores one value (row 0) that stands
// for every row; readers either ask is_constant() or let ValueReader (runtime/expr/kernel.h) map
// the row. Not thread-safe while it is written; immutable and shareable afterwards.
// The layout is Arrow's columnar format with three differences: constants, strings as StringRefs,
// and DECIMAL of up to 18 digits in 64 bits.
class Column {
 public:
  // A column with room for `length` values (one when `constant`) of arbitrary content, none of them
  // NULL. A list gets an offsets buffer of length + 1 arbitrary offsets; children of lists and
  // structs are added by the caller.
  static MutableColumnPtr Make(const Type& type, uint32_t length, bool constant = false);
  // A constant column of NULLs.
  static ColumnPtr MakeNull(const Type& type, uint32_t length);

  // A column of `length` values that lie in `data` (the offsets, for lists) already. `data` is null
  // for structs and NULL.
  static MutableColumnPtr Adopt(const Type& type, uint32_t length, BufferPtr data);

  const Type& type() const { return type_; }
  uint32_t length() const { return length_; }
  bool is_constant() const { return constant_; }
  // Number of values that are really stored.
  uint32_t stored() const { return constant_ ? 1 : length_; }

  // The stored values; T is the C++ type of type().physical().
  // REQUIRES: T is that type, and data is stored (neither list, struct nor NULL). Aligned to 64
  // bytes (16 in tiny blocks).
  template <typename T>
  const T* data() const {
    return data_->as<T>();
  }
  template <typename T>
  T* mutable_data() {
    return data_->as<T>();
  }

  // Null when no value is NULL, else a bitmap of stored() bits.
  const uint64_t* validity() const { return validity_ ? validity_->as<uint64_t>() : nullptr; }
  bool has_validity() const { return validity_ != nullptr; }
  // The bitmap, created with every bit set when there was none. A set bit means "not NULL". Bits
  // beyond stored() are arbitrary.
  uint64_t* MutableValidity();
  // The value of a NULL row is arbitrary and must not be read.
  void SetNull(uint32_t row) { ClearBit(MutableValidity(), row); }
  // Takes the bitmap of another column of as many stored rows; neither may change it afterwards.
  void ShareValidity(BufferPtr bitmap) { validity_ = std::move(bitmap); }
  const BufferPtr& validity_buffer() const { return validity_; }

  // Logical access for cold paths: maps rows of a constant column to row 0.
  bool IsNull(uint32_t row) const {
    return type_.kind() == TypeKind::kNull ||
           (validity_ && !GetBit(validity(), constant_ ? 0 : row));
  }
  // The value of a row that is not NULL; arbitrary otherwise.
  template <typename T>
  const T& ValueAt(uint32_t row) const {
    return data<T>()[constant_ ? 0 : row];
  }

  // Keeps alive a buffer that StringRefs of this column point into. There may be several: the one
  // that SetString fills, and those shared with the columns that values were taken from.
  void AddHeap(BufferPtr heap) { heaps_.push_back(std::move(heap)); }
  // Keeps alive whatever `other` keeps alive.
  void ShareHeaps(const Column& other);
  // Stores `text` at `row`, copying bytes that do not fit inline into this column's own heap.
  // REQUIRES: kString. Does not touch validity.
  void SetString(uint32_t row, std::string_view text);
  // Room for `bytes` bytes that live as long as this column; for kernels that build strings.
  char* AllocateHeap(size_t bytes);

  // Value i of a list consists of children [offsets[i], offsets[i+1]). Offsets ascend but need not
  // start at 0, since a slice of a column keeps its offsets. REQUIRES: kList.
  const uint32_t* offsets() const { return offsets_->as<uint32_t>(); }
  uint32_t* mutable_offsets() { return offsets_->as<uint32_t>(); }
  // In the order of Type::fields().
  const PoolVector<ColumnPtr>& children() const { return children_; }
  void AddChild(ColumnPtr child) { children_.push_back(std::move(child)); }

  // The same values under another type of equal physical layout (e.g. other nullability). Shares.
  // REQUIRES: type.physical() is this column's.
  ColumnPtr WithType(const Type& type) const;

  // Approximate bytes of memory held, shared buffers included.
  size_t MemoryBytes() const;

 private:
  friend struct PoolAllocator<Column>;
  struct Token {};

 public:
  // For Make only (the token is private).
  Column(Token, const Type& type, uint32_t length, bool constant)
      : type_(type), length_(length), constant_(constant) {}

 private:
  // Buffers are null where the type has no use for them. Columns share them wherever they can.
  Type type_;
  uint32_t length_;
  bool constant_;
  BufferPtr data_;
  BufferPtr validity_;
  BufferPtr offsets_;
  PoolVector<BufferPtr> heaps_;
  PoolVector<ColumnPtr> children_;
  // The heap that SetString and AllocateHeap fill; own_heap_used_ bytes of it are taken.
  BufferPtr own_heap_;
  size_t own_heap_used_ = 0;
};

// Calls `f.template operator()<T>()` with the C++ type of a flat physical type. It costs a branch,
// so it belongs outside the loop over rows. REQUIRES: not kList, kStruct or kNone.
template <typename F>
decltype(auto) DispatchPhysical(PhysicalType physical, F&& f) {
  switch (physical) {
    case PhysicalType::kBool:
      return f.template operator()<uint8_t>();
    case PhysicalType::kInt8:
      return f.template operator()<int8_t>();
    case PhysicalType::kInt16:
      return f.template operator()<int16_t>();
    case PhysicalType::kInt32:
      return f.template operator()<int32_t>();
    case PhysicalType::kInt64:
      return f.template operator()<int64_t>();
    case PhysicalType::kInt128:
      return f.template operator()<Int128>();
    case PhysicalType::kFloat:
      return f.template operator()<float>();
    case PhysicalType::kDouble:
      return f.template operator()<double>();
    case PhysicalType::kTimestampNanos:
      return f.template operator()<TimestampNanos>();
    case PhysicalType::kString:
      return f.template operator()<StringRef>();
    case PhysicalType::kList:
    case PhysicalType::kStruct:
    case PhysicalType::kNone:
      break;
  }
  WEIR_UNREACHABLE();
}

}  // namespace weir
