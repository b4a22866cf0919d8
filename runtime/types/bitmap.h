// Validity bitmaps: bit i of word i/64 is set when row i is not NULL.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

// The number of 64-bit words that hold `rows` bits. REQUIRES of the functions below: bit `i` is
// within the bitmap. None of them is atomic.
constexpr size_t BitmapWords(size_t rows) {
  return (rows + 63) / 64;
}
inline bool GetBit(const uint64_t* words, size_t i) {
  return ((words[i >> 6] >> (i & 63)) & 1) != 0;
}
inline void SetBit(uint64_t* words, size_t i) {
  words[i >> 6] |= uint64_t{1} << (i & 63);
}
inline void ClearBit(uint64_t* words, size_t i) {
  words[i >> 6] &= ~(uint64_t{1} << (i & 63));
}

}  // namespace weir
