// Collects the OVER clauses of one SELECT while its expressions are bound, before the nodes that
// compute them are created.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/ast/query.h"
#include "planner/bind/aggregate_drafts.h"
#include "planner/bind/bind_group.h"
#include "planner/bind/query_scope.h"
#include "planner/bind/relation.h"
#include "runtime/base/result.h"
#include "runtime/base/source_span.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

// A call with OVER, as expressions over the relation, in which columns represent aggregates.
struct OverDraft {
  struct Order {
    expr::ExprPtr expression;
    graph::SortKey key;  // its column is not set
  };

  std::optional<graph::RankFunction> rank;  // none: `function`
  graph::OverFunction function = graph::OverFunction::kAggregate;
  // Of an aggregate all of it. Of others result_type and span; of those that pick a value also that
  // value and maybe its default as arguments.
  AggregateDraft call;
  int64_t offset = 1;         // as of graph::OverCall
  bool ignore_nulls = false;  // as of graph::OverCall
  std::vector<expr::ExprPtr> partition;
  std::vector<Order> order;  // empty: all rows of a partition are peers
  graph::OverFrame frame;    // of an aggregate and NTH_VALUE
  std::string window;        // the name of its WINDOW clause; "" without one
};

// Equal clauses are stored once. In bound expressions, clause i is represented by column kFirst +
// i, far behind the columns of every relation. Owned by the binder of one SELECT.
class OverDrafts {
 public:
  static constexpr int kFirst = 1 << 24;

  // `windows`, the WINDOW clause, is borrowed.
  explicit OverDrafts(const std::vector<ast::NamedWindow>& windows) : windows_(windows) {}

  // The column that represents `draft`, whether it is new or known.
  expr::ExprPtr Add(OverDraft draft);
  std::vector<OverDraft>& drafts() { return drafts_; }
  const std::vector<ast::NamedWindow>& windows() const { return windows_; }
  bool empty() const { return drafts_.empty(); }

 private:
  const std::vector<ast::NamedWindow>& windows_;
  std::vector<OverDraft> drafts_;
};

// Where OVER clauses are put above a relation.
struct OverPlace {
  logical::Origin origin;  // of the SELECT; each clause adds its span and its window's name
  int64_t ttl_millis = 0;
  SourceSpan ttl_hint;  // empty: the TTL is the session's
};

// Puts nodes for the drafts above `relation`, whose columns stay the first ones, and returns the
// column of each draft. Aggregates over one frame share a node, and so do calls of LAG in one
// order; each rank has one, above those. Expressions that are not columns are projected below
// first. E1002 for orders by the clock that cannot be computed.
Result<std::vector<int>> AddOvers(const std::vector<OverDraft>& drafts, const OverPlace& place,
                                  Relation& relation);

// The expression with each stand-in replaced by its column of `columns`.
expr::ExprPtr WithOvers(const expr::ExprPtr& expression, const std::vector<int>& columns);

}  // namespace weir::bind
