// GROUP BY: creates the aggregation below the expressions of a SELECT.
#pragma once

#include <vector>

#include "planner/bind/aggregate_drafts.h"
#include "planner/bind/relation.h"
#include "runtime/base/result.h"

namespace weir::bind {

// What a SELECT groups by and computes, over the relation below. Without keys and drafts it needs
// no Aggregate.
struct Grouping {
  std::vector<expr::ExprPtr> keys;
  const AggregateDrafts* drafts = nullptr;
  int64_t ttl_millis = 0;
  // Each set of GROUPING SETS as ascending indexes of keys (grouping_sets.h); otherwise one set of
  // all keys.
  std::vector<std::vector<int>> sets;
};

// Creates the Aggregate node: keys, then calls. Arguments that are not columns are projected below
// it, equal ones once. Grouping a window table by its start and end keeps window_time as a time
// attribute. A global aggregate (no keys) gives one row, as in SQL. REQUIRES: no GROUPING among the
// drafts; `sets` is not used.
logical::NodePtr MakeAggregate(const Relation& relation, const Grouping& grouping,
                               const logical::Origin& origin);

// Converts an expression over the relation, in which columns represent aggregates, into one over
// the columns of MakeAggregate. E2007 for a column that is neither grouped nor aggregated.
Result<expr::ExprPtr> AboveGrouping(const expr::ExprPtr& expression, const Relation& relation,
                                    const Grouping& grouping);

}  // namespace weir::bind
