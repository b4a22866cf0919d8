// Reads bytes for no other purpose than to have read them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/bytes.h"

namespace weir::connectors {

// Returns a number that depends on every byte. `blackhole` does this with each value, and so do the
// hand-written loops of the benchmarks, so that both do the same work. Reads eight bytes at a time.
inline uint64_t FoldBytes(const void* values, size_t count) {
  const auto* const bytes = static_cast<const char*>(values);
  constexpr size_t kWord = sizeof(uint64_t);
  uint64_t sum = count;
  if (count < kWord) {
    for (size_t i = 0; i < count; ++i) sum += static_cast<uint8_t>(bytes[i]);
    return sum;
  }
  for (size_t at = 0; at + kWord <= count; at += kWord) sum += LoadLittle<uint64_t>(bytes + at);
  // The last word overlaps the one before.
  return count % kWord == 0 ? sum : sum + LoadLittle<uint64_t>(bytes + count - kWord);
}

}  // namespace weir::connectors
