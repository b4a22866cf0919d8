// What PostgreSQL's streams are made of: numbers with the highest byte first, and texts that end
// with a zero.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::connectors::postgres {

// PostgreSQL counts its times from the beginning of 2000.
inline constexpr int64_t kMicrosTo2000 = 946'684'800'000'000;

// Takes values off the front. Behind the end there are zeros and empty texts, and `good` is false.
class NetworkBytes {
 public:
  explicit NetworkBytes(std::string_view bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  bool AtEnd() const { return good_ && rest_.empty(); }

  template <typename T>
  T Take() {
    T value = 0;
    for (const char byte : TakeBytes(sizeof(T)))
      value = static_cast<T>(static_cast<uint64_t>(value) << 8U | static_cast<uint8_t>(byte));
    return value;
  }

  std::string_view TakeBytes(size_t count) {
    if (count > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view TakeText() {
    const size_t end = rest_.find('\0');
    if (end == std::string_view::npos) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = TakeBytes(end);
    rest_.remove_prefix(1);
    return taken;
  }

  std::string_view TakeRest() { return TakeBytes(rest_.size()); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// Writes a number as Take reads it.
template <typename T>
void AppendNetwork(T value, std::string& out) {
  for (size_t i = sizeof(T); i-- > 0;)
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
}

}  // namespace weir::connectors::postgres
