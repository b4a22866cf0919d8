#include "shell/engine/catalog/listed_definition.h"

#include <algorithm>

#include "planner/ast/statement.h"
#include "planner/bind/listed_columns.h"
#include "planner/catalog/function_definition.h"
#include "planner/parse/parse.h"
#include "runtime/fault_point.h"
#include "shell/engine/catalog/kept_form.h"

namespace weir::shell {
namespace {

// The columns that a definition gives, as far as its text does not say them itself.
using Columns = std::vector<logical::Column>;

Result<Columns> ColumnsOf(const ast::CreateView& create, const std::string& text,
                          const catalog::Catalog& catalog, const bind::BindOptions& options) {
  return TRY(bind::BindCreateView(create, text, catalog, options))->columns;
}

Result<Columns> ColumnsOf(const ast::CreateFunction& create, const std::string& text,
                          const catalog::Catalog& catalog, const bind::BindOptions& options) {
  RETURN_IF_ERROR(bind::BindCreateFunction(create, text, catalog, options).status());
  return Columns();
}

bool SameColumns(const Columns& a, const Columns& b) {
  return std::ranges::equal(a, b, [](const logical::Column& one, const logical::Column& other) {
    return one.name == other.name && one.type == other.type;
  });
}

template <typename T>
Result<T> Listed(const T& create, const catalog::Catalog& catalog) {
  if (DefectPlanted("columns-unlisted")) return create;
  // Places are those of the text as it is written here, where words stand as they are looked for.
  const std::string text = TextOf(create);
  const ast::StatementPtr written = TRY(parse::ParseStatement(text));
  std::vector<bind::Unlisted> places;
  bind::BindOptions options;
  options.unlisted = &places;
  const Columns columns = TRY(ColumnsOf(*written->As<T>(), text, catalog, options));
  const std::string listed = bind::WithListedColumns(text, std::move(places));
  if (listed == text) return create;
  const ast::StatementPtr result = TRY(parse::ParseStatement(listed));
  const Columns same = TRY(ColumnsOf(*result->As<T>(), listed, catalog, {}));
  if (!SameColumns(columns, same)) return Status::Internal("columns of a definition: " + listed);
  return *result->As<T>();
}

}  // namespace

Result<ast::CreateView> WithListedColumns(const ast::CreateView& create,
                                          const catalog::Catalog& catalog) {
  return Listed(create, catalog);
}

Result<ast::CreateFunction> WithListedColumns(const ast::CreateFunction& create,
                                              const catalog::Catalog& catalog) {
  return Listed(create, catalog);
}

}  // namespace weir::shell
