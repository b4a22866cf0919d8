// WHERE with its subqueries: IN, NOT IN, EXISTS and NOT EXISTS become semi and anti joins.
#pragma once

#include "planner/bind/query_binder.h"

namespace weir::bind {

// `relation` where the condition holds: a filter by what reads its rows alone, then a join for
// every subquery that stands in the conjunction by itself. A subquery may read columns of
// `relation` in its own WHERE. `x NOT IN (…)` is not TRUE, so that the row is not taken, where x or
// any value is NULL and none is equal (SQL:2016, 8.4). E1002 for subqueries elsewhere.
// Columns of the result are those of `relation`. A subquery may read it in conjuncts of its own
// WHERE alone, which become the join's condition; one that groups, sorts or limits may not (E1002).
Result<Relation> ApplyWhere(QueryBinder& binder, Relation relation, const ast::Expr& where,
                            const QueryScope& scope);

}  // namespace weir::bind
