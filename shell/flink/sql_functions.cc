#include "shell/flink/sql_functions.h"

#include <algorithm>

#include "planner/catalog/function_definition.h"
#include "runtime/base/names.h"
#include "shell/flink/tree_visitor.h"

namespace weir::shell::flink {
namespace {

// A type that is cast to has no NOT NULL in Flink: whether the value may be NULL is its operand's.
ast::Expr CastTo(ast::ExprPtr operand, ast::DataType type) {
  const SourceSpan span = operand->span;
  type.nullability = ast::Nullability::kUnsaid;
  return {ast::Cast{.operand = std::move(operand), .type = std::move(type)}, span};
}

// Puts arguments in the place of parameters. What it has put there is not looked at again: a column
// of the caller may have a parameter's name.
class PutsArguments final : public TreeVisitor {
 public:
  PutsArguments(const catalog::FunctionDefinition& function, const ast::Call& call)
      : function_(function), call_(call) {}

  Status Visit(ast::Expr& node) override {
    const auto* column = node.As<ast::ColumnRef>();
    if (column == nullptr) return Children(node);
    const std::vector<ast::Identifier> parts = column->name.parts;
    // `parameter` or `function.parameter`; what follows are fields of a ROW.
    size_t used = 0;
    std::optional<size_t> parameter;
    if (parts.size() > 1 && EqualsIgnoreCase(parts.front().text, function_.name.object)) {
      parameter = ParameterOf(parts[1]);
      used = 2;
    }
    if (!parameter) {
      parameter = ParameterOf(parts.front());
      used = 1;
    }
    if (!parameter) return Status::Internal("a body reads a column that is no parameter");
    node = CastTo(ArgumentOf(*parameter), function_.text->parameters[*parameter].type);
    for (; used < parts.size(); ++used)
      node = ast::Expr{ast::FieldAccess{std::move(node), parts[used]}, column->name.span};
    return {};
  }

 private:
  std::optional<size_t> ParameterOf(const ast::Identifier& name) const {
    const auto& parameters = function_.text->parameters;
    const auto found = std::ranges::find_if(parameters, [&](const ast::FunctionParameter& one) {
      return EqualsIgnoreCase(one.name.text, name.text);
    });
    if (found == parameters.end()) return std::nullopt;
    return static_cast<size_t>(found - parameters.begin());
  }

  // By name where the call says names, else by place.
  ast::ExprPtr ArgumentOf(size_t parameter) const {
    const std::string& name = function_.text->parameters[parameter].name.text;
    for (const ast::Argument& argument : call_.arguments) {
      if (argument.name && EqualsIgnoreCase(argument.name->text, name)) return argument.value;
    }
    return call_.arguments[parameter].value;
  }

  const catalog::FunctionDefinition& function_;
  const ast::Call& call_;
};

}  // namespace

bool IsOfSql(const catalog::FunctionPtr& function) {
  return function != nullptr && function->foreign == nullptr;
}

Result<ast::Expr> Inlined(const catalog::FunctionDefinition& function, const ast::Call& call,
                          ast::Expr body) {
  PutsArguments puts(function, call);
  RETURN_IF_ERROR(puts.Visit(body));
  return CastTo(std::move(body), *function.text->returns);
}

}  // namespace weir::shell::flink
