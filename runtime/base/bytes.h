// Reading and writing integers in persisted bytes: little-endian for values, big-endian for parts
// of keys that must sort, and LEB128 variable-length integers.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace weir {

static_assert(std::endian::native == std::endian::little, "persisted formats assume little-endian");

// The bytes of a trivially copyable value, least significant first.
template <typename T>
void AppendLittle(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// REQUIRES: sizeof(T) readable bytes at `p`, at any alignment. Compiles to a single load.
template <typename T>
T LoadLittle(const void* p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}

// Most significant byte first, so that RocksDB, which compares keys as bytes, sorts by the number.
inline void AppendBig16(std::string& out, uint16_t v) {
  AppendLittle(out, __builtin_bswap16(v));
}
inline void AppendBig32(std::string& out, uint32_t v) {
  AppendLittle(out, __builtin_bswap32(v));
}
inline void AppendBig64(std::string& out, uint64_t v) {
  AppendLittle(out, __builtin_bswap64(v));
}
// The inverse of AppendBig; REQUIRES as LoadLittle.
inline uint16_t LoadBig16(const void* p) {
  return __builtin_bswap16(LoadLittle<uint16_t>(p));
}
inline uint32_t LoadBig32(const void* p) {
  return __builtin_bswap32(LoadLittle<uint32_t>(p));
}
inline uint64_t LoadBig64(const void* p) {
  return __builtin_bswap64(LoadLittle<uint64_t>(p));
}

// LEB128, as in DWARF and Protocol Buffers: seven bits a byte, the low ones first, the top bit set
// on all bytes but the last. Takes 1 to 10 bytes.
void AppendVarint(std::string& out, uint64_t value);

// Takes values off the front of a borrowed view of bytes that may be damaged. Nothing outside the
// view is ever read, whatever lengths the bytes claim: the first call that wants more than is left
// makes failed() true, and every result from then on is zero or empty.
class ByteReader {
 public:
  // Borrows `bytes`, which outlives the reader and the views it gives.
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  // The next sizeof(T) bytes as a little-endian value; T{} when there are fewer.
  template <typename T>
  T Little() {
    const std::string_view raw = Bytes(sizeof(T));
    return raw.size() == sizeof(T) ? LoadLittle<T>(raw.data()) : T{};
  }
  // Also fails on an encoding of more than 10 bytes.
  uint64_t Varint();
  // A view into the input, empty after a failure.
  std::string_view Bytes(size_t count);
  // Stays true after the first failure, so one question at the end of a record is enough.
  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// A text behind its size as a varint.
void AppendText(std::string& out, std::string_view text);
std::string TakeText(ByteReader& reader);

}  // namespace weir
