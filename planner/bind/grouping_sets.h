// GROUPING SETS, ROLLUP and CUBE: one aggregation for each set of keys over the same rows, and a
// union of their results (SQL:1999, 7.9). Flink instead copies every row for every set (Expand) and
// aggregates once. With separate aggregations each set has its own state, so that sets can be added
// to a running query and removed from it.
#pragma once

#include <functional>
#include <vector>

#include "planner/ast/query.h"
#include "planner/bind/bind_group.h"
#include "planner/bind/query_scope.h"

namespace weir::bind {

// The greatest number of sets in one GROUP BY.
inline constexpr size_t kMostGroupingSets = 64;

// Whether some keys are NULL in some of the rows.
bool HasGroupingSets(const ast::GroupBy& group_by);

// Binds an expression of GROUP BY and returns the indexes of its keys.
using BindKeys = std::function<Result<std::vector<int>>(const ast::Expr& expression)>;

// The sets that all elements together mean, each as ascending indexes of keys. E2015 for more than
// kMostGroupingSets.
Result<std::vector<std::vector<int>>> GroupingSetsOf(const ast::GroupBy& group_by,
                                                     const QueryScope& scope,
                                                     const BindKeys& bind_keys);

// Whether some draft is a GROUPING(…), which only MakeGroupingSets can compute.
bool HasGroupingCalls(const Grouping& grouping);
// E2015 for a GROUPING whose arguments are not keys.
Status CheckGroupingCalls(const Grouping& grouping);

// A relation with the same columns, all nullable: what expressions above grouping sets are bound
// to.
Relation WithNullableColumns(Relation relation, const logical::Origin& origin);

// As MakeAggregate, but with one aggregation a set. The columns are the keys, NULL in sets without
// them, then the drafts including GROUPING(…).
logical::NodePtr MakeGroupingSets(const Relation& relation, const Grouping& grouping,
                                  const logical::Origin& origin);

}  // namespace weir::bind
