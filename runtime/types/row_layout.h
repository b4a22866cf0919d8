// How one row of values lies in a state table: null bits where a field may be NULL, then one
// aligned slot a field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/types/type.h"

namespace weir {

// Offsets of a row's fields, fixed when a table is opened. Flat types take value_bytes() at their
// natural alignment (16-byte slots at 8); nested values are a StringRef to their serialised bytes
// (value_codec.h). A set null bit means NULL, so a zeroed row has no NULLs and all values 0. If no
// field may be NULL, rows have no null bits and SetNull does nothing. Fields are read and written
// through memcpy, which compiles to plain loads and stores. Immutable and thread-safe.
class RowLayout {
 public:
  RowLayout() = default;
  // Fields lie in the order given. The layout exists in memory only and is never persisted.
  explicit RowLayout(std::vector<Type> types);

  size_t field_count() const { return types_.size(); }
  const Type& type(size_t field) const { return types_[field]; }
  size_t offset(size_t field) const { return offsets_[field]; }
  // Bytes of a whole row, a multiple of 8.
  size_t row_bytes() const { return row_bytes_; }
  // Whether the field is a StringRef whose bytes belong to the table: strings and nested values.
  bool is_variable(size_t field) const { return variable_[field] != 0; }
  bool has_variable() const { return has_variable_; }

  // The size of the null bits at the start of a row: bit f % 8 of byte f / 8 belongs to field f.
  size_t null_bytes() const { return null_bytes_; }
  // The mask of the field's bit within its byte; 0 if rows have no null bits.
  std::byte null_bit(size_t field) const {
    return static_cast<std::byte>(uint32_t{null_bytes_ > 0} << (field & 7));
  }

  // Unchecked, as all functions below: `row` points to row_bytes() bytes aligned to 8, and `field`
  // < field_count().
  bool IsNull(const std::byte* row, size_t field) const {
    return (row[field >> 3] & null_bit(field)) != std::byte{0};
  }
  // The slot keeps its old value: code that compares or encodes rows must look at the bit first.
  void SetNull(std::byte* row, size_t field) const { row[field >> 3] |= null_bit(field); }
  void ClearNull(std::byte* row, size_t field) const { row[field >> 3] &= ~null_bit(field); }
  // T is the C++ type of type(field).physical() (StringRef for variable fields). By memcpy: slots
  // of 16 bytes are aligned to 8 only.
  template <typename T>
  T Load(const std::byte* row, size_t field) const {
    T value;
    std::memcpy(&value, row + offsets_[field], sizeof(T));
    return value;
  }
  template <typename T>
  void Store(std::byte* row, size_t field, T value) const {
    std::memcpy(row + offsets_[field], &value, sizeof(T));
  }

 private:
  std::vector<Type> types_;
  std::vector<size_t> offsets_;
  std::vector<uint8_t> variable_;
  size_t null_bytes_ = 0;
  size_t row_bytes_ = 0;
  bool has_variable_ = false;
};

// Owns the bytes of variable-length fields; a ValueTable is one. Belongs to one thread, as its
// table does.
class StringOwner {
 public:
  virtual ~StringOwner() = default;
  // Copies `bytes` into memory of the owner and stores the StringRef; what the field held before is
  // given back. REQUIRES: is_variable(field), and the row belongs to this owner.
  virtual void SetString(std::byte* row, size_t field, std::string_view bytes) = 0;
};

}  // namespace weir
