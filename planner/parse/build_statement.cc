#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {
namespace {

// `Nothing` stands before the comma that begins each of the others.
template <typename Nothing, typename... Contexts>
ast::StatementNode DispatchStatement(Builder* builder, Rule* context) {
  return Dispatch<ast::StatementNode, Contexts...>(builder, context);
}

}  // namespace

ast::StatementPtr Builder::Build(P::StatementContext* context) {
  return BuildStatement(static_cast<Rule*>(context->children[0]));
}

ast::StatementPtr Builder::BuildStatement(Rule* context) {
  ast::Statement statement;
  // clang-format off
  statement.node = DispatchStatement<void
#define WEIR_STATEMENT(rule) , P::rule##Context
#include "planner/parse/statements.def"
#undef WEIR_STATEMENT
                                     >(this, context);
  // clang-format on
  statement.span = SpanOf(context);
  return statement;
}

}  // namespace weir::parse
