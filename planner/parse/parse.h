// From SQL text to trees: the only door to the parser. All functions are pure and thread-safe. What
// InterruptedBy (interruption.h) is around is left by an exception, or kCancelled, once it is given
// up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "runtime/base/result.h"

namespace weir::parse {

// A statement's text may not be longer, in bytes (E1004).
inline constexpr size_t kMaxStatementBytes = 1 << 20;
// Nor its parentheses, brackets and CASEs be nested deeper, nor its signs and NOTs follow each
// other in a longer row (E1004).
inline constexpr int kMaxNesting = 100;
// Nor its tree be deeper: a chain of so many operators without parentheses (E1004).
inline constexpr int kMaxTreeDepth = 1000;

// Every statement of a script, in order; spans count from its beginning. Empty statements are left
// out, the last one needs no semicolon. Stops at the first error: InvalidSql (E1001, E1003, E1004)
// or Unsupported (E1002), with the span of the offending text.
Result<std::vector<ast::StatementPtr>> ParseScript(std::string_view script);

// Exactly one statement, with or without a semicolon.
// E1001 when there is none or a second one follows.
Result<ast::StatementPtr> ParseStatement(std::string_view text);

// Exactly one expression, as a test or an option might hold.
Result<ast::ExprPtr> ParseExpression(std::string_view text);

// Where the statements of a script are: from first to last token, without semicolons and empty
// statements. Never fails; what does not parse is cut at its semicolons all the same.
// BEGIN … END of a statement set is one statement, semicolons inside included.
std::vector<SourceSpan> SplitScript(std::string_view script);

// The statement at `part` (one of SplitScript's) of a script; spans count from the script's
// beginning.
Result<ast::StatementPtr> ParseStatementAt(std::string_view script, SourceSpan part);

// Whether a shell should run `text` now rather than ask for another line: it ends with a semicolon
// that is neither in a string or comment nor inside BEGIN … END, or holds nothing but comments, or
// is one of the words QUIT, EXIT, HELP, CLEAR.
bool IsComplete(std::string_view text);

// Every word of the grammar, in upper case, sorted: for completion.
const std::vector<std::string>& Keywords();

}  // namespace weir::parse
