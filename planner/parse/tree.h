// Turns tokens into a finished node: checks limits, runs the generated parser and the builder, and
// explains errors.
#pragma once

#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "planner/parse/tokens.h"
#include "runtime/base/result.h"

namespace weir::parse {

// Takes the tokens of one statement (without its semicolon) or expression, as Tokenize returned
// them for `text`. Fails with E1004 for nesting beyond kMaxNesting (checked before the parser runs,
// so that its recursion is bounded), E1001 from ExplainSyntaxError, or the builder's first error.
// The fast SLL prediction is tried first, and the full one only if it fails (Parr, Harwell, Fisher,
// "Adaptive LL(*) Parsing", OOPSLA 2014). ANTLR's exceptions end here.
Result<ast::StatementPtr> BuildStatement(std::string_view text, const std::vector<Token>& tokens);
Result<ast::ExprPtr> BuildExpression(std::string_view text, const std::vector<Token>& tokens);

}  // namespace weir::parse
