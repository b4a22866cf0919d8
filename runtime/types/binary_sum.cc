#include "runtime/types/binary_sum.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/types/decimal.h"

namespace weir {
namespace {

// The word that a bit of weight 2^bit is in, and its place in that word (0 to 63). `bit` may be
// negative: the shift rounds down.
int WordOf(int bit) {
  return bit >> 6;
}
int BitInWord(int bit) {
  return bit & 63;
}

}  // namespace

BinaryParts PartsOf(double value) {
  constexpr int kMantissaBits = 52;
  constexpr int kBias = 1075;  // of an exponent for a mantissa that is a whole number
  const auto bits = std::bit_cast<uint64_t>(value);
  const auto exponent = static_cast<int>((bits >> kMantissaBits) & 0x7FF);
  const uint64_t fraction = bits & ((uint64_t{1} << kMantissaBits) - 1);
  const uint64_t leading = exponent == 0 ? 0 : uint64_t{1} << kMantissaBits;
  return {leading | fraction, std::max(exponent, 1) - kBias, (bits >> 63) != 0};
}

void BinarySum::Cover(int from, int to) {
  from = std::max(from, 0);
  to = std::min(to + 1, kWords);
  if (low_ == high_) low_ = high_ = from;
  for (; low_ > from; --low_) words_[low_ - 1] = 0;
  const uint64_t sign = SignWord();
  for (; high_ < to; ++high_) words_[high_] = sign;
}

uint64_t BinarySum::AddWord(int place, uint64_t word, uint64_t carry, bool negative) {
  uint64_t& at = words_[place];
  using Wide = UInt128;
  const Wide sum = negative ? Wide{at} - word - carry : Wide{at} + word + carry;
  at = static_cast<uint64_t>(sum);
  return static_cast<uint64_t>(sum >> kWordBits) & 1;
}

void BinarySum::Finish(int place, uint64_t carry, bool negative) {
  for (; carry != 0 && place < high_; ++place) carry = AddWord(place, 0, carry, negative);
  const auto top = static_cast<int64_t>(words_[high_ - 1]);
  constexpr int64_t kRoom = int64_t{1} << 62;
  if (top >= -kRoom && top < kRoom) return;
  Cover(low_, high_);
}

void BinarySum::Add(uint64_t low, uint64_t high, int exponent, bool negative) {
  if ((low | high) == 0) return;
  const int first = WordOf(exponent) + kZero;
  const int shift = BitInWord(exponent);
  if (first < 0 || first + 3 > kWords) return;  // no double's square is there
  const uint64_t left = shift == 0 ? 0 : low >> (kWordBits - shift);
  const uint64_t over = shift == 0 ? 0 : high >> (kWordBits - shift);
  Cover(first, first + 3);
  uint64_t carry = AddWord(first, low << shift, 0, negative);
  carry = AddWord(first + 1, (high << shift) | left, carry, negative);
  carry = AddWord(first + 2, over, carry, negative);
  Finish(first + 3, carry, negative);
}

void BinarySum::Add(const BinarySum& other, bool negative) {
  if (other.low_ == other.high_) return;
  Cover(other.low_, other.high_);
  uint64_t carry = 0;
  for (int i = other.low_; i < other.high_; ++i) {
    carry = AddWord(i, other.words_[i], carry, negative);
  }
  const uint64_t sign = other.SignWord();
  for (int i = other.high_; i < high_; ++i) carry = AddWord(i, sign, carry, negative);
  Finish(high_, 0, negative);
}

bool BinarySum::Load(ByteReader& in) {
  low_ = high_ = kZero;
  const uint64_t zigzag = in.Varint();
  const uint64_t count = in.Varint();
  if (in.failed() || zigzag >= 2 * kWords || count > kWords) return false;
  const int place = static_cast<int>(zigzag >> 1) ^ -static_cast<int>(zigzag & 1);
  const int low = place + kZero;
  const int high = low + static_cast<int>(count);
  const std::string_view bytes = in.Bytes(count * sizeof(uint64_t));
  if (in.failed() || low < 0 || high > kWords) return false;
  if (count == 0) return true;
  low_ = low;
  high_ = high;
  std::memcpy(words_ + low_, bytes.data(), bytes.size());
  Cover(low_, high_);
  return true;
}

void BinarySum::Append(std::string& out) const {
  int low = low_;
  int high = high_;
  while (low < high && words_[low] == 0) ++low;
  const uint64_t sign = SignWord();
  // The highest word is not written if it only repeats the sign bit of the word below it.
  while (high - low > 1 && words_[high - 1] == sign && ((words_[high - 2] ^ sign) >> 63) == 0) {
    --high;
  }
  const int place = low == high ? 0 : low - kZero;
  AppendVarint(out, (static_cast<uint64_t>(place) << 1) ^ static_cast<uint64_t>(place >> 31));
  AppendVarint(out, static_cast<uint64_t>(high - low));
  out.append(reinterpret_cast<const char*>(words_ + low),
             static_cast<size_t>(high - low) * sizeof(uint64_t));
}

}  // namespace weir
