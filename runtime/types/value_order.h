// The order of SQL values of one flat type: NaN equals itself and is greater than every number, and
// -0.0 equals 0.0, as among keys (key_encoding.h). Other types compare as C++ does.
#pragma once

#include <type_traits>

namespace weir {

// Pure.
template <typename T>
constexpr bool ValueEquals(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return (a == b) | ((a != a) & (b != b));  // without branches, for loops over columns
  } else {
    return a == b;
  }
}

// A strict weak order. Pure.
template <typename T>
constexpr bool ValueLess(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return (a < b) | ((a == a) & (b != b));
  } else {
    return a < b;
  }
}

}  // namespace weir
