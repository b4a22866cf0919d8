// Joins in FROM: puts the columns of both inputs next to each other and lets names find them.
#pragma once

#include <optional>
#include <vector>

#include "planner/bind/query_scope.h"
#include "planner/bind/relation.h"
#include "runtime/base/result.h"

namespace weir::bind {

// An inner, outer, semi or anti join before it is resolved: the whole condition goes into
// `residual` (null: every row meets every row), and planner/rules/join_conditions.cc takes it
// apart. Semi and anti joins only come from subqueries (bind_subquery.h).
struct JoinDraft {
  graph::JoinType type = graph::JoinType::kInner;
  expr::ExprPtr condition;  // over left, then right columns
  SourceSpan span;
  // FOR SYSTEM_TIME AS OF: a processing time, or an event time.
  bool lookup = false;
  std::optional<logical::JoinVersions> versions = {};
};

// A relation with the names of both inputs, the right columns behind the left ones. The columns of
// a side that can be without a match become nullable: left columns of RIGHT, right columns of LEFT,
// both of FULL. E2004 when two inputs have one alias. `place` is where errors point.
Result<Relation> JoinedRelation(const Relation& left, const Relation& right, const JoinDraft& draft,
                                const QueryScope& scope);

// `node`, whose columns are those of `left` and then of `right`, with the names of both. E2004 when
// two have one alias; `place` is where that error points.
Result<Relation> Beside(logical::NodePtr node, const Relation& left, std::vector<NamedInput> right,
                        SourceSpan place);

// The Join node over two bound inputs. The aliases of both inputs distinguish its uid from others;
// the sides' time-to-live comes from the scope's hints, else `ttl_millis`.
logical::NodePtr MakeJoin(const Relation& left, const Relation& right, const JoinDraft& draft,
                          const QueryScope& scope, int64_t ttl_millis);

// Sets the sides' time-to-live where the scope's hints say one.
void SetTtl(logical::Join& join, const Relation& left, const Relation& right,
            const QueryScope& scope);

// Puts the STATE_ID `id` (empty: none) and the place `ttl_hint` of a STATE_TTL that names no table
// on the topmost join, which may be below filters and projections. Returns the node itself if there
// is none.
logical::NodePtr WithJoinHints(const logical::NodePtr& node, const std::string& id,
                               SourceSpan ttl_hint);

// The rows of a view or CTE for one of its readers: with a topmost join of its own, over shared
// inputs. What the conditions of one reader make of the join (an outer one inner) must not depend
// on whether there are others; those that stay equal become one again (planner/uid/merge.h).
logical::NodePtr WithOwnJoin(const logical::NodePtr& node);

}  // namespace weir::bind
