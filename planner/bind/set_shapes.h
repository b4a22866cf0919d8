// What set operations are made of, for those of queries and for recursions.
#pragma once

#include <vector>

#include "planner/ast/query.h"
#include "planner/logical/plan.h"

namespace weir::bind {

// The branches of a set operation from left to right. A UNION that is a branch of another one and
// has no clauses of its own is merged with it where both are ALL, or the outer one removes
// duplicates anyway.
std::vector<const ast::Query*> BranchesOf(const ast::SetOperation& operation);

// The indexes 0 to `count` - 1: all columns in their order.
std::vector<int> FirstIndexes(size_t count);

// The rows of all branches, which have equal types up to nullability. A column may be NULL where
// that of one branch may; a time attribute survives where every branch has it. REQUIRES: one or
// more branches.
logical::NodePtr United(std::vector<logical::NodePtr> branches, const logical::Origin& origin);

// Each row once (UNION, SELECT DISTINCT). Time attributes become ordinary times.
logical::NodePtr Distinct(const logical::NodePtr& input, int64_t ttl_millis,
                          const logical::Origin& origin);

}  // namespace weir::bind
