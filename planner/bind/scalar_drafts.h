// Scalar subqueries of a clause: a left join makes each a column of the relation.
#pragma once

#include <vector>

#include "planner/bind/query_binder.h"

namespace weir::bind {

// Collects the subqueries while a clause is bound, in order; their columns come behind those of the
// relation. Borrows its arguments.
//
//   SELECT k, (SELECT MAX(w) FROM o WHERE o.k = t.k) FROM t
//     =>  t LEFT JOIN (SELECT MAX(w), k FROM o GROUP BY k) ON t.k = o.k
//
// A subquery without rows gives NULL, or 0 for a correlated COUNT. One that is not correlated gives
// NULL even then, since a global aggregate over no rows emits none, as in Flink.
class ScalarDrafts {
 public:
  ScalarDrafts(QueryBinder& binder, const QueryScope& scope) : binder_(binder), scope_(scope) {}

  // The value of the subquery, nullable, as an expression over the columns of `relation` and those
  // that Join will add. `relation` is the same in all calls; the subquery may read it in equalities
  // of its own WHERE. E2006 unless the subquery has one column; E1002 unless it is known to give at
  // most one row, and for other correlations.
  Result<expr::ExprPtr> Add(const ast::Query& query, const Relation& relation, SourceSpan span);

  bool empty() const { return drafts_.empty(); }
  // The place of the first subquery. REQUIRES: !empty().
  SourceSpan span() const { return drafts_.front().span; }
  // `relation` followed by the columns of all subqueries, which cannot be named. Leaves no drafts.
  logical::NodePtr Join(const Relation& relation);

 private:
  struct Draft {
    logical::NodePtr node;                // the value, then what it is found by
    std::vector<expr::ExprPtr> operands;  // over the relation, equal to columns 1, 2, …
    SourceSpan span;
  };

  Result<Draft> Bind(const ast::Query& query, const Relation& relation, SourceSpan span);
  Result<Draft> BindCorrelated(const ast::Query& query, const Relation& relation,
                               const Status& failure, SourceSpan span);

  QueryBinder& binder_;
  const QueryScope& scope_;
  std::vector<Draft> drafts_;
  size_t added_ = 0;  // columns
};

}  // namespace weir::bind
