// The primitives of Protocol Buffers on the wire ("Encoding" in its documentation).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/base/bytes.h"

namespace weir::connectors::protobuf {

// What a tag's low three bits say of the value behind it; the others begin and end groups.
inline constexpr uint32_t kWireVarint = 0;
inline constexpr uint32_t kWireFixed64 = 1;
inline constexpr uint32_t kWireBytes = 2;
inline constexpr uint32_t kWireFixed32 = 5;

// Takes values off the front of bytes that may be damaged. All return false where the bytes end too
// early, and for what the library would not take either.
class WireBytes {
 public:
  explicit WireBytes(std::string_view bytes)
      : at_(reinterpret_cast<const uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}

  bool empty() const { return at_ == end_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  bool Varint(uint64_t& value) { return Varint(value, kLongest64); }
  bool Tag(uint32_t& tag) {
    uint64_t bits = 0;
    if (!Varint(bits, kLongest32) || bits > UINT32_MAX) return false;
    tag = static_cast<uint32_t>(bits);
    return tag >> 3 != 0;
  }
  template <typename T>
  bool Fixed(T& value) {
    if (left() < sizeof(T)) return false;
    value = LoadLittle<T>(reinterpret_cast<const char*>(at_));
    at_ += sizeof(T);
    return true;
  }
  // A length, and so many bytes.
  bool Sized(std::string_view& bytes) {
    uint64_t size = 0;
    if (!Varint(size, kLongest32) || size > left()) return false;
    bytes = {reinterpret_cast<const char*>(at_), static_cast<size_t>(size)};
    at_ += size;
    return true;
  }
  // Passes over a value that is no group.
  bool Skip(uint32_t wire) {
    uint64_t number = 0;
    uint32_t half = 0;
    std::string_view bytes;
    switch (wire) {
      case kWireVarint:
        return Varint(number);
      case kWireFixed64:
        return Fixed(number);
      case kWireBytes:
        return Sized(bytes);
      case kWireFixed32:
        return Fixed(half);
      default:
        return false;
    }
  }

 private:
  // Bytes that the library takes for a number of 64 bits, and for a tag or a length.
  static constexpr int kLongest64 = 10;
  static constexpr int kLongest32 = 5;

  bool Varint(uint64_t& value, int longest) {
    if (at_ != end_ && *at_ < 0x80) [[likely]] {
      value = *at_++;
      return true;
    }
    value = 0;
    for (int i = 0; i < longest && at_ != end_; ++i) {
      const uint8_t byte = *at_++;
      value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
      if (byte < 0x80) return true;
    }
    return false;
  }

  const uint8_t* at_;
  const uint8_t* end_;
};

}  // namespace weir::connectors::protobuf
