// Joins in FROM: the columns of both inputs side by side, and how names reach them.
#pragma once

#include <vector>

#include "planner/bind/query_scope.h"
#include "planner/bind/relation.h"
#include "runtime/base/result.h"

namespace weir::bind {

// An unresolved inner, outer, semi or anti join: the condition goes into `residual` (null: every
// row meets every row), planner/rules/join_conditions.cc takes it apart.
// Semi and anti joins are made of subqueries only (bind_subquery.h).
struct JoinDraft {
  graph::JoinType type = graph::JoinType::kInner;
  expr::ExprPtr condition;  // over left, then right columns
  SourceSpan span;
  bool lookup = false;  // FOR SYSTEM_TIME AS OF
};

// Names of both relations, the right one's columns behind the left one's. Columns of a side that
// may stay without a match become nullable. E2004 when two inputs have one alias. `place` is that
// of errors. Outer joins: left columns of RIGHT, right columns of LEFT, both of FULL.
Result<Relation> JoinedRelation(const Relation& left, const Relation& right, const JoinDraft& draft,
                                const QueryScope& scope);

// The Join node over two bound inputs. Its uid is told apart by the aliases of both; its sides'
// time-to-live are those of the scope's hints, else `ttl_millis`.
logical::NodePtr MakeJoin(const Relation& left, const Relation& right, const JoinDraft& draft,
                          const QueryScope& scope, int64_t ttl_millis);

// The node with STATE_ID `id` (empty: as it is) and the place `ttl_hint` of a STATE_TTL that names
// no table at its topmost join, seen through filters and projections; the node itself when there is
// none.
logical::NodePtr WithJoinHints(const logical::NodePtr& node, const std::string& id,
                               SourceSpan ttl_hint);

}  // namespace weir::bind
