// CREATE FUNCTION … RETURN ….
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/statement.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_foreign.h"
#include "planner/bind/bind_type.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/user_functions.h"
#include "planner/catalog/function_definition.h"
#include "runtime/base/names.h"

namespace weir::bind {
namespace {

using catalog::FunctionDefinition;
using catalog::FunctionParameter;

Result<std::vector<FunctionParameter>> BindParameters(
    const std::vector<ast::FunctionParameter>& parameters, std::string_view what) {
  std::vector<FunctionParameter> bound;
  for (const ast::FunctionParameter& parameter : parameters) {
    const std::string& name = parameter.name.text;
    const bool twice = std::ranges::any_of(
        bound, [&](const FunctionParameter& other) { return EqualsIgnoreCase(other.name, name); });
    if (twice) {
      return Status::InvalidSql(fmt::format("two {} have the name \"{}\"", what, name))
          .WithId("E2009")
          .WithSpan(parameter.name.span);
    }
    Type type = TRY(BindType(parameter.type));
    bound.push_back({name, std::move(type)});
  }
  return bound;
}

SourceSpan PlaceOfBody(const ast::FunctionBody& body) {
  return body.implementation ? body.implementation->span : body.resources.front().path.span;
}

// SQL has a body, Python a place where it is, a library's function a file.
Status CheckLanguage(const ast::CreateFunction& create) {
  const std::optional<ast::Identifier>& behind = create.body ? create.body->language : std::nullopt;
  const std::optional<ast::Identifier>& said =
      behind || !create.signature ? behind : create.signature->language;
  const auto is = [&](std::string_view wanted) { return EqualsIgnoreCase(said->text, wanted); };
  if (!said && !create.body) return {};
  if (said && (create.body ? is("PYTHON") || is("NATIVE") : is("SQL"))) return {};
  return Status::Unsupported(fmt::format("a function in the language {} is not supported yet",
                                         said ? ToUpper(said->text) : "JAVA"))
      .WithHint(
          "in SQL: CREATE FUNCTION f(x INT) RETURNS INT RETURN x + 1; in Python: CREATE FUNCTION "
          "f(x INT) RETURNS INT AS 'module.function' LANGUAGE PYTHON; in a shared library: CREATE "
          "FUNCTION f(x INT) RETURNS INT LANGUAGE NATIVE USING '/path/lib.so'")
      .WithSpan(said ? SourceSpan(said->span) : PlaceOfBody(*create.body));
}

Status CheckSaid(const ast::CreateFunction& create) {
  RETURN_IF_ERROR(CheckLanguage(create));
  if (create.signature) return {};
  const bool native = IsNative(create);
  return Status::InvalidSql(fmt::format("a function in {} says its parameters, and what it RETURNS",
                                        native ? "a library" : "Python"))
      .WithId("E2009")
      .WithHint(fmt::format(
          "CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE {}",
          native ? "LANGUAGE NATIVE USING '/path/lib.so'" : "AS 'module.function' LANGUAGE PYTHON"))
      .WithSpan(create.name.span);
}

Result<FunctionDefinition> Unbound(const ast::CreateFunction& create, std::string_view text,
                                   const catalog::Catalog& catalog) {
  RETURN_IF_ERROR(CheckSaid(create));
  const ast::FunctionSignature& signature = *create.signature;
  FunctionDefinition function;
  function.temporary = create.temporary;
  function.system = create.system;
  if (create.system && create.name.parts.size() > 1) {
    return Status::InvalidSql("a SYSTEM function is in no database: its name has one part")
        .WithId("E2009")
        .WithSpan(create.name.span);
  }
  function.name = TRY(catalog.NameNew(PartsOf(create.name), create.name.span));
  function.parameters = TRY(BindParameters(signature.parameters, "parameters"));
  if (signature.returns) {
    function.returns = TRY(BindType(*signature.returns));
  } else {
    function.columns = TRY(BindParameters(signature.columns, "columns of the table"));
  }
  function.comment = signature.comment ? signature.comment->text : "";
  function.text = std::make_shared<const ast::FunctionSignature>(signature);
  function.current_catalog = catalog.current_catalog();
  function.current_database = catalog.current_database();
  function.create_text = text;
  if (create.body) function.foreign = TRY(BindForeign(create, function));
  return function;
}

// NULL as the type of a parameter, for a look at a body without a call.
ast::Expr NullOf(const ast::DataType& type) {
  ast::Cast cast;
  cast.operand = ast::Expr{ast::Literal{}, type.span};
  cast.type = type;
  cast.type.nullability = ast::Nullability::kUnsaid;
  return {std::move(cast), type.span};
}

Status CheckQuery(QueryBinder& binder, const catalog::FunctionPtr& function) {
  const QueryScope scope = binder.TopScope();
  UserFunctions& functions = *scope.text.functions;
  const UserFunctions::Open open(functions, function, {});
  FunctionDefinition any = *function;
  std::vector<ast::Expr> nulls;
  for (FunctionParameter& parameter : any.parameters)
    parameter.type = parameter.type.WithNullable(true);
  for (FunctionParameter& column : any.columns) column.type = column.type.WithNullable(true);
  for (const ast::FunctionParameter& parameter : function->text->parameters)
    nulls.push_back(NullOf(parameter.type));
  FunctionArguments call{any, {}, scope.text};
  for (const ast::Expr& null : nulls) call.values.push_back(&null);
  const ast::Identifier name{any.name.object, false, {}};
  return functions.BindRows(call, scope.Derived(name), std::nullopt).status();
}

}  // namespace

Result<catalog::FunctionPtr> DefineFunction(const ast::CreateFunction& create,
                                            std::string_view text,
                                            const catalog::Catalog& catalog) {
  return std::make_shared<const FunctionDefinition>(TRY(Unbound(create, text, catalog)));
}

Result<catalog::FunctionPtr> BindCreateFunction(const ast::CreateFunction& create,
                                                std::string_view text,
                                                const catalog::Catalog& catalog,
                                                const BindOptions& options) {
  const catalog::FunctionPtr function = TRY(DefineFunction(create, text, catalog));
  if (function->foreign != nullptr) return function;
  QueryBinder binder(catalog, options);
  if (!function->returns) {
    RETURN_IF_ERROR(CheckQuery(binder, function));
  } else {
    RETURN_IF_ERROR(binder.TopScope().text.functions->BindOwnText(function).status());
  }
  return function;
}

}  // namespace weir::bind
