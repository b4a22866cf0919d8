// GROUP BY: the aggregation under the expressions of a SELECT.
#pragma once

#include <vector>

#include "planner/bind/aggregate_drafts.h"
#include "planner/bind/relation.h"
#include "runtime/base/result.h"

namespace weir::bind {

// What a SELECT groups by and computes, over the relation below.
// No keys and no drafts: a SELECT without grouping, which needs no Aggregate.
struct Grouping {
  std::vector<expr::ExprPtr> keys;
  const AggregateDrafts* drafts = nullptr;
  int64_t ttl_millis = 0;
  // Indexes of keys, ascending, a set of GROUPING SETS each (grouping_sets.h); one set of all keys
  // otherwise.
  std::vector<std::vector<int>> sets;
};

// The Aggregate node: keys, then calls. Arguments that are not columns are projected before it; the
// grouping of a window table by its start and end keeps window_time a time attribute.
// Equal arguments are one column. Global aggregates (no keys) give one row, as in SQL.
// REQUIRES: no GROUPING among the drafts; `sets` are not looked at.
logical::NodePtr MakeAggregate(const Relation& relation, const Grouping& grouping,
                               const logical::Origin& origin);

// An expression over the relation (with stand-ins for aggregates) as one over MakeAggregate's
// columns. E2007 for a column that is neither grouped nor aggregated.
Result<expr::ExprPtr> AboveGrouping(const expr::ExprPtr& expression, const Relation& relation,
                                    const Grouping& grouping);

}  // namespace weir::bind
