#include "planner/bind/aggregate_drafts.h"

#include <fmt/format.h>

#include "planner/logical/coercions.h"
#include "runtime/base/names.h"

namespace weir::bind {
namespace {

bool SameExpression(const expr::ExprPtr& a, const expr::ExprPtr& b) {
  if (!a || !b) return a == b;
  return expr::Equal(*a, *b);
}

bool SameCall(const AggregateDraft& a, const AggregateDraft& b) {
  if (a.function != b.function || a.distinct != b.distinct || a.running != b.running ||
      a.parameter != b.parameter) {
    return false;
  }
  if (a.arguments.size() != b.arguments.size() || !SameExpression(a.filter, b.filter)) return false;
  for (size_t i = 0; i < a.arguments.size(); ++i) {
    if (!SameExpression(a.arguments[i], b.arguments[i])) return false;
    // Two calls of RAND() are two numbers.
    if (!expr::IsDeterministic(*a.arguments[i])) return false;
  }
  return true;
}

// The text of an expression, without parentheses around the whole.
std::string BareText(const expr::Expr& expression, const std::vector<std::string>& names) {
  std::string text = expr::ToString(expression, names);
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return text;
  int depth = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0) return text;
  }
  return text.substr(1, text.size() - 2);
}

}  // namespace

std::vector<expr::ExprPtr*> AggregateDrafts::Inputs() {
  std::vector<expr::ExprPtr*> inputs;
  for (AggregateDraft& draft : drafts_) {
    for (expr::ExprPtr& argument : draft.arguments) inputs.push_back(&argument);
    if (draft.filter) inputs.push_back(&draft.filter);
  }
  return inputs;
}

expr::ExprPtr AggregateDrafts::Add(AggregateDraft draft) {
  size_t index = 0;
  while (index < drafts_.size() && !SameCall(drafts_[index], draft)) ++index;
  const Type type = draft.result_type;
  const SourceSpan span = draft.span;
  if (index == drafts_.size()) drafts_.push_back(std::move(draft));
  return expr::MakeColumnRef(static_cast<int>(width_ + index), type, span);
}

std::string StateName(const AggregateDraft& draft, const std::vector<std::string>& names) {
  std::string text =
      ToLower(draft.function ? expr::AggregateName(*draft.function) : "GROUPING") + "(";
  if (draft.distinct) text += "distinct ";
  for (size_t i = 0; i < draft.arguments.size(); ++i) {
    text += (i > 0 ? ", " : "") + BareText(*draft.arguments[i], names);
  }
  if (draft.arguments.empty()) text += "*";
  if (!draft.parameter.empty()) text += ", '" + draft.parameter + "'";
  text += ")";
  if (draft.filter) {
    text += " filter (" + BareText(*logical::WithoutCoercions(*draft.filter), names) + ")";
  }
  return text;
}

}  // namespace weir::bind
