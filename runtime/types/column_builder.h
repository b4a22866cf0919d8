// Builds a column value by value where rows come one at a time: sources, state scans, tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/types/column.h"
#include "runtime/types/value.h"

namespace weir {

// Builds a column that grows as needed. Not thread-safe. Each Append* adds one value; T must be the
// C++ type of the type's physical type. A nested value is built through child(i): append to the
// children, then close the value with AppendList (everything appended to the children since the
// last list belongs to it) or AppendRow (one value was appended to every child). Strings of up to
// 12 bytes need no heap memory.
class ColumnBuilder {
 public:
  // `capacity` rows are reserved.
  explicit ColumnBuilder(const Type& type, uint32_t capacity = 0);
  ColumnBuilder(ColumnBuilder&&) noexcept;
  ColumnBuilder& operator=(ColumnBuilder&&) noexcept;
  ~ColumnBuilder();

  const Type& type() const { return type_; }
  uint32_t size() const { return size_; }

  template <typename T>
  void Append(T value) {
    if (size_ == capacity_) Grow(size_ + 1);
    data_->as<T>()[size_++] = value;
  }
  // Copies the bytes.
  void AppendString(std::string_view text);
  void AddHeap(BufferPtr heap) { heaps_.push_back(std::move(heap)); }
  // A NULL list appends nothing to its child; a NULL row appends NULL to each child.
  void AppendNull();
  void AppendList();
  void AppendRow();
  // Any value of this type or NULL. REQUIRES: value.is_null() or equal physical types.
  void AppendValue(const Value& value);
  // Appends row `row` of `source`, whose type has the same physical layout. Long strings are
  // copied, and nested values with everything inside them.
  void AppendFrom(const Column& source, uint32_t row);

  // Forgets the values from number `size` on, and what was appended to the children for a value
  // that was not closed yet. REQUIRES: size <= this->size().
  void TruncateTo(uint32_t size);

  size_t child_count() const { return children_.size(); }
  ColumnBuilder& child(size_t i) { return children_[i]; }

  // The column of all values so far; the builder is empty afterwards and can be used again.
  ColumnPtr Finish();

 private:
  void Grow(uint32_t rows);
  void AppendStoredFrom(const Column& source, uint32_t row);
  char* AllocateHeap(size_t bytes);

  Type type_;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
  uint32_t value_bytes_ = 0;
  BufferPtr data_;      // values, or offsets of lists (one more than values)
  BufferPtr validity_;  // null while no NULL was appended
  BufferPtr heap_;      // being filled; also in heaps_
  size_t heap_used_ = 0;
  PoolVector<BufferPtr> heaps_;
  std::vector<ColumnBuilder> children_;
};

}  // namespace weir
