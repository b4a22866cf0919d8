// Presents the text to the generated lexer. Only for the .cc files of this folder that use ANTLR.
#pragma once

#include <string>
#include <string_view>

#include "antlr4-runtime.h"
#include "runtime/base/interruption.h"
#include "runtime/base/source_span.h"

namespace weir::parse {

// The bytes of text[part] with ASCII letters in upper case, since keywords are matched in upper
// case; names and literals are cut from the original text by position. A "character" is a byte, so
// that token positions are the byte positions that SourceSpan needs; bytes beyond ASCII come as 128
// to 255. Positions count from the beginning of `text`, which must outlive the stream. Not
// thread-safe.
class ByteStream : public antlr4::CharStream {
 public:
  ByteStream(std::string_view text, SourceSpan part)
      : text_(text.substr(0, part.end)), position_(part.begin) {}

  // Checks for an interruption, since a single token may be as long as the text and the lexer can
  // be left here safely.
  void consume() override {
    CheckInterrupted();
    ++position_;
  }
  // ANTLR's look-ahead: 1 is the next byte, -1 the one before; EOF outside of the text.
  size_t LA(ssize_t offset) override {
    const auto position = static_cast<ssize_t>(position_) + offset - (offset > 0 ? 1 : 0);
    if (position < 0 || position >= static_cast<ssize_t>(text_.size())) return EOF;
    const auto byte = static_cast<unsigned char>(text_[static_cast<size_t>(position)]);
    return byte >= 'a' && byte <= 'z' ? byte - 0x20u : byte;
  }
  // Everything stays in memory, so marks need no bookkeeping.
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  size_t index() override { return position_; }
  void seek(size_t index) override { position_ = index; }
  size_t size() override { return text_.size(); }
  std::string getSourceName() const override { return "SQL"; }
  // The original bytes [a, b], both inclusive as ANTLR has it.
  std::string getText(const antlr4::misc::Interval& interval) override {
    return std::string(text_.substr(static_cast<size_t>(interval.a),
                                    static_cast<size_t>(interval.b - interval.a + 1)));
  }
  std::string toString() const override { return std::string(text_); }

 private:
  std::string_view text_;
  size_t position_;
};

}  // namespace weir::parse
