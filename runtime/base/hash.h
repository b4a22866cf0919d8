// The two hash functions of the engine. Both read canonical bytes, never language objects.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

// XXH3-64 with seed 0. Persisted through key groups: its results never change (key hash version 1).
// Yann Collet's xxHash; the reference implementation, inlined.
uint64_t Hash64(const void* data, size_t bytes);

// CRC-32C (Castagnoli) of `bytes` bytes, continuing from `crc` (0 to start). Checksums of files.
// RFC 3720, B.4; by the processor's instruction where it has one.
uint32_t Crc32c(uint32_t crc, const void* data, size_t bytes);

// Mixes the hash of one more field into `seed`.
// For tables in memory only; not for what is persisted.
constexpr uint64_t CombineHash(uint64_t seed, uint64_t hash) {
  return (seed ^ hash) * 0x9E3779B97F4A7C15ULL + (seed << 6) + (seed >> 2);
}

}  // namespace weir
