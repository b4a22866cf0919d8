#include "shell/engine/catalog/kept_form.h"

#include "planner/ast/statement.h"
#include "planner/ast/to_sql.h"
#include "runtime/base/local_path.h"
#include "runtime/fault_point.h"
#include "runtime/graph/connector_descriptor.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/jobs/table_paths.h"

namespace weir::shell {
namespace {

// The path made absolute. What is no path at all stays as it is, for the check of options to
// refuse.
std::string AbsolutePathOf(const std::string& said) {
  const Result<std::string> path = FilePath(said);
  if (!path.ok() || path->empty() || IsAbsolutePath(*path)) return said;
  return DefectPlanted("relative-paths-kept") ? said : AbsolutePath(*path);
}

template <typename T>
std::string TextOfNode(const T& create) {
  ast::Statement statement;
  statement.node = create;
  return ast::ToSql(statement);
}

}  // namespace

ast::Name WholeName(const catalog::ObjectName& name, ast::Span span) {
  return {
      .parts = {{name.catalog, true, span}, {name.database, true, span}, {name.object, true, span}},
      .span = span};
}

ast::CreateTable KeptForm(const ast::CreateTable& create, const catalog::ObjectName& name,
                          const graph::ConnectorCatalog& connectors) {
  ast::CreateTable kept = create;
  kept.name = WholeName(name, create.name.span);
  kept.create = true;
  kept.replace = false;
  kept.if_not_exists = false;
  const graph::OptionReaches reaches(TableOptionsOf(create), connectors);
  for (ast::Property& option : kept.options) {
    if (reaches.IsPath(option.key.text, option.value.text))
      option.value.text = AbsolutePathOf(option.value.text);
  }
  return kept;
}

ast::CreateView KeptForm(const ast::CreateView& create, const catalog::ObjectName& name) {
  ast::CreateView kept = create;
  kept.name = WholeName(name, create.name.span);
  kept.replace = false;
  kept.if_not_exists = false;
  return kept;
}

ast::CreateFunction KeptForm(const ast::CreateFunction& create, const catalog::ObjectName& name) {
  ast::CreateFunction kept = create;
  if (!create.system) kept.name = WholeName(name, create.name.span);
  kept.replace = false;
  kept.if_not_exists = false;
  return kept;
}

std::string TextOf(const ast::CreateTable& create) {
  return TextOfNode(create);
}

std::string TextOf(const ast::CreateView& create) {
  return TextOfNode(create);
}

std::string TextOf(const ast::CreateFunction& create) {
  return TextOfNode(create);
}

}  // namespace weir::shell
