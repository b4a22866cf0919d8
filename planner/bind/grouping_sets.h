// GROUPING SETS, ROLLUP and CUBE: one aggregation for each set of keys over the same rows, and
// their results one below the other (SQL:1999, 7.9). Flink copies every row for every set (Expand)
// and aggregates once; with an aggregation a set, each set has a state of its own, so that sets can
// be added and removed.
#pragma once

#include <functional>
#include <vector>

#include "planner/ast/query.h"
#include "planner/bind/bind_group.h"
#include "planner/bind/query_scope.h"

namespace weir::bind {

// The most sets of one GROUP BY.
inline constexpr size_t kMostGroupingSets = 64;

// Whether some keys are NULL in some of the rows.
bool HasGroupingSets(const ast::GroupBy& group_by);

// Binds an expression of GROUP BY; gives the indexes of the keys that it is.
using BindKeys = std::function<Result<std::vector<int>>(const ast::Expr& expression)>;

// The sets that the elements mean together, each as indexes of keys, ascending. E2015 for more than
// kMostGroupingSets.
Result<std::vector<std::vector<int>>> GroupingSetsOf(const ast::GroupBy& group_by,
                                                     const QueryScope& scope,
                                                     const BindKeys& bind_keys);

// Whether a draft is a GROUPING(…), which only MakeGroupingSets can make a column of.
bool HasGroupingCalls(const Grouping& grouping);
// E2015 for a GROUPING whose arguments are no keys.
Status CheckGroupingCalls(const Grouping& grouping);

// A relation of the same columns, all of which may be NULL: what expressions above grouping sets
// are bound to.
Relation WithNullableColumns(Relation relation, const logical::Origin& origin);

// As MakeAggregate, one aggregation a set; columns: keys, NULL in sets without them, then the
// drafts, GROUPING(…) among them.
logical::NodePtr MakeGroupingSets(const Relation& relation, const Grouping& grouping,
                                  const logical::Origin& origin);

}  // namespace weir::bind
