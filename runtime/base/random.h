// The only source of randomness, so that a test that owns the seed can repeat a run. Nobody calls
// rand().
#pragma once

#include <cstdint>

namespace weir {

// SplitMix64 (Steele, Lea, Flood 2014): a 64-bit state, one multiplication chain a draw. Equal
// seeds give equal sequences on every machine and version. Not thread-safe; not for secrets.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next64() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  // Uniform in [0, bound). REQUIRES: bound > 0. The bias is below 2^-32 for bounds below 2^32.
  // Lemire, "Fast Random Integer Generation in an Interval", TOMACS 2019, without the rejection.
  uint64_t Below(uint64_t bound) { return static_cast<uint64_t>((Wide{Next64()} * bound) >> 64); }
  // Uniform in [0, 1).
  double NextDouble() { return static_cast<double>(Next64() >> 11) * 0x1.0p-53; }

 private:
  __extension__ typedef unsigned __int128 Wide;  // NOLINT(modernize-use-using)

  uint64_t state_;
};

}  // namespace weir
