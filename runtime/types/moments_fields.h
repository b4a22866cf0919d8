// The fields of a state row in which VAR and STDDEV keep their sums, and those of older versions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/types/row_layout.h"
#include "runtime/types/schema.h"

namespace weir {

// All fields of the call that is named `name` in state. None of them may be NULL. Which they are
// depends on the kind of the argument:
// * integers: the sum and the lower 128 bits of the sum of squares as DECIMAL(38, 0), whatever
//   their number of digits, and the upper 64 bits. 2^63 values of 64 bits fit.
// * DECIMAL(p, s): the same with 192 bits for the sum, DECIMAL(38, s) and BIGINT, and 320 for the
//   squares, which are of unscaled values. 2^63 values of 38 digits fit.
// * FLOAT and DOUBLE: both BinarySums in one BYTES, empty for none, and how many values were
//   infinite or NaN, since those cannot be added to the sums.
// The last field is the number of values in each case.
std::vector<Field> MomentsFields(const std::string& name, const Type& argument);

// How many words of 64 bits sums of whole numbers have.
inline constexpr size_t kMostSumWords = 3;
inline constexpr size_t kMostSquareWords = 5;

// The name of the call whose accumulator, of whatever function, has this field: "avg(x)" for
// "avg(x)" and "avg(x).count".
std::string AccumulatorOf(std::string_view field);

// A call for which a table of an older version keeps the mean (`name`, DOUBLE), the sum of the
// squares of the distances from it (".squares", DOUBLE) and the count, and the newer table the
// fields of MomentsFields. The new sums start from the rounded ones and are exact from then on.
struct CarriedMoments {
  std::string name;
  // Indexes into the older fields: mean, squares, count.
  size_t from[3];
  // Indexes [to, to + fields) of the newer ones.
  size_t to;
  size_t fields;
};
// The calls in a table of an older version that kept means.
std::vector<std::string> RoundedMoments(const std::vector<Field>& fields);
// Whether a field's name is one that only calls of VAR and STDDEV have.
bool IsOfMoments(std::string_view field);
// The calls that the older table keeps as means and the newer one as sums.
std::vector<CarriedMoments> CarriedBetween(const std::vector<Field>& older,
                                           const std::vector<Field>& newer);
// A row and its layout, which has the fields that CarriedBetween was given. Borrows both.
struct LaidOutRow {
  const RowLayout& layout;
  std::byte* row;
};
// Writes the newer fields of a zeroed row, which `owner` owns, from an older row.
void Carry(const CarriedMoments& moments, const LaidOutRow& older, const LaidOutRow& newer,
           StringOwner& owner);

}  // namespace weir
