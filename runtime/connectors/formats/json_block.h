// Classifies the characters of 64 bytes of JSON text, written for each vector width. Every tier
// gives the same masks; Block is the best one of the instruction set that the build is for.
#pragma once

#if defined(__SSSE3__)
#include <immintrin.h>
#endif

#include <cstddef>
#include <cstdint>

#include "runtime/base/tiers.h"

namespace weir::connectors {

inline constexpr size_t kBlock = 64;

// Bit i of a mask describes byte i.
struct JsonMasks {
  uint64_t quote;
  uint64_t backslash;
  uint64_t punctuation;  // {}[]:, and 0x0C, 0x1A
  uint64_t blank;        // space, tab, line feed, carriage return
  uint64_t line_feed;
  uint64_t control;    // below 0x20
  uint64_t not_ascii;  // 0x80 and above
  friend bool operator==(const JsonMasks&, const JsonMasks&) = default;
};

struct ScalarBlock {
  const char* text;

  explicit ScalarBlock(const char* bytes) : text(bytes) {}

  JsonMasks Classify() const {
    JsonMasks masks{};
    for (size_t i = 0; i < kBlock; ++i) {
      const auto c = static_cast<uint8_t>(text[i]);
      const auto bit = [i](bool set) { return uint64_t{set} << i; };
      const auto lower = static_cast<uint8_t>(c | 0x20);  // '[' to '{'
      masks.quote |= bit(c == '"');
      masks.backslash |= bit(c == '\\');
      masks.punctuation |= bit(lower == '{' || lower == '}' || lower == ',' || lower == ':');
      masks.blank |= bit(c == ' ' || c == '\t' || c == '\n' || c == '\r');
      masks.line_feed |= bit(c == '\n');
      masks.control |= bit(c < 0x20);
      masks.not_ascii |= bit(c >= 0x80);
    }
    return masks;
  }
};

#if defined(__SSSE3__)

// Indexed by the low half of a byte: the byte of the class that has that low half. There is at most
// one; zero where there is none.
inline __m128i PunctuationByLowHalf() {
  return _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
}
// As PunctuationByLowHalf.
inline __m128i BlanksByLowHalf() {
  return _mm_setr_epi8(' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0);
}

struct Ssse3Block {
  __m128i parts[4];

  explicit Ssse3Block(const char* text) {
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
};

#endif
#if defined(__AVX2__)

struct Avx2Block {
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
            Test([](__m256i bytes) {
              return _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
            }),
            Join(low, high)};
  }
};

#endif
#if defined(__AVX512BW__)

// Keeps a mask out of the mask registers. GCC 12 would otherwise move it back and forth between
// these and the general registers, which takes a fifth longer.
inline uint64_t InGeneral(uint64_t mask) {
  asm("" : "+r"(mask));
  return mask;
}

struct Avx512Block {
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
};

using BlockTiers = Tiers<ScalarBlock, Ssse3Block, Avx2Block, Avx512Block>;
#elif defined(__AVX2__)
using BlockTiers = Tiers<ScalarBlock, Ssse3Block, Avx2Block>;
#elif defined(__SSSE3__)
using BlockTiers = Tiers<ScalarBlock, Ssse3Block>;
#else
using BlockTiers = Tiers<ScalarBlock>;
#endif
using Block = BlockTiers::Widest;

}  // namespace weir::connectors
