// The seed that a test with generated input draws from; seed.py is its like.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace weir {

// WEIR_TEST_SEED, which `weirw test` sets from the number of commits; else a new one. Printed.
inline uint64_t DrawSeed() {
  const char* said = std::getenv("WEIR_TEST_SEED");
  const uint64_t seed = said != nullptr ? std::strtoull(said, nullptr, 10) : std::random_device()();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// For generators of the tests of one process: another seed for each `number`, and for each run.
inline uint64_t SeedOf(uint64_t number) {
  static const uint64_t kRun = DrawSeed();
  return kRun * 0x9E3779B97F4A7C15ULL + number;
}

}  // namespace weir
