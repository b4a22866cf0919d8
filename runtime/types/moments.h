// Variances from exact sums of values and of their squares, and such sums from the means that older
// versions of Weir kept.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/types/binary_sum.h"

namespace weir {

// How Variance reads the sums that it is given, and which of its two results is asked for.
struct VarianceOf {
  int64_t count = 0;    // of the values, at least 1
  int64_t divisor = 0;  // count, or count - 1 for a sample; at least 1
  int scale = 0;        // the sums are of values times 10^scale
  bool root = false;    // the standard deviation
};
// (count · squares − sum²) / (count · divisor · 10^(2 · scale)), or its square root, from exact
// arithmetic rounded once (the root: twice). 0 where rounding elsewhere made it negative; infinite
// where no double holds it. Sums of more than 4,400 bits are not supported.
double Variance(const WideNumber& sum, const WideNumber& squares, const VarianceOf& of);

// What older versions kept: the mean, and the sum of the squares of the distances from it.
// Without values (count <= 0) the sum of the values and the sum of their squares.
struct FormerMoments {
  int64_t count = 0;
  double mean = 0;
  double squares = 0;

  bool finite() const;
};
// Turn the moments of an older version back into sums, which are as exact as the means were.
// CarryBinary adds exactly what the moments say; CarryWhole replaces `sum` and `squares` by the
// nearest whole numbers (of values times 10^scale) in two's complement. Neither does anything
// unless the moments are finite.
void CarryBinary(const FormerMoments& former, BinarySum& sum, BinarySum& squares);
void CarryWhole(const FormerMoments& former, int scale, std::span<uint64_t> sum,
                std::span<uint64_t> squares);

}  // namespace weir
