// Conversion of FLOAT and DOUBLE to integers, which never fails.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace weir::expr {

// Java's narrowing of floating point (JLS 5.1.3): NaN becomes 0, values beyond the range become its
// nearest end, and fractions are cut off. Types narrower than INT are converted by way of INT,
// whose upper bits are lost.
template <typename To, typename From>
To SaturatingCast(From value) {
  using Wide = std::conditional_t<sizeof(To) == 8, int64_t, int32_t>;
  constexpr auto kLow = static_cast<double>(std::numeric_limits<Wide>::min());
  const auto wide = static_cast<double>(value);
  if (std::isnan(wide)) return 0;
  if (wide <= kLow) return static_cast<To>(std::numeric_limits<Wide>::min());
  if (wide >= -kLow) return static_cast<To>(std::numeric_limits<Wide>::max());
  return static_cast<To>(static_cast<Wide>(wide));
}

}  // namespace weir::expr
