// CREATE VIEW.
#include <fmt/format.h>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/bind/query_binder.h"

namespace weir::bind {
namespace {

Status NameColumns(const ast::CreateView& create, catalog::ViewDefinition& view) {
  if (create.columns.empty()) return {};
  if (create.columns.size() != view.columns.size()) {
    return Status::InvalidSql(fmt::format("the view names {} columns, but its query has {}",
                                          create.columns.size(), view.columns.size()))
        .WithId("E2006")
        .WithSpan(Cover(create.columns.front().name.span, create.columns.back().name.span));
  }
  for (size_t i = 0; i < create.columns.size(); ++i) {
    const ast::Identifier& name = create.columns[i].name;
    for (size_t k = 0; k < i; ++k) {
      if (view.columns[k].name != name.text) continue;
      return Status::InvalidSql(fmt::format("the column \"{}\" is named twice", name.text))
          .WithId("E2009")
          .WithSpan(name.span);
    }
    view.columns[i].name = name.text;
    view.column_names.push_back(name.text);
  }
  return {};
}

}  // namespace

Result<catalog::ViewPtr> BindCreateView(const ast::CreateView& create, std::string_view text,
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

  const BindOptions options;
  QueryBinder binder(catalog, options);
  QueryScope scope = binder.ViewScope(view, {});
  scope.place.reset();
  view.columns = TRY(binder.Bind(*create.query, scope))->columns;
  RETURN_IF_ERROR(NameColumns(create, view));
  return std::make_shared<const catalog::ViewDefinition>(std::move(view));
}

}  // namespace weir::bind
