// What PostgreSQL's streams are made of: numbers with the highest byte first, and texts that end
// with a zero.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "runtime/base/bytes.h"

namespace weir::connectors::postgres {

// PostgreSQL counts its times from the beginning of 2000.
inline constexpr int64_t kMicrosTo2000 = 946'684'800'000'000;

// Takes values off the front, as ByteReader does: behind the end there are zeros and empty texts,
// and `good` is false.
class NetworkBytes {
 public:
  explicit NetworkBytes(std::string_view bytes) : reader_(bytes) {}

  bool good() const { return !reader_.failed(); }
  bool AtEnd() const { return good() && reader_.at_end(); }

  template <typename T>
  T Take() {
    T value = 0;
    for (const char byte : TakeBytes(sizeof(T)))
      value = static_cast<T>(static_cast<uint64_t>(value) << 8U | static_cast<uint8_t>(byte));
    return value;
  }

  std::string_view TakeBytes(size_t count) { return reader_.Bytes(count); }

  std::string_view TakeText() {
    // One without an end is longer than what is left.
    const size_t end = std::min(reader_.rest().find('\0'), reader_.rest().size());
    const std::string_view whole = TakeBytes(end + 1);
    return good() ? whole.substr(0, end) : whole;
  }

 private:
  ByteReader reader_;
};

}  // namespace weir::connectors::postgres
