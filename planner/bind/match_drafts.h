// Collects what the conditions and measures of one MATCH_RECOGNIZE read of its rows, while their
// expressions are bound.
#pragma once

#include <vector>

#include "runtime/base/source_span.h"
#include "runtime/expr/expr.h"
#include "runtime/graph/match_spec.h"

namespace weir::bind {

// FIRST(value, offset) or LAST(value, offset), with `value` over the relation of the expression.
struct MatchDraft {
  graph::MatchValueKind kind = graph::MatchValueKind::kLast;
  int offset = 0;
  expr::ExprPtr value;
};

// In bound expressions, draft i is represented by column kFirst + i, behind those of every relation
// and of aggregates. Owned by the binder of one MATCH_RECOGNIZE.
class MatchDrafts {
 public:
  static constexpr int kFirst = 1 << 25;

  // `time`: the column of the relation that the rows are ordered by.
  explicit MatchDrafts(expr::ExprPtr time) : time_(std::move(time)) {}

  expr::ExprPtr Add(MatchDraft draft, SourceSpan span) {
    drafts_.push_back(std::move(draft));
    const int column = kFirst + static_cast<int>(drafts_.size()) - 1;
    return expr::MakeColumnRef(column, drafts_.back().value->type.WithNullable(true), span);
  }
  const MatchDraft& at(size_t draft) const { return drafts_.at(draft); }
  const expr::ExprPtr& time() const { return time_; }

 private:
  expr::ExprPtr time_;
  std::vector<MatchDraft> drafts_;
};

}  // namespace weir::bind
