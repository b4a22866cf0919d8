// Functions of users that another language implements.
#pragma once

#include <vector>

#include "planner/ast/function.h"
#include "planner/catalog/function_definition.h"
#include "runtime/base/result.h"
#include "runtime/expr/expr.h"
#include "runtime/expr/foreign.h"

namespace weir::bind {

// What implements `function`, whose name and types are bound. E1002 for what is not supported yet,
// E2009 for a place that is none, and clauses that contradict each other.
// REQUIRES: `create` has a signature and a body in Python, or in a library.
Result<const expr::ForeignFunction*> BindForeign(const ast::CreateFunction& create,
                                                 const catalog::FunctionDefinition& function);

// Whether it says LANGUAGE NATIVE.
bool IsNative(const ast::CreateFunction& create);

// The call. REQUIRES: the arguments have the types of the parameters, but for NOT NULL.
expr::ExprPtr CallOf(const expr::ForeignFunction& function,
                     const std::vector<expr::ExprPtr>& arguments, SourceSpan place);

}  // namespace weir::bind
