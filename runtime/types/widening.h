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

// Of a value in a row. Nullability is not compared: who wants NOT NULL made sure of it.
// Wider: integers of more bytes, longer strings, FLOAT to DOUBLE, DECIMAL of more digits and the
// same scale.
Widening ValueWidening(const Type& saved, const Type& wanted);
// Of a column of a key, whose canonical bytes must stay as they are: integers of any width have the
// same bytes, and so have strings of any greatest length.
Widening KeyWidening(const Type& saved, const Type& wanted);

}  // namespace weir
