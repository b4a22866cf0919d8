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

// The characters that may follow a backslash, except 'u', whose four digits have to be checked.
constexpr std::array<bool, 256> MakePlainEscapes() {
  std::array<bool, 256> plain{};
  for (const char c : std::string_view("\"\\/bfnrt")) plain[static_cast<uint8_t>(c)] = true;
  return plain;
}
constexpr std::array<bool, 256> kPlainEscapes = MakePlainEscapes();

// Finds tokens block by block. Its members are what one block leaves for the next one: whether it
// ends within a string, within a scalar, or behind an odd number of backslashes.
template <typename Block>
class Scanner {
 public:
  // The mask of the bytes of the block at which a token begins.
  uint64_t Tokens(const char* bytes, const JsonMasks& block) {
    const uint64_t escaped = escapes_.Escaped(block.backslash);
    // Most are of quotes and backslashes, which are plain.
    const uint64_t others = escaped & ~(block.quote | block.backslash);
    if (others != 0) NoteEscapes(bytes, others);
    const uint64_t quote = block.quote & ~escaped;
    const uint64_t in_string = Block::PrefixParity(quote) ^ in_string_;  // with the opening quote
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
  bool plain_escapes() const { return plain_escapes_; }
  const char* Fault() const {
    if (broken_ != 0) return "a string holds a control character or is not closed";
    return in_string_ != 0 ? "a string is not closed" : nullptr;
  }

 private:
  void NoteEscapes(const char* bytes, uint64_t escaped) {
    for (; escaped != 0; escaped &= escaped - 1) {
      plain_escapes_ &= kPlainEscapes[static_cast<uint8_t>(bytes[std::countr_zero(escaped)])];
    }
  }

  EscapeRuns escapes_;
  bool plain_escapes_ = true;
  uint64_t in_string_ = 0;  // all ones or zero
  uint64_t in_scalar_ = 0;
  uint64_t broken_ = 0;
  uint64_t not_ascii_ = 0;
};

// Where the next tokens are written: their places in the text, and their kinds.
using Out = std::pair<uint32_t*, char*>;

// Writes the place and the kind of each token; returns how many there are. (Eight at a time without
// a branch for each was slower, native and portable.)
size_t Write(const char* text, uint64_t own, uint64_t tokens, uint32_t base, Out out) {
  const auto count = static_cast<size_t>(std::popcount(tokens));
  for (size_t i = 0; i < count; ++i, tokens &= tokens - 1) {
    const int place = std::countr_zero(tokens);
    out.first[i] = base + static_cast<uint32_t>(place);
    out.second[i] = (own >> place & 1) != 0 ? text[place] : kScalarToken;
  }
  return count;
}

// The tokens of a text, block by block.
template <typename Block>
class Indexer {
 public:
  explicit Indexer(Out out) : out_(out) {}

  void Scan(std::string_view text) {
    size_t at = 0;
    for (; at + kBlock <= text.size(); at += kBlock) ScanBlock(text.data() + at, at);
    if (at == text.size()) return;
    char rest[kBlock];
    std::memset(rest, ' ', kBlock);
    std::memcpy(rest, text.data() + at, text.size() - at);
    ScanBlock(rest, at);
  }
  // The place behind what was written.
  Out out() const { return out_; }
  const char* Fault() const { return scanner_.Fault(); }
  bool not_ascii() const { return scanner_.not_ascii(); }
  bool plain_escapes() const { return scanner_.plain_escapes(); }

 private:
  void ScanBlock(const char* bytes, size_t base) {
    const Block block(bytes);
    const JsonMasks masks = block.Classify();
    const uint64_t tokens = scanner_.Tokens(bytes, masks);
    const uint64_t own = masks.punctuation | masks.line_feed;
    size_t count = 0;
    if constexpr (Block::kWidth == Width::kVbmi2) {
      count = block.Write(own, kScalarToken, tokens, static_cast<uint32_t>(base), out_);
    } else {
      count = Write(bytes, own, tokens, static_cast<uint32_t>(base), out_);
    }
    out_.first += count;
    out_.second += count;
  }

  Scanner<Block> scanner_;
  Out out_;
};

// The result of a scan.
struct Scanned {
  uint32_t* end = nullptr;  // behind the last position
  const char* fault = nullptr;
  bool not_ascii = false;
  bool plain_escapes = false;
};

Scanned Scan(std::string_view text, Width width, Out out) {
  Scanned scanned;
  OnWidth(width, [&](auto target) {
    Indexer<BlockTiers::For<decltype(target)::kWidth>> indexer(out);
    indexer.Scan(text);
    scanned = {indexer.out().first, indexer.Fault(), indexer.not_ascii(), indexer.plain_escapes()};
  });
  return scanned;
}

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
  const Scanned scanned = Scan(text, width_, {positions_.get(), kinds_.get()});
  if (scanned.fault != nullptr) return NotJson(scanned.fault);
  if (scanned.not_ascii && !simdjson::validate_utf8(text.data(), text.size())) {
    return NotJson("it is not UTF-8");
  }
  plain_escapes_ = scanned.plain_escapes;
  size_ = static_cast<size_t>(scanned.end - positions_.get());
  if (!text.empty() && text.back() != '\n') {
    positions_[size_] = static_cast<uint32_t>(text.size());
    kinds_[size_++] = kLineEnd;
  }
  return {};
}

}  // namespace weir::connectors
