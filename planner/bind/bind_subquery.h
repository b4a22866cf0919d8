// Subqueries in WHERE: IN, NOT IN, EXISTS and NOT EXISTS become semi and anti joins.
#pragma once

#include "planner/bind/query_binder.h"

namespace weir::bind {

// Keeps the rows of `relation` for which the condition holds; the result has its columns. Conjuncts
// without subqueries become a filter, followed by a join for each conjunct that is a subquery.
// E1002 for subqueries elsewhere. A subquery may read columns of `relation` in conjuncts of its own
// WHERE, which become the join's condition, but not if it groups, sorts or limits (E1002). `x NOT
// IN (…)` is not TRUE, and drops the row, if x or any value is NULL and none is equal (SQL:2016,
// 8.4).
Result<Relation> ApplyWhere(QueryBinder& binder, Relation relation, const ast::Expr& where,
                            const QueryScope& scope);

}  // namespace weir::bind
