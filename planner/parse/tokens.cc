#include "planner/parse/tokens.h"

#include <memory>

#include "grammar/WeirLexer.h"
#include "planner/parse/byte_stream.h"

namespace weir::parse {
namespace {

using grammar::WeirLexer;

using Take = std::function<bool(const Token&)>;

bool Lex(std::string_view text, SourceSpan part, const Take& take);

// Gives HINT_BEGIN, the tokens inside and HINT_END. False when `take` wants no more.
bool UnpackHint(std::string_view text, SourceSpan hint, const Take& take) {
  const SourceSpan inside = {hint.begin + 3, hint.end - 2};
  return take({WeirLexer::HINT_BEGIN, {hint.begin, inside.begin}}) && Lex(text, inside, take) &&
         take({WeirLexer::HINT_END, {inside.end, hint.end}});
}

// False when `take` wants no more.
bool Lex(std::string_view text, SourceSpan part, const Take& take) {
  ByteStream stream(text, part);
  WeirLexer lexer(&stream);
  lexer.removeErrorListeners();
  while (true) {
    const std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    if (token->getType() == antlr4::Token::EOF) return true;
    const SourceSpan span = {static_cast<uint32_t>(token->getStartIndex()),
                             static_cast<uint32_t>(token->getStopIndex() + 1)};
    const bool hint = token->getType() == WeirLexer::HINT && span.end - span.begin >= 5;
    if (!(hint ? UnpackHint(text, span, take) : take({token->getType(), span}))) return false;
  }
}

const antlr4::dfa::Vocabulary& Vocabulary() {
  static ByteStream stream("", {});
  static WeirLexer lexer(&stream);
  return lexer.getVocabulary();
}

}  // namespace

std::vector<Token> Tokenize(std::string_view text, SourceSpan part) {
  std::vector<Token> tokens;
  tokens.reserve((part.end - part.begin) / 5);
  EachToken(text, part, [&](const Token& token) {
    tokens.push_back(token);
    return true;
  });
  return tokens;
}

void EachToken(std::string_view text, SourceSpan part, const Take& take) {
  (void)Lex(text, part, take);
}

std::string TokenWord(size_t type) {
  const std::string literal = Vocabulary().getLiteralName(type);
  return literal.size() > 2 ? literal.substr(1, literal.size() - 2) : "";
}

}  // namespace weir::parse
