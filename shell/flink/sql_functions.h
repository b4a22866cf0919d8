// Calls of users' functions of SQL, as the expressions that they stand for: Flink has no such
// functions.
#pragma once

#include "planner/ast/statement.h"
#include "planner/catalog/catalog.h"
#include "runtime/base/result.h"

namespace weir::shell::flink {

// Whether it is SQL itself, and not in another language.
bool IsOfSql(const catalog::FunctionPtr& function);

// `body`, in which parameters have become the arguments of `call`, cast to the types of the
// parameters, and which is itself cast to what the function RETURNS. REQUIRES: a scalar function of
// SQL, whose bodies have no subqueries, so that no column can be in the way of a parameter; our
// planner takes the call.
Result<ast::Expr> Inlined(const catalog::FunctionDefinition& function, const ast::Call& call,
                          ast::Expr body);

}  // namespace weir::shell::flink
