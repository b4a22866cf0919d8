// Literals of the text as typed values.
#pragma once

#include "planner/ast/expr.h"
#include "runtime/base/result.h"
#include "runtime/types/value.h"

namespace weir::bind {

// Flink's types: INT if it fits, else BIGINT; DECIMAL for fractions; DOUBLE for exponents; CHAR(n)
// for strings; TIMESTAMP with as many digits as written. `negated`: a minus stands before it
// (numbers only). All are NOT NULL but NULL itself. E1003 for what is malformed or out of range (no
// span set). TIMESTAMP WITH LOCAL TIME ZONE literals depend on the session and give E1002.
// Flink: "Data Types" and Calcite's literal rules. Pure.
Result<Value> BindLiteral(const ast::Literal& literal, bool negated);

}  // namespace weir::bind
