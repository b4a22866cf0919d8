// The inside of JSON strings: finding their ends, escapes, and base64.
#pragma once

#if defined(__AVX512BW__) && defined(__BMI2__)
#include <immintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/buffer_pool.h"
#include "runtime/base/wide_bytes.h"

namespace weir::connectors {

// Memory for the unescaped strings of one batch, in chunks that the batch's columns share.
class JsonHeap {
 public:
  // Room for `bytes` bytes, and for 64 more that may be overwritten; Keep says how many of them
  // stay. REQUIRES: Begin was called.
  char* Room(size_t bytes);
  void Keep(size_t bytes) { used_ += bytes; }
  // The block of the last Begin, and every chunk that Room has given since.
  const std::vector<BufferPtr>& chunks() const { return chunks_; }
  // Starts a batch whose columns also keep `block` alive; continues in the last chunk.
  void Begin(BufferPtr block);

 private:
  BufferPtr chunk_;
  size_t used_ = 0;
  std::vector<BufferPtr> chunks_;
};

// Bit i says whether p[i] is a quote or a backslash, for i below kScanBytes.
inline constexpr size_t kScanBytes = wide::Widest::kScanBytes;
inline uint64_t QuotesAndEscapes(const char* p) {
  return wide::Widest::QuotesAndEscapes(p);
}

// Finds escaped characters 64 at a time and without a branch, since some strings consist of many
// backslashes.
class EscapeRuns {
 public:
  // The characters behind an odd number of backslashes, given which of the next 64 are backslashes.
  // As in simdjson, the carry of an addition finds the end of each run.
  uint64_t Escaped(uint64_t backslash) {
    constexpr uint64_t kOdd = 0xAAAAAAAAAAAAAAAA;
    const uint64_t opening = backslash & ~first_escaped_;
    const uint64_t series = ((opening << 1 | kOdd) - opening) ^ kOdd;
    const uint64_t escaped = series ^ (backslash | first_escaped_);
    first_escaped_ = (series & backslash) >> 63;
    return escaped;
  }

 private:
  uint64_t first_escaped_ = 0;  // 1: the 64 characters before ended with a backslash that counts
};

// The first '"' or '\\' at or behind `p`. REQUIRES: there is one, with 64 readable bytes behind it.
inline const char* FindQuoteOrEscape(const char* p) {
  for (;; p += kScanBytes) {
    const uint64_t mask = QuotesAndEscapes(p);
    if (mask != 0) return p + std::countr_zero(mask);
  }
}

// Whether there is a '\\' in the text. REQUIRES: 64 readable bytes behind it.
inline bool HasBackslash(std::string_view text) {
#if defined(__AVX512BW__) && defined(__BMI2__)
  if (text.size() <= 128) [[likely]] {
    const __m512i backslash = _mm512_set1_epi8('\\');
    const size_t rest = text.size() > 64 ? text.size() - 64 : 0;
    const uint64_t first = _bzhi_u64(~uint64_t{0}, static_cast<uint32_t>(text.size()));
    const uint64_t second = _bzhi_u64(~uint64_t{0}, static_cast<uint32_t>(rest));
    const __m512i low = _mm512_maskz_loadu_epi8(first, text.data());
    const __m512i high = _mm512_maskz_loadu_epi8(second, text.data() + 64);
    return (_mm512_cmpeq_epi8_mask(low, backslash) | _mm512_cmpeq_epi8_mask(high, backslash)) != 0;
  }
#else
  if (text.size() < 64) [[likely]] {
    const uint64_t within = (uint64_t{1} << text.size()) - 1;
    return (wide::Widest::PlacesIn64('\\', text.data()) & within) != 0;
  }
#endif
  return text.find('\\') != std::string_view::npos;
}

// ReadJsonString for strings with escapes.
bool UnescapeJsonString(const char* raw, const char* end, JsonHeap& heap, std::string_view& text);

// Reads the string that begins at `raw`, behind its opening quote: a view into the input when it
// has no escapes, else unescaped into `heap`. False for a bad escape, including lone surrogates.
// The record ends at `end`. REQUIRES: the string is closed before `end`, with 64 readable bytes
// behind that.
inline bool ReadJsonString(const char* raw, const char* end, JsonHeap& heap,
                           std::string_view& text) {
  const char* p = FindQuoteOrEscape(raw);
  if (*p != '"') return UnescapeJsonString(raw, end, heap, text);
  text = {raw, static_cast<size_t>(p - raw)};
  return true;
}

// Whether ReadJsonString would return true. REQUIRES: as there.
bool IsJsonString(const char* raw);

// ReadJsonString where the closing quote is known to be at `quote`, which avoids a search whose
// last branch would be mispredicted. REQUIRES: 64 readable bytes behind it.
bool UnescapeClosedString(const char* raw, const char* quote, JsonHeap& heap,
                          std::string_view& text);
inline bool ReadClosedString(const char* raw, const char* quote, JsonHeap& heap,
                             std::string_view& text) {
  text = {raw, static_cast<size_t>(quote - raw)};
  return !HasBackslash(text) || UnescapeClosedString(raw, quote, heap, text);
}

// RFC 4648 base64 with padding, decoded into `heap` and valid as long as its chunk; nullopt for
// other text.
std::optional<std::string_view> DecodeBase64(std::string_view text, JsonHeap& heap);
void AppendBase64(std::string_view bytes, std::string& out);

// Whether the whole text is a JSON number.
bool IsJsonNumber(std::string_view text);

// Appends `text` as a JSON string with its quotes. The text is assumed to be UTF-8.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace weir::connectors
