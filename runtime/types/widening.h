// Which saved types can be read as which wanted ones: saved state survives a change of type when
// every value keeps its meaning.
#pragma once

#include <cstdint>

#include "runtime/types/type.h"

namespace weir {

enum class Widening : uint8_t {
  kSame,    // the same bytes mean the same
  kWider,   // every saved value is one of the wanted type
  kNarrow,  // some are not, or it is another kind of type
};

// Compares types of a value in a row. Nullability is ignored, as the caller has dealt with NULLs
// where the wanted type is NOT NULL. Wider are integers of more bytes, longer strings, also
// within lists and rows, FLOAT to DOUBLE, DECIMAL with more digits of the same scale, and TIMESTAMP
// with more digits in as many bytes.
Widening ValueWidening(const Type& saved, const Type& wanted);
// Compares types of a key column, whose canonical bytes must stay the same: integers of all widths
// share their bytes, and so do strings of all maximum lengths.
Widening KeyWidening(const Type& saved, const Type& wanted);

// Whether values of the two types have the same bytes, in rows as in keys, so that a row may be
// read as either: types that differ in nothing but nullability and the lengths of strings, CHAR or
// VARCHAR, at any level. Whether the saved values are values of the wanted type is another
// question, which runtime/checkpoint/compare_state.h answers.
bool HaveSameBytes(const Type& saved, const Type& wanted);

}  // namespace weir
