// Turns names and argument types into bound expressions: overload resolution, implicit casts and
// the type rules of Flink SQL. Errors name the function or type and list the nearest alternatives.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/expr/expr.h"

namespace weir::expr {

// Binds a call of the scalar function or operator `name` ("+", "=", "LIKE", "UPPER", "EXTRACT", …)
// with its arguments coerced. Also builds the special forms AND, OR, CASE, COALESCE, IF, NULLIF and
// IN, with arguments in the order of ExprKind. Overloads are tried in their order, and the first
// whose parameters take the arguments, with implicit casts, is bound. kInvalidSql E2005 when none
// fits.
Result<ExprPtr> BindCall(std::string_view name, std::vector<ExprPtr> args, SourceSpan span);

// Whether the expression is a call ROW(a, b) or (a, b) that is not folded to a literal. Two of
// these are compared field by field, so that a NULL among the fields makes the result unknown.
bool IsRowOfFields(const Expr& expression);

// One row of SHOW FUNCTIONS and DESCRIBE FUNCTION for forms with a syntax of their own: CASE, CAST,
// IN, ….
struct FormDoc {
  std::string_view name;
  std::string_view signature;
  std::string_view doc;
};
// Lives forever.
std::span<const FormDoc> SpecialForms();

// Binds CAST or TRY_CAST. An identity cast is left out. kInvalidSql E2006 when Flink has no such
// cast.
Result<ExprPtr> BindCast(ExprPtr argument, const Type& target, bool try_cast, SourceSpan span);

// The expression over other arguments. They have the types of its own, but may be NULL where those
// may not: its type then says whether it may be NULL, too.
ExprPtr WithArguments(const ExprPtr& expression, std::vector<ExprPtr> args);

// The implicit cast that Flink inserts where `target` is required (assignment to a sink column when
// `assignment`); E2006 when there is none.
Result<ExprPtr> Coerce(ExprPtr argument, const Type& target, bool assignment);

// The type that the branches of a UNION, the results of a CASE or the items of an IN list share.
// E2006 names two types that share none. REQUIRES: not empty.
Result<Type> CommonType(const std::vector<Type>& types);

// Replaces constant, deterministic sub-trees by literals. A constant that fails to evaluate (1/0)
// is kInvalidSql, as in Flink, with the failing call's span, unless a guard stands before it: what
// CASE, COALESCE, AND and OR evaluate for some rows only stays as it is, and fails at run time for
// them.
Result<ExprPtr> FoldConstants(const ExprPtr& expression);

}  // namespace weir::expr
