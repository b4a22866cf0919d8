#include "planner/bind/query_binder.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/node_shapes.h"
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

QueryScope QueryBinder::TopScope() const {
  QueryScope scope;
  scope.catalog = &catalog_;
  return scope;
}

QueryScope QueryBinder::ViewScope(const catalog::ViewDefinition& view, SourceSpan place) {
  view_catalogs_.push_back(std::make_unique<const catalog::Catalog>(
      catalog_.WithCurrent(view.current_catalog, view.current_database)));
  QueryScope scope;
  scope.path = "view:" + PathName(view.name.Short(), false);
  scope.words = "view " + view.name.Short();
  scope.catalog = view_catalogs_.back().get();
  scope.place = place;
  return scope;
}

void QueryBinder::Use(const catalog::CatalogObject& object) {
  if (options_.used_objects == nullptr) return;
  std::vector<catalog::CatalogObject>& used = *options_.used_objects;
  const bool known = std::ranges::any_of(used, [&](const catalog::CatalogObject& other) {
    return other.table == object.table && other.view == object.view;
  });
  if (!known) used.push_back(object);
}

Result<CommonTables> QueryBinder::BindWith(const ast::Query& query, const QueryScope& scope) {
  CommonTables tables;
  tables.outer = scope.common_tables;
  if (query.recursive) {
    return Status::Unsupported("WITH RECURSIVE is not supported yet")
        .WithSpan(scope.At(query.span));
  }
  for (const ast::CommonTable& table : query.with) {
    for (const CommonTables::Entry& other : tables.entries) {
      if (other.name != table.name.text) continue;
      return Status::InvalidSql(fmt::format("two CTEs have the name \"{}\"", table.name.text))
          .WithId("E2002")
          .WithSpan(scope.At(table.name.span));
    }
    QueryScope inner = scope.CommonTable(table.name);
    inner.common_tables = &tables;
    NodePtr node = TRY(Bind(*table.query, inner));
    if (!table.columns.empty()) {
      std::vector<std::string> names;
      for (const ast::Identifier& column : table.columns) names.push_back(column.text);
      if (names.size() != node->columns.size()) {
        return Status::InvalidSql(fmt::format("the CTE \"{}\" names {} columns, its query has {}",
                                              table.name.text, names.size(), node->columns.size()))
            .WithId("E2006")
            .WithSpan(scope.At(table.span));
      }
      node = Renamed(node, names);
    }
    tables.entries.push_back({table.name.text, std::move(node)});
  }
  return tables;
}

Result<NodePtr> QueryBinder::Bind(const ast::Query& query, const QueryScope& scope) {
  if (query.with.empty() && !query.recursive) return BindBody(query, scope);
  const CommonTables tables = TRY(BindWith(query, scope));
  QueryScope inner = scope;
  inner.common_tables = &tables;
  return BindBody(query, inner);
}

Result<NodePtr> QueryBinder::BindBody(const ast::Query& query, const QueryScope& scope) {
  if (const auto* select = query.As<ast::Select>()) return BindSelect(*this, *select, query, scope);
  NodePtr node;
  if (const auto* operation = query.As<ast::SetOperation>()) {
    node = TRY(BindSetOperation(*operation, query, scope));
  } else if (const auto* values = query.As<ast::Values>()) {
    node = TRY(BindValues(*values, query, scope));
  } else if (const auto* table = query.As<ast::TableQuery>()) {
    node = TRY(BindNamed(table->name, {}, scope)).node;
  } else {
    node = TRY(Bind(*query.As<ast::Nested>()->query, scope));
  }
  return BindOrderAndLimit(std::move(node), query, scope);
}

namespace {

// What names a branch of UNION: the alias or table that it reads; empty when nothing does.
std::string BranchName(const ast::Query& query);

std::string FirstArgumentName(const ast::FunctionTable& function) {
  for (const ast::Argument& argument : function.call.arguments) {
    const auto* table = argument.value->As<ast::TableArgument>();
    if (table != nullptr) return BranchName(*table->query);
  }
  return "";
}

std::string BranchName(const ast::TableRef& reference) {
  if (reference.alias) return reference.alias->name.text;
  if (const auto* table = reference.As<ast::NamedTable>()) return table->name.last().text;
  if (const auto* function = reference.As<ast::FunctionTable>())
    return FirstArgumentName(*function);
  return "";
}

std::string BranchName(const ast::Query& query) {
  if (const auto* table = query.As<ast::TableQuery>()) return table->name.last().text;
  if (const auto* nested = query.As<ast::Nested>()) return BranchName(*nested->query);
  const auto* select = query.As<ast::Select>();
  return select != nullptr && select->from.size() == 1 ? BranchName(*select->from[0]) : "";
}

std::string_view SetOperatorName(ast::SetOperator op) {
  switch (op) {
    case ast::SetOperator::kUnion:
      return "UNION";
    case ast::SetOperator::kIntersect:
      return "INTERSECT";
    case ast::SetOperator::kExcept:
      return "EXCEPT";
  }
  return "";
}

// A UNION whose operands can stand beside those of the UNION around it.
bool Merges(const ast::Query& query, bool outer_all) {
  const auto* operation = query.As<ast::SetOperation>();
  if (operation == nullptr || !query.IsPlain()) return false;
  return operation->op == ast::SetOperator::kUnion && (operation->all || !outer_all);
}

void CollectBranches(const ast::SetOperation& operation, std::vector<const ast::Query*>& branches) {
  for (const ast::QueryPtr* side : {&operation.left, &operation.right}) {
    const ast::Query& query = **side;
    if (Merges(query, operation.all)) {
      CollectBranches(*query.As<ast::SetOperation>(), branches);
    } else {
      branches.push_back(&query);
    }
  }
}

Status DifferentWidths(const NodePtr& first, const NodePtr& other, SourceSpan span) {
  return Status::InvalidSql(fmt::format("the branches of UNION have {} and {} columns",
                                        first->columns.size(), other->columns.size()))
      .WithId("E2006")
      .WithSpan(span);
}

// The types that the columns of all branches share.
Result<std::vector<Type>> CommonTypes(const std::vector<NodePtr>& branches) {
  std::vector<Type> types;
  for (size_t i = 0; i < branches[0]->columns.size(); ++i) {
    std::vector<Type> candidates;
    for (const NodePtr& branch : branches) candidates.push_back(branch->columns[i].type);
    Result<Type> common = expr::CommonType(candidates);
    if (!common.ok()) {
      return Status::InvalidSql(fmt::format("column {} of UNION (\"{}\"): {}", i + 1,
                                            branches[0]->columns[i].name,
                                            common.status().message()))
          .WithId("E2006")
          .WithSpan(SpanOfColumn(*branches.back(), i));
    }
    types.push_back(std::move(*common));
  }
  return types;
}

// A time attribute survives where every branch has it.
std::vector<Column> UnionColumns(const std::vector<NodePtr>& branches) {
  std::vector<Column> columns = branches[0]->columns;
  for (const NodePtr& branch : branches) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const Column& other = branch->columns[i];
      if (other.type.nullable()) columns[i].type = columns[i].type.WithNullable(true);
      if (other.time != columns[i].time) columns[i].time = logical::TimeAttribute::kNone;
    }
  }
  return columns;
}

}  // namespace

Result<std::vector<NodePtr>> QueryBinder::BindBranches(const ast::SetOperation& operation,
                                                       const QueryScope& scope) {
  std::vector<const ast::Query*> queries;
  CollectBranches(operation, queries);
  std::vector<NodePtr> branches;
  for (const ast::Query* query : queries) {
    const std::string name = BranchName(*query);
    branches.push_back(TRY(Bind(*query, name.empty() ? scope.Unnamed() : scope.Branch(name))));
    if (branches.back()->columns.size() != branches[0]->columns.size()) {
      return DifferentWidths(branches[0], branches.back(), scope.At(query->span));
    }
  }
  const std::vector<Type> types = TRY(CommonTypes(branches));
  for (NodePtr& branch : branches) branch = TRY(WithTypes(branch, types, /*assignment=*/false));
  return branches;
}

Result<NodePtr> QueryBinder::BindSetOperation(const ast::SetOperation& operation,
                                              const ast::Query& query, const QueryScope& scope) {
  if (operation.op != ast::SetOperator::kUnion) {
    return Status::Unsupported(
               fmt::format("{} is not supported yet", SetOperatorName(operation.op)))
        .WithSpan(scope.At(query.span));
  }
  std::vector<NodePtr> branches = TRY(BindBranches(operation, scope));
  std::vector<Column> columns = UnionColumns(branches);
  const logical::Origin origin = scope.OriginAt(query.span);
  NodePtr node = logical::MakeNode(logical::Union{}, std::move(branches), columns, origin);
  if (operation.all) return node;
  logical::Aggregate distinct;
  for (size_t i = 0; i < columns.size(); ++i) {
    distinct.keys.push_back(static_cast<int>(i));
    columns[i].time = logical::TimeAttribute::kNone;
  }
  distinct.ttl_millis = options_.state_ttl_millis;
  return logical::MakeNode(std::move(distinct), {node}, std::move(columns), origin);
}

}  // namespace weir::bind
