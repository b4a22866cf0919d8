// The NOT NULL that Flink declares for an expression, which DESCRIBE shows. Types of bound
// expressions say what can be NULL: state, plans and the meaning of clauses rest on them, so that
// they stay as they are. Flink's planner is now and then more cautious (LEFT of texts that are NOT
// NULL may be NULL), and sometimes less (CONCAT_WS).
#pragma once

#include <span>
#include <string>

#include "runtime/expr/expr.h"

namespace weir::expr {

// The type of `expression` with the nullability that Flink derives, if the columns that it reads
// have these types; their own where `columns` is empty. Where Flink says NOT NULL of what can be
// NULL (LPAD, ELEMENT) it stays nullable (docs/differences-from-flink.md).
Type DeclaredType(const ExprPtr& expression, std::span<const Type> columns);
// The name of an expression's declared type as TYPEOF gives it. As in Flink, an interval has one
// unit.
std::string DeclaredTypeName(const ExprPtr& expression, std::span<const Type> columns);

}  // namespace weir::expr
