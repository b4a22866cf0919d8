// The generator of java.util.Random, whose documentation fixes its algorithm: RAND and RAND_INTEGER
// with a seed give what they give in Flink.
#pragma once

#include <cstdint>

namespace weir::expr {

// A linear congruential generator of 48 bits: Knuth, The Art of Computer Programming 2, 3.2.1.
class JavaRandom {
 public:
  explicit JavaRandom(int64_t seed) : state_((static_cast<uint64_t>(seed) ^ kFactor) & kMask) {}

  // Uniform in [0, 1).
  double NextDouble() {
    const uint64_t high = Next(26);
    return static_cast<double>((high << 27) + Next(27)) * 0x1.0p-53;
  }

  // Uniform in [0, bound). REQUIRES: 0 < bound < 2^31.
  uint64_t Below(uint64_t bound) {
    const bool power_of_two = (bound & (bound - 1)) == 0;
    if (power_of_two) return (bound * Next(31)) >> 31;
    // A number of the last, incomplete span of `bound` numbers is drawn again. Java sees it by an
    // addition that overflows.
    while (true) {
      const uint64_t bits = Next(31);
      const uint64_t value = bits % bound;
      if (bits - value + (bound - 1) < (uint64_t{1} << 31)) return value;
    }
  }

 private:
  static constexpr uint64_t kFactor = 0x5DEECE66D;
  static constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;

  uint64_t Next(int bits) {
    state_ = (state_ * kFactor + 0xB) & kMask;
    return state_ >> (48 - bits);
  }

  uint64_t state_;
};

}  // namespace weir::expr
