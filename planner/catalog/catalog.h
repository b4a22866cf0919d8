// What names mean: catalogs, databases, tables and views. Copies are cheap and share definitions; a
// statement works on an immutable copy (Snapshot) while later ones change the session's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "planner/catalog/table_definition.h"
#include "runtime/base/result.h"
#include "runtime/base/source_span.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::catalog {

inline constexpr std::string_view kDefaultCatalog = "default_catalog";
inline constexpr std::string_view kDefaultDatabase = "default_database";

// `name` in back-ticks, inner ones doubled.
std::string QuoteName(std::string_view name);

// A table or a view: exactly one of the two is set.
struct CatalogObject {
  TablePtr table;
  ViewPtr view;

  const ObjectName& name() const { return table ? table->name : view->name; }
  bool temporary() const { return table ? table->temporary : view->temporary; }
};

enum class ObjectKind : uint8_t { kTable, kView };

// What SHOW … [NOT] {LIKE | ILIKE} 'pattern' keeps. An empty filter keeps all.
// LIKE as in SQL: % for any text, _ for one character, no escape.
struct NameFilter {
  std::string pattern;
  bool present = false;
  bool negated = false;
  bool ignore_case = false;

  bool Keeps(std::string_view name) const;
};

// Names are matched exactly first, then ignoring case; several matches that differ in case only are
// kInvalidSql E2004. A temporary object hides a permanent one of its name. Not thread-safe; const
// methods may run concurrently.
// Only names: definitions come checked (bind::BindCreateTable). Methods that change it say so by
// their Result; after a failure it is as before.
class Catalog {
 public:
  // Starts with default_catalog.default_database, both current. `connectors` are borrowed for the
  // life of the catalog and of its definitions.
  // There is always a current catalog and database: neither can be dropped.
  explicit Catalog(graph::ConnectorCatalog connectors);

  const graph::ConnectorCatalog& connectors() const { return connectors_; }
  const std::string& current_catalog() const { return current_catalog_; }
  const std::string& current_database() const { return current_database_; }
  std::shared_ptr<const Catalog> Snapshot() const { return std::make_shared<const Catalog>(*this); }

  // A copy in which other names are current; they need not exist any more.
  Catalog WithCurrent(std::string catalog, std::string database) const;

  // E2014 with did-you-mean when there is none of this name.
  // Of all methods with a span: errors point at it.
  Status UseCatalog(std::string_view name, SourceSpan span);
  // `parts`: [catalog.]database.
  Status UseDatabase(const std::vector<std::string>& parts, SourceSpan span);
  // False when it existed and `if_not_exists`; E2002 when it existed otherwise.
  Result<bool> CreateCatalog(const std::string& name, bool if_not_exists, SourceSpan span);
  Result<bool> CreateDatabase(const std::vector<std::string>& parts, bool if_not_exists,
                              SourceSpan span);
  // False when it did not exist and `if_exists`. E2015 for the current one, and for one that holds
  // objects unless `cascade`.
  Result<bool> DropCatalog(std::string_view name, bool if_exists, SourceSpan span);
  struct DropOptions {
    bool if_exists = false;
    bool cascade = false;
  };
  Result<bool> DropDatabase(const std::vector<std::string>& parts, DropOptions options,
                            SourceSpan span);

  // The full name of a new object called `parts` (one to three): E2014 when its place does not
  // exist.
  Result<ObjectName> NameNew(const std::vector<std::string>& parts, SourceSpan span) const;
  // E2001 with did-you-mean over tables and views.
  // One part: in the current database; two: database.object; three: catalog.database.object.
  Result<CatalogObject> Find(const std::vector<std::string>& parts, SourceSpan span) const;

  // False when an object of the name exists and `if_not_exists`; E2002 otherwise.
  // REQUIRES: the name came from NameNew.
  Result<bool> Create(CatalogObject object, bool if_not_exists, SourceSpan span);
  // Replaces an object of the same name and kind of place, or adds it (CREATE OR REPLACE, ALTER).
  Status Replace(CatalogObject object, SourceSpan span);
  struct DropObject {
    ObjectKind kind = ObjectKind::kTable;
    bool temporary = false;
    bool if_exists = false;
  };
  // E2001 when there is none; E2015 when it is of the other kind, or when a temporary object hides
  // a permanent one that was meant.
  Result<bool> Drop(const std::vector<std::string>& parts, DropObject what, SourceSpan span);

  // Sorted by name, temporary ones included. SHOW TABLES lists views, too, as in Flink.
  std::vector<std::string> ListCatalogs(const NameFilter& filter) const;
  // Of the current catalog when `catalog` is empty; E2014 when there is none.
  Result<std::vector<std::string>> ListDatabases(std::string_view catalog, const NameFilter& filter,
                                                 SourceSpan span) const;
  // `database`: empty, [catalog.]database.
  Result<std::vector<std::string>> ListTables(const std::vector<std::string>& database,
                                              const NameFilter& filter, SourceSpan span) const;
  Result<std::vector<std::string>> ListViews(const std::vector<std::string>& database,
                                             const NameFilter& filter, SourceSpan span) const;
  // Every object of every database, for completion and for jobs that remember their definitions.
  std::vector<CatalogObject> AllObjects() const;

 private:
  // Temporary objects have a shelf of their own, so that they can hide permanent ones.
  struct Database {
    std::map<std::string, CatalogObject> permanent;
    std::map<std::string, CatalogObject> temporary;
  };
  using Databases = std::map<std::string, Database>;

  // "catalog.database" of an object's or database's parts, matched against what exists.
  struct Place {
    std::string catalog;
    std::string database;
  };
  Result<Place> FindPlace(const std::vector<std::string>& parts, SourceSpan span) const;
  Result<const Database*> FindDatabase(const std::vector<std::string>& parts,
                                       SourceSpan span) const;
  Result<std::string> FindCatalog(std::string_view name, SourceSpan span) const;
  Status NoSuchObject(const std::vector<std::string>& parts, const Database& database,
                      SourceSpan span) const;
  std::map<std::string, CatalogObject>& Shelf(const ObjectName& name, bool temporary);

  graph::ConnectorCatalog connectors_;
  std::map<std::string, Databases> catalogs_;
  std::string current_catalog_;
  std::string current_database_;
};

}  // namespace weir::catalog
