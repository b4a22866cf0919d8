// name-types: TYPEOF says what DESCRIBE says, which only a walk of the plan below knows.
#include <algorithm>
#include <memory>

#include "planner/logical/declared_columns.h"
#include "planner/logical/rewrite.h"
#include "planner/rules/rule.h"
#include "runtime/expr/declared_type.h"
#include "runtime/expr/function.h"

namespace weir::rules {
namespace {

using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;
using logical::NodePtr;

bool AsksForType(const Expr& expression) {
  if (expression.kind == ExprKind::kCall && expression.function->name == "TYPEOF") return true;
  return std::ranges::any_of(expression.args,
                             [](const ExprPtr& argument) { return AsksForType(*argument); });
}

// `columns`: the types that are declared for the columns that it reads.
ExprPtr Named(const ExprPtr& expression, const std::vector<Type>& columns) {
  if (!AsksForType(*expression)) return expression;
  if (expression->kind == ExprKind::kCall && expression->function->name == "TYPEOF") {
    const std::string declared = expr::DeclaredTypeName(expression->args[0], columns);
    if (declared == expr::DeclaredTypeName(expression->args[0], {})) return expression;
    return expr::MakeLiteral(Value(expression->type, declared), expression->span);
  }
  auto copy = std::make_shared<Expr>(*expression);
  for (ExprPtr& argument : copy->args) argument = Named(argument, columns);
  return copy;
}

}  // namespace

Result<logical::Plan> NameTypes(const logical::Plan& plan) {
  return logical::Rewrite(plan, [](const logical::Node& original, NodePtr node) -> Result<NodePtr> {
    const auto* project = std::get_if<logical::Project>(&node->operation);
    if (project == nullptr) return node;
    if (std::ranges::none_of(project->expressions,
                             [](const ExprPtr& expression) { return AsksForType(*expression); })) {
      return node;
    }
    std::vector<Type> columns;
    for (const logical::Column& column : logical::DeclaredColumns(*original.inputs[0])) {
      columns.push_back(column.type);
    }
    logical::Project named = *project;
    for (ExprPtr& expression : named.expressions) expression = Named(expression, columns);
    return logical::MakeNode(std::move(named), node->inputs, node->columns, node->origin);
  });
}

}  // namespace weir::rules
