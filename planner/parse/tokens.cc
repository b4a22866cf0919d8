#include "planner/parse/tokens.h"

#include <memory>

#include "grammar/WeirLexer.h"
#include "planner/parse/byte_stream.h"

namespace weir::parse {
namespace {

using grammar::WeirLexer;

void Lex(std::string_view text, SourceSpan part, std::vector<Token>* tokens);

// HINT_BEGIN, what is inside, HINT_END.
void UnpackHint(std::string_view text, SourceSpan hint, std::vector<Token>* tokens) {
  const SourceSpan inside = {hint.begin + 3, hint.end - 2};
  tokens->push_back({WeirLexer::HINT_BEGIN, {hint.begin, inside.begin}});
  Lex(text, inside, tokens);
  tokens->push_back({WeirLexer::HINT_END, {inside.end, hint.end}});
}

void Lex(std::string_view text, SourceSpan part, std::vector<Token>* tokens) {
  ByteStream stream(text, part);
  WeirLexer lexer(&stream);
  lexer.removeErrorListeners();
  while (true) {
    const std::unique_ptr<antlr4::Token> token = lexer.nextToken();
    if (token->getType() == antlr4::Token::EOF) return;
    const SourceSpan span = {static_cast<uint32_t>(token->getStartIndex()),
                             static_cast<uint32_t>(token->getStopIndex() + 1)};
    if (token->getType() == WeirLexer::HINT && span.end - span.begin >= 5) {
      UnpackHint(text, span, tokens);
    } else {
      tokens->push_back({token->getType(), span});
    }
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
  Lex(text, part, &tokens);
  return tokens;
}

std::string TokenWord(size_t type) {
  const std::string literal = Vocabulary().getLiteralName(type);
  return literal.size() > 2 ? literal.substr(1, literal.size() - 2) : "";
}

}  // namespace weir::parse
