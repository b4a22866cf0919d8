// What functions over strings are made of.
#pragma once

#include <string_view>

#include "runtime/expr/kernel.h"

namespace weir::expr {

// Each row's string from `bool f(row, TextBuilder&)`; false makes it NULL. Rows whose arguments are
// NULL are skipped where the function propagates NULL.
// Never fails on its own account: the Result is what kernels return.
template <typename F>
Result<ColumnPtr> BuildStrings(const KernelCall& call, F f) {
  MutableColumnPtr out = call.MakeNullableResult();
  TextBuilder text;
  ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
    text.clear();
    if (f(row, text)) {
      out->SetString(row, text.view());
    } else {
      out->SetNull(row);
    }
  });
  return ColumnPtr(std::move(out));
}

// Each row's string from `std::optional<std::string_view> f(row)`, a piece of the first argument,
// which is shared and not copied.
template <typename F>
Result<ColumnPtr> SliceStrings(const KernelCall& call, F f) {
  MutableColumnPtr out = call.MakeNullableResult();
  out->ShareHeaps(*call.args[0]);
  auto* result = out->template mutable_data<StringRef>();
  ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
    const std::optional<std::string_view> piece = f(row);
    if (piece) {
      result[row] = StringRef(*piece);
    } else {
      out->SetNull(row);
    }
  });
  return ColumnPtr(std::move(out));
}

// Each row's number or truth value from `T f(row)`.
template <typename T, typename F>
Result<ColumnPtr> MapStrings(const KernelCall& call, F f) {
  MutableColumnPtr out = call.MakeResult();
  T* result = out->template mutable_data<T>();
  ForValidRows(call.rows, out->validity(),
               [&](uint32_t row) { result[row] = static_cast<T>(f(row)); });
  return ColumnPtr(std::move(out));
}

// Decodes the code point at `offset` and moves past it; stray bytes are themselves.
uint32_t NextCodePoint(std::string_view text, size_t& offset);
void AppendCodePoint(uint32_t code_point, TextBuilder& out);
// Simple case mapping of the Latin, Greek, Cyrillic and Armenian alphabets.
// One code point for one: 'ß' stays. Other alphabets are left as they are.
uint32_t UpperCodePoint(uint32_t code_point);
uint32_t LowerCodePoint(uint32_t code_point);

}  // namespace weir::expr
