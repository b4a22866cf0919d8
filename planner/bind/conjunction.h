// Conditions that must all hold.
#pragma once

#include <vector>

#include "planner/ast/expr.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

// Their conjunction, in their order; null if there are none. REQUIRES: all are BOOLEAN.
expr::ExprPtr AllOf(std::vector<expr::ExprPtr> conditions, SourceSpan span);

// The same of conditions as they were written.
ast::ExprPtr AllOf(const std::vector<ast::ExprPtr>& conditions);

// The conditions that AND connects, in their order: a AND (b AND c) has three.
std::vector<const ast::Expr*> ConditionsOf(const ast::Expr& condition);

}  // namespace weir::bind
