// CREATE VIEW: the definition of a view, and the columns that its query gives.
#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/bind/query_binder.h"
#include "planner/logical/declared_columns.h"
#include "runtime/fault_point.h"

namespace weir::bind {
namespace {

// Takes the column names of CREATE VIEW v (a, b); E2009 for one that occurs twice.
Status NameColumns(const ast::CreateView& create, catalog::ViewDefinition& view) {
  for (const ast::ViewColumn& column : create.columns) {
    const ast::Identifier& name = column.name;
    if (std::ranges::find(view.column_names, name.text) != view.column_names.end()) {
      return Status::InvalidSql(fmt::format("the column \"{}\" is named twice", name.text))
          .WithId("E2009")
          .WithSpan(name.span);
    }
    view.column_names.push_back(name.text);
  }
  return {};
}

Result<catalog::ViewDefinition> Unbound(const ast::CreateView& create, std::string_view text,
                                        const catalog::Catalog& catalog) {
  catalog::ViewDefinition view;
  view.name = TRY(catalog.NameNew(PartsOf(create.name), create.name.span));
  view.temporary = create.temporary;
  view.comment = create.comment ? create.comment->text : "";
  view.create_text = text;
  view.current_catalog = catalog.current_catalog();
  view.current_database = catalog.current_database();
  view.query = std::make_shared<const ast::Query>(*create.query);
  view.query_text = ast::ToSql(*create.query);
  RETURN_IF_ERROR(NameColumns(create, view));
  return view;
}

// Columns with the names that the view gives them, if it names them all.
void Rename(const catalog::ViewDefinition& view, std::vector<logical::Column>& columns) {
  if (view.column_names.size() != columns.size()) return;
  for (size_t i = 0; i < columns.size(); ++i) columns[i].name = view.column_names[i];
}

}  // namespace

bool ReadsNamesake(const std::vector<catalog::CatalogObject>& used, const ast::Name& name,
                   const catalog::Catalog& catalog) {
  const Result<catalog::CatalogObject> namesake = catalog.Find(PartsOf(name), name.span);
  return namesake.ok() && std::ranges::find(used, *namesake) != used.end();
}

Result<catalog::ViewPtr> BindCreateView(const ast::CreateView& create, std::string_view text,
                                        const catalog::Catalog& catalog,
                                        const BindOptions& options) {
  catalog::ViewDefinition view = TRY(Unbound(create, text, catalog));
  std::vector<catalog::CatalogObject> used;
  BindOptions noting = options;
  if (noting.used_objects == nullptr) noting.used_objects = &used;
  QueryBinder binder(catalog, noting);
  QueryScope scope = binder.ViewScope(view, {});
  scope.text.place.reset();
  std::vector<RepeatedName> repeated;
  scope.repeated = &repeated;
  view.columns = logical::DeclaredColumns(*TRY(binder.Bind(*create.query, scope)));
  if (ReadsNamesake(*noting.used_objects, create.name, catalog) &&
      !DefectPlanted("views-of-themselves")) {
    return Status::InvalidSql(fmt::format("the view \"{}\" would use itself", view.name.Short()))
        .WithId("E2009")
        .WithHint("what its query reads under this name is not there any more behind the statement")
        .WithSpan(create.name.span);
  }
  if (create.columns.empty() && !repeated.empty()) {
    return Status::InvalidSql(
               fmt::format("two columns of the view have the name \"{}\"", repeated[0].name))
        .WithId("E2009")
        .WithHint("give each a name of its own: with AS, or CREATE VIEW v (names…)")
        .WithSpan(repeated[0].span);
  }
  if (!create.columns.empty() && create.columns.size() != view.columns.size()) {
    return Status::InvalidSql(fmt::format("the view names {} columns, but its query has {}",
                                          create.columns.size(), view.columns.size()))
        .WithId("E2006")
        .WithSpan(Cover(create.columns.front().name.span, create.columns.back().name.span));
  }
  Rename(view, view.columns);
  return std::make_shared<const catalog::ViewDefinition>(std::move(view));
}

Result<catalog::ViewPtr> DefineView(const ast::CreateView& create, std::string_view text,
                                    const catalog::Catalog& catalog) {
  return std::make_shared<const catalog::ViewDefinition>(TRY(Unbound(create, text, catalog)));
}

Result<std::vector<logical::Column>> ColumnsOfView(const catalog::ViewDefinition& view,
                                                   const catalog::Catalog& catalog,
                                                   SourceSpan place) {
  const BindOptions options;
  QueryBinder binder(catalog, options);
  std::vector<logical::Column> columns =
      logical::DeclaredColumns(*TRY(binder.Bind(*view.query, binder.ViewScope(view, place))));
  Rename(view, columns);
  return columns;
}

}  // namespace weir::bind
