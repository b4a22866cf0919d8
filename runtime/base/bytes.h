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

template <typename T>
void AppendLittle(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <typename T>
T LoadLittle(const void* p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}

inline void AppendBig16(std::string& out, uint16_t v) {
  AppendLittle(out, __builtin_bswap16(v));
}
inline void AppendBig32(std::string& out, uint32_t v) {
  AppendLittle(out, __builtin_bswap32(v));
}
inline void AppendBig64(std::string& out, uint64_t v) {
  AppendLittle(out, __builtin_bswap64(v));
}
inline uint16_t LoadBig16(const void* p) {
  return __builtin_bswap16(LoadLittle<uint16_t>(p));
}
inline uint32_t LoadBig32(const void* p) {
  return __builtin_bswap32(LoadLittle<uint32_t>(p));
}
inline uint64_t LoadBig64(const void* p) {
  return __builtin_bswap64(LoadLittle<uint64_t>(p));
}

void AppendVarint(std::string& out, uint64_t value);

// Takes bytes off the front of a borrowed view. Every call checks the length: after the first call
// that wants more than there is, failed() is true and all results are zero or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T Little() {
    const std::string_view raw = Bytes(sizeof(T));
    return raw.size() == sizeof(T) ? LoadLittle<T>(raw.data()) : T{};
  }
  uint64_t Varint();
  std::string_view Bytes(size_t count);
  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace weir
