#include "runtime/connectors/formats/json_index.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/json_block.h"
#include "runtime/connectors/formats/json_text.h"

namespace weir::connectors {
namespace {

static_assert(kBlockPadding >= kBlock);

// Bit i: the parity of the bits up to i.
uint64_t PrefixParity(uint64_t bits) {
#if defined(__PCLMUL__)
  const __m128i ones = _mm_set1_epi8(-1);
  const __m128i product =
      _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<int64_t>(bits)), ones, 0);
  return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
#else
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
#endif
}

// What one block leaves for the next one.
class Scanner {
 public:
  // The block's tokens.
  uint64_t Tokens(const JsonMasks& block) {
    const uint64_t quote = block.quote & ~escapes_.Escaped(block.backslash);
    const uint64_t in_string = PrefixParity(quote) ^ in_string_;  // with the opening quote
    in_string_ = 0 - (in_string >> 63);
    broken_ |= block.control & in_string;
    not_ascii_ |= block.not_ascii;
    const uint64_t scalar = ~(block.punctuation | block.blank);
    const uint64_t bare = scalar & ~quote;
    const uint64_t goes_on = bare << 1 | in_scalar_;
    in_scalar_ = bare >> 63;
    const uint64_t behind_opening_quote = in_string ^ quote;
    const uint64_t starts = block.punctuation | block.line_feed | (scalar & ~goes_on);
    return starts & ~behind_opening_quote;
  }
  bool not_ascii() const { return not_ascii_ != 0; }
  const char* Fault() const {
    if (broken_ != 0) return "a string holds a control character or is not closed";
    return in_string_ != 0 ? "a string is not closed" : nullptr;
  }

 private:
  EscapeRuns escapes_;
  uint64_t in_string_ = 0;  // all ones or zero
  uint64_t in_scalar_ = 0;
  uint64_t broken_ = 0;
  uint64_t not_ascii_ = 0;
};

#if defined(__AVX512VBMI2__) && defined(__AVX512BW__)

// Writes up to 64 entries behind the tokens' number, of which that many count.
size_t Write(const Block& block, const JsonMasks& masks, uint64_t tokens, uint32_t base,
             std::pair<uint32_t*, char*> out) {
  alignas(64) static constexpr auto kCount = [] {
    std::array<uint8_t, kBlock> count{};
    for (size_t i = 0; i < kBlock; ++i) count[i] = static_cast<uint8_t>(i);
    return count;
  }();
  const uint64_t own = masks.punctuation | masks.line_feed;
  const __m512i kinds = _mm512_mask_blend_epi8(own, _mm512_set1_epi8(kScalarToken), block.bytes);
  _mm512_storeu_si512(out.second, _mm512_maskz_compress_epi8(tokens, kinds));
  const __m512i places = _mm512_maskz_compress_epi8(tokens, _mm512_load_si512(kCount.data()));
  const __m512i start = _mm512_set1_epi32(static_cast<int>(base));
  const auto count = static_cast<size_t>(std::popcount(tokens));
  const auto put = [&](__m128i part, size_t at) {
    _mm512_storeu_si512(out.first + at, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(part)));
  };
  put(_mm512_castsi512_si128(places), 0);
  put(_mm512_extracti32x4_epi32(places, 1), 16);  // a branch would be mispredicted often
  if (count > 32) [[unlikely]] {
    put(_mm512_extracti32x4_epi32(places, 2), 32);
    put(_mm512_extracti32x4_epi32(places, 3), 48);
  }
  return count;
}

#else

size_t Write(const char* text, const JsonMasks& masks, uint64_t tokens, uint32_t base,
             std::pair<uint32_t*, char*> out) {
  const uint64_t own = masks.punctuation | masks.line_feed;
  const auto count = static_cast<size_t>(std::popcount(tokens));
  for (size_t i = 0; i < count; ++i, tokens &= tokens - 1) {
    const int place = std::countr_zero(tokens);
    out.first[i] = base + static_cast<uint32_t>(place);
    out.second[i] = (own >> place & 1) != 0 ? text[place] : kScalarToken;
  }
  return count;
}

#endif

Status NotJson(const char* reason) {
  return Status::DataError(std::string("it is not valid JSON: ") + reason).WithId("E3005");
}

}  // namespace

void JsonIndex::Reserve(size_t tokens) {
  tokens += kReadAhead;
  if (tokens <= capacity_) return;
  capacity_ = tokens + tokens / 2;
  positions_ = std::make_unique_for_overwrite<uint32_t[]>(capacity_);
  kinds_ = std::make_unique_for_overwrite<char[]>(capacity_);
}

Status JsonIndex::Build(std::string_view text) {
  Reserve(text.size() + 1);
  size_ = 0;
  uint32_t* position = positions_.get();
  char* kind = kinds_.get();
  Scanner scanner;
  const auto scan = [&](const char* bytes, size_t base) {
    const Block block(bytes);
    const JsonMasks masks = block.Classify();
    const uint64_t tokens = scanner.Tokens(masks);
#if defined(__AVX512VBMI2__) && defined(__AVX512BW__)
    const size_t count = Write(block, masks, tokens, static_cast<uint32_t>(base), {position, kind});
#else
    const size_t count = Write(bytes, masks, tokens, static_cast<uint32_t>(base), {position, kind});
#endif
    position += count;
    kind += count;
  };
  size_t at = 0;
  for (; at + kBlock <= text.size(); at += kBlock) scan(text.data() + at, at);
  if (at < text.size()) {
    char rest[kBlock];
    std::memset(rest, ' ', kBlock);
    std::memcpy(rest, text.data() + at, text.size() - at);
    scan(rest, at);
  }
  if (const char* fault = scanner.Fault()) return NotJson(fault);
  if (scanner.not_ascii() && !simdjson::validate_utf8(text.data(), text.size())) {
    return NotJson("it is not UTF-8");
  }
  if (!text.empty() && text.back() != '\n') {
    *position++ = static_cast<uint32_t>(text.size());
    *kind = kLineEnd;
  }
  size_ = static_cast<size_t>(position - positions_.get());
  return {};
}

}  // namespace weir::connectors
