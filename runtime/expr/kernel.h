// Loops that kernels consist of: templates over C++ types in which NULLs, constants and selections
// are decided outside the loop.
#pragma once

#include <array>
#include <bit>
#include <cstring>

#include "runtime/expr/function.h"

namespace weir::expr {

// Calls f(row) for every row of `rows`. Written as two plain loops, so that compilers vectorise the
// dense one.
template <typename F>
inline void ForRows(const Rows& rows, F&& f) {
  if (rows.ids == nullptr) {
    for (uint32_t row = 0; row < rows.count; ++row) f(row);
    return;
  }
  for (uint32_t i = 0; i < rows.count; ++i) f(rows.ids[i]);
}

// Calls f(row) for every row of `rows` whose bit is set; null bitmap: for all.
template <typename F>
inline void ForValidRows(const Rows& rows, const uint64_t* validity, F&& f) {
  if (validity == nullptr) return ForRows(rows, f);
  ForRows(rows, [&](uint32_t row) {
    if (GetBit(validity, row)) f(row);
  });
}

// As ForValidRows, for an f that returns a Status. Stops at the first failure and returns it; no
// one reads the results of later rows then.
template <typename F>
inline Status TryValidRows(const Rows& rows, const uint64_t* validity, F&& f) {
  for (uint32_t i = 0; i < rows.count; ++i) {
    const uint32_t row = rows.ids == nullptr ? i : rows.ids[i];
    if (validity == nullptr || GetBit(validity, row)) RETURN_IF_ERROR(f(row));
  }
  return {};
}

// Reads a column that may be constant by physical row, in a loop without a branch: for a constant,
// every row is masked to 0.
template <typename T>
class ValueReader {
 public:
  // REQUIRES: T is the column's C++ type; the column outlives the reader.
  explicit ValueReader(const Column& column)
      : data_(column.data<T>()), mask_(column.is_constant() ? 0 : ~uint32_t{0}) {}
  const T& operator[](uint32_t row) const { return data_[row & mask_]; }

 private:
  const T* data_;
  uint32_t mask_;
};

using StringReader = ValueReader<StringRef>;

// Whether computing all rows is cheaper than computing only the selected ones. For kernels that can
// be given arbitrary values without harm.
inline bool PreferDense(const KernelCall& call) {
  return call.rows.ids != nullptr && !call.constant && call.rows.count >= call.length / 4;
}

// The rows for a kernel that may compute deselected ones too. The token is 0, since these rows are
// not a set that nodes share.
inline Rows DenseRows(const KernelCall& call) {
  return PreferDense(call) ? Rows{nullptr, call.length, 0} : call.rows;
}

// out[row] = f(a[row]) for an f that accepts any bit pattern. REQUIRES: `out` has call.length
// elements and does not alias an argument; no argument is constant.
template <typename A, typename R, typename F>
inline void MapUnary(const KernelCall& call, R* out, F f) {
  const A* a = call.args[0]->data<A>();
  ForRows(DenseRows(call), [=](uint32_t row) { out[row] = static_cast<R>(f(a[row])); });
}

// out[row] = f(a[row], b[row]) under the same conditions, but a constant side is allowed and read
// once.
template <typename A, typename B, typename R, typename F>
inline void MapBinary(const KernelCall& call, R* __restrict out, F f) {
  const A* a = call.args[0]->data<A>();
  const B* b = call.args[1]->data<B>();
  const Rows rows = DenseRows(call);
  if (call.args[0]->is_constant()) {
    const A left = a[0];
    ForRows(rows, [=](uint32_t row) { out[row] = static_cast<R>(f(left, b[row])); });
  } else if (call.args[1]->is_constant()) {
    const B right = b[0];
    ForRows(rows, [=](uint32_t row) { out[row] = static_cast<R>(f(a[row], right)); });
  } else {
    ForRows(rows, [=](uint32_t row) { out[row] = static_cast<R>(f(a[row], b[row])); });
  }
}

// The kernel of an `R f(A)` that accepts any value. The result is NULL where the argument is.
template <typename A, typename R, auto kFunction>
Result<ColumnPtr> UnaryKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  MapUnary<A>(call, out->template mutable_data<R>(), kFunction);
  return ColumnPtr(std::move(out));
}

// Whether two values of one type, nullability aside, are equal: by SQL's = at the leaves, except
// that NULL equals NULL and NaN equals NaN at every level.
bool ValuesEqual(const Column& a, uint32_t row_a, const Column& b, uint32_t row_b);

// Collects the bytes of one string at a time in memory that is reused. Kernels keep one on their
// stack.
class TextBuilder {
 public:
  void clear() { size_ = 0; }
  void Append(std::string_view text) {
    if (text.empty()) return;
    Reserve(size_ + text.size());
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  void Append(char c) { Append(std::string_view(&c, 1)); }
  size_t size() const { return size_; }
  char* data() { return bytes_.data(); }
  // Valid until the next Append or clear.
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  void Reserve(size_t size) {
    if (size > bytes_.size()) bytes_.resize(std::max(size, bytes_.size() * 2 + 64));
  }
  PoolVector<char> bytes_;
  size_t size_ = 0;
};

// Bytes of the UTF-8 sequence that `lead` starts; 1 for stray bytes.
inline size_t Utf8Length(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// The number of code points in `text`. In malformed UTF-8 every byte that is not a continuation
// counts.
inline int64_t CountCodePoints(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += (static_cast<uint8_t>(c) & 0xC0) != 0x80;
  return count;
}

// Byte offset of the n-th code point (n >= 0), or the size when there are fewer.
inline size_t OffsetOfCodePoint(std::string_view text, int64_t n) {
  size_t offset = 0;
  for (; n > 0 && offset < text.size(); --n) offset += Utf8Length(text[offset]);
  return std::min(offset, text.size());
}

}  // namespace weir::expr
