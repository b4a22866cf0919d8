#include "runtime/connectors/formats/json_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "runtime/base/hex_digit.h"

namespace weir::connectors {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr size_t kSlack = 64;

// The number that four hexadecimal digits spell; negative where they are not all digits.
int32_t HexUnit(const char* p) {
  int32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = HexDigit(p[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

char* WriteUtf8(uint32_t code, char* out) {
  const auto put = [&](uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return out;
}

// Writes the character whose digits begin at `p`, behind "\u", and moves `p` and `out` behind it.
// False for bad digits and lone surrogates. Stops at the closing quote, which is no digit.
bool UnescapeUnicode(const char*& p, char*& out) {
  const int32_t first = HexUnit(p);
  if (first < 0) return false;
  p += 4;
  auto code = static_cast<uint32_t>(first);
  if (code >= 0xDC00 && code < 0xE000) return false;
  if (code >= 0xD800 && code < 0xDC00) {
    if (p[0] != '\\' || p[1] != 'u') return false;
    const int32_t second = HexUnit(p + 2);
    if (second < 0xDC00 || second >= 0xE000) return false;
    p += 6;
    code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<uint32_t>(second) - 0xDC00);
  }
  out = WriteUtf8(code, out);
  return true;
}

// Writes the character of the escape whose backslash is at `p`, and moves `p` and `out` behind it.
// False for a bad escape.
bool UnescapeOne(const char*& p, char*& out) {
  const char kind = p[1];
  p += 2;
  switch (kind) {
    case '"':
    case '\\':
    case '/':
      *out++ = kind;
      return true;
    case 'b':
      *out++ = '\b';
      return true;
    case 'f':
      *out++ = '\f';
      return true;
    case 'n':
      *out++ = '\n';
      return true;
    case 'r':
      *out++ = '\r';
      return true;
    case 't':
      *out++ = '\t';
      return true;
    case 'u':
      return UnescapeUnicode(p, out);
    default:
      return false;
  }
}

// The closing quote at or behind `p`, which is in a string but not behind a backslash.
const char* ClosingQuote(const char* p) {
  for (p = FindQuoteOrEscape(p); *p != '"'; p = FindQuoteOrEscape(p + 2)) {
  }
  return p;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> MakeBase64Values() {
  std::array<int8_t, 256> values{};
  for (int8_t& value : values) value = -1;
  for (size_t i = 0; i < kBase64.size(); ++i)
    values[static_cast<uint8_t>(kBase64[i])] = static_cast<int8_t>(i);
  return values;
}
constexpr std::array<int8_t, 256> kBase64Values = MakeBase64Values();

}  // namespace

char* JsonHeap::Room(size_t bytes) {
  if (!chunk_ || used_ + bytes + kSlack > chunk_->size()) {
    chunk_ = MakeBuffer<char>(std::max(kChunkBytes, bytes + kSlack));
    used_ = 0;
  }
  if (chunks_.back() != chunk_) chunks_.push_back(chunk_);
  return chunk_->as<char>() + used_;
}

void JsonHeap::Begin(BufferPtr block) {
  chunks_.clear();
  chunks_.push_back(std::move(block));
}

bool IsJsonString(const char* raw) {
  char unescaped[4];
  for (const char* p = FindQuoteOrEscape(raw); *p != '"'; p = FindQuoteOrEscape(p)) {
    char* out = unescaped;
    if (!UnescapeOne(p, out)) return false;
  }
  return true;
}

bool UnescapeJsonString(const char* raw, const char* end, JsonHeap& heap, std::string_view& text) {
  const char* p = FindQuoteOrEscape(raw);
  // Unescaping never lengthens. In a long record the rest of it would be too much room to ask for.
  constexpr std::ptrdiff_t kLongRecord = 4096;
  const char* const bound = end - raw > kLongRecord ? ClosingQuote(p) : end;
  char* const begin = heap.Room(static_cast<size_t>(bound - raw));
  char* out = begin + (p - raw);
  std::memcpy(begin, raw, static_cast<size_t>(p - raw));
  while (*p != '"') {
    if (!UnescapeOne(p, out)) return false;
    for (;;) {
      std::memcpy(out, p, kScanBytes);
      const uint64_t mask = QuotesAndEscapes(p);
      const auto plain = mask == 0 ? kScanBytes : static_cast<size_t>(std::countr_zero(mask));
      p += plain;
      out += plain;
      if (mask != 0) break;
    }
  }
  text = {begin, static_cast<size_t>(out - begin)};
  heap.Keep(text.size());
  return true;
}

bool UnescapeClosedString(const char* raw, const char* quote, JsonHeap& heap,
                          std::string_view& text) {
#if defined(__AVX512VBMI2__) && defined(__AVX512BW__) && defined(__BMI2__)
  // Escapes that stand for the character itself (\\, \" and \/) are handled 64 bytes at a time: all
  // that there is to do is to leave their backslashes out.
  constexpr size_t kStep = 64;
  const auto is = [](__m512i bytes, char c) {
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
  };
  char* const begin = heap.Room(static_cast<size_t>(quote - raw));
  char* out = begin;
  EscapeRuns runs;
  for (const char* p = raw; p < quote; p += kStep) {
    const auto left = static_cast<uint32_t>(std::min<std::ptrdiff_t>(quote - p, kStep));
    const uint64_t live = _bzhi_u64(~uint64_t{0}, left);
    const __m512i bytes = _mm512_maskz_loadu_epi8(live, p);
    const uint64_t backslash = is(bytes, '\\');
    const uint64_t escaped = runs.Escaped(backslash) & live;
    const uint64_t itself = backslash | is(bytes, '"') | is(bytes, '/');
    if ((escaped & ~itself) != 0) return UnescapeJsonString(raw, quote + 1, heap, text);
    const uint64_t kept = live & (escaped | ~backslash);
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(kept, bytes));
    out += std::popcount(kept);
  }
  text = {begin, static_cast<size_t>(out - begin)};
  heap.Keep(text.size());
  return true;
#else
  return UnescapeJsonString(raw, quote + 1, heap, text);
#endif
}

std::optional<std::string_view> DecodeBase64(std::string_view text, JsonHeap& heap) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  char* const begin = heap.Room(text.size());
  char* out = begin;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int8_t value = kBase64Values[static_cast<uint8_t>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    *out++ = static_cast<char>(bits >> count);
  }
  if (count == 6) return std::nullopt;
  heap.Keep(static_cast<size_t>(out - begin));
  return std::string_view(begin, static_cast<size_t>(out - begin));
}

void AppendBase64(std::string_view bytes, std::string& out) {
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kBase64[bits >> (18 - 6 * k) & 63] : '=';
  }
}

bool IsJsonNumber(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t begin = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - begin;
  };
  if (text.starts_with('-')) ++i;
  const size_t whole = i;
  const size_t count = digits();
  if (count == 0 || (count > 1 && text[whole] == '0')) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

void AppendJsonString(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    out += '\\';
    switch (c) {
      case '"':
      case '\\':
        out += static_cast<char>(c);
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out.append(text, plain);
  out += '"';
}

}  // namespace weir::connectors
