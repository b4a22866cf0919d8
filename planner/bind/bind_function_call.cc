// Calls of users' functions in expressions, and the parameters of table functions.
#include <fmt/format.h>

#include "planner/bind/expression_binder.h"
#include "planner/bind/user_functions.h"
#include "planner/catalog/function_definition.h"
#include "runtime/base/names.h"

namespace weir::bind {

using expr::ExprPtr;

Result<catalog::FunctionPtr> ExpressionBinder::UserFunctionOf(const ast::Call& call,
                                                              SourceSpan span) const {
  if (surroundings_.text.functions == nullptr) return catalog::FunctionPtr();
  return surroundings_.text.functions->Find(call.name, surroundings_.text, At(span));
}

Status ExpressionBinder::CheckUserCall(const ast::Call& call, const ast::Expr& at) const {
  const std::string& name = call.name.last().text;
  const auto aggregates = [&](std::string_view what, SourceSpan span) {
    return NotAllowed(fmt::format("{} is for aggregates", what), span,
                      fmt::format("{} gives a value for each row", name));
  };
  if (call.star) return NotAllowed(fmt::format("{} does not take *", name), at.span);
  if (call.over) return aggregates("OVER", at.span);
  if (call.quantifier != ast::Quantifier::kUnsaid) return aggregates("DISTINCT or ALL", at.span);
  if (call.filter) return aggregates("FILTER", call.filter->span);
  if (!call.order_by.empty() || !call.within_group.empty())
    return aggregates("ORDER BY inside a call", at.span);
  if (call.nulls != ast::NullTreatment::kUnsaid) return aggregates("IGNORE NULLS", at.span);
  return {};
}

Result<ExprPtr> ExpressionBinder::BindUserCall(const catalog::FunctionPtr& function,
                                               const ast::Call& call, const ast::Expr& at) {
  RETURN_IF_ERROR(CheckUserCall(call, at));
  if (!function->returns) {
    return NotAllowed(fmt::format("{} returns a table, and no value", function->name.object),
                      at.span, fmt::format("FROM {}(…)", function->name.object));
  }
  const auto values = TRY(MatchArguments(*function, call, surroundings_.text, at.span));
  inside_json_ = false;
  Args arguments;
  for (size_t i = 0; i < values.size(); ++i) {
    ExprPtr value = TRY(BindNode(*values[i]));
    arguments.push_back(TRY(AsParameter(*function, i, std::move(value), At(values[i]->span))));
  }
  return surroundings_.text.functions->Inline(function, arguments, At(at.span));
}

Result<ExprPtr> ExpressionBinder::BindParameter(const ast::ColumnRef& column) {
  const FunctionArguments* call = surroundings_.text.arguments;
  if (call == nullptr) return ExprPtr();
  const std::vector<ast::Identifier>& parts = column.name.parts;
  const catalog::FunctionDefinition& function = call->function;
  size_t used = 0;
  size_t index = 0;
  // `parameter` or `function.parameter`; what follows are fields of a ROW.
  for (size_t at = 0; at < 2 && at < parts.size() && used == 0; ++at) {
    if (at == 1 && !EqualsIgnoreCase(parts[0].text, function.name.object)) break;
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      if (!EqualsIgnoreCase(function.parameters[i].name, parts[at].text)) continue;
      index = i;
      used = at + 1;
    }
  }
  if (used == 0) return ExprPtr();
  Relation seen = relation_;
  for (NamedInput& input : seen.inputs) --input.calls;
  Surroundings surroundings = surroundings_;
  surroundings.text = call->caller;
  surroundings.items = nullptr;
  const ast::Expr& value = *call->values[index];
  RETURN_IF_ERROR(call->caller.functions->Spend(function, call->caller.At(value.span)));
  ExprPtr bound = TRY(ExpressionBinder(seen, surroundings).BindNode(value));
  bound = TRY(AsParameter(function, index, std::move(bound), call->caller.At(value.span)));
  for (; used < parts.size(); ++used)
    bound = TRY(BindField(std::move(bound), parts[used], parts[used].span));
  return bound;
}

}  // namespace weir::bind
