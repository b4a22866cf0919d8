// The exact sum of binary floating-point numbers: a fixed-point number of which only the words that
// hold something are there. Radford Neal's "Fast exact summation using small and large
// superaccumulators" (2015) keeps all words that a double can reach; a row of state of a group
// cannot afford these, and its values reach few.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/bytes.h"

namespace weir {

// A whole number in two's complement, lowest word first, times 2^exponent. Borrowed.
struct WideNumber {
  const uint64_t* words = nullptr;
  int count = 0;
  int exponent = 0;
};

// Sums up to 2^63 numbers whose bits lie within those of the squares of doubles (2^-2148 to 2^2048)
// without a rounding error. The sum therefore depends neither on the order of additions nor on
// values that were added and subtracted again. Not thread-safe.
class BinarySum {
 public:
  BinarySum() = default;
  BinarySum(const BinarySum&) = delete;
  BinarySum& operator=(const BinarySum&) = delete;

  // Replaces the sum with the one that Append wrote at the front of `in`. False, and the sum is of
  // no use, if the bytes are malformed.
  bool Load(ByteReader& in);
  // Adds (high · 2^64 + low) · 2^exponent; subtracts it if `negative`.
  void Add(uint64_t low, uint64_t high, int exponent, bool negative);
  void Add(const BinarySum& other, bool negative);
  // Appends a varint with the place of the lowest word, zigzag, one with the number of words, and
  // the words. Equal sums have equal bytes.
  void Append(std::string& out) const;
  WideNumber number() const { return {words_ + low_, high_ - low_, (low_ - kZero) * kWordBits}; }

 private:
  static constexpr int kWordBits = 64;
  static constexpr int kZero = 36;   // place of the word of 2^0
  static constexpr int kWords = 72;  // 2^-2304 to 2^2304

  // Makes the words [from, to) part of the number, and one above them if that was its last.
  void Cover(int from, int to);
  // Adds `word` and `carry` to the word at `place`, or subtracts both if `negative`. Returns the
  // carry (or borrow) for the next word.
  uint64_t AddWord(int place, uint64_t word, uint64_t carry, bool negative);
  // Propagates the carry through the words from `place` on. Adds a word at the top if the uppermost
  // one would otherwise change its sign by overflowing.
  void Finish(int place, uint64_t carry, bool negative);
  uint64_t SignWord() const {
    return low_ < high_ && (words_[high_ - 1] >> (kWordBits - 1)) != 0 ? ~uint64_t{0} : 0;
  }

  // Words [low_, high_) are there; below them are zeros, above them copies of the sign.
  int low_ = kZero;
  int high_ = kZero;
  uint64_t words_[kWords];
};

// A finite double as mantissa · 2^exponent, the mantissa without its sign.
struct BinaryParts {
  uint64_t mantissa;
  int exponent;
  bool negative;
};
// REQUIRES: `value` is finite.
BinaryParts PartsOf(double value);

}  // namespace weir
