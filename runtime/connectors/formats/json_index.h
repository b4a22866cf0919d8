// Finds the tokens of JSON text: the first stage of Langdale and Lemire, "Parsing Gigabytes of JSON
// per Second", VLDB 2019, with two additions for lines of records. Ends of lines are tokens, and
// every token has a byte that says its kind, so that a whole record's structure can be compared at
// once. Hot: bench/foundation.cc, part (b).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/tiers.h"

namespace weir::connectors {

// The kind of a token that is a character of JSON's punctuation is that character; these are the
// others.
inline constexpr char kScalarToken = 'v';  // a string, number or literal
inline constexpr char kLineEnd = '\n';

// Reused from text to text. Not thread-safe.
class JsonIndex {
 public:
  // Indexes text at `width`, which the processor must have; only tests ask for another one.
  explicit JsonIndex(Width width = WidestHere()) : width_(width) {}

  // Finds the tokens of `text`: every bracket, colon and comma outside of strings, every line feed,
  // and the first byte of every string and other scalar. Text that does not end with a line feed
  // gets one more token there. Checks that the text is UTF-8 (RFC 3629), that strings end, and that
  // they hold no control characters (so that none spans lines); otherwise kDataError E3005 and no
  // tokens. REQUIRES: kBlockPadding readable bytes behind `text`; less than 4 GiB.
  Status Build(std::string_view text);

  // The number of tokens, the last of which is a line end; 0 for an empty text.
  size_t size() const { return size_; }
  // The offsets of the tokens, ascending, followed by kReadAhead meaningless ones. Valid until the
  // next Build, as kinds() is.
  const uint32_t* positions() const { return positions_.get(); }
  // The kind of each token. A control character that only looks like punctuation to a vectorised
  // comparison (0x0C, 0x1A) keeps its own value, so that it equals nothing that is expected.
  const char* kinds() const { return kinds_.get(); }

  // True: every escape of the text is good, since each is a single character behind a backslash, so
  // that strings need not be checked. False: there are others (\u), which may be bad.
  bool plain_escapes() const { return plain_escapes_; }

  static constexpr size_t kReadAhead = 64;

 private:
  void Reserve(size_t tokens);

  const Width width_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  bool plain_escapes_ = false;
  std::unique_ptr<uint32_t[]> positions_;
  std::unique_ptr<char[]> kinds_;
};

}  // namespace weir::connectors
