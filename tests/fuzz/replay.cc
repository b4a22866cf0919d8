// The program around a fuzz target where no fuzzer drives it: replays inputs and prints how many.
//
//   fuzz_<name> [--damage | --random COUNT] DIRECTORY…
//
// --damage: also every short input with each of its bytes changed, and cut off at each length.
// --random: also so many short inputs of random bytes, from the seed WEIR_TEST_SEED, which is
// printed.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/seed.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kLongestDamaged = 1024;
constexpr size_t kLongestRandom = 48;

size_t Replay(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return 1;
}

size_t ReplayDamaged(const std::string& bytes) {
  size_t count = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    count += Replay(bytes.substr(0, at));
    for (const int flip : {0x01, 0x10, 0x80, 0xFF}) {
      std::string bad = bytes;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      count += Replay(bad);
    }
  }
  return count;
}

size_t ReplayRandom(size_t count) {
  std::mt19937_64 random(weir::DrawSeed());
  for (size_t i = 0; i < count; ++i) {
    std::string bytes(1 + random() % kLongestRandom, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    Replay(bytes);
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const bool damage = argc > 1 && std::string(argv[1]) == "--damage";
  const bool random = argc > 2 && std::string(argv[1]) == "--random";
  size_t count = random ? ReplayRandom(std::stoul(argv[2])) : 0;
  for (int i = random ? 3 : damage ? 2 : 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      count += Replay(bytes);
      if (damage && bytes.size() <= kLongestDamaged) count += ReplayDamaged(bytes);
    }
  }
  std::printf("replayed %zu inputs\n", count);
  return count > 0 ? 0 : 1;
}
