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

}  // namespace weir
