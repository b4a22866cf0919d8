#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {

using ast::ExprPtr;

ExprPtr Builder::Build(P::LiteralOnlyContext* context) {
  return Build(context->literal());
}

ExprPtr Builder::Build(P::CaseOfContext* context) {
  ast::Case node;
  if (context->base) node.operand = Build(context->base);
  for (auto* when : context->when()) {
    node.whens.push_back(Build(when));
    if (!node.operand && !node.whens.back().alternatives.empty()) {
      Fail(SpanOf(when), "WHEN lists several values without a CASE that they are compared with",
           "write CASE value WHEN a, b THEN …, or join conditions with OR");
    }
  }
  if (context->otherwise) node.otherwise = Build(context->otherwise);
  return MakeExpr(std::move(node), SpanOf(context));
}

ast::When Builder::Build(P::WhenContext* context) {
  ast::When when;
  when.alternatives = BuildAll(context->expression());
  when.result = std::move(when.alternatives.back());
  when.alternatives.pop_back();
  when.condition = std::move(when.alternatives.front());
  when.alternatives.erase(when.alternatives.begin());
  return when;
}

ExprPtr Builder::Build(P::CastContext* context) {
  ast::Cast cast;
  cast.is_try = context->K_TRY_CAST() != nullptr;
  cast.operand = Build(context->expression());
  cast.type = Build(context->dataType());
  return MakeExpr(std::move(cast), SpanOf(context));
}

ExprPtr Builder::Build(P::ExistsContext* context) {
  const auto kind = context->K_EXISTS() ? ast::SubqueryKind::kExists : ast::SubqueryKind::kUnique;
  return MakeExpr(ast::Subquery{kind, Build(context->query())}, SpanOf(context));
}

ExprPtr Builder::Build(P::CollectionQueryContext* context) {
  ast::SubqueryKind kind = ast::SubqueryKind::kArray;
  if (context->K_MULTISET()) kind = ast::SubqueryKind::kMultiset;
  if (context->K_MAP()) kind = ast::SubqueryKind::kMap;
  if (context->K_CURSOR()) kind = ast::SubqueryKind::kCursor;
  return MakeExpr(ast::Subquery{kind, Build(context->query())}, SpanOf(context));
}

ExprPtr Builder::Build(P::CollectionContext* context) {
  ast::Collection collection;
  if (context->K_MULTISET()) collection.kind = ast::CollectionKind::kMultiset;
  if (context->K_MAP()) collection.kind = ast::CollectionKind::kMap;
  collection.items = BuildAll(context->expression());
  if (context->K_MAP() && collection.items.size() % 2 != 0) {
    Fail(SpanOf(context), "MAP[…] needs keys and values in turn: the last key has no value");
  }
  return MakeExpr(std::move(collection), SpanOf(context));
}

ExprPtr Builder::Build(P::RowContext* context) {
  return MakeExpr(ast::Row{BuildAll(context->expression())}, SpanOf(context));
}

ExprPtr Builder::Build(P::RowInParenthesesContext* context) {
  return MakeExpr(ast::Row{BuildAll(context->expression())}, SpanOf(context));
}

ExprPtr Builder::Build(P::ScalarQueryContext* context) {
  return MakeExpr(ast::Subquery{ast::SubqueryKind::kScalar, Build(context->query())},
                  SpanOf(context));
}

ExprPtr Builder::Build(P::ParenthesisedContext* context) {
  ExprPtr inside = Build(context->expression());
  auto* unit = context->differenceSpan();
  if (unit == nullptr) return inside;
  const auto* difference = inside->As<ast::Binary>();
  if (difference == nullptr || difference->op != ast::BinaryOperator::kMinus) {
    const std::string word(TextOf(SpanOf(unit)));
    Fail(SpanOf(unit), "a unit of time stands behind a difference only: (a - b) " + word,
         "write AS " + word + " if it is a name");
    return inside;
  }
  return MakeExpr(ast::Difference{difference->left, difference->right, Build(unit)},
                  SpanOf(context));
}

ExprPtr Builder::Build(P::ColumnRefContext* context) {
  return MakeExpr(ast::ColumnRef{Build(context->name())}, SpanOf(context));
}

}  // namespace weir::parse
