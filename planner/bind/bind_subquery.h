// Subqueries in WHERE: IN, NOT IN, = ANY, <> ALL, EXISTS and NOT EXISTS become semi and anti joins.
#pragma once

#include <optional>
#include <vector>

#include "planner/bind/query_binder.h"

namespace weir::bind {

// Keeps the rows of `relation` for which the condition holds; the result has its columns. Conjuncts
// without subqueries become a filter, followed by a join for each conjunct that is a subquery. A
// subquery may read columns of `relation`: conjuncts of its own WHERE become the join's condition,
// and one that reads them elsewhere is computed for each of their values (bind_lateral.h). `x NOT
// IN (…)` is not TRUE, and drops the row, if x or any value is NULL and none is equal (SQL:2016,
// 8.4).
Result<Relation> ApplyWhere(QueryBinder& binder, Relation relation, const ast::Expr& where,
                            const QueryScope& scope);

// Whether a comparison with ANY or ALL is IN (= ANY: false) or NOT IN (<> ALL: true); null for
// neither.
std::optional<bool> IsNotIn(const ast::Quantified& quantified);

// The rows of a subquery, and conditions on them that read the query around it.
struct Subquery {
  Relation rows;
  std::vector<expr::ExprPtr> items;       // its columns, over `rows`; none if they do not matter
  std::vector<expr::ExprPtr> conditions;  // over the outer columns, then those of `rows`
};

// Binds a subquery of IN, EXISTS, ANY or ALL. `reads_items`: its columns are compared with
// something.
Result<Subquery> BindSubquery(QueryBinder& binder, const ast::Query& query, bool reads_items,
                              const Relation& outer, const QueryScope& scope);

// The same of one that reads columns of `outer`, such that all conditions are = or IS NOT DISTINCT
// FROM of such a column and one of the rows.
Result<Subquery> BindSubqueryForEach(QueryBinder& binder, const ast::Query& query, bool reads_items,
                                     const Relation& outer, const QueryScope& scope);

}  // namespace weir::bind
