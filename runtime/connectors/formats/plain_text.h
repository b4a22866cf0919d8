// Fast paths for the plainest spellings of numbers and timestamps, eight characters at a time; any
// other spelling is left to the parsers that know every form. The parallel arithmetic on the bytes
// of a word is that of Lamport, "Multiple Byte Processing with Full-Word Instructions", CACM 1975.
// Words are little-endian, as are the machines that Weir is built for.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "runtime/types/datetime.h"

namespace weir::connectors {

static_assert(std::endian::native == std::endian::little);

// Loads eight bytes at any alignment.
inline uint64_t LoadWord(const char* text) {
  uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  return word;
}

// Sets the high bit of every byte that is not a digit value (0..9); exact up to the first such
// byte. `values` is the text less '0' in each byte.
constexpr uint64_t NotDigits(uint64_t values) {
  return ((values + 0x7676767676767676) | values) & 0x8080808080808080;
}

// The number that eight digit values spell, the first in the lowest byte.
constexpr uint64_t JoinDigits(uint64_t values) {
  constexpr uint64_t kEveryOther = 0x000000FF000000FF;
  values = values * 10 + (values >> 8);
  const uint64_t high = (values & kEveryOther) * 0x000F424000000064;
  const uint64_t low = (values >> 16 & kEveryOther) * 0x0000271000000001;
  return (high + low) >> 32;
}

// Reads a JSON integer of at most 15 digits without leading zeros and returns the end of its
// digits; the caller must check that what follows may follow a number. Null when the text begins
// otherwise. Reads 24 bytes.
[[gnu::always_inline]] inline const char* ReadPlainInteger(const char* p, int64_t& value) {
  constexpr uint64_t kZeros = 0x3030303030303030;
  const bool negative = *p == '-';
  if (negative) ++p;
  const uint64_t first = LoadWord(p) ^ kZeros;
  const uint64_t end = NotDigits(first);
  if ((first & 0xFF) == 0) {
    value = 0;
    return (end >> 15 & 1) != 0 ? p + 1 : nullptr;
  }
  uint64_t number = 0;
  if (end != 0) [[likely]] {
    const int bits = std::countr_zero(end) - 7;  // of the digits before the first other byte
    if (bits == 0) return nullptr;
    number = JoinDigits(first << (64 - bits));
    p += bits / 8;
  } else {
    constexpr uint64_t kPowers[] = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000};
    const uint64_t second = LoadWord(p + 8) ^ kZeros;
    const uint64_t second_end = NotDigits(second);
    if (second_end == 0) return nullptr;
    const int bits = std::countr_zero(second_end) - 7;
    number = JoinDigits(first) * kPowers[bits / 8];
    if (bits != 0) number += JoinDigits(second << (64 - bits));
    p += 8 + bits / 8;
  }
  value = negative ? -static_cast<int64_t>(number) : static_cast<int64_t>(number);
  return p;
}

// Reads "yyyy-MM-dd HH:mm:ss[.fraction]", also with 'T'. Remembers the last date, which seldom
// changes from one record to the next. Tests compare it with the parser that knows every form. Not
// thread-safe.
class PlainTimestamps {
 public:
  // Reads the microseconds of the text at `p`, which has at most `precision` (0..6) fractional
  // digits, and returns the end of the text; null when it is spelled differently, or is not a date
  // and time of day. Reads 28 bytes.
  const char* Read(const char* p, int precision, int64_t& micros) {
    if ((LoadWord(p) != year_month_ || LoadDay(p + 8) != day_) && !Learn(p)) return nullptr;
    if (p[10] != ' ' && p[10] != 'T') return nullptr;
    constexpr uint64_t kTime = 0x30303A30303A3030;  // "00:00:00"
    constexpr uint64_t kColons = 0x0000FF0000FF0000;
    const uint64_t time = LoadWord(p + 11) ^ kTime;
    if (((time & kColons) | NotDigits(time)) != 0) return nullptr;
    const uint64_t pairs = time * 10 + (time >> 8);
    const auto hour = static_cast<int64_t>(pairs & 0xFF);
    const auto minute = static_cast<int64_t>(pairs >> 24 & 0xFF);
    const auto second = static_cast<int64_t>(pairs >> 48 & 0xFF);
    if (hour > 23 || minute > 59 || second > 59) return nullptr;
    micros = date_micros_ + (hour * 3600 + minute * 60 + second) * kMicrosPerSecond;
    return p[19] == '.' ? ReadFraction(p + 20, precision, micros) : p + 19;
  }

 private:
  static uint16_t LoadDay(const char* p) {
    uint16_t day;
    std::memcpy(&day, p, sizeof(day));
    return day;
  }

  static const char* ReadFraction(const char* p, int precision, int64_t& micros) {
    const uint64_t values = LoadWord(p) ^ 0x3030303030303030;
    const uint64_t end = NotDigits(values);
    if (end == 0) return nullptr;
    const int bits = std::countr_zero(end) - 7;
    if (bits == 0 || bits / 8 > precision) return nullptr;
    // Eight digits with zeros behind are hundredths of a microsecond.
    const uint64_t kept = values & (~uint64_t{0} >> (64 - bits));
    micros += static_cast<int64_t>(JoinDigits(kept) / 100);
    return p + bits / 8;
  }

  // Parses the date "yyyy-MM-dd" at `p` and remembers it; false when it is none.
  bool Learn(const char* p);

  uint64_t year_month_ = 0;  // "yyyy-MM-" as a word
  uint16_t day_ = 0;
  int64_t date_micros_ = 0;
};

}  // namespace weir::connectors
