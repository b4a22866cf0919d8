// The tier of json_block.h for ARMv8.
#pragma once

#if defined(__aarch64__)
#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "runtime/base/tiers.h"
#include "runtime/connectors/formats/json_masks.h"

namespace weir::connectors {

struct NeonBlock {
  static constexpr Width kWidth = Width::kPlain;

  uint8x16_t parts[4];

  explicit NeonBlock(const char* text) {
    for (size_t i = 0; i < 4; ++i) {
      parts[i] = vld1q_u8(reinterpret_cast<const uint8_t*>(text) + 16 * i);
    }
  }

  // The test gives all ones or zeros a byte.
  template <typename F>
  uint64_t Test(F&& test) const {
    constexpr uint8x16_t kBits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t low =
        vpaddq_u8(vandq_u8(test(parts[0]), kBits), vandq_u8(test(parts[1]), kBits));
    const uint8x16_t high =
        vpaddq_u8(vandq_u8(test(parts[2]), kBits), vandq_u8(test(parts[3]), kBits));
    const uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
  }
  uint64_t Equal(char c) const {
    return Test(
        [c](uint8x16_t bytes) { return vceqq_u8(bytes, vdupq_n_u8(static_cast<uint8_t>(c))); });
  }
  JsonMasks Classify() const {
    // Indexed by the low half of a byte: the byte of the class that has this low half, of which
    // there is at most one.
    constexpr uint8x16_t kPunctuation = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0};
    constexpr uint8x16_t kBlanks = {' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0};
    const uint8x16_t low_half = vdupq_n_u8(0x0F);
    return {Equal('"'),
            Equal('\\'),
            Test([&](uint8x16_t bytes) {
              const uint8x16_t lower = vorrq_u8(bytes, vdupq_n_u8(0x20));
              return vceqq_u8(vqtbl1q_u8(kPunctuation, vandq_u8(bytes, low_half)), lower);
            }),
            Test([&](uint8x16_t bytes) {
              return vceqq_u8(vqtbl1q_u8(kBlanks, vandq_u8(bytes, low_half)), bytes);
            }),
            Equal('\n'),
            Test([](uint8x16_t bytes) { return vcltq_u8(bytes, vdupq_n_u8(0x20)); }),
            Test([](uint8x16_t bytes) { return vcgeq_u8(bytes, vdupq_n_u8(0x80)); })};
  }
  static uint64_t PrefixParity(uint64_t bits) { return ParityByShifts(bits); }
};

}  // namespace weir::connectors

#endif
