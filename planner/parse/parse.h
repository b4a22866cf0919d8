// Parses SQL text into trees; the only way to the parser. All functions are pure and thread-safe.
// Within an InterruptedBy (interruption.h) that is given up, they end with an exception or
// kCancelled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "runtime/base/result.h"

namespace weir::parse {

// A statement's text may not be longer, in bytes (E1004).
inline constexpr size_t kMaxStatementBytes = 1 << 20;
// The greatest nesting of parentheses, brackets and CASEs, and the longest row of signs or NOTs
// (E1004).
inline constexpr int kMaxNesting = 100;
// The greatest depth of a tree, such as a chain of operators without parentheses (E1004).
inline constexpr int kMaxTreeDepth = 1000;

// Parses every statement of a script, in order; spans count from its beginning. Empty statements
// are skipped, and the last one needs no semicolon. Stops at the first error: InvalidSql (E1001,
// E1003, E1004) or Unsupported (E1002), with the span of the offending text.
Result<std::vector<ast::StatementPtr>> ParseScript(std::string_view script);

// Parses exactly one statement, with or without a semicolon. E1001 when there is none or a second
// one.
Result<ast::StatementPtr> ParseStatement(std::string_view text);

// Parses exactly one expression.
Result<ast::ExprPtr> ParseExpression(std::string_view text);

// The places of a script's statements, from first to last token without semicolons; empty ones are
// skipped. BEGIN … END of a statement set is one statement. Never fails: text that does not parse
// is also cut at its semicolons.
std::vector<SourceSpan> SplitScript(std::string_view script);

// The statement at `part` (one of SplitScript's) of a script; spans count from the script's
// beginning.
Result<ast::StatementPtr> ParseStatementAt(std::string_view script, SourceSpan part);

// Whether a shell should run `text` now rather than ask for another line: it ends with a semicolon
// that is outside of strings, comments and BEGIN … END, contains only comments, or is one of the
// words QUIT, EXIT, HELP, CLEAR.
bool IsComplete(std::string_view text);

// Where the statement that begins at `begin` ends: behind its semicolon, which is found as by
// IsComplete; nothing when it lacks one. Reads no further than that.
std::optional<size_t> EndOfStatement(std::string_view text, size_t begin);

// What a piece of text is to someone who looks at it.
enum class WordKind : uint8_t {
  kKeyword,
  kName,  // quoted ones as well
  kString,
  kNumber,
  kSign,
  kOpen,  // a string, quoted name or comment without its end
};
struct Word {
  WordKind kind = WordKind::kSign;
  SourceSpan span;
};

// The words of a text that may be unfinished, for completion and colours; comments are what lies
// between them. Keywords are words of the grammar, also where they are used as names.
std::vector<Word> WordsOf(std::string_view text);

// Every word of the grammar, in upper case, sorted: for completion.
const std::vector<std::string>& Keywords();

}  // namespace weir::parse
