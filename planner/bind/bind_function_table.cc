// Calls of users' table functions in FROM, whose arguments read nothing before them. Those that do
// are LATERAL (bind_lateral.cc).
#include <fmt/format.h>

#include "planner/ast/function.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/user_functions.h"
#include "planner/catalog/function_definition.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

Status CheckTableArguments(const FunctionArguments& call, const Relation& relation) {
  for (size_t i = 0; i < call.values.size(); ++i) {
    const ast::Expr& text = *call.values[i];
    const SourceSpan span = call.caller.At(text.span);
    expr::ExprPtr value =
        TRY(ExpressionBinder(relation, {nullptr, "an argument", call.caller}).Bind(text));
    // Each row of the body would see another value.
    if (DiffersByRow(*value)) {
      return Status::InvalidSql("an argument of a table function cannot be RAND() or the like")
          .WithId("E2015")
          .WithHint("compute it before: FROM (SELECT …, RAND() AS r FROM t), LATERAL …")
          .WithSpan(span);
    }
    RETURN_IF_ERROR(AsParameter(call.function, i, std::move(value), span).status());
  }
  return {};
}

Result<Relation> QueryBinder::BindCalled(const catalog::FunctionPtr& function,
                                         const ast::TableRef& reference, const QueryScope& scope) {
  const auto& table = *reference.As<ast::FunctionTable>();
  const SourceSpan place = scope.At(table.call_span);
  const FunctionArguments call{
      *function, TRY(MatchArguments(*function, table.call, scope.text, table.call_span)),
      scope.text};
  RETURN_IF_ERROR(CheckTableArguments(call, {OneRow(scope, table.call_span), {}}));
  const UserFunctions::Open open(functions_, function, place);
  RETURN_IF_ERROR(open.status());
  const ast::Identifier own_name{function->name.object, false, {}};
  const QueryScope inner = scope.Derived(reference.alias ? reference.alias->name : own_name);
  Result<logical::NodePtr> rows = functions_.BindRows(call, inner, place);
  if (!rows.ok()) {
    const auto again = functions_.BindRows(call, inner, std::nullopt);
    return UserFunctions::InBody(*function, rows.status(), again.status(), place);
  }
  functions_.Use(function);
  const size_t count = (*rows)->columns.size();
  return Relation{*std::move(rows), {{function->name.object, {}, 0, count, {}}}};
}

}  // namespace weir::bind
