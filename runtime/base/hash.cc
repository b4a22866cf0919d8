#include "runtime/base/hash.h"

// GCC 12 reports its own AVX-512 intrinsics.
#pragma GCC diagnostic ignored "-Wuninitialized"

#define XXH_INLINE_ALL
#include <xxhash.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#endif

#include <array>
#include <cstring>

#include "runtime/base/tiers.h"

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

// The tiers of CRC-32C. Word continues `crc` over the eight bytes of a word, the lowest byte first.
struct TableCrc {
  static constexpr Width kWidth = Width::kPlain;
  static uint32_t Word(uint32_t crc, uint64_t word) {
    for (int i = 0; i < 64; i += 8) crc = CrcByte(crc, static_cast<uint8_t>(word >> i));
    return crc;
  }
};

#if defined(__x86_64__)
WEIR_BEGIN_TARGET(WEIR_SSE4)
struct Sse4Crc {
  static constexpr Width kWidth = Width::kSse4;
  static uint32_t Word(uint32_t crc, uint64_t word) {
    return static_cast<uint32_t>(_mm_crc32_u64(crc, word));
  }
};
WEIR_END_TARGET
using CrcTiers = Tiers<TableCrc, Sse4Crc>;
#elif defined(__aarch64__)
WEIR_BEGIN_TARGET(WEIR_ARM_CRC)
struct ArmCrc {
  static constexpr Width kWidth = Width::kArmCrc;
  static uint32_t Word(uint32_t crc, uint64_t word) { return __crc32cd(crc, word); }
};
WEIR_END_TARGET
using CrcTiers = Tiers<TableCrc, ArmCrc>;
#else
using CrcTiers = Tiers<TableCrc>;
#endif

template <typename Tier>
uint32_t CrcBytes(uint32_t crc, const uint8_t* p, size_t bytes) {
  for (; bytes >= 8; bytes -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    crc = Tier::Word(crc, word);
  }
  for (; bytes > 0; --bytes, ++p) crc = CrcByte(crc, *p);
  return crc;
}

}  // namespace

uint64_t Hash64(const void* data, size_t bytes) {
  return XXH3_64bits(data, bytes);
}

uint32_t Crc32c(uint32_t crc, const void* data, size_t bytes) {
  OnWidest([&](auto target) {
    using Tier = CrcTiers::For<decltype(target)::kWidth>;
    crc = ~CrcBytes<Tier>(~crc, static_cast<const uint8_t*>(data), bytes);
  });
  return crc;
}

}  // namespace weir
