// Collects what the conditions and measures of one MATCH_RECOGNIZE read of its rows, while their
// expressions are bound.
#pragma once

#include <optional>
#include <vector>

#include "planner/ast/name.h"
#include "runtime/base/source_span.h"
#include "runtime/expr/expr.h"
#include "runtime/graph/match_spec.h"

namespace weir::bind {

// FIRST(value, offset) or LAST(value, offset), with `value` over the relation of the expression,
// and what else graph::MatchValue can be.
struct MatchDraft {
  graph::MatchValueKind kind = graph::MatchValueKind::kLast;
  int offset = 0;
  expr::ExprPtr value;  // null for CLASSIFIER and MATCH_NUMBER
  int shift = 0;
  bool classifier = false;
  std::optional<ast::Identifier> of;  // CLASSIFIER(of)
  bool running = false;
  bool said = false;  // RUNNING or FINAL
  Type type;          // without a value
};

// In bound expressions, draft i is represented by column kFirst + i, behind those of every relation
// and of aggregates. Owned by the binder of one MATCH_RECOGNIZE.
class MatchDrafts {
 public:
  static constexpr int kFirst = 1 << 25;

  // `time`: the column of the relation that the rows are ordered by.
  // `all_rows`: measures are those of each row of a match.
  MatchDrafts(expr::ExprPtr time, bool all_rows) : time_(std::move(time)), all_rows_(all_rows) {}

  expr::ExprPtr Add(MatchDraft draft, SourceSpan span) {
    const Type type = draft.value ? draft.value->type.WithNullable(true) : draft.type;
    drafts_.push_back(std::move(draft));
    return expr::MakeColumnRef(kFirst + static_cast<int>(drafts_.size()) - 1, type, span);
  }
  const MatchDraft& at(size_t draft) const { return drafts_.at(draft); }
  const expr::ExprPtr& time() const { return time_; }
  bool all_rows() const { return all_rows_; }

 private:
  expr::ExprPtr time_;
  bool all_rows_;
  std::vector<MatchDraft> drafts_;
};

}  // namespace weir::bind
