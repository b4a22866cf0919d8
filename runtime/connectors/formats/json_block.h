// Classifies the characters of 64 bytes of JSON text, written for each vector width. Every tier
// gives the same masks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/tiers.h"
#include "runtime/connectors/formats/json_block_arm.h"
#include "runtime/connectors/formats/json_block_x86.h"
#include "runtime/connectors/formats/json_masks.h"

namespace weir::connectors {

// A tier is made of kBlock bytes, which need not be aligned, and have to outlive it. Each also has
// PrefixParity, which gives what ParityByShifts gives.
struct ScalarBlock {
  static constexpr Width kWidth = Width::kPlain;

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
  static uint64_t PrefixParity(uint64_t bits) { return ParityByShifts(bits); }
};

#if defined(__x86_64__)
using BlockTiers = Tiers<ScalarBlock, Sse4Block, Avx2Block, Avx512Block, Vbmi2Block>;
#elif defined(__aarch64__)
using BlockTiers = Tiers<ScalarBlock, NeonBlock>;
#else
using BlockTiers = Tiers<ScalarBlock>;
#endif

}  // namespace weir::connectors
