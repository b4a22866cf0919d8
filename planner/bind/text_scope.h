// What a text that is bound depends on, besides the columns that it reads. The texts of views and
// functions are not the statement's.
#pragma once

#include <optional>
#include <vector>

#include "planner/ast/expr.h"
#include "planner/catalog/catalog.h"

namespace weir::bind {

class UserFunctions;  // user_functions.h
struct FunctionArguments;

// Borrows what its pointers refer to. Cheap to copy.
struct TextScope {
  // Where all errors point: at what names the view or calls the function.
  std::optional<SourceSpan> place = {};
  const catalog::Catalog* catalog = nullptr;  // where names resolve; null: nowhere
  UserFunctions* functions = nullptr;         // null: only built-in ones may be called
  // The arguments of the call while the body of a table function is bound; null in any other text.
  const FunctionArguments* arguments = nullptr;

  SourceSpan At(SourceSpan span) const { return place.value_or(span); }
};

// The call of a table function whose body is bound. A parameter's name is a column of the rows
// around the body if there is one, and else stands for the text of its argument.
struct FunctionArguments {
  const catalog::FunctionDefinition& function;
  std::vector<const ast::Expr*> values;  // one for each parameter
  TextScope caller;                      // of the values
};

}  // namespace weir::bind
