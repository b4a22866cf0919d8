// Reads the head of a canonical key (key_encoding.h) without decoding the rest.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/bytes.h"

namespace weir {

// The bytes that a BIGINT takes in a key if it is not NULL: a tag and the value.
inline constexpr size_t kBigIntKeyBytes = 9;

// The first column of a key. REQUIRES: it is a BIGINT and not NULL.
inline int64_t LeadingBigInt(std::string_view key) {
  constexpr uint64_t kSignBit = uint64_t{1} << 63;
  return static_cast<int64_t>(LoadBig64(key.data() + 1) ^ kSignBit);
}

}  // namespace weir
