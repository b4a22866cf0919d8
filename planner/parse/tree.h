// From tokens to a finished node: limits, the generated parser, the builder, and errors in words.
#pragma once

#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "planner/parse/tokens.h"
#include "runtime/base/result.h"

namespace weir::parse {

// Tokens of one statement (without its semicolon) or expression, as Tokenize gave them for `text`.
Result<ast::StatementPtr> BuildStatement(std::string_view text, const std::vector<Token>& tokens);
Result<ast::ExprPtr> BuildExpression(std::string_view text, const std::vector<Token>& tokens);

}  // namespace weir::parse
