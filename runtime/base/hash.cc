#include "runtime/base/hash.h"

// GCC 12 reports its own AVX-512 intrinsics.
#pragma GCC diagnostic ignored "-Wuninitialized"

#define XXH_INLINE_ALL
#include <xxhash.h>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

#include <array>
#include <cstring>

namespace weir {
namespace {

constexpr std::array<uint32_t, 256> kCrcTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0);
    table[i] = value;
  }
  return table;
}();

uint32_t CrcByte(uint32_t crc, uint8_t byte) {
  return (crc >> 8) ^ kCrcTable[(crc ^ byte) & 0xFF];
}

// Of eight bytes, the lowest of the word first.
uint32_t CrcWord(uint32_t crc, uint64_t word) {
#if defined(__SSE4_2__)
  return static_cast<uint32_t>(_mm_crc32_u64(crc, word));
#elif defined(__ARM_FEATURE_CRC32)
  return __crc32cd(crc, word);
#else
  for (int i = 0; i < 64; i += 8) crc = CrcByte(crc, static_cast<uint8_t>(word >> i));
  return crc;
#endif
}

}  // namespace

uint64_t Hash64(const void* data, size_t bytes) {
  return XXH3_64bits(data, bytes);
}

uint32_t Crc32c(uint32_t crc, const void* data, size_t bytes) {
  const auto* p = static_cast<const uint8_t*>(data);
  crc = ~crc;
  for (; bytes >= 8; bytes -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    crc = CrcWord(crc, word);
  }
  for (; bytes > 0; --bytes, ++p) crc = CrcByte(crc, *p);
  return ~crc;
}

}  // namespace weir
