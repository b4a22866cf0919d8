// Canonical keys (key_encoding.h) of single values that are at hand as integers, not in columns.
#pragma once

#include <cstdint>

#include "runtime/types/type.h"

namespace weir {

// Writes the bytes of a value of `type`, whose values are integers of at most 64 bits in memory
// (BOOLEAN, DATE, TIMESTAMP(6), DECIMAL(18, 0), …), or of NULL. Returns where they end.
// REQUIRES: `out` has room for GreatestKeyBytes(type) (batch_keys.h).
char* PutIntegerKey(const Type& type, int64_t value, char* out);
char* PutNullKey(char* out);

}  // namespace weir
