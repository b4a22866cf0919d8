#include "planner/bind/query_binder.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/listed_columns.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/outer_rows.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using logical::Column;
using logical::NodePtr;

std::vector<std::string> PartsOf(const ast::Name& name) {
  std::vector<std::string> parts;
  for (const ast::Identifier& part : name.parts) parts.push_back(part.text);
  return parts;
}

QueryScope QueryBinder::TopScope() {
  QueryScope scope;
  scope.text.functions = &functions_;
  scope.text.catalog = &catalog_;
  return scope;
}

const catalog::Catalog& QueryBinder::CatalogIn(const std::string& catalog,
                                               const std::string& database) {
  const auto known = std::ranges::find_if(catalogs_, [&](const auto& one) {
    return one->current_catalog() == catalog && one->current_database() == database;
  });
  if (known != catalogs_.end()) return **known;
  catalogs_.push_back(
      std::make_unique<const catalog::Catalog>(catalog_.WithCurrent(catalog, database)));
  return *catalogs_.back();
}

QueryScope QueryBinder::ViewScope(const catalog::ViewDefinition& view, SourceSpan place) {
  QueryScope scope;
  scope.path = "view:" + PathName(view.name.Short(), false);
  scope.words = "view " + view.name.Short();
  scope.text = {.place = place,
                .catalog = &CatalogIn(view.current_catalog, view.current_database),
                .functions = &functions_};
  return scope;
}

void QueryBinder::Use(const catalog::CatalogObject& object) {
  if (options_.used_objects == nullptr) return;
  std::vector<catalog::CatalogObject>& used = *options_.used_objects;
  if (std::ranges::find(used, object) == used.end()) used.push_back(object);
}

namespace {

Status CheckNames(const ast::Query& query, const QueryScope& scope) {
  for (auto table = query.with.begin(); table != query.with.end(); ++table) {
    const bool twice = std::any_of(query.with.begin(), table, [&](const ast::CommonTable& other) {
      return other.name.text == table->name.text;
    });
    if (!twice) continue;
    return Status::InvalidSql(fmt::format("two CTEs have the name \"{}\"", table->name.text))
        .WithId("E2002")
        .WithSpan(scope.At(table->name.span));
  }
  return {};
}

Status ReadsOuterRows(SourceSpan place) {
  return Status::Unsupported(
             "a CTE that reads the rows before its LATERAL query is not supported yet")
      .WithHint("write it as a query in FROM, where it is used")
      .WithSpan(place);
}

}  // namespace

Result<CommonTables> QueryBinder::BindWith(const ast::Query& query, const QueryScope& scope) {
  CommonTables tables;
  tables.outer = scope.common_tables;
  RETURN_IF_ERROR(CheckNames(query, scope));
  if (query.recursive) return BindWithRecursive(*this, query, scope);
  for (const ast::CommonTable& table : query.with) {
    QueryScope inner = scope.CommonTable(table.name);
    inner.common_tables = &tables;
    std::vector<RepeatedName> repeated;
    if (table.columns.empty()) inner.repeated = &repeated;
    Result<NodePtr> bound = Bind(*table.query, inner);
    if (!bound.ok() && scope.outer != nullptr && IsUnknownName(bound.status())) {
      inner.outer = scope.outer;
      if (Bind(*table.query, inner).ok()) return ReadsOuterRows(scope.At(table.span));
    }
    NodePtr node = TRY(WithNames(TRY(std::move(bound)), table, scope));
    tables.entries.push_back({table.name.text, std::move(node), std::move(repeated)});
  }
  return tables;
}

Result<NodePtr> QueryBinder::WithNames(NodePtr node, const ast::CommonTable& table,
                                       const QueryScope& scope) const {
  if (table.columns.empty()) return node;
  std::vector<std::string> names;
  for (const ast::Identifier& column : table.columns) names.push_back(column.text);
  if (names.size() == node->columns.size()) return Renamed(node, names);
  return Status::InvalidSql(fmt::format("the CTE \"{}\" names {} columns, its query has {}",
                                        table.name.text, names.size(), node->columns.size()))
      .WithId("E2006")
      .WithSpan(scope.At(table.span));
}

Result<NodePtr> QueryBinder::Bind(const ast::Query& query, const QueryScope& scope) {
  if (query.with.empty() && !query.recursive) return BindBody(query, scope);
  const CommonTables tables = TRY(BindWith(query, scope));
  QueryScope inner = scope;
  inner.common_tables = &tables;
  return BindBody(query, inner);
}

Result<NodePtr> QueryBinder::BesideOuterRows(const NodePtr& node, SourceSpan place,
                                             const QueryScope& scope) const {
  OuterRows& outer = *scope.outer;
  outer.matches_null = true;
  const Relation rows{node, {{"", {}, 0, node->columns.size(), {}}}};
  const Relation joined = TRY(CrossJoin(outer.rows, rows, place, scope));
  std::vector<int> columns;
  for (size_t i = 0; i < joined.columns().size(); ++i) {
    columns.push_back(static_cast<int>((outer.width() + i) % joined.columns().size()));
  }
  return logical::SelectColumns(joined.node, columns, scope.OriginAt(place));
}

void QueryBinder::NoteTable(const ast::TableQuery& table, const Relation& rows,
                            const QueryScope& scope) const {
  if (options_.unlisted == nullptr || scope.text.place) return;
  std::string columns;
  for (size_t i = 0; i < rows.columns().size(); ++i) {
    const std::string name = NameOfColumn(rows, i, {});
    if (name.empty()) return;
    columns += (i == 0 ? "" : ", ") + name;
  }
  options_.unlisted->push_back({UnlistedKind::kTable, table.name.span, 0,
                                fmt::format("SELECT {} FROM {}", columns, ast::ToSql(table.name))});
}

Result<NodePtr> QueryBinder::BindBody(const ast::Query& query, const QueryScope& scope) {
  if (const auto* select = query.As<ast::Select>()) return BindSelect(*this, *select, query, scope);
  NodePtr node;
  if (const auto* operation = query.As<ast::SetOperation>()) {
    node = TRY(BindSetOperation(*operation, query, scope));
  } else if (const auto* values = query.As<ast::Values>()) {
    node = TRY(BindValues(*values, query, scope));
  } else if (const auto* table = query.As<ast::TableQuery>()) {
    const Relation rows = TRY(BindNamed(table->name, {}, scope));
    NoteTable(*table, rows, scope);
    node = rows.node;
    if (scope.outer != nullptr) node = TRY(BesideOuterRows(node, query.span, scope));
  } else {
    if (scope.outer != nullptr && !query.IsPlain()) scope.outer->whole = false;
    node = TRY(Bind(*query.As<ast::Nested>()->query, scope));
  }
  return BindOrderAndLimit(std::move(node), query, scope);
}

}  // namespace weir::bind
