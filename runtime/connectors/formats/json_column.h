// Columns that grow while JSON records are decoded, and that can withdraw the newest record.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/wide_bytes.h"
#include "runtime/types/column.h"

namespace weir::connectors {

// How a value of a column is decoded, by its C++ type and its spelling. Follows from the declared
// type alone.
enum class JsonKind : uint8_t {
  kBoolean,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat,
  kDouble,
  kDecimal64,
  kDecimal128,
  kString,
  kBytes,
  kDate,
  kTime,
  kMicros,
  kNanos,
  kArray,
  kMap,
  kMultiset,
  kRow,
};

// Finds the column of a key. Records of one producer mostly have their keys in the same order, so
// the order of the last record is tried first, and a hash table is asked only if that fails.
// Escaped keys go through Find, which takes them unescaped.
class JsonKeys {
 public:
  static constexpr int kUnknown = -1;

  // Makes `index` the position of `name` among the record's columns.
  void Add(std::string_view name, int index) { index_[std::string(name)] = index; }
  // The column of `name`, or kUnknown.
  int Find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? kUnknown : found->second;
  }
  // Finds the column whose key is expected at `cursor`, or one place behind it, if the bytes at
  // `raw` (behind the opening quote; kLongestGuess of them are readable) spell it, and sets
  // `cursor` behind it. When it returns false, call Learn.
  bool Guess(const char* raw, size_t& cursor, int& column) const {
    for (size_t i = cursor; i < order_.size() && i < cursor + 2; ++i) {
      if (!order_[i].Matches(raw)) continue;
      column = order_[i].column;
      cursor = i + 1;
      return true;
    }
    return false;
  }
  // Looks `key` up and expects it at `cursor` of the next record.
  int Learn(std::string_view key, size_t& cursor);

  static constexpr size_t kLongestGuess = 48;

 private:
  struct Expected {
    char quoted[kLongestGuess] = {};  // the key and its closing quote
    uint32_t size = 0;                // of both; 0: nothing is expected
    int column = kUnknown;

    bool Matches(const char* raw) const {
      return wide::Widest::Same(raw, quoted, size) && size != 0;
    }
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  std::vector<Expected> order_;
  std::unordered_map<std::string, int, Hash, std::equal_to<>> index_;
};

// One column being filled, with its children. Children of a ROW may lag behind it; the values they
// lack are NULL. Strings may point into the text that is decoded, which the `heaps` of Finish keep
// alive. Not thread-safe.
class JsonColumn {
 public:
  // `path` names the column in messages ("bid.price").
  JsonColumn(const Type& type, std::string path);

  const Type& type() const { return type_; }
  JsonKind kind() const { return kind_; }
  const std::string& path() const { return path_; }
  uint32_t size() const { return size_; }
  // Children of ARRAY, MAP, MULTISET and ROW.
  std::vector<JsonColumn>& children() { return children_; }
  JsonKeys& keys() { return keys_; }  // of a ROW

  // Starts a new column with room for `rows` values.
  void Reset(uint32_t rows);
  template <typename T>
  [[gnu::always_inline]] void Append(T value) {
    if (size_ == capacity_) [[unlikely]]
      Grow(size_ + 1);
    data_->as<T>()[size_] = value;
    MarkPresent();
  }
  // Appends a list of everything that was appended to the children since the last one.
  void AppendList();
  // Appends a row. Its values are in the children at the same position; PadTo adds those that are
  // missing.
  void AppendRow() {
    if (size_ == capacity_) [[unlikely]]
      Grow(size_ + 1);
    MarkPresent();
  }
  // Appends NULLs up to `rows` values.
  void PadTo(uint32_t rows) {
    if (size_ < rows) AppendNulls(rows - size_);
  }
  void AppendNull() {
    if (data_ || !validity_ || size_ == capacity_) return AppendNulls(1);
    ClearBit(validity_->as<uint64_t>(), size_++);  // a row has no value of its own
  }
  // Removes all values behind the first `rows`.
  void TruncateTo(uint32_t rows);
  // The column of all values. Every string column keeps `heaps` alive. To be followed by Reset.
  MutableColumnPtr Finish(const std::vector<BufferPtr>& heaps);

 private:
  void MarkPresent() {
    if (validity_) SetBit(validity_->as<uint64_t>(), size_);
    ++size_;
  }
  void AppendNulls(uint32_t count);
  void Grow(uint32_t rows);
  // The size of one value in data_; for lists, of an offset.
  size_t Width() const;

  Type type_;
  std::string path_;
  JsonKind kind_;
  bool list_ = false;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
  BufferPtr data_;      // values, or ends of lists behind a zero; null for rows
  BufferPtr validity_;  // null while no value is NULL
  std::vector<JsonColumn> children_;
  JsonKeys keys_;
};

}  // namespace weir::connectors
