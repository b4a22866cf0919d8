// Searches a tag among the eight slots of a KeyIndex's group, written for each vector width. All
// tiers give the same answers; WidestMatch is the best one of the instruction set that the build is
// for.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include <cstdint>

#include "runtime/base/tiers.h"
#include "state/row/tagged_pointer.h"

namespace weir::state {

// A slot is the word of a TaggedPointer. 0 is an empty slot, 1 a removed one.
inline constexpr uint64_t kAddressMask = TaggedPointer::kAddressMask;

// Bit i describes slot i of a group.
struct GroupMatch {
  uint32_t equal;  // the slot has the key's tag
  uint32_t empty;
  uint32_t free;  // empty or removed: no tag
  friend bool operator==(const GroupMatch&, const GroupMatch&) = default;
};

// The Match of each tier takes the tag in the bits above an address.
struct ScalarMatch {
  static constexpr Width kWidth = Width::kPlain;

  static GroupMatch Match(const uint64_t* group, uint64_t tag) {
    GroupMatch match{0, 0, 0};
    for (uint32_t i = 0; i < 8; ++i) {
      match.equal |= uint32_t{((group[i] ^ tag) & ~kAddressMask) == 0} << i;
      match.empty |= uint32_t{group[i] == 0} << i;
      match.free |= uint32_t{(group[i] & ~kAddressMask) == 0} << i;
    }
    return match;
  }
};

#if defined(__x86_64__)
WEIR_BEGIN_TARGET(WEIR_SSE4)
struct Sse4Match {
  static constexpr Width kWidth = Width::kSse4;

  static uint32_t Zeros(__m128i two) {
    const __m128i zero = _mm_cmpeq_epi64(two, _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_movemask_pd(_mm_castsi128_pd(zero)));
  }
  static GroupMatch Match(const uint64_t* group, uint64_t tag) {
    const __m128i wanted = _mm_set1_epi64x(static_cast<int64_t>(tag));
    const __m128i tags = _mm_set1_epi64x(static_cast<int64_t>(~kAddressMask));
    GroupMatch match{0, 0, 0};
    for (uint32_t at = 0; at < 8; at += 2) {
      const __m128i slots = _mm_loadu_si128(reinterpret_cast<const __m128i*>(group + at));
      match.equal |= Zeros(_mm_and_si128(_mm_xor_si128(slots, wanted), tags)) << at;
      match.empty |= Zeros(slots) << at;
      match.free |= Zeros(_mm_and_si128(slots, tags)) << at;
    }
    return match;
  }
};
WEIR_END_TARGET

WEIR_BEGIN_TARGET(WEIR_AVX2)
struct Avx2Match {
  static constexpr Width kWidth = Width::kAvx2;

  static uint32_t Zeros(__m256i four) {
    const __m256i zero = _mm256_cmpeq_epi64(four, _mm256_setzero_si256());
    return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(zero)));
  }
  static GroupMatch Match(const uint64_t* group, uint64_t tag) {
    const __m256i wanted = _mm256_set1_epi64x(static_cast<int64_t>(tag));
    const __m256i tags = _mm256_set1_epi64x(static_cast<int64_t>(~kAddressMask));
    GroupMatch match{0, 0, 0};
    for (uint32_t at = 0; at < 8; at += 4) {
      const __m256i slots = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(group + at));
      match.equal |= Zeros(_mm256_and_si256(_mm256_xor_si256(slots, wanted), tags)) << at;
      match.empty |= Zeros(slots) << at;
      match.free |= Zeros(_mm256_and_si256(slots, tags)) << at;
    }
    return match;
  }
};
WEIR_END_TARGET

WEIR_BEGIN_TARGET(WEIR_AVX512)
struct Avx512Match {
  static constexpr Width kWidth = Width::kAvx512;

  static GroupMatch Match(const uint64_t* group, uint64_t tag) {
    const __m512i slots = _mm512_loadu_si512(group);
    const __m512i other = _mm512_xor_si512(slots, _mm512_set1_epi64(static_cast<int64_t>(tag)));
    const __m512i tags = _mm512_set1_epi64(static_cast<int64_t>(~kAddressMask));
    return {_mm512_testn_epi64_mask(other, tags), _mm512_testn_epi64_mask(slots, slots),
            _mm512_testn_epi64_mask(slots, tags)};
  }
};
WEIR_END_TARGET
using MatchTiers = Tiers<ScalarMatch, Sse4Match, Avx2Match, Avx512Match>;
#elif defined(__aarch64__)
struct NeonMatch {
  static constexpr Width kWidth = Width::kPlain;

  // Bit i: whether word i is all ones; it is that or all zeros.
  static uint32_t Bits(const uint64x2_t (&words)[4]) {
    const uint32x4_t low =
        vuzp1q_u32(vreinterpretq_u32_u64(words[0]), vreinterpretq_u32_u64(words[1]));
    const uint32x4_t high =
        vuzp1q_u32(vreinterpretq_u32_u64(words[2]), vreinterpretq_u32_u64(words[3]));
    constexpr uint16x8_t kBits = {1, 2, 4, 8, 16, 32, 64, 128};
    return vaddvq_u16(
        vandq_u16(vuzp1q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high)), kBits));
  }
  static GroupMatch Match(const uint64_t* group, uint64_t tag) {
    const uint64x2_t wanted = vdupq_n_u64(tag);
    const uint64x2_t tags = vdupq_n_u64(~kAddressMask);
    uint64x2_t equal[4];
    uint64x2_t empty[4];
    uint64x2_t free[4];
    for (int i = 0; i < 4; ++i) {
      const uint64x2_t slots = vld1q_u64(group + 2 * i);
      equal[i] = vceqzq_u64(vandq_u64(veorq_u64(slots, wanted), tags));
      empty[i] = vceqzq_u64(slots);
      free[i] = vceqzq_u64(vandq_u64(slots, tags));
    }
    return {Bits(equal), Bits(empty), Bits(free)};
  }
};
using MatchTiers = Tiers<ScalarMatch, NeonMatch>;
#else
using MatchTiers = Tiers<ScalarMatch>;
#endif
using WidestMatch = MatchTiers::Widest;

}  // namespace weir::state
