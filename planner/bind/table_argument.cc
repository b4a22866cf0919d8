#include "planner/bind/table_argument.h"

namespace weir::bind {
namespace {

Result<std::optional<Relation>> BindArgumentQuery(QueryBinder& binder, const ast::Query& query,
                                                  const QueryScope& query_scope) {
  QueryScope inner = query_scope;
  std::vector<RepeatedName> repeated;
  inner.repeated = &repeated;
  logical::NodePtr node = TRY(binder.Bind(query, inner));
  const size_t count = node->columns.size();
  Relation rows{std::move(node), {{"", {}, 0, count}}};
  rows.inputs[0].repeated = std::move(repeated);
  return std::optional(std::move(rows));
}

}  // namespace

Result<std::optional<Relation>> BindTableArgument(QueryBinder& binder, const ast::Expr& argument,
                                                  const QueryScope& scope,
                                                  const QueryScope& query_scope) {
  if (const auto* subquery = argument.As<ast::Subquery>();
      subquery != nullptr && subquery->kind == ast::SubqueryKind::kScalar) {
    return BindArgumentQuery(binder, *subquery->query, query_scope);
  }
  const auto* table = argument.As<ast::TableArgument>();
  if (table == nullptr) return std::optional<Relation>();
  if (const auto* named = table->query->As<ast::TableQuery>(); named && table->query->IsPlain())
    return std::optional(TRY(binder.BindNamed(named->name, {}, scope)));
  return BindArgumentQuery(binder, *table->query, query_scope);
}

}  // namespace weir::bind
