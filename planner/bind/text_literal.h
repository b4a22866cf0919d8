// Literals that the binder adds.
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
