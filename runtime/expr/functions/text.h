// Loops of functions over strings.
#pragma once

#include <string_view>

#include "runtime/expr/kernel.h"

namespace weir::expr {

// Computes each row's string by `bool f(row, TextBuilder&)`; false makes it NULL. Rows with a NULL
// argument are skipped where the function propagates NULL. Never fails itself.
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

// Computes each row's string by `std::optional<std::string_view> f(row)`, which returns a piece of
// the first argument. The bytes are shared with the argument, not copied.
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

// Computes each row's number or truth value by `T f(row)`.
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

}  // namespace weir::expr
