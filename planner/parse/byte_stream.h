// The text as the generated lexer sees it. Only for the .cc files of this folder that speak to
// ANTLR.
#pragma once

#include <string>
#include <string_view>

#include "antlr4-runtime.h"
#include "runtime/base/interruption.h"
#include "runtime/base/source_span.h"

namespace weir::parse {

// Bytes of text[part], ASCII letters in upper case; positions count from the beginning of `text`,
// which has to outlive the stream.
// A "character" is a byte, so that token positions are byte positions, which SourceSpan needs;
// bytes of UTF-8 beyond ASCII come as 128 to 255. Keywords are matched in upper case; texts of
// names and literals are cut from the original by position, never taken from here. Neither copies
// nor allocates while the lexer runs. One lexer's; not thread-safe.
class ByteStream : public antlr4::CharStream {
 public:
  ByteStream(std::string_view text, SourceSpan part)
      : text_(text.substr(0, part.end)), position_(part.begin) {}

  // A token may be as long as the text: an interruption is noticed here, where the lexer is fit to
  // be left.
  void consume() override {
    CheckInterrupted();
    ++position_;
  }
  // ANTLR's look-ahead: 1 is the next byte, -1 the one before; EOF outside.
  size_t LA(ssize_t offset) override {
    const auto position = static_cast<ssize_t>(position_) + offset - (offset > 0 ? 1 : 0);
    if (position < 0 || position >= static_cast<ssize_t>(text_.size())) return EOF;
    const auto byte = static_cast<unsigned char>(text_[static_cast<size_t>(position)]);
    return byte >= 'a' && byte <= 'z' ? byte - 0x20u : byte;
  }
  // Everything stays in memory, so that marks need no bookkeeping.
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
