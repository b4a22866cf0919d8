#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"
#include "planner/parse/parse.h"

namespace weir::parse {

using ast::TableRef;
using ast::TableRefPtr;

namespace {

ast::JoinKind KindOf(P::JoinedContext* context) {
  if (context->K_LEFT()) return ast::JoinKind::kLeft;
  if (context->K_RIGHT()) return ast::JoinKind::kRight;
  if (context->K_FULL()) return ast::JoinKind::kFull;
  return context->K_CROSS() ? ast::JoinKind::kCross : ast::JoinKind::kInner;
}

}  // namespace

TableRefPtr Builder::Build(P::TableRefContext* context) {
  TableRefPtr left = Build(context->tablePrimary());
  if (context->joined().size() > static_cast<size_t>(kMaxTreeDepth)) {
    Fail(Status::InvalidSql("the query joins too many tables")
             .WithId("E1004")
             .WithSpan(SpanOf(context)));
    return left;
  }
  for (auto* joined : context->joined()) {
    ast::Join join;
    join.kind = KindOf(joined);
    join.natural = joined->K_NATURAL() != nullptr;
    const ast::Span span(left->span.begin, SpanOf(joined).end);
    join.left = std::move(left);
    join.right = Build(joined->tablePrimary());
    join.asof = joined->K_ASOF() != nullptr;
    if (auto* match = joined->matchCondition()) {
      join.match = Build(match->expression());
      if (!join.asof) Fail(SpanOf(match), "MATCH_CONDITION stands in an ASOF JOIN only");
    }
    if (joined->expression()) join.on = Build(joined->expression());
    if (joined->identifiers()) join.using_columns = Build(joined->identifiers());
    if (join.asof && join.kind == ast::JoinKind::kCross)
      Fail(SpanOf(joined), "an ASOF JOIN is INNER or LEFT");
    if ((join.natural || join.kind == ast::JoinKind::kCross) &&
        (join.on || !join.using_columns.empty())) {
      Fail(SpanOf(joined), "a NATURAL or CROSS JOIN has neither ON nor USING");
    }
    TableRef table;
    table.node = std::move(join);
    table.span = span;
    left = std::move(table);
  }
  return left;
}

TableRefPtr Builder::Build(P::TablePrimaryContext* context) {
  auto* factor = context->tableFactor();
  TableRef table =
      Dispatch<TableRef, P::NamedTableContext, P::DerivedTableContext,
               P::WrappedFunctionTableContext, P::FunctionTableContext, P::UnnestContext,
               P::NestedTableContext, P::FileTableContext, P::StateOfContext>(this, factor);
  table.span = SpanOf(factor);
  for (auto* hints : context->hints()) {
    for (ast::Hint& hint : Build(hints)) table.hints.push_back(std::move(hint));
  }
  auto* match = context->matchRecognize();
  for (auto* alias : context->alias()) {
    if (alias == context->matchAlias) continue;
    if (table.alias || table.As<ast::Join>())
      Fail(SpanOf(alias), "a join in parentheses takes no alias");
    table.alias = Build(alias);
    table.span = Cover(table.span, SpanOf(alias));
  }
  if (table.As<ast::Join>() && !table.hints.empty()) {
    Fail(table.hints[0].span, "a join in parentheses takes no hint");
  }
  if (match == nullptr) return table;
  TableRef matched;
  matched.span = SpanOf(context);
  matched.node = Build(match, std::move(table));
  if (context->matchAlias) matched.alias = Build(context->matchAlias);
  return matched;
}

TableRef Builder::Build(P::NamedTableContext* context) {
  TableRef table;
  ast::NamedTable named{Build(context->name()), nullptr};
  if (context->hints()) table.hints = Build(context->hints());
  if (context->operand()) named.system_time = Build(context->operand());
  table.node = std::move(named);
  return table;
}

TableRef Builder::Build(P::FileTableContext* context) {
  TableRef table;
  if (context->hints()) table.hints = Build(context->hints());
  table.node = ast::NamedTable{BuildFileName(context->STRING()), nullptr};
  return table;
}

ast::StateSource Builder::Build(P::StateSourceContext* context) {
  return {context->K_JOB() != nullptr, Build(context->reference())};
}

ast::StateTableName Builder::Build(P::StateTableContext* context) {
  ast::StateTableName name{BuildText(context->STRING(0)), std::nullopt};
  if (context->STRING().size() > 1) name.table = BuildText(context->STRING(1));
  return name;
}

TableRef Builder::Build(P::StateOfContext* context) {
  TableRef table;
  if (context->hints()) table.hints = Build(context->hints());
  table.node = ast::StateOf{Build(context->stateSource()), Build(context->stateTable())};
  return table;
}

TableRef Builder::Build(P::DerivedTableContext* context) {
  TableRef table;
  table.node = ast::DerivedTable{context->K_LATERAL() != nullptr, Build(context->query())};
  return table;
}

TableRef Builder::Build(P::WrappedFunctionTableContext* context) {
  ast::FunctionTable function;
  function.lateral = context->K_LATERAL() != nullptr;
  function.call = Build(context->functionCall());
  function.call_span = SpanOf(context->functionCall());
  TableRef table;
  table.node = std::move(function);
  return table;
}

TableRef Builder::Build(P::FunctionTableContext* context) {
  ast::FunctionTable function;
  function.lateral = context->K_LATERAL() != nullptr;
  function.wrapped = false;
  function.call = Build(context->functionCall());
  function.call_span = SpanOf(context->functionCall());
  TableRef table;
  table.node = std::move(function);
  return table;
}

TableRef Builder::Build(P::UnnestContext* context) {
  TableRef table;
  table.node = ast::Unnest{BuildAll(context->expression()), context->K_ORDINALITY() != nullptr};
  return table;
}

TableRef Builder::Build(P::NestedTableContext* context) {
  TableRefPtr nested = Build(context->tableRef());
  return std::move(*nested);
}

ast::Alias Builder::Build(P::AliasContext* context) {
  ast::Alias alias;
  alias.name = context->identifier() ? Build(context->identifier()) : Build(context->bareAlias());
  if (context->identifiers()) alias.columns = Build(context->identifiers());
  return alias;
}

}  // namespace weir::parse
