// The two hash functions of the engine. Both read canonical bytes, never the memory of C++ objects,
// so that equal values hash alike in every build.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

// XXH3-64 with seed 0 (Yann Collet's reference implementation, inlined). A row's key group is made
// of it and is persisted, so its results must never change: key hash version 1.
uint64_t Hash64(const void* data, size_t bytes);

// CRC-32C (Castagnoli) of `bytes` bytes, continuing from `crc` (0 to start). Checksums of files.
// RFC 3720, B.4; by the processor's instruction where it has one.
uint32_t Crc32c(uint32_t crc, const void* data, size_t bytes);

// Mixes the hash of one more field into `seed`. For hash tables in memory only; nothing that is
// persisted may depend on it.
constexpr uint64_t CombineHash(uint64_t seed, uint64_t hash) {
  return (seed ^ hash) * 0x9E3779B97F4A7C15ULL + (seed << 6) + (seed >> 2);
}

}  // namespace weir
