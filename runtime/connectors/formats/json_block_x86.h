// The tiers of json_block.h for x86-64.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "runtime/base/tiers.h"
#include "runtime/connectors/formats/json_masks.h"

namespace weir::connectors {

// Tables for a shuffle, indexed by the low half of a byte: the one character of the class ({}:, or
// blanks) with that low half, or 0. A byte is of the class if it equals what it finds.
inline __m128i PunctuationByLowHalf() {
  return _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
}
inline __m128i BlanksByLowHalf() {
  return _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0);
}

WEIR_BEGIN_TARGET(WEIR_SSE4)
struct Sse4Block {
  static constexpr Width kWidth = Width::kSse4;

  __m128i parts[4];

  explicit Sse4Block(const char* text) {
    for (size_t i = 0; i < 4; ++i) {
      parts[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + 16 * i));
    }
  }

  template <typename F>
  uint64_t Test(F&& test) const {
    uint64_t mask = 0;
    for (size_t i = 0; i < 4; ++i) {
      mask |= uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(test(parts[i])))} << 16 * i;
    }
    return mask;
  }
  uint64_t Equal(char c) const {
    return Test([c](__m128i bytes) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); });
  }
  JsonMasks Classify() const {
    const __m128i punctuation = PunctuationByLowHalf();
    const __m128i blanks = BlanksByLowHalf();
    return {
        Equal('"'),
        Equal('\\'),
        Test([&](__m128i bytes) {
          const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
          return _mm_cmpeq_epi8(_mm_shuffle_epi8(punctuation, bytes), lower);
        }),
        Test([&](__m128i bytes) { return _mm_cmpeq_epi8(_mm_shuffle_epi8(blanks, bytes), bytes); }),
        Equal('\n'),
        Test([](__m128i bytes) {
          return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
        }),
        Test([](__m128i bytes) { return bytes; })};
  }
  static uint64_t PrefixParity(uint64_t bits) { return ParityByShifts(bits); }
};
WEIR_END_TARGET

WEIR_BEGIN_TARGET(WEIR_AVX2)
// As ParityByShifts: the carry-less product of the bits with all ones.
inline uint64_t ParityByProduct(uint64_t bits) {
  const __m128i factor = _mm_set_epi64x(0, static_cast<int64_t>(bits));
  return static_cast<uint64_t>(
      _mm_cvtsi128_si64(_mm_clmulepi64_si128(factor, _mm_set1_epi8(-1), 0)));
}

struct Avx2Block {
  static constexpr Width kWidth = Width::kAvx2;

  __m256i low;
  __m256i high;

  explicit Avx2Block(const char* text)
      : low(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(text))),
        high(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32))) {}

  static uint64_t Join(__m256i a, __m256i b) {
    return static_cast<uint32_t>(_mm256_movemask_epi8(a)) |
           uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(b))} << 32;
  }
  template <typename F>
  uint64_t Test(F&& test) const {
    return Join(test(low), test(high));
  }
  uint64_t Equal(char c) const {
    return Test([c](__m256i bytes) { return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c)); });
  }
  JsonMasks Classify() const {
    const __m256i punctuation = _mm256_broadcastsi128_si256(PunctuationByLowHalf());
    const __m256i blanks = _mm256_broadcastsi128_si256(BlanksByLowHalf());
    const __m256i last_control = _mm256_set1_epi8(0x1F);
    return {Equal('"'),
            Equal('\\'),
            Test([&](__m256i bytes) {
              const __m256i lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
              return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(punctuation, bytes), lower);
            }),
            Test([&](__m256i bytes) {
              return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(blanks, bytes), bytes);
            }),
            Equal('\n'),
            Test([&](__m256i bytes) {
              return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, last_control), bytes);
            }),
            Join(low, high)};
  }
  static uint64_t PrefixParity(uint64_t bits) { return ParityByProduct(bits); }
};
WEIR_END_TARGET

WEIR_BEGIN_TARGET(WEIR_AVX512)
// Keeps a mask out of the mask registers. GCC 12 would otherwise move it back and forth between
// these and the general registers, which takes a fifth longer.
inline uint64_t InGeneral(uint64_t mask) {
  asm("" : "+r"(mask));
  return mask;
}

struct Avx512Block {
  static constexpr Width kWidth = Width::kAvx512;

  __m512i bytes;

  explicit Avx512Block(const char* text) : bytes(_mm512_loadu_si512(text)) {}

  uint64_t Equal(char c) const {
    return InGeneral(_mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c)));
  }
  JsonMasks Classify() const {
    const __m512i punctuation = _mm512_broadcast_i32x4(PunctuationByLowHalf());
    const __m512i blanks = _mm512_broadcast_i32x4(BlanksByLowHalf());
    const __m512i lower = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    return {Equal('"'),
            Equal('\\'),
            InGeneral(_mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(punctuation, bytes), lower)),
            InGeneral(_mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(blanks, bytes), bytes)),
            Equal('\n'),
            InGeneral(_mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20))),
            InGeneral(_mm512_movepi8_mask(bytes))};
  }
  static uint64_t PrefixParity(uint64_t bits) { return ParityByProduct(bits); }
};
WEIR_END_TARGET

WEIR_BEGIN_TARGET(WEIR_VBMI2)
struct Vbmi2Block : Avx512Block {
  static constexpr Width kWidth = Width::kVbmi2;

  using Avx512Block::Avx512Block;

  // Writes for each bit of `tokens` its place plus `base` to out.first, and to out.second the byte
  // at that place if it is in `own`, else `other`. Returns how many there are. REQUIRES: room for
  // 64 elements at both, as what lies behind the last one is overwritten.
  size_t Write(uint64_t own, char other, uint64_t tokens, uint32_t base,
               std::pair<uint32_t*, char*> out) const {
    alignas(64) static constexpr auto kCount = [] {
      std::array<uint8_t, kBlock> count{};
      for (size_t i = 0; i < kBlock; ++i) count[i] = static_cast<uint8_t>(i);
      return count;
    }();
    const __m512i named = _mm512_mask_blend_epi8(own, _mm512_set1_epi8(other), bytes);
    _mm512_storeu_si512(out.second, _mm512_maskz_compress_epi8(tokens, named));
    const __m512i within = _mm512_maskz_compress_epi8(tokens, _mm512_load_si512(kCount.data()));
    const __m512i start = _mm512_set1_epi32(static_cast<int>(base));
    const auto count = static_cast<size_t>(std::popcount(tokens));
    const auto put = [&](__m128i part, size_t at) {
      _mm512_storeu_si512(out.first + at, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(part)));
    };
    put(_mm512_castsi512_si128(within), 0);
    put(_mm512_extracti32x4_epi32(within, 1), 16);  // a branch would be mispredicted often
    if (count > 32) [[unlikely]] {
      put(_mm512_extracti32x4_epi32(within, 2), 32);
      put(_mm512_extracti32x4_epi32(within, 3), 48);
    }
    return count;
  }
};
WEIR_END_TARGET

}  // namespace weir::connectors

#endif
