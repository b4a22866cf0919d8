// Literals of text that the binder adds to calls, such as the names of units and the options of
// JSON functions.
#pragma once

#include <string>
#include <string_view>

#include "runtime/expr/expr.h"

namespace weir::bind {

// A STRING that is not NULL.
inline expr::ExprPtr TextLiteral(std::string_view text, SourceSpan span) {
  return expr::MakeLiteral(Value(Type::String().WithNullable(false), std::string(text)), span);
}

}  // namespace weir::bind
