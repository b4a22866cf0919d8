#include "planner/ast/to_sql.h"
#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {

using ast::ExprPtr;

ast::Select Builder::Build(P::SelectContext* context) {
  ast::Select select;
  if (context->hints()) select.hints = Build(context->hints());
  select.stream = context->K_STREAM() != nullptr;
  if (context->K_ALL()) select.quantifier = ast::Quantifier::kAll;
  if (context->K_DISTINCT()) select.quantifier = ast::Quantifier::kDistinct;
  for (auto* item : context->selectItem()) select.items.push_back(Build(item));
  for (auto* table : context->tableRef()) select.from.push_back(Build(table));
  if (context->where) select.where = Build(context->where);
  if (context->groupBy()) select.group_by = Build(context->groupBy());
  if (context->having) select.having = Build(context->having);
  for (auto* window : context->namedWindow()) {
    select.windows.push_back({Build(window->identifier()), Build(window->windowSpec())});
  }
  if (context->qualify) select.qualify = Build(context->qualify);
  return select;
}

ast::SelectItem Builder::Build(P::SelectItemContext* context) {
  ast::SelectItem item;
  item.expr = Dispatch<ExprPtr, P::SelectStarContext, P::SelectTableStarContext,
                       P::SelectRowStarContext, P::SelectExpressionContext>(this, context);
  if (auto* expression = dynamic_cast<P::SelectExpressionContext*>(context)) {
    if (expression->identifier()) item.alias = Build(expression->identifier());
  }
  item.span = SpanOf(context);
  return item;
}

ExprPtr Builder::Build(P::SelectStarContext* context) {
  return MakeExpr(ast::Star{}, SpanOf(context));
}

ExprPtr Builder::Build(P::SelectTableStarContext* context) {
  return MakeExpr(ast::Star{Build(context->name())}, SpanOf(context));
}

ExprPtr Builder::Build(P::SelectRowStarContext* context) {
  ast::FieldAccess access;
  access.operand = Build(context->expression());
  access.star = true;
  return MakeExpr(std::move(access), SpanOf(context));
}

ExprPtr Builder::Build(P::SelectExpressionContext* context) {
  return Build(context->expression());
}

ast::GroupBy Builder::Build(P::GroupByContext* context) {
  ast::GroupBy group;
  if (context->K_ALL()) group.quantifier = ast::Quantifier::kAll;
  if (context->K_DISTINCT()) group.quantifier = ast::Quantifier::kDistinct;
  for (auto* element : context->groupingElement()) group.elements.push_back(Build(element));
  group.span = SpanOf(context);
  return group;
}

ast::GroupingElement Builder::Build(P::GroupingElementContext* context) {
  ast::GroupingElement element;
  element.span = SpanOf(context);
  if (context->K_ROLLUP()) element.kind = ast::GroupingKind::kRollup;
  if (context->K_CUBE()) element.kind = ast::GroupingKind::kCube;
  if (context->K_GROUPING()) element.kind = ast::GroupingKind::kGroupingSets;
  for (auto* part : context->groupingElement()) element.parts.push_back(Build(part));
  if (context->expression() == nullptr) return element;
  element.expressions.push_back(Build(context->expression()));
  // (a, b) is a set of two columns, ROW(a, b) is one value.
  auto* row = std::get_if<ast::Row>(&element.expressions[0]->node);
  if (row == nullptr || context->start->getType() != P::LEFT_PARENTHESIS) return element;
  std::vector<ExprPtr> items = std::move(row->items);
  element.expressions = std::move(items);
  return element;
}

namespace {

ast::Reference BuildHintText(Builder& builder, P::HintTextContext* context) {
  const ast::Span span = builder.SpanOf(context);
  if (context->text()) return {builder.Build(context->text()).text, true, false, span};
  if (context->INTEGER()) return {std::string(builder.TextOf(span)), false, false, span};
  const ast::Name name = builder.Build(context->name());
  if (name.parts.size() > 1) return {ast::ToSql(name), false, false, span};
  return {name.parts[0].text, false, name.parts[0].quoted, span};
}

}  // namespace

std::vector<ast::Hint> Builder::Build(P::HintsContext* context) {
  std::vector<ast::Hint> hints;
  for (auto* written : context->hint()) {
    ast::Hint hint;
    hint.name = Build(written->identifier());
    for (auto* argument : written->hintArgument()) {
      ast::HintArgument built;
      if (argument->EQUAL()) built.key = BuildHintText(*this, argument->hintText(0));
      built.value = BuildHintText(*this, argument->hintText(argument->EQUAL() ? 1 : 0));
      hint.arguments.push_back(std::move(built));
    }
    hint.span = SpanOf(written);
    hints.push_back(std::move(hint));
  }
  return hints;
}

}  // namespace weir::parse
