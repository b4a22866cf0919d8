// The primitives of Avro's binary encoding ("Binary Encoding" in its specification).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/base/bytes.h"

namespace weir::connectors::avro {

// An int or a long. Zigzag coding first makes 0, 1, 2, 3, … of 0, -1, 1, -2, …, so that small
// negative numbers are short as well; the result is written as a varint.
inline void AppendLong(std::string& out, int64_t value) {
  AppendVarint(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

// Avro's encoding of bytes and string: the length as a long, then the bytes.
inline void AppendBytes(std::string& out, std::string_view bytes) {
  AppendLong(out, static_cast<int64_t>(bytes.size()));
  out += bytes;
}

// Takes primitives off the front of bytes that may be damaged. REQUIRES: at least 16 readable bytes
// follow the end, since TakeLong reads first and checks afterwards whether it went beyond the end.
// After a call has failed, nothing is left, so that later calls for any bytes fail, too.
class AvroReader {
 public:
  AvroReader() = default;
  explicit AvroReader(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  size_t left() const { return static_cast<size_t>(end_ - at_); }
  const char* at() const { return at_; }

  // False at the end of the bytes, or for more than 64 bits.
  bool TakeLong(int64_t& value) {
    const auto* p = reinterpret_cast<const uint8_t*>(at_);
    uint64_t bits = *p & 0x7F;
    for (unsigned shift = 7; (*p & 0x80) != 0; shift += 7) {
      ++p;
      if (shift == 63 && *p > 1) return Fail();
      bits |= static_cast<uint64_t>(*p & 0x7F) << shift;
    }
    at_ = reinterpret_cast<const char*>(p + 1);
    value = static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
    return at_ <= end_ || Fail();
  }
  template <typename T>
  bool TakeLittle(T& value) {
    if (left() < sizeof(T)) return Fail();
    value = LoadLittle<T>(at_);
    at_ += sizeof(T);
    return true;
  }
  bool TakeFixed(uint64_t size, std::string_view& bytes) {
    if (size > left()) return Fail();
    bytes = {at_, static_cast<size_t>(size)};
    at_ += size;
    return true;
  }
  bool TakeBytes(std::string_view& bytes) {
    int64_t size = 0;
    return TakeLong(size) && (size >= 0 || Fail()) && TakeFixed(static_cast<uint64_t>(size), bytes);
  }

 private:
  bool Fail() {
    at_ = end_;
    return false;
  }

  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace weir::connectors::avro
