// Comparisons of many bytes at once, written for each vector width. All tiers give the same
// answers, and tests/unit/runtime/base/wide_bytes_test.cc compares those that the machine can run;
// Widest is the best one of the instruction set that the build is for.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "runtime/base/tiers.h"

namespace weir::wide {

// What each tier has:
//   PlacesOf      bit i: whether byte i of the first min(size, 64) is `wanted`. Reads no others.
//   PlacesIn64    the same of 64 bytes, all of them readable.
//   Same          whether the first `size` (1 to 48) bytes are equal. 48 are readable at both.
//   QuotesAndEscapes  bit i, below kScanBytes: whether p[i] is '"' or '\\'.
struct Scalar {
  static constexpr Width kWidth = Width::kPlain;
  static constexpr size_t kScanBytes = 8;

  static uint64_t PlacesOf(char wanted, const char* bytes, size_t size) {
    uint64_t places = 0;
    for (size_t i = 0; i < std::min<size_t>(size, 64); ++i) {
      places |= uint64_t{bytes[i] == wanted} << i;
    }
    return places;
  }
  static uint64_t PlacesIn64(char wanted, const char* bytes) { return PlacesOf(wanted, bytes, 64); }
  static bool Same(const char* a, const char* b, uint32_t size) {
    return std::memcmp(a, b, size) == 0;
  }
  static uint64_t QuotesAndEscapes(const char* p) {
    uint64_t mask = 0;
    for (size_t i = 0; i < kScanBytes; ++i) mask |= uint64_t{p[i] == '"' || p[i] == '\\'} << i;
    return mask;
  }
};

// The tier for registers of 16 bytes, which every x86-64 and every ARMv8 has. A Register offers:
//   Load        the 16 bytes at an address
//   LoadHalves  the 8 bytes at each of two addresses
//   All         16 times one byte
//   Equal       bit i: whether byte i of both is the same
template <typename Register>
struct Sixteen {
  static constexpr Width kWidth = Width::kPlain;
  static constexpr size_t kScanBytes = 16;

  static uint64_t PlacesOf(char wanted, const char* bytes, size_t size) {
    if (size < 8) return Scalar::PlacesOf(wanted, bytes, size);
    const auto all = Register::All(wanted);
    if (size < kScanBytes) {
      // Two halves that overlap, since a wide load would read what is behind them.
      const size_t second = size - 8;
      const uint64_t both = Register::Equal(Register::LoadHalves(bytes, bytes + second), all);
      return (both & 0xFF) | (both >> 8) << second;
    }
    size = std::min<size_t>(size, 64);
    const size_t last = size - kScanBytes;
    uint64_t places = Register::Equal(Register::Load(bytes + last), all) << last;
    for (size_t at = 0; at < last; at += kScanBytes) {
      places |= Register::Equal(Register::Load(bytes + at), all) << at;
    }
    return places;
  }
  static uint64_t PlacesIn64(char wanted, const char* bytes) {
    const auto all = Register::All(wanted);
    uint64_t places = 0;
    for (size_t at = 0; at < 64; at += kScanBytes) {
      places |= Register::Equal(Register::Load(bytes + at), all) << at;
    }
    return places;
  }
  static bool Same(const char* a, const char* b, uint32_t size) {
    uint64_t equal = 0;
    for (size_t at = 0; at < 48; at += kScanBytes) {
      equal |= Register::Equal(Register::Load(a + at), Register::Load(b + at)) << at;
    }
    return std::countr_one(equal) >= static_cast<int>(size);
  }
  static uint64_t QuotesAndEscapes(const char* p) {
    const auto bytes = Register::Load(p);
    return Register::Equal(bytes, Register::All('"')) | Register::Equal(bytes, Register::All('\\'));
  }
};

#if defined(__x86_64__)
struct Sse2Register {
  static __m128i Load(const char* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static __m128i All(char c) { return _mm_set1_epi8(c); }
  static __m128i LoadHalves(const char* low, const char* high) {
    return _mm_unpacklo_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(low)),
                              _mm_loadl_epi64(reinterpret_cast<const __m128i*>(high)));
  }
  static uint64_t Equal(__m128i a, __m128i b) {
    return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)));
  }
};
using Sse2 = Sixteen<Sse2Register>;

WEIR_BEGIN_TARGET(WEIR_AVX2)
struct Avx2 {
  static constexpr Width kWidth = Width::kAvx2;
  static constexpr size_t kScanBytes = 32;

  static __m256i Load(const char* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static uint64_t Equal(__m256i a, __m256i b) {
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)));
  }
  static uint64_t PlacesOf(char wanted, const char* bytes, size_t size) {
    if (size < kScanBytes) return Sse2::PlacesOf(wanted, bytes, size);
    const __m256i all = _mm256_set1_epi8(wanted);
    const size_t second = std::min<size_t>(size, 64) - kScanBytes;  // the two may overlap
    return Equal(Load(bytes), all) | Equal(Load(bytes + second), all) << second;
  }
  static uint64_t PlacesIn64(char wanted, const char* bytes) {
    const __m256i all = _mm256_set1_epi8(wanted);
    return Equal(Load(bytes), all) | Equal(Load(bytes + kScanBytes), all) << kScanBytes;
  }
  static bool Same(const char* a, const char* b, uint32_t size) {
    const uint64_t low = Equal(Load(a), Load(b));
    const uint64_t high =
        Sse2Register::Equal(Sse2Register::Load(a + kScanBytes), Sse2Register::Load(b + kScanBytes));
    return std::countr_one(low | high << kScanBytes) >= static_cast<int>(size);
  }
  static uint64_t QuotesAndEscapes(const char* p) {
    const __m256i bytes = Load(p);
    return Equal(bytes, _mm256_set1_epi8('"')) | Equal(bytes, _mm256_set1_epi8('\\'));
  }
};
WEIR_END_TARGET

WEIR_BEGIN_TARGET(WEIR_AVX512)
struct Avx512 {
  static constexpr Width kWidth = Width::kAvx512;
  static constexpr size_t kScanBytes = 64;

  static uint64_t PlacesOf(char wanted, const char* bytes, size_t size) {
    const uint64_t read = size < kScanBytes ? (uint64_t{1} << size) - 1 : ~uint64_t{0};
    return _mm512_mask_cmpeq_epi8_mask(read, _mm512_maskz_loadu_epi8(read, bytes),
                                       _mm512_set1_epi8(wanted));
  }
  static uint64_t PlacesIn64(char wanted, const char* bytes) {
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(bytes), _mm512_set1_epi8(wanted));
  }
  static bool Same(const char* a, const char* b, uint32_t size) {
    if (size <= sizeof(__m128i)) [[likely]] {
      // Wide loads nearly always cross into the next cache line.
      const auto low = static_cast<__mmask16>((1U << size) - 1);
      return _mm_cmpneq_epi8_mask(_mm_maskz_loadu_epi8(low, a), _mm_maskz_loadu_epi8(low, b)) == 0;
    }
    const __mmask64 mask = (__mmask64{1} << size) - 1;
    return _mm512_cmpneq_epi8_mask(_mm512_maskz_loadu_epi8(mask, a),
                                   _mm512_maskz_loadu_epi8(mask, b)) == 0;
  }
  static uint64_t QuotesAndEscapes(const char* p) {
    const __m512i bytes = _mm512_loadu_si512(p);
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')) |
           _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
  }
};
WEIR_END_TARGET
using AllTiers = Tiers<Scalar, Sse2, Avx2, Avx512>;
#elif defined(__aarch64__)
struct NeonRegister {
  static uint8x16_t Load(const char* p) { return vld1q_u8(reinterpret_cast<const uint8_t*>(p)); }
  static uint8x16_t All(char c) { return vdupq_n_u8(static_cast<uint8_t>(c)); }
  static uint8x16_t LoadHalves(const char* low, const char* high) {
    return vcombine_u8(vld1_u8(reinterpret_cast<const uint8_t*>(low)),
                       vld1_u8(reinterpret_cast<const uint8_t*>(high)));
  }
  static uint64_t Equal(uint8x16_t a, uint8x16_t b) {
    constexpr uint8x16_t kBits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t bits = vandq_u8(vceqq_u8(a, b), kBits);
    for (int step = 0; step < 3; ++step) bits = vpaddq_u8(bits, bits);
    return vgetq_lane_u16(vreinterpretq_u16_u8(bits), 0);
  }
};
using Neon = Sixteen<NeonRegister>;
using AllTiers = Tiers<Scalar, Neon>;
#else
using AllTiers = Tiers<Scalar>;
#endif
using Widest = AllTiers::Widest;

}  // namespace weir::wide
