// The table that a table function is given.
#pragma once

#include <optional>

#include "planner/ast/call.h"
#include "planner/bind/query_binder.h"

namespace weir::bind {

// Binds TABLE t, TABLE (query) or (query); null for any other argument. What PARTITION BY and ORDER
// BY behind it mean is the function's. `query_scope` is the scope for a query.
Result<std::optional<Relation>> BindTableArgument(QueryBinder& binder, const ast::Expr& argument,
                                                  const QueryScope& scope,
                                                  const QueryScope& query_scope);

}  // namespace weir::bind
