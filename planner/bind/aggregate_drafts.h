// Collects the aggregate calls of one SELECT while its expressions are bound, when their arguments
// have no columns yet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/source_span.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

// A call that becomes an expr::AggregateCall once its arguments are columns (bind_group.cc).
struct AggregateDraft {
  std::optional<expr::AggregateFunction> function;  // nothing: GROUPING
  std::vector<expr::ExprPtr> arguments;  // over the relation under the GROUP BY; none for COUNT(*)
  expr::ExprPtr filter;                  // null: none
  bool distinct = false;
  bool running = false;   // as of graph::MatchValue
  std::string parameter;  // as of expr::AggregateCall
  Type result_type;
  SourceSpan span;
};

// Equal calls are stored once. In bound expressions, call i is represented by column `width` + i of
// the relation. Owned by the binder of one SELECT.
class AggregateDrafts {
 public:
  explicit AggregateDrafts(size_t width) : width_(width) {}

  // The column that represents `draft`, whether it is new or known. Two drafts are equal if their
  // functions, arguments, filters, DISTINCT, RUNNING and parameters are.
  expr::ExprPtr Add(AggregateDraft draft);

  const std::vector<AggregateDraft>& drafts() const { return drafts_; }
  // The arguments and filters of all calls, to be changed with the relation.
  std::vector<expr::ExprPtr*> Inputs();
  bool empty() const { return drafts_.empty(); }
  size_t width() const { return width_; }

 private:
  size_t width_;
  std::vector<AggregateDraft> drafts_;
};

// The name of its state, with columns by `names`: "sum(price)", "count(distinct bidder) filter (x >
// 1)".
std::string StateName(const AggregateDraft& draft, const std::vector<std::string>& names);

}  // namespace weir::bind
