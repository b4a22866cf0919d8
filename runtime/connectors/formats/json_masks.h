// The result of classifying 64 bytes of JSON text, in common to all tiers of json_block.h.
#pragma once

#include <cstddef>
#include <cstdint>

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

// Bit i: the parity of the bits up to i.
inline uint64_t ParityByShifts(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

}  // namespace weir::connectors
