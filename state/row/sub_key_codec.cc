#include "state/row/sub_key_codec.h"

#include <algorithm>
#include <bit>

#include "runtime/base/bytes.h"
#include "runtime/base/check.h"
#include "runtime/base/hash.h"

namespace weir::state {
namespace {

constexpr char kValueTag = 1;
constexpr size_t kIntegerBytes = 8;
constexpr uint64_t kSignBit = uint64_t{1} << 63;
// The first byte of a short integer is this plus the number of bytes behind it; for a negative one
// it is this less one and that number. So the bytes sort as the values do.
constexpr uint8_t kZero = 0x80;

bool IsText(const Type& type) {
  return type.physical() == PhysicalType::kString;
}

// The high bit of each byte of `word` that is zero.
uint64_t ZeroBytes(uint64_t word) {
  constexpr uint64_t kLowBits = 0x7f7f7f7f7f7f7f7f;
  return ~(((word & kLowBits) + kLowBits) | word | kLowBits);
}

// Where the bytes of a text end, its terminator included; npos when they do not. That is behind the
// first two zeros in a row, as another byte follows each zero of the text. Looked for eight bytes
// at a time: integers in the text have many zeros.
size_t EndOfText(std::string_view bytes) {
  size_t at = 0;
  for (; at + kIntegerBytes <= bytes.size(); at += kIntegerBytes - 1) {
    const uint64_t zeros = ZeroBytes(LoadBig64(bytes.data() + at));
    const uint64_t pairs = zeros & zeros << 8;
    if (pairs != 0) return at + static_cast<size_t>(std::countl_zero(pairs)) / 8 + 2;
  }
  for (; at + 1 < bytes.size(); ++at) {
    if (bytes[at] == '\0' && bytes[at + 1] == '\0') return at + 2;
  }
  return std::string_view::npos;
}

size_t ByteWidth(uint64_t magnitude) {
  return (static_cast<size_t>(std::bit_width(magnitude)) + 7) / 8;
}

// `ordered`: the value with its sign bit flipped, as canonical keys have it.
void AppendShort(uint64_t ordered, std::string& out) {
  const bool negative = (ordered & kSignBit) == 0;
  const uint64_t value = ordered ^ kSignBit;
  const size_t width = ByteWidth(negative ? ~value : value);
  out.push_back(static_cast<char>(negative ? kZero - 1 - width : kZero + width));
  const uint64_t big = __builtin_bswap64(value);
  out.append(reinterpret_cast<const char*>(&big) + kIntegerBytes - width, width);
}

// Takes a short integer off `bytes`.
uint64_t TakeShort(std::string_view& bytes) {
  const auto first = static_cast<uint8_t>(bytes.front());
  const bool negative = first < kZero;
  const size_t width = negative ? kZero - 1U - first : first - kZero;
  uint64_t value = negative ? ~uint64_t{0} : 0;
  for (size_t i = 1; i <= width; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  bytes.remove_prefix(1 + width);
  return value ^ kSignBit;
}

}  // namespace

SubKeyCodec::SubKeyCodec(const std::vector<Field>& sub_key) {
  for (const Field& field : sub_key) texts_.push_back(IsText(field.type) ? 1 : 0);
  const bool simple = std::ranges::all_of(sub_key, [](const Field& field) {
    return !field.type.nullable() && (IsText(field.type) || field.type.is_integer());
  });
  shortens_ = simple && !sub_key.empty() && texts_.front() == 1 && texts_.back() == 0;
}

Status SubKeyCodec::Shorten(std::string_view canonical, std::string& out) const {
  for (const uint8_t is_text : texts_) {
    const bool tagged = !canonical.empty() && canonical.front() == kValueTag;
    if (tagged) canonical.remove_prefix(1);
    const size_t end = is_text != 0 ? EndOfText(canonical) : kIntegerBytes;
    if (!tagged || end > canonical.size()) return Status::Corruption("a saved sub-key is cut off");
    if (is_text != 0) {
      out += canonical.substr(0, end);
    } else {
      AppendShort(LoadBig64(canonical.data()), out);
    }
    canonical.remove_prefix(end);
  }
  return canonical.empty() ? Status() : Status::Corruption("a saved sub-key is too long");
}

void SubKeyCodec::Restore(std::string_view bytes, std::string& out) const {
  for (const uint8_t is_text : texts_) {
    out.push_back(kValueTag);
    if (is_text != 0) {
      const size_t end = EndOfText(bytes);
      out += bytes.substr(0, end);
      bytes.remove_prefix(end);
    } else {
      AppendBig64(out, TakeShort(bytes));
    }
  }
}

void SubKeys::Encode(const Batch& batch, std::span<const int> columns) {
  canonical_.Encode(batch, columns);
  if (!codec_.shortens()) return canonical_.Hash(batch, columns);
  const uint32_t count = canonical_.size();
  bytes_.clear();
  ends_.resize(count);
  hashes_.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    const size_t begin = bytes_.size();
    WEIR_CHECK(codec_.Shorten(canonical_.key(i), bytes_).ok());
    ends_[i] = bytes_.size();
    hashes_[i] = Hash64(bytes_.data() + begin, ends_[i] - begin);
  }
}

}  // namespace weir::state
