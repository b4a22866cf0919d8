// The rows before a LATERAL query, for each of which it is computed.
#pragma once

#include <vector>

#include "planner/bind/relation.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

// A LATERAL query is bound as a query over `rows` beside its FROM: `rows` come first in the
// relation of each of its SELECTs, and behind the columns of its result stand those of `rows`. What
// groups or ranks does so for each of them: they are keys of GROUP BY, of DISTINCT and of PARTITION
// BY. The other members are what the query notes while it is bound.
struct OuterRows {
  Relation rows;  // its inputs are `outer`
  // Each row comes once, so that it makes a group or partition.
  bool distinct = false;
  int64_t ttl_millis = 0;

  // Set by a query that groups, ranks, limits or removes duplicates. Over rows that repeat its
  // result would be wrong, so it then has to be bound again with `distinct` rows.
  bool groups = false;
  // Whether row_of_none may be set. False inside of set operations and of nested queries with
  // clauses of their own, and where the caller does not ask for it.
  bool whole = true;
  // Whether the query has a SELECT that makes one group of all rows, even of none.
  bool one_group = false;
  // Some columns of `rows` in the result may be NULL and have matched as such: to be compared by IS
  // NOT DISTINCT FROM.
  bool matches_null = false;
  // If not empty, the query gives one row for each of `rows`, but what is bound lacks that row
  // where the query read none. The missing row has these values, over the columns of `rows`.
  std::vector<expr::ExprPtr> row_of_none;

  size_t width() const { return rows.columns().size(); }
};

// `node`, whose first columns are those of `outer.rows`, without reading these: where a condition
// says that each equals a value of the rows beside them, that value takes its place. The reader of
// the result compares it with the row's own again. Null where there is no such condition.
//
//   Filter(k = b.k AND v > 1) over rows x b   =>   Filter(v > 1) over Project(b.k, b.*) over b
logical::NodePtr WithoutOuterRows(const logical::NodePtr& node, OuterRows& outer);

}  // namespace weir::bind
