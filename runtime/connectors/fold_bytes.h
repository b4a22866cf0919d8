// Reading bytes for nothing but having read them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/bytes.h"

namespace weir::connectors {

// A number that depends on every byte: what `blackhole` does to each value, and the hand-written
// loops of the benchmarks too. Eight bytes at a time.
inline uint64_t FoldBytes(const void* values, size_t count) {
  const auto* const bytes = static_cast<const char*>(values);
  constexpr size_t kWord = sizeof(uint64_t);
  uint64_t sum = count;
  if (count < kWord) {
    for (size_t i = 0; i < count; ++i) sum += static_cast<uint8_t>(bytes[i]);
    return sum;
  }
  for (size_t at = 0; at + kWord <= count; at += kWord) sum += LoadLittle<uint64_t>(bytes + at);
  // The rest, with some bytes once more.
  return count % kWord == 0 ? sum : sum + LoadLittle<uint64_t>(bytes + count - kWord);
}

}  // namespace weir::connectors
