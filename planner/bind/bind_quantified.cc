// Subqueries as values and in predicates, and comparisons with ANY and ALL.
#include <fmt/format.h>

#include "planner/ast/query.h"
#include "planner/bind/bind_subquery.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/scalar_drafts.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;

ScalarDrafts* ExpressionBinder::Subqueries() const {
  return inside_aggregate_ ? surroundings_.argument_scalars : surroundings_.scalars;
}

// The items of a row are compared one by one with the columns of the subquery.
Result<ExprPtr> ExpressionBinder::Visit(const ast::In& in, const ast::Expr& at) {
  const bool only_truth = only_truth_ && !in.negated;
  only_truth_ = false;
  if (!in.query) return BindInList(in, at);
  ScalarDrafts* const drafts = Subqueries();
  if (drafts == nullptr) return NotSupported("a subquery in IN", in.query->span);
  ValuesCompared compared{in.query.get(), {}, only_truth, At(at.span)};
  if (const auto* row = in.operand->As<ast::Row>()) {
    compared.operands = TRY(BindAll(row->items));
  } else {
    compared.operands.push_back(TRY(BindNode(*in.operand)));
  }
  ExprPtr any = TRY(drafts->AddIn(compared, relation_));
  if (!in.negated) return any;
  return Call("NOT", {std::move(any)}, at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Quantified& quantified, const ast::Expr& at) {
  if (const std::optional<bool> not_in = IsNotIn(quantified)) {
    return Visit(ast::In{quantified.operand, quantified.items, quantified.query, *not_in}, at);
  }
  only_truth_ = false;
  return BindAnyOrAll(quantified, at);
}

// A list is a chain of comparisons.
Result<ExprPtr> ExpressionBinder::BindAnyOrAll(const ast::Quantified& quantified,
                                               const ast::Expr& at) {
  const std::string_view comparison = OperatorName(quantified.op);
  ExprPtr operand = TRY(BindNode(*quantified.operand));
  if (quantified.query) {
    ScalarDrafts* const drafts = Subqueries();
    if (drafts == nullptr) {
      return NotSupported(quantified.all ? "a comparison with ALL" : "a comparison with ANY",
                          at.span);
    }
    const ValuesCompared compared{quantified.query.get(), {std::move(operand)}, false, At(at.span)};
    return drafts->AddQuantified(comparison, quantified.all, compared, relation_);
  }
  Args tests;
  for (const ast::ExprPtr& item : quantified.items) {
    ExprPtr value = TRY(BindNode(*item));
    tests.push_back(TRY(Call(comparison, {operand, std::move(value)}, item->span)));
  }
  if (tests.size() == 1) return tests[0];
  return Call(quantified.all ? "AND" : "OR", std::move(tests), at.span);
}

Result<ExprPtr> ExpressionBinder::Visit(const ast::Subquery& subquery, const ast::Expr& at) {
  only_truth_ = false;
  ScalarDrafts* const drafts = Subqueries();
  switch (subquery.kind) {
    case ast::SubqueryKind::kScalar:
      if (drafts != nullptr) return drafts->Add(*subquery.query, relation_, At(at.span));
      return NotSupported(fmt::format("a scalar subquery in {}", surroundings_.clause), at.span);
    case ast::SubqueryKind::kExists:
      if (drafts != nullptr) {
        return drafts->AddExists({subquery.query.get(), {}, true, At(at.span)}, relation_);
      }
      return NotSupported("EXISTS", at.span);
    case ast::SubqueryKind::kUnique:
      return NotSupported("UNIQUE", at.span);
    case ast::SubqueryKind::kArray:
    case ast::SubqueryKind::kMultiset:
    case ast::SubqueryKind::kMap:
      return NotSupported("a collection of a subquery", at.span);
    case ast::SubqueryKind::kCursor:
      return NotSupported("CURSOR", at.span);
  }
  return NotSupported("a subquery", at.span);
}

}  // namespace weir::bind
