#include "shell/engine/statements/definitions_of.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace weir::shell {
namespace {

using catalog::QuoteName;

// Collects statements, and puts the CREATE and USE that each needs before it.
class Script {
 public:
  // Adds the CREATE statements for a catalog and database that the script has not made yet.
  void Need(const std::string& catalog, const std::string& database) {
    if (catalogs_.insert(catalog).second) {
      statements_.push_back("CREATE CATALOG IF NOT EXISTS " + QuoteName(catalog));
      databases_.emplace(catalog, catalog::kDefaultDatabase);
    }
    if (databases_.emplace(catalog, database).second) {
      statements_.push_back(fmt::format("CREATE DATABASE IF NOT EXISTS {}.{}", QuoteName(catalog),
                                        QuoteName(database)));
    }
  }

  void Use(const std::string& catalog, const std::string& database) {
    Need(catalog, database);
    if (std::pair(catalog, database) == current_) return;
    current_ = {catalog, database};
    statements_.push_back(fmt::format("USE {}.{}", QuoteName(catalog), QuoteName(database)));
  }

  void Add(const std::string& statement) { statements_.push_back(statement); }
  std::vector<std::string> Take() { return std::move(statements_); }

 private:
  std::vector<std::string> statements_;
  std::pair<std::string, std::string> current_{catalog::kDefaultCatalog, catalog::kDefaultDatabase};
  std::set<std::string> catalogs_{current_.first};
  std::set<std::pair<std::string, std::string>> databases_{current_};
};

}  // namespace

std::vector<std::string> DefinitionsOf(const planner::PlannedJob& planned) {
  Script script;
  for (const catalog::CatalogObject& object : planned.objects) {
    const catalog::ObjectDefinition definition = DefinitionOf(object);
    script.Need(object.name().catalog, object.name().database);
    script.Use(definition.current_catalog, definition.current_database);
    script.Add(definition.create);
  }
  script.Use(planned.current_catalog, planned.current_database);
  return script.Take();
}

Status PutOver(const catalog::Catalog& known, catalog::Catalog& recorded) {
  for (const auto kind : {catalog::ObjectKind::kTable, catalog::ObjectKind::kFunction}) {
    for (const catalog::ObjectName& name : TRY(known.AllNames(kind))) {
      RETURN_IF_ERROR(recorded.CreateCatalog(name.catalog, true, {}).status());
      RETURN_IF_ERROR(recorded.CreateDatabase({name.catalog, name.database}, true, {}).status());
      std::optional<catalog::CatalogObject> object = TRY(known.FindExactly(name, kind));
      if (object) RETURN_IF_ERROR(recorded.Replace(*std::move(object), {}));
    }
  }
  for (const catalog::FunctionPtr& function : known.SystemFunctions())
    RETURN_IF_ERROR(recorded.Replace({nullptr, nullptr, function}, {}));
  return {};
}

bool IsDefinition(const ast::Statement& statement) {
  if (const auto* table = statement.As<ast::CreateTable>()) return !table->query;
  return statement.As<ast::CreateView>() != nullptr ||
         statement.As<ast::CreateFunction>() != nullptr || statement.As<ast::Use>() != nullptr ||
         statement.As<ast::CreateObject>() != nullptr;
}

}  // namespace weir::shell
