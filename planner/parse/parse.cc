#include "planner/parse/parse.h"

#include <algorithm>

#include "grammar/WeirLexer.h"
#include "planner/parse/tree.h"

namespace weir::parse {
namespace {

using grammar::WeirLexer;
using Statements = std::vector<std::vector<Token>>;

SourceSpan WholeOf(std::string_view text) {
  return {0, static_cast<uint32_t>(text.size())};
}

// Cuts tokens at their semicolons, except inside STATEMENT SET BEGIN … END.
class Splitter {
 public:
  void Take(const Token& token) {
    if (token.type == WeirLexer::SEMICOLON && !in_block_) {
      closed_ = true;
      if (!current_.empty()) statements_.push_back(std::move(current_));
      current_.clear();
      return;
    }
    closed_ = false;
    current_.push_back(token);
    if (in_block_) {
      if (token.type == WeirLexer::K_CASE) ++cases_;
      if (token.type == WeirLexer::K_END && --cases_ < 0) in_block_ = false;
    } else if (BeginsBlock()) {
      in_block_ = true;
      cases_ = 0;
    }
  }

  // The last statement needs no semicolon.
  Statements Finish() {
    if (!current_.empty()) statements_.push_back(std::move(current_));
    return std::move(statements_);
  }

  // Whether the last token was a semicolon that ended a statement.
  bool closed() const { return closed_; }

 private:
  bool BeginsBlock() const {
    const size_t count = current_.size();
    return count >= 3 && current_[count - 1].type == WeirLexer::K_BEGIN &&
           current_[count - 2].type == WeirLexer::K_SET &&
           current_[count - 3].type == WeirLexer::K_STATEMENT;
  }

  Statements statements_;
  std::vector<Token> current_;
  bool in_block_ = false;
  int cases_ = 0;
  bool closed_ = false;
};

Statements Split(std::string_view text, SourceSpan part) {
  Splitter splitter;
  for (const Token& token : Tokenize(text, part)) splitter.Take(token);
  return splitter.Finish();
}

WordKind KindOf(size_t type) {
  switch (type) {
    case WeirLexer::STRING:
    case WeirLexer::UNICODE_STRING:
    case WeirLexer::CHARSET_STRING:
    case WeirLexer::BINARY_STRING:
      return WordKind::kString;
    case WeirLexer::INTEGER:
    case WeirLexer::DECIMAL:
    case WeirLexer::DOUBLE:
      return WordKind::kNumber;
    case WeirLexer::IDENTIFIER:
    case WeirLexer::BACK_QUOTED:
    case WeirLexer::DOUBLE_QUOTED:
      return WordKind::kName;
    case WeirLexer::UNCLOSED_STRING:
    case WeirLexer::UNCLOSED_NAME:
    case WeirLexer::UNCLOSED_COMMENT:
      return WordKind::kOpen;
    default:
      return type >= WeirLexer::K_ABSENT && type < WeirLexer::LEFT_PARENTHESIS ? WordKind::kKeyword
                                                                               : WordKind::kSign;
  }
}

Status TooLarge(size_t bytes) {
  return Status::InvalidSql("the text is larger than 4 GiB")
      .WithId("E1004")
      .WithSpan({0, static_cast<uint32_t>(std::min<size_t>(bytes, 1))});
}

}  // namespace

Result<std::vector<ast::StatementPtr>> ParseScript(std::string_view script) {
  if (script.size() >= UINT32_MAX) return TooLarge(script.size());
  std::vector<ast::StatementPtr> statements;
  for (const std::vector<Token>& tokens : Split(script, WholeOf(script))) {
    statements.push_back(TRY(BuildStatement(script, tokens)));
  }
  return statements;
}

Result<ast::StatementPtr> ParseStatementAt(std::string_view script, SourceSpan part) {
  if (script.size() >= UINT32_MAX) return TooLarge(script.size());
  const Statements statements = Split(script, part);
  if (statements.empty())
    return Status::InvalidSql("there is no statement").WithId("E1001").WithSpan(part);
  if (statements.size() > 1) {
    const SourceSpan second = statements[1].front().span;
    return Status::InvalidSql("one statement is expected here; another one follows it")
        .WithId("E1001")
        .WithSpan(second);
  }
  return BuildStatement(script, statements[0]);
}

Result<ast::StatementPtr> ParseStatement(std::string_view text) {
  if (text.size() >= UINT32_MAX) return TooLarge(text.size());
  return ParseStatementAt(text, WholeOf(text));
}

Result<ast::ExprPtr> ParseExpression(std::string_view text) {
  if (text.size() >= UINT32_MAX) return TooLarge(text.size());
  return BuildExpression(text, Tokenize(text, WholeOf(text)));
}

std::vector<SourceSpan> SplitScript(std::string_view script) {
  std::vector<SourceSpan> spans;
  for (const std::vector<Token>& tokens : Split(script, WholeOf(script))) {
    spans.push_back({tokens.front().span.begin, tokens.back().span.end});
  }
  return spans;
}

bool IsComplete(std::string_view text) {
  const std::vector<Token> tokens = Tokenize(text, WholeOf(text));
  if (tokens.empty()) return true;
  const size_t first = tokens[0].type;
  const bool word = first == WeirLexer::K_QUIT || first == WeirLexer::K_EXIT ||
                    first == WeirLexer::K_HELP || first == WeirLexer::K_CLEAR;
  if (word && tokens.size() == 1) return true;
  Splitter splitter;
  for (const Token& token : tokens) {
    if (token.type == WeirLexer::UNCLOSED_STRING || token.type == WeirLexer::UNCLOSED_NAME ||
        token.type == WeirLexer::UNCLOSED_COMMENT) {
      return false;
    }
    splitter.Take(token);
  }
  return splitter.closed();
}

std::optional<size_t> EndOfStatement(std::string_view text, size_t begin) {
  Splitter splitter;
  std::optional<size_t> end;
  const SourceSpan part = {static_cast<uint32_t>(begin), static_cast<uint32_t>(text.size())};
  EachToken(text, part, [&](const Token& token) {
    splitter.Take(token);
    if (splitter.closed()) end = token.span.end;
    return !end;
  });
  return end;
}

std::vector<Word> WordsOf(std::string_view text) {
  std::vector<Word> words;
  for (const Token& token : Tokenize(text, WholeOf(text)))
    words.push_back({KindOf(token.type), token.span});
  return words;
}

const std::vector<std::string>& Keywords() {
  static const std::vector<std::string> kWords = [] {
    std::vector<std::string> words;
    for (size_t type = WeirLexer::K_ABSENT; type < WeirLexer::LEFT_PARENTHESIS; ++type) {
      words.push_back(TokenWord(type));
    }
    std::sort(words.begin(), words.end());
    return words;
  }();
  return kWords;
}

}  // namespace weir::parse
