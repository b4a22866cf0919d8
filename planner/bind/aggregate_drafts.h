// The aggregate calls found while the expressions of one SELECT are bound, before their arguments
// have columns to live in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/source_span.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

// Becomes an expr::AggregateCall once its arguments are columns (bind_group.cc).
struct AggregateDraft {
  std::optional<expr::AggregateFunction> function;  // nothing: GROUPING
  std::vector<expr::ExprPtr> arguments;  // over the relation under the GROUP BY; none for COUNT(*)
  expr::ExprPtr filter;                  // null: none
  bool distinct = false;
  std::string parameter;  // as of expr::AggregateCall
  Type result_type;
  SourceSpan span;
};

// Equal calls are one. In bound expressions, call i stands as column `width` + i of the relation.
// Owned by the binder of one SELECT.
class AggregateDrafts {
 public:
  explicit AggregateDrafts(size_t width) : width_(width) {}

  // The stand-in for `draft`, new or known.
  // Equal: the same function, arguments, filter, DISTINCT and parameter. Linear in the drafts.
  expr::ExprPtr Add(AggregateDraft draft);

  const std::vector<AggregateDraft>& drafts() const { return drafts_; }
  bool empty() const { return drafts_.empty(); }
  size_t width() const { return width_; }

 private:
  size_t width_;
  std::vector<AggregateDraft> drafts_;
};

// "sum(price)", "count(distinct bidder) filter (x > 1)": the name of its state, columns by `names`.
std::string StateName(const AggregateDraft& draft, const std::vector<std::string>& names);

}  // namespace weir::bind
