// Scalar subqueries of a clause: each becomes a column of the relation, by a left join.
#pragma once

#include <vector>

#include "planner/bind/query_binder.h"

namespace weir::bind {

// Collects the subqueries while a clause is bound, in order; their columns stand behind those that
// the relation has. Borrows its arguments.
//
//   SELECT k, (SELECT MAX(w) FROM o WHERE o.k = t.k) FROM t
//     =>  t LEFT JOIN (SELECT MAX(w), k FROM o GROUP BY k) ON t.k = o.k
//
// A subquery without rows gives NULL, a correlated COUNT 0; one that is not correlated gives NULL,
// as a global aggregate over no rows has none (so does Flink).
class ScalarDrafts {
 public:
  ScalarDrafts(QueryBinder& binder, const QueryScope& scope) : binder_(binder), scope_(scope) {}

  // The value of the subquery, nullable, as an expression over the columns of `relation` and those
  // that Join will put behind them. `relation` is the same in all calls. It may be read in
  // equalities of the subquery's own WHERE. E2006 unless the subquery has one column; E1002 unless
  // it is known to give one row at most, and for other correlations.
  Result<expr::ExprPtr> Add(const ast::Query& query, const Relation& relation, SourceSpan span);

  bool empty() const { return drafts_.empty(); }
  // Where the first subquery stands. REQUIRES: !empty().
  SourceSpan span() const { return drafts_.front().span; }
  // `relation` with the columns of all subqueries behind its own, which no name reaches. The drafts
  // are empty afterwards.
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
