// Reading bytes for nothing but having read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weir::connectors {

// A number that depends on every byte: what `blackhole` does to each value, and the hand-written
// loops of the benchmarks too. Eight bytes at a time.
inline uint64_t FoldBytes(const void* values, size_t count) {
  const auto* const bytes = static_cast<const uint8_t*>(values);
  const auto word_at = [bytes](size_t at) {
    uint64_t word;
    std::memcpy(&word, bytes + at, sizeof(word));
    return word;
  };
  uint64_t sum = count;
  if (count < sizeof(uint64_t)) {
    for (size_t i = 0; i < count; ++i) sum += bytes[i];
    return sum;
  }
  for (size_t at = 0; at + sizeof(uint64_t) <= count; at += sizeof(uint64_t)) sum += word_at(at);
  // The rest, with some bytes once more.
  return count % sizeof(uint64_t) == 0 ? sum : sum + word_at(count - sizeof(uint64_t));
}

}  // namespace weir::connectors
