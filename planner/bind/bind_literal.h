// Converts literals of the text to typed values.
#pragma once

#include "planner/ast/expr.h"
#include "runtime/base/result.h"
#include "runtime/types/value.h"

namespace weir::bind {

// Uses Flink's types: INT if it fits, else BIGINT; DECIMAL for fractions; DOUBLE for exponents;
// CHAR(n) for strings; TIMESTAMP with as many digits as written. `negated`: a minus precedes it
// (numbers only). All are NOT NULL, except NULL itself. E1003, without a span, for a malformed
// literal or one out of range; E1002 for TIMESTAMP WITH LOCAL TIME ZONE, which depends on the
// session. Flink: "Data Types", and Calcite's rules for literals. Pure.
Result<Value> BindLiteral(const ast::Literal& literal, bool negated);

}  // namespace weir::bind
