// LATERAL in FROM: queries that are computed for each row of what stands before them. They become
// joins (SQL:1999, 7.6; "Unnesting Arbitrary Queries", Neumann and Kemper, BTW 2015).
//
//   a, LATERAL (SELECT v FROM b WHERE b.k = a.k)
//     =>  a JOIN b ON a.k = b.k
//   a, LATERAL (SELECT v FROM b WHERE b.k = a.k ORDER BY v LIMIT 3)
//     =>  a JOIN (the first 3 of b in each k) ON a.k = k
//   a, LATERAL (SELECT MAX(v) FROM b WHERE b.v < a.x)
//     =>  o = SELECT DISTINCT x FROM a;  m = o LEFT JOIN (SELECT x, MAX(v) FROM o JOIN b ON
//         v < x GROUP BY x) USING (x);  a JOIN m ON a.x IS NOT DISTINCT FROM m.x
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/query.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/relation.h"

namespace weir::bind {

// Whether a name in `reference` that is unknown by itself may be a column of `left`, which stands
// before it: in LATERAL, and in all queries of a LATERAL one, where the rows before it are the
// first of `left`.
bool MayReadBefore(const ast::TableRef& reference, const Relation& left);

// Whether what is computed for each row of the left side may be joined so: E2015 for RIGHT and
// FULL, with `hint`, and without a condition; E1002 for USING and NATURAL. `what`: "LATERAL".
Status CheckJoinForEach(const ast::Join& join, std::string_view what, std::string hint,
                        SourceSpan place);

// A query that was bound for each row of a relation: the columns of its result, then those of the
// relation's that it reads.
struct RowsForEach {
  logical::NodePtr node;
  size_t items = 0;          // the columns of the result
  std::vector<int> columns;  // of the relation, ascending
  // Whether the columns are compared by IS NOT DISTINCT FROM, else by =.
  bool null_safe = false;
  bool one_group = false;  // it aggregates without GROUP BY: one row for each row of the relation
};

// A query in an expression, or in a condition on the rows, that reads columns of `relation`.
// `scope` is that of the query. Fails as Bind does, with the unknown name where it reads none.
Result<RowsForEach> BindForEach(QueryBinder& binder, const ast::Query& query,
                                const Relation& relation, const QueryScope& scope);

// One condition for each of rows.columns: the row's column equals the relation's (IS NOT DISTINCT
// FROM if null_safe, else =). Over the columns of the relation, then those of `node`.
Result<std::vector<expr::ExprPtr>> MeetByColumns(const RowsForEach& rows, const Relation& relation,
                                                 SourceSpan place);

}  // namespace weir::bind
