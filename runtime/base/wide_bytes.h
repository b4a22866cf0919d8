// Comparisons of many bytes at once, written for each vector width. All tiers give the same
// answers, and tests/unit/runtime/base/wide_bytes_test.cc compares those that the machine can run;
// Widest is the best one of the instruction set that the build is for.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
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
//   Same          whether the first `size` (1 to 48) bytes are equal. 48 are readable at both.
//   QuotesAndEscapes  bit i, below kScanBytes: whether p[i] is '"' or '\\'.
struct Scalar {
  static constexpr size_t kScanBytes = 8;

  static uint64_t PlacesOf(char wanted, const char* bytes, size_t size) {
    uint64_t places = 0;
    for (size_t i = 0; i < std::min<size_t>(size, 64); ++i) {
      places |= uint64_t{bytes[i] == wanted} << i;
    }
    return places;
  }
  static bool Same(const char* a, const char* b, uint32_t size) {
    return std::memcmp(a, b, size) == 0;
  }
  static uint64_t QuotesAndEscapes(const char* p) {
    uint64_t mask = 0;
    for (size_t i = 0; i < kScanBytes; ++i) mask |= uint64_t{p[i] == '"' || p[i] == '\\'} << i;
    return mask;
  }
};

#if defined(__x86_64__)
// Part of every x86-64.
struct Sse2 {
  static constexpr size_t kScanBytes = 16;

  static __m128i Load(const char* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static uint64_t Equal(__m128i a, __m128i b) {
    return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)));
  }
  // Of 8 to 15 bytes: two halves that overlap, since a wide load would read what is behind them.
  static uint64_t PlacesInHalf(__m128i wanted, const char* bytes, size_t size) {
    const auto half = [&](size_t at) {
      const auto* const from = reinterpret_cast<const __m128i*>(bytes + at);
      return (Equal(_mm_loadl_epi64(from), wanted) & 0xFF) << at;
    };
    return half(0) | half(size - 8);
  }
  static uint64_t PlacesOf(char wanted, const char* bytes, size_t size) {
    if (size < 8) return Scalar::PlacesOf(wanted, bytes, size);
    const __m128i all = _mm_set1_epi8(wanted);
    if (size < kScanBytes) return PlacesInHalf(all, bytes, size);
    size = std::min<size_t>(size, 64);
    uint64_t places = Equal(Load(bytes + size - kScanBytes), all) << (size - kScanBytes);
    for (size_t at = 0; at + kScanBytes < size; at += kScanBytes) {
      places |= Equal(Load(bytes + at), all) << at;
    }
    return places;
  }
  static bool Same(const char* a, const char* b, uint32_t size) {
    uint64_t equal = 0;
    for (size_t at = 0; at < 48; at += kScanBytes) equal |= Equal(Load(a + at), Load(b + at)) << at;
    return std::countr_one(equal) >= static_cast<int>(size);
  }
  static uint64_t QuotesAndEscapes(const char* p) {
    const __m128i bytes = Load(p);
    return Equal(bytes, _mm_set1_epi8('"')) | Equal(bytes, _mm_set1_epi8('\\'));
  }
};
#endif

#if defined(__AVX2__)
struct Avx2 {
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
  static bool Same(const char* a, const char* b, uint32_t size) {
    const uint64_t low = Equal(Load(a), Load(b));
    const uint64_t high = Sse2::Equal(Sse2::Load(a + kScanBytes), Sse2::Load(b + kScanBytes));
    return std::countr_one(low | high << kScanBytes) >= static_cast<int>(size);
  }
  static uint64_t QuotesAndEscapes(const char* p) {
    const __m256i bytes = Load(p);
    return Equal(bytes, _mm256_set1_epi8('"')) | Equal(bytes, _mm256_set1_epi8('\\'));
  }
};
#endif

#if defined(__AVX512BW__) && defined(__AVX512VL__)
struct Avx512 {
  static constexpr size_t kScanBytes = 64;

  static uint64_t PlacesOf(char wanted, const char* bytes, size_t size) {
    const uint64_t read = size < kScanBytes ? (uint64_t{1} << size) - 1 : ~uint64_t{0};
    return _mm512_mask_cmpeq_epi8_mask(read, _mm512_maskz_loadu_epi8(read, bytes),
                                       _mm512_set1_epi8(wanted));
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
using AllTiers = Tiers<Scalar, Sse2, Avx2, Avx512>;
#elif defined(__AVX2__)
using AllTiers = Tiers<Scalar, Sse2, Avx2>;
#elif defined(__x86_64__)
using AllTiers = Tiers<Scalar, Sse2>;
#else
using AllTiers = Tiers<Scalar>;
#endif
using Widest = AllTiers::Widest;

}  // namespace weir::wide
