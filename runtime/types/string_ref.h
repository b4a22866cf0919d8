// A 16-byte view of characters or bytes: short ones inline, long ones by pointer ("German strings",
// Neumann and Freitag, Umbra, CIDR 2020).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace weir {

// Up to 12 bytes lie inside; longer strings keep their first 4 bytes inside and point to the whole.
// Trivially copyable. Unused inline bytes are zero, so equal inline strings have equal bytes. A
// StringRef that points does not own: the column's heaps keep the bytes alive.
// A constant size makes columns of strings arrays; most comparisons end in the first eight bytes.
class StringRef {
 public:
  static constexpr uint32_t kInlineBytes = 12;

  // The empty string.
  StringRef() : size_(0), bytes_{} {}
  // Borrows `text` when it is longer than kInlineBytes.
  explicit StringRef(std::string_view text) : size_(static_cast<uint32_t>(text.size())) {
    if (size_ <= kInlineBytes) {
      std::memset(bytes_, 0, kInlineBytes);
      if (size_ > 0) std::memcpy(bytes_, text.data(), size_);
    } else {
      std::memcpy(bytes_, text.data(), kPrefixBytes);
      const char* data = text.data();
      std::memcpy(bytes_ + kPrefixBytes, &data, sizeof(data));
    }
  }

  // Bytes, not characters.
  uint32_t size() const { return size_; }
  bool is_inline() const { return size_ <= kInlineBytes; }
  // Valid as long as this object (inline) or the borrowed bytes (otherwise).
  const char* data() const { return is_inline() ? bytes_ : Pointer(); }
  // The same lifetime as data().
  std::string_view view() const { return {data(), size_}; }
  // A copy. Not for loops over rows.
  std::string str() const { return std::string(view()); }

  // Bytewise; most unequal strings differ in the first eight bytes, compared as one word.
  friend bool operator==(const StringRef& a, const StringRef& b) {
    uint64_t head_a;
    uint64_t head_b;
    std::memcpy(&head_a, &a, 8);
    std::memcpy(&head_b, &b, 8);
    if (head_a != head_b) return false;  // size and first four bytes at once
    if (a.is_inline()) return std::memcmp(a.bytes_ + kPrefixBytes, b.bytes_ + kPrefixBytes, 8) == 0;
    return std::memcmp(a.Pointer(), b.Pointer(), a.size_) == 0;
  }
  // Order of unsigned bytes, which for UTF-8 is the order of code points.
  friend bool operator<(const StringRef& a, const StringRef& b) { return a.view() < b.view(); }

 private:
  static constexpr uint32_t kPrefixBytes = 4;

  const char* Pointer() const {
    const char* data;
    std::memcpy(&data, bytes_ + kPrefixBytes, sizeof(data));
    return data;
  }

  uint32_t size_;
  char bytes_[kInlineBytes];  // the string; or its first four bytes and the pointer
};

static_assert(sizeof(StringRef) == 16);

}  // namespace weir
