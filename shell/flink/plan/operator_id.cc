#include "shell/flink/plan/operator_id.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

namespace weir::shell::flink {
namespace {

constexpr uint64_t kFirst = 0x87c37b91114253d5, kSecond = 0x4cf5ad432745937f;

uint64_t Finish(uint64_t k) {
  k = (k ^ (k >> 33)) * 0xff51afd7ed558ccd;
  k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53;
  return k ^ (k >> 33);
}

// The two halves of MurmurHash3_x64_128 with the seed 0.
std::array<uint64_t, 2> Murmur3(std::string_view text) {
  uint64_t h1 = 0, h2 = 0;
  for (size_t at = 0; at < text.size(); at += 16) {
    std::array<uint64_t, 2> k{};  // what is missing of the last block are zeros
    std::memcpy(k.data(), text.data() + at, std::min<size_t>(16, text.size() - at));
    h1 ^= std::rotl(k[0] * kFirst, 31) * kSecond;
    const uint64_t other = std::rotl(k[1] * kSecond, 33) * kFirst;
    if (text.size() - at < 16) {
      h2 ^= other;
      break;
    }
    h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
    h2 = (std::rotl(h2 ^ other, 31) + h1) * 5 + 0x38495ab5;
  }
  h1 ^= text.size();
  h2 ^= text.size();
  h1 += h2;
  h2 += h1;
  h1 = Finish(h1);
  h2 = Finish(h2);
  h1 += h2;
  return {h1, h1 + h2};
}

}  // namespace

std::string OperatorId(std::string_view uid) {
  std::string text;
  for (const uint64_t half : Murmur3(uid)) {
    for (int byte = 0; byte < 8; ++byte) text += fmt::format("{:02x}", (half >> (8 * byte)) & 0xff);
  }
  return text;
}

std::string OperatorUid(int id, std::string_view type) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"table-source-scan", "source"}, {"limit", "rank"}};
  for (const auto& [of, name] : kNames) {
    if (of == type) type = name;
  }
  return fmt::format("{}_{}", id, type);
}

}  // namespace weir::shell::flink
