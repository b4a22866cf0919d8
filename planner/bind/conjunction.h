// Joins conditions by AND, bound ones and written ones, and takes them apart again.
#pragma once

#include <vector>

#include "planner/ast/expr.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

// All of them joined by AND, in this order; null if there are none. REQUIRES: all are BOOLEAN.
expr::ExprPtr AllOf(std::vector<expr::ExprPtr> conditions, SourceSpan span);

// The same for conditions that are not bound yet.
ast::ExprPtr AllOf(const std::vector<ast::ExprPtr>& conditions);

// The conditions that AND connects, in their order: a AND (b AND c) has three.
std::vector<const ast::Expr*> ConditionsOf(const ast::Expr& condition);

}  // namespace weir::bind
