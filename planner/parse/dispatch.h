// Selects the build function for a context of the generated parser by its type. Only for the
// build_*.cc files of this folder.
#pragma once

#include <typeindex>
#include <unordered_map>
#include <utility>

#include "planner/parse/builder.h"
#include "runtime/base/check.h"

namespace weir::parse {

// Calls builder.Build with `context` converted to its actual type, one of `Contexts`. This is a
// single lookup by type, instead of a chain of dynamic_casts or ANTLR's visitor, which returns
// results as std::any. Any other type is a bug in the grammar's alternatives and aborts.
// Thread-safe: the table is made once.
template <typename Result, typename... Contexts>
Result Dispatch(Builder* builder, Rule* context) {
  using Handler = Result (*)(Builder*, Rule*);
  static const std::unordered_map<std::type_index, Handler> kHandlers = {
      {typeid(Contexts), [](Builder* target, Rule* any) -> Result {
         return target->Build(static_cast<Contexts*>(any));
       }}...};
  const auto handler = kHandlers.find(typeid(*context));
  WEIR_CHECK(handler != kHandlers.end());
  return handler->second(builder, context);
}

// An expression with the span of its context.
template <typename Node>
ast::ExprPtr MakeExpr(Node node, ast::Span span) {
  return ast::Expr{std::move(node), span};
}

}  // namespace weir::parse
