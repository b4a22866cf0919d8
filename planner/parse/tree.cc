#include "planner/parse/tree.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <new>

#include "grammar/WeirLexer.h"
#include "planner/parse/builder.h"
#include "planner/parse/byte_stream.h"
#include "planner/parse/parse.h"
#include "planner/parse/syntax_error.h"
#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/base/memory_reserve.h"

namespace weir::parse {
namespace {

using antlr4::atn::PredictionMode;

SourceSpan SpanOf(const std::vector<Token>& tokens) {
  return tokens.empty() ? SourceSpan{}
                        : SourceSpan{tokens.front().span.begin, tokens.back().span.end};
}

Status TooDeep(SourceSpan span) {
  return Status::InvalidSql(
             fmt::format("the statement is nested too deeply; the limit is {} levels", kMaxNesting))
      .WithId("E1004")
      .WithHint("name parts of it in a WITH clause")
      .WithSpan(span);
}

// By how many levels a token changes the nesting, and with it the depth of the parser's recursion.
int Deeper(size_t type) {
  switch (type) {
    case P::LEFT_PARENTHESIS:
    case P::LEFT_BRACKET:
    case P::LEFT_BRACE:
    case P::K_CASE:
      return 1;
    case P::RIGHT_PARENTHESIS:
    case P::RIGHT_BRACKET:
    case P::RIGHT_BRACE:
    case P::K_END:
      return -1;
    default:
      return 0;
  }
}

bool OpensType(size_t type) {
  return type == P::K_ARRAY || type == P::K_MAP || type == P::K_MULTISET || type == P::K_ROW ||
         type == P::K_STRUCTURED;
}

bool IsPrefix(size_t type) {
  return type == P::K_NOT || type == P::PLUS || type == P::MINUS_SIGN || type == P::K_EXPLAIN;
}

// The generated parser recurses on the stack: refuses what could exhaust it.
Status CheckLimits(const std::vector<Token>& tokens) {
  const SourceSpan span = SpanOf(tokens);
  if (span.end - span.begin > kMaxStatementBytes) {
    return Status::InvalidSql("the statement is larger than 1 MiB").WithId("E1004").WithSpan(span);
  }
  int depth = 0;
  int prefixes = 0;
  int types = 0;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const size_t type = tokens[i].type;
    depth = std::max(0, depth + Deeper(type));
    prefixes = IsPrefix(type) ? prefixes + 1 : 0;
    if (type == P::LESS && i > 0 && OpensType(tokens[i - 1].type)) ++types;
    if (type == P::GREATER) types = std::max(0, types - 1);
    if (depth + prefixes + types > kMaxNesting) return TooDeep(tokens[i].span);
  }
  return {};
}

// Looks for an interruption between two tokens, where the parser is fit to be left: its prediction,
// which other parsers go on with, is not.
class Parser final : public P {
 public:
  using P::P;
  antlr4::Token* consume() override {
    CheckInterrupted();
    return P::consume();
  }
};

// The parser over one list of tokens, and what it needs to live.
struct Machine {
  ByteStream stream;
  antlr4::ListTokenSource source;
  antlr4::CommonTokenStream tokens;
  Parser parser;

  Machine(std::string_view text, const std::vector<Token>& list)
      : stream(text, {0, static_cast<uint32_t>(text.size())}),
        source(Convert(list)),
        tokens(&source),
        parser(&tokens) {
    parser.removeErrorListeners();
    parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  }

 private:
  std::vector<std::unique_ptr<antlr4::Token>> Convert(const std::vector<Token>& list) {
    std::vector<std::unique_ptr<antlr4::Token>> converted;
    converted.reserve(list.size() + 1);
    for (const Token& token : list) {
      converted.push_back(std::make_unique<antlr4::CommonToken>(
          std::make_pair<antlr4::TokenSource*, antlr4::CharStream*>(nullptr, &stream), token.type,
          antlr4::Token::DEFAULT_CHANNEL, token.span.begin, token.span.end - 1));
    }
    const size_t end = list.empty() ? 0 : list.back().span.end;
    converted.push_back(std::make_unique<antlr4::CommonToken>(
        std::make_pair<antlr4::TokenSource*, antlr4::CharStream*>(nullptr, &stream),
        antlr4::Token::EOF, antlr4::Token::DEFAULT_CHANNEL, end, end));
    return converted;
  }
};

// Fast prediction first; what it refuses may still be right under the full one. Null: neither takes
// it.
template <typename Context>
Context* Parse(Machine* machine, Context* (P::*rule)()) {
  for (const PredictionMode mode : {PredictionMode::SLL, PredictionMode::LL}) {
    machine->tokens.seek(0);
    machine->parser.reset();
    machine->parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
    try {
      return (machine->parser.*rule)();
    } catch (const antlr4::ParseCancellationException&) {
    }
  }
  return nullptr;
}

template <typename Node, typename Context>
Result<Node> Run(std::string_view text, const std::vector<Token>& tokens, Context* (P::*rule)(),
                 size_t rule_index, const std::function<Node(Builder*, Context*)>& build) {
  RETURN_IF_ERROR(CheckLimits(tokens));
  RETURN_IF_ERROR(CheckTokens(text, tokens));
  const WithMemoryReserve reserve;
  try {
    Machine machine(text, tokens);
    machine.tokens.fill();  // now: rules look at tokens where nothing may be thrown
    Context* context = Parse(&machine, rule);
    if (context == nullptr) return ExplainSyntaxError(text, tokens, rule_index);
    Builder builder(text);
    Node node = build(&builder, context);
    if (!builder.error().ok()) return builder.error();
    return node;
  } catch (const Interrupted&) {
    return StatusOfException();
  } catch (const std::bad_alloc&) {
    return StatusOfException().WithSpan(SpanOf(tokens));
  } catch (const std::exception& error) {
    return Status::Internal(std::string("the parser failed: ") + error.what())
        .WithSpan(SpanOf(tokens));
  } catch (...) {
    // The runtime throws bare strings, too.
    return Status::Internal("the parser failed").WithSpan(SpanOf(tokens));
  }
}

}  // namespace

Result<ast::StatementPtr> BuildStatement(std::string_view text, const std::vector<Token>& tokens) {
  return Run<ast::StatementPtr, P::OneStatementContext>(
      text, tokens, &P::oneStatement, P::RuleOneStatement,
      [](Builder* builder, P::OneStatementContext* context) {
        return builder->Build(context->statement());
      });
}

Result<ast::ExprPtr> BuildExpression(std::string_view text, const std::vector<Token>& tokens) {
  return Run<ast::ExprPtr, P::OneExpressionContext>(
      text, tokens, &P::oneExpression, P::RuleOneExpression,
      [](Builder* builder, P::OneExpressionContext* context) {
        return builder->Build(context->expression());
      });
}

}  // namespace weir::parse
