// The tokens of a text, independent of the parser generator's types.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/source_span.h"

namespace weir::parse {

// One token: its type is a constant of the generated lexer.
// Trivially copyable; the text is that of its span.
struct Token {
  size_t type = 0;
  SourceSpan span;
};

// The tokens of text[part], without blanks and comments; their spans count from the beginning of
// `text`, ascend and do not overlap. Hints are unpacked: HINT_BEGIN, their tokens, HINT_END.
// Malformed pieces are tokens as well (UNCLOSED_STRING, …, UNEXPECTED). Never fails.
std::vector<Token> Tokenize(std::string_view text, SourceSpan part);
// The same, one after the other, until `take` returns false; what follows is not read.
void EachToken(std::string_view text, SourceSpan part,
               const std::function<bool(const Token&)>& take);

// "FROM" for a word's type, "," for a sign's; "" for names, literals and the like.
std::string TokenWord(size_t type);

}  // namespace weir::parse
