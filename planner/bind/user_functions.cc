#include "planner/bind/user_functions.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/function.h"
#include "planner/bind/bind_foreign.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/group_window.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"
#include "planner/catalog/function_definition.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"
#include "runtime/expr/tree_size.h"

namespace weir::bind {

using catalog::FunctionDefinition;
using catalog::FunctionParameter;
using catalog::FunctionPtr;
using expr::ExprPtr;

bool DiffersByRow(const expr::Expr& expression) {
  if (expression.function != nullptr &&
      expression.function->determinism == expr::Determinism::kPerRow)
    return true;
  return std::ranges::any_of(expression.args,
                             [](const ExprPtr& argument) { return DiffersByRow(*argument); });
}

namespace {

// The most nodes that the expression of a call may have. Bodies that name a parameter twice double
// it with each call inside a call.
constexpr size_t kLargestCall = 20'000;
// Texts that may be bound for the calls of a statement, and functions that may be in each other.
constexpr size_t kMostTexts = 10'000;
constexpr size_t kDeepestCall = 100;

Status NoFunction(const ast::Name& name, const std::vector<std::string>& known, SourceSpan span) {
  return Status::InvalidSql(fmt::format("no such function: {}", fmt::join(PartsOf(name), ".")))
      .WithId("E2005")
      .WithHint(DidYouMean(name.last().text, known))
      .WithSpan(span);
}

// Columns that stand for the parameters. Nothing reads the node itself.
Relation ParameterColumns(const FunctionDefinition& function, const std::vector<Type>& types) {
  std::vector<logical::Column> columns;
  for (size_t i = 0; i < types.size(); ++i)
    columns.push_back({function.parameters[i].name, types[i]});
  return {logical::MakeNode(logical::Scan{}, {}, std::move(columns), {}),
          {{function.name.object, {}, 0, types.size(), {}}}};
}

bool SameFunction(const FunctionDefinition& a, const FunctionDefinition& b) {
  return a.name == b.name && a.temporary == b.temporary && a.system == b.system;
}

Status EvaluatedTwice(const FunctionDefinition& function, const std::string& parameter,
                      SourceSpan span) {
  return Status::InvalidSql(
             fmt::format("{} uses its parameter \"{}\" more than once, and this argument may be "
                         "another value each time",
                         function.name.object, parameter))
      .WithId("E2015")
      .WithHint("compute it in a derived table: FROM (SELECT …, RAND() AS r FROM t), and pass r")
      .WithSpan(span);
}

// Arguments are evaluated wherever the body names them.
Status CheckEvaluations(const FunctionDefinition& function, const expr::Expr& body,
                        const std::vector<ExprPtr>& arguments) {
  std::vector<int> read;
  expr::CollectColumns(body, read);
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (std::ranges::count(read, static_cast<int>(i)) < 2 || !DiffersByRow(*arguments[i])) continue;
    return EvaluatedTwice(function, function.parameters[i].name, arguments[i]->span);
  }
  return {};
}

Status DoesNotGive(const FunctionDefinition& function, const std::string& what, const Type& type,
                   SourceSpan span) {
  return Status::InvalidSql(fmt::format("{} RETURNS {}, but {} is {}", function.name.object, what,
                                        function.returns ? "its body" : "that column of its query",
                                        type.ToString()))
      .WithId("E2006")
      .WithHint("CAST it, or change RETURNS")
      .WithSpan(span);
}

// The value as `declared`, as if CAST were written around it; NOT NULL also where only the body's
// value is.
Result<ExprPtr> AsDeclared(ExprPtr value, const Type& declared, SourceSpan span) {
  const Type type = declared.WithNullable(declared.nullable() && value->type.nullable());
  RETURN_IF_ERROR(expr::Coerce(value, type.WithNullable(true), true).status());
  // A cast with the span of its operand would be taken for one that nobody has written.
  const SourceSpan own = value->span == span ? SourceSpan{} : span;
  return expr::BindCast(std::move(value), type, false, own);
}

}  // namespace

bool IsBuiltInFunction(std::string_view name) {
  constexpr std::string_view kOther[] = {"GROUP_ID", "GROUPING", "GROUPING_ID"};
  const auto is = [&](std::string_view known) { return EqualsIgnoreCase(known, name); };
  return expr::FindFunction(name) != nullptr || expr::IsAggregateFunction(name) ||
         GroupWindowNamed(name) || IsOverOnlyFunction(name) || std::ranges::any_of(kOther, is) ||
         std::ranges::any_of(expr::SpecialForms(),
                             [&](const expr::FormDoc& form) { return is(form.name); });
}

Result<FunctionPtr> FindUserFunction(const catalog::Catalog& catalog, const ast::Name& name,
                                     SourceSpan span) {
  const std::string& last = name.last().text;
  if (name.parts.size() == 1) {
    const FunctionPtr system = TRY(catalog.FindSystemFunction(last, span));
    if (system || IsBuiltInFunction(last)) return system;
  }
  return catalog.FindFunction(PartsOf(name), span);
}

Result<FunctionPtr> UserFunctions::Find(const ast::Name& name, const TextScope& text,
                                        SourceSpan span) const {
  if (text.catalog == nullptr) return FunctionPtr();
  const bool qualified = name.parts.size() > 1;
  const FunctionPtr found = TRY(FindUserFunction(*text.catalog, name, span));
  const bool not_of_catalog =
      !qualified && (found ? found->system : IsBuiltInFunction(name.last().text));
  if (not_of_catalog) return found;
  // The function that is created may not be in the catalog yet, or another one with its name.
  const FunctionPtr first = open_.empty() ? nullptr : open_.front();
  const bool created = first && (found ? SameFunction(*first, *found)
                                       : EqualsIgnoreCase(first->name.object, name.last().text));
  if (created) return first;
  if (found) return found;
  if (qualified) return NoFunction(name, Names(text), span);
  return found;
}

Result<FunctionPtr> UserFunctions::FindTable(const ast::Name& name, const TextScope& text,
                                             SourceSpan span) const {
  const std::string& last = name.last().text;
  const bool built_in =
      name.parts.size() == 1 && (IsWindowTable(last) || IsChangelogFunction(last));
  if (built_in || text.catalog == nullptr) return FunctionPtr();
  const FunctionPtr found = TRY(Find(name, text, span));
  if (!found || !found->returns) return found;
  return Status::InvalidSql(fmt::format("{} returns a value, and no table", found->name.object))
      .WithId("E2015")
      .WithHint(fmt::format("SELECT {}(…)", found->name.object))
      .WithSpan(span);
}

std::vector<std::string> UserFunctions::Names(const TextScope& text) const {
  if (text.catalog == nullptr) return {};
  Result<std::vector<std::string>> names = text.catalog->ListFunctions({}, {}, {});
  if (!names.ok()) return {};
  // No function may call itself, so that one whose body is being bound is not suggested.
  for (const FunctionPtr& open : open_) std::erase(*names, open->name.object);
  return *names;
}

Status UserFunctions::Spend(const FunctionDefinition& function, SourceSpan place) {
  if (++spent_ <= kMostTexts) return {};
  return Status::InvalidSql(fmt::format("the call of {} needs more than {} bodies and arguments",
                                        function.name.object, kMostTexts))
      .WithId("E2015")
      .WithHint("put what is called again and again into a view or a table")
      .WithSpan(place);
}

void UserFunctions::Use(const FunctionPtr& function) {
  binder_.Use({nullptr, nullptr, function});
}

UserFunctions::Open::Open(UserFunctions& functions, const FunctionPtr& function, SourceSpan place)
    : functions_(functions) {
  std::string chain;
  bool again = false;
  for (const FunctionPtr& open : functions.open_) {
    again = again || SameFunction(*open, *function);
    if (again) chain += open->name.object + " → ";
  }
  if (again) {
    status_ = Status::InvalidSql(fmt::format("the function \"{}\" calls itself: {}{}",
                                             function->name.object, chain, function->name.object))
                  .WithId("E2009")
                  .WithHint("a function is put in the place of its call; WITH RECURSIVE repeats")
                  .WithSpan(place);
  }
  if (functions.open_.size() >= kDeepestCall) {
    status_ =
        Status::InvalidSql(fmt::format("functions call each other more than {} deep", kDeepestCall))
            .WithId("E2015")
            .WithSpan(place);
  }
  functions.open_.push_back(function);
}

UserFunctions::Open::~Open() {
  functions_.open_.pop_back();
}

Status UserFunctions::InBody(const FunctionDefinition& function, const Status& failure,
                             const Status& in_own_text, SourceSpan place) {
  // In a long chain of calls only the innermost functions are named: messages do not grow beyond
  // this.
  constexpr size_t kLongMessage = 200;
  if (failure.message().size() > kLongMessage) return Relocated(Status(failure), place);
  // The part of the body that fails, if it is known. The span is that of the nearest function's
  // text.
  std::string where;
  const SourceSpan span = in_own_text.span().value_or(SourceSpan{});
  if (!span.empty() && span.end <= function.create_text.size())
    where =
        fmt::format(", at '{}'", function.create_text.substr(span.begin, span.end - span.begin));
  return Relocated(
      Status(failure).WithContext(fmt::format("function \"{}\"{}", function.name.object, where)),
      place);
}

Result<ExprPtr> UserFunctions::BindBody(const FunctionDefinition& function,
                                        const std::vector<Type>& types,
                                        std::optional<SourceSpan> place) {
  RETURN_IF_ERROR(Spend(function, place.value_or(SourceSpan{})));
  const Relation parameters = ParameterColumns(function, types);
  ExpressionBinder::Surroundings surroundings;
  surroundings.clause = "the body of a function";
  surroundings.text.place = place;
  surroundings.text.catalog =
      &binder_.CatalogIn(function.current_catalog, function.current_database);
  surroundings.text.functions = this;
  surroundings.database = &function.current_database;
  const ast::Expr& text = *function.text->expression;
  ExprPtr body = TRY(ExpressionBinder(parameters, surroundings).Bind(text));
  const SourceSpan span = place.value_or(text.span);
  const Type& declared = *function.returns;
  if (body->type.nullable() && !declared.nullable())
    return DoesNotGive(function, declared.ToString(), body->type, span);
  const Type given = body->type;
  Result<ExprPtr> cast = AsDeclared(std::move(body), declared, span);
  return cast.ok() ? std::move(cast) : DoesNotGive(function, declared.ToString(), given, span);
}

Result<ExprPtr> UserFunctions::BindOwnText(const FunctionPtr& function) {
  const Open open(*this, function, {});
  std::vector<Type> types;
  for (const FunctionParameter& parameter : function->parameters) types.push_back(parameter.type);
  return BindBody(*function, types, std::nullopt);
}

Result<ExprPtr> UserFunctions::Inline(const FunctionPtr& function,
                                      const std::vector<ExprPtr>& arguments, SourceSpan place) {
  const Open open(*this, function, place);
  RETURN_IF_ERROR(open.status());
  if (function->foreign != nullptr) {
    Use(function);
    return AsDeclared(CallOf(*function->foreign, arguments, place), *function->returns, place);
  }
  std::vector<Type> types;
  for (const ExprPtr& argument : arguments) types.push_back(argument->type);
  Result<ExprPtr> body = BindBody(*function, types, place);
  if (!body.ok()) {
    const Result<ExprPtr> again = BindBody(*function, types, std::nullopt);
    return InBody(*function, body.status(), again.status(), place);
  }
  if (expr::GrowsBeyond(kLargestCall, **body, arguments)) {
    return Status::InvalidSql(fmt::format("the call of {} becomes an expression of more than {} "
                                          "parts",
                                          function->name.object, kLargestCall))
        .WithId("E2015")
        .WithHint("compute its arguments in a derived table")
        .WithSpan(place);
  }
  RETURN_IF_ERROR(CheckEvaluations(*function, **body, arguments));
  Use(function);
  return expr::Substitute(*body, arguments);
}

QueryScope UserFunctions::BodyScope(const FunctionArguments& call, const QueryScope& inner,
                                    std::optional<SourceSpan> place) {
  const FunctionDefinition& function = call.function;
  QueryScope scope = inner;
  scope.common_tables = nullptr;
  scope.hints = nullptr;
  scope.untyped_nulls = false;
  scope.text = {.place = place,
                .catalog = &binder_.CatalogIn(function.current_catalog, function.current_database),
                .functions = this,
                .arguments = &call};
  return scope;
}

Result<logical::NodePtr> UserFunctions::BindRows(const FunctionArguments& call,
                                                 const QueryScope& inner,
                                                 std::optional<SourceSpan> place) {
  RETURN_IF_ERROR(Spend(call.function, place.value_or(SourceSpan{})));
  const logical::NodePtr rows = TRY(binder_.BindBody(call.function, BodyScope(call, inner, place)));
  return Returned(call.function, rows, rows->columns.size(), place);
}

Result<logical::NodePtr> UserFunctions::Returned(const FunctionDefinition& function,
                                                 const logical::NodePtr& rows, size_t count,
                                                 const std::optional<SourceSpan>& place) const {
  const SourceSpan query = place.value_or(function.text->query->span);
  if (function.columns.size() != count) {
    return Status::InvalidSql(fmt::format("{} RETURNS {} columns, but its query has {}",
                                          function.name.object, function.columns.size(), count))
        .WithId("E2006")
        .WithSpan(query);
  }
  std::vector<Type> types;
  std::vector<std::string> names;
  for (size_t i = 0; i < rows->columns.size(); ++i) {
    const logical::Column& column = rows->columns[i];
    names.push_back(i < count ? function.columns[i].name : column.name);
    types.push_back(column.type);
    if (i >= count) continue;
    const Type& declared = function.columns[i].type;
    const std::string what = fmt::format("{} {}", function.columns[i].name, declared.ToString());
    const SourceSpan span = place.value_or(SpanOfColumn(*rows, i));
    if (column.type.nullable() && !declared.nullable())
      return DoesNotGive(function, what, column.type, span);
    types.back() = declared.WithNullable(column.type.nullable());
    const ExprPtr value = expr::MakeColumnRef(static_cast<int>(i), column.type, span);
    if (!expr::Coerce(value, types.back(), true).ok())
      return DoesNotGive(function, what, column.type, span);
  }
  return Renamed(TRY(WithTypes(rows, types, true)), names);
}

Result<std::vector<const ast::Expr*>> MatchArguments(const FunctionDefinition& function,
                                                     const ast::Call& call, const TextScope& text,
                                                     SourceSpan span) {
  const auto wrong = [&](const std::string& why, SourceSpan place) {
    return Status::InvalidSql(fmt::format("{} {}", function.name.object, why))
        .WithId("E2005")
        .WithHint("it is " + function.Signature())
        .WithSpan(text.At(place));
  };
  const std::vector<FunctionParameter>& parameters = function.parameters;
  std::vector<const ast::Expr*> matched(parameters.size());
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const ast::Argument& argument = call.arguments[i];
    const SourceSpan place = argument.name ? argument.name->span : argument.value->span;
    if (argument.name.has_value() != call.arguments[0].name.has_value())
      return wrong("takes all arguments by name, or all by place", place);
    size_t at = i;
    if (argument.name) {
      const auto named = std::ranges::find_if(parameters, [&](const FunctionParameter& one) {
        return EqualsIgnoreCase(one.name, argument.name->text);
      });
      at = static_cast<size_t>(named - parameters.begin());
      if (at == parameters.size())
        return wrong(fmt::format("has no parameter \"{}\"", argument.name->text), place);
    }
    if (at >= parameters.size()) {
      return wrong(
          fmt::format("takes {} arguments, not {}", parameters.size(), call.arguments.size()),
          place);
    }
    if (matched[at] != nullptr)
      return wrong(fmt::format("is given \"{}\" twice", parameters[at].name), place);
    matched[at] = argument.value.get();
  }
  const auto missing = std::ranges::find(matched, nullptr);
  if (missing == matched.end()) return matched;
  const std::string& name = parameters[static_cast<size_t>(missing - matched.begin())].name;
  return wrong(fmt::format("needs an argument for \"{}\"", name), span);
}

Result<ExprPtr> AsParameter(const FunctionDefinition& function, size_t parameter, ExprPtr argument,
                            SourceSpan span) {
  const FunctionParameter& declared = function.parameters[parameter];
  const Type given = argument->type;
  const auto wrong = [&](std::string_view but) {
    return Status::InvalidSql(fmt::format("the parameter \"{}\" of {} is {}, but {}", declared.name,
                                          function.name.object, declared.type.ToString(), but))
        .WithId("E2006")
        .WithSpan(span);
  };
  if (given.nullable() && !declared.type.nullable()) return wrong("this may be NULL");
  Result<ExprPtr> cast = AsDeclared(std::move(argument), declared.type, span);
  if (cast.ok()) return cast;
  return wrong("this is " + given.ToStringIgnoringNullability());
}

}  // namespace weir::bind
