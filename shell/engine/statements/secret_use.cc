#include "shell/engine/statements/secret_use.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/parse/parse.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/typed_options.h"
#include "shell/engine/jobs/table_paths.h"

namespace weir::shell {
namespace {

// The tables that the catalog has now under the names that a job's definitions use.
class TablesNow {
 public:
  TablesNow(const std::vector<std::string>& definitions, const catalog::Catalog& catalog)
      : catalog_(catalog) {
    for (const std::string& definition : definitions) {
      const Result<ast::StatementPtr> parsed = parse::ParseStatement(definition);
      if (!parsed.ok()) continue;
      if (const auto* use = (*parsed)->As<ast::Use>()) Use(use->name);
      if (const auto* create = (*parsed)->As<ast::CreateTable>()) Add(create->name);
    }
  }

  // Whether one of them has all of these options. Options that the planner adds are left out, as
  // they do not say where a secret goes.
  bool Declare(const graph::TableOptions& options) const {
    return std::ranges::any_of(tables_, [&](const catalog::TablePtr& table) {
      return std::ranges::all_of(options, [&](const graph::TableOption& option) {
        return graph::FindOption(graph::EnforcerOptions(), option.key) != nullptr ||
               std::ranges::find(table->options, option) != table->options.end();
      });
    });
  }

 private:
  // USE [catalog.]database, of which DefinitionsOf always writes both parts.
  void Use(const ast::Name& name) {
    if (name.parts.size() == 2) place_ = {name.parts[0].text, name.parts[1].text, ""};
  }
  void Add(const ast::Name& name) {
    const size_t count = name.parts.size();
    catalog::ObjectName whole = place_;
    whole.object = name.last().text;
    if (count > 1) whole.database = name.parts[count - 2].text;
    if (count > 2) whole.catalog = name.parts[count - 3].text;
    const Result<std::optional<catalog::CatalogObject>> now = catalog_.FindExactly(whole);
    if (now.ok() && *now && (*now)->table != nullptr) tables_.push_back((*now)->table);
  }

  const catalog::Catalog& catalog_;
  catalog::ObjectName place_{std::string(catalog::kDefaultCatalog),
                             std::string(catalog::kDefaultDatabase), ""};
  std::vector<catalog::TablePtr> tables_;
};

}  // namespace

Status CheckSecretUse(const Principal& who, const graph::JobGraph& graph,
                      const std::vector<std::string>& definitions,
                      const catalog::Catalog& catalog) {
  if (who.role == Role::kAdmin) return {};
  for (const graph::Node& node : graph.nodes) {
    const std::optional<TableInGraph> table = TableOf(node);
    if (!table || !graph::RefersToSecret(*table->options)) continue;
    if (TablesNow(definitions, catalog).Declare(*table->options)) continue;
    return Status::InvalidArgument(
               fmt::format("table {} refers to a secret, and {} is no admin, who alone says how",
                           *table->name, who.name))
        .WithId("E6003")
        .WithHint("use the table as an admin has created it in the catalog, without a hint");
  }
  return {};
}

}  // namespace weir::shell
