// Resolves names of catalogs, databases, tables and views. Copies are cheap and share definitions:
// a statement works on an immutable copy (Snapshot) while later ones change the session's catalog.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/table_ref.h"
#include "planner/catalog/permanent_objects.h"
#include "planner/catalog/table_definition.h"
#include "runtime/base/result.h"
#include "runtime/base/source_span.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::catalog {

inline constexpr std::string_view kDefaultCatalog = "default_catalog";
inline constexpr std::string_view kDefaultDatabase = "default_database";

// `name` in back-ticks, with back-ticks inside it doubled.
std::string QuoteName(std::string_view name);

// The filter of SHOW … [NOT] {LIKE | ILIKE} 'pattern', with SQL's % and _, which a \ before them
// makes plain, as in Flink. Without `present` everything is kept.
struct NameFilter {
  std::string pattern;
  bool present = false;
  bool negated = false;
  bool ignore_case = false;

  bool Keeps(std::string_view name) const;
};

// Names are matched exactly first, then ignoring case; several matches that differ only in case are
// kInvalidSql E2004. A temporary object hides a permanent one with its name. Definitions are added
// only after they were checked (bind::BindCreateTable). After a failure nothing is changed.
//
// Permanent objects are the session's own, or those of a store that all sessions have (KeepIn). A
// store is asked at the first use of a name, and what it answered holds until Refresh; its errors
// are those of any method. Not thread-safe; without a store const methods may run concurrently.
class Catalog {
 public:
  // Defines a table for the files at `path`, named after the path, by looking into them. Any
  // thread.
  using DefineFiles = std::function<Result<TablePtr>(const Catalog&, const std::string& path)>;

  // Defines the table that STATE OF … is, under the name that it is printed as. Any thread.
  using DefineState = std::function<Result<TablePtr>(const Catalog&, const ast::StateOf&)>;

  // Starts with default_catalog.default_database, both current; there is always a current catalog
  // and database, and neither can be dropped. `connectors` are borrowed for the life of the catalog
  // and its definitions.
  explicit Catalog(graph::ConnectorCatalog connectors);

  // Uses the permanent objects of `store` instead of the catalog's own, and keeps new ones there.
  // The store outlives the catalog.
  void KeepIn(ObjectStore& store);
  // Whether permanent objects outlive the session.
  bool keeps() const { return store_ != nullptr; }
  // Makes changes of other sessions visible: called before each statement.
  void Refresh();

  const graph::ConnectorCatalog& connectors() const { return connectors_; }
  const std::string& current_catalog() const { return current_catalog_; }
  const std::string& current_database() const { return current_database_; }
  std::shared_ptr<const Catalog> Snapshot() const { return std::make_shared<const Catalog>(*this); }

  // A copy with other current names, which need not exist any more.
  Catalog WithCurrent(std::string catalog, std::string database) const;

  // E2014 with a suggestion when there is none of this name; all errors point at `span`.
  Status UseCatalog(std::string_view name, SourceSpan span);
  // `parts`: [catalog.]database.
  Status UseDatabase(const std::vector<std::string>& parts, SourceSpan span);
  // kNothing when it exists and `if_not_exists`, kEqual when it is kept already, E2002 when it
  // exists otherwise.
  Result<ChangeOutcome> CreateCatalog(const std::string& name, bool if_not_exists, SourceSpan span);
  Result<ChangeOutcome> CreateDatabase(const std::vector<std::string>& parts, bool if_not_exists,
                                       SourceSpan span);
  // False when it does not exist and `if_exists`. E2015 for the current one, for one that contains
  // objects unless `cascade`, and for what every session begins in if objects outlive sessions.
  Result<bool> DropCatalog(std::string_view name, bool if_exists, SourceSpan span);
  struct DropOptions {
    bool if_exists = false;
    bool cascade = false;
  };
  Result<bool> DropDatabase(const std::vector<std::string>& parts, DropOptions options,
                            SourceSpan span);

  // The full name for a new object called `parts` (one to three); E2014 when its database does not
  // exist.
  Result<ObjectName> NameNew(const std::vector<std::string>& parts, SourceSpan span) const;
  // Finds an object by one part (in the current database), two (database.object) or three. E2001
  // with a suggestion over tables and views.
  Result<CatalogObject> Find(const std::vector<std::string>& parts, SourceSpan span) const;

  // Sets the function that defines the tables of FROM 'path'; without it they are refused.
  void set_define_files(DefineFiles define) { define_files_ = std::move(define); }
  // The same for STATE OF ….
  void set_define_state(DefineState define) { define_state_ = std::move(define); }
  // The absolute directory that relative paths in statements are below; "" for the working
  // directory of the process.
  void set_directory(std::string directory) { directory_ = std::move(directory); }
  const std::string& directory() const { return directory_; }
  // The table that the files at `path` are: the one of this name in the current database, as a job
  // remembers what it was started with; else it is defined anew. Reads files.
  Result<TablePtr> FindFiles(const std::string& path, SourceSpan span) const;

  // As FindFiles. Reads a snapshot's metadata, or takes one of a running job.
  Result<TablePtr> FindState(const ast::StateOf& state, SourceSpan span) const;

  // kNothing when an object of the name exists and `if_not_exists`; kEqual when one is kept whose
  // definition is equal; else E2002. REQUIRES: the name came from NameNew.
  Result<ChangeOutcome> Create(CatalogObject object, bool if_not_exists, SourceSpan span);
  // Replaces the object with this name, temporary or not as the new one, or adds it (CREATE OR
  // REPLACE, ALTER).
  Status Replace(CatalogObject object, SourceSpan span);
  struct DropObject {
    ObjectKind kind = ObjectKind::kTable;
    bool temporary = false;
    bool if_exists = false;
    bool system = false;  // of functions only
  };
  // E2001 when there is none; E2015 when it is of the other kind, or when a temporary object hides
  // the permanent one that was meant.
  Result<bool> Drop(const std::vector<std::string>& parts, DropObject what, SourceSpan span);

  // Sorted by name, including temporary objects. SHOW TABLES also lists views, as in Flink.
  Result<std::vector<std::string>> ListCatalogs(const NameFilter& filter) const;
  // The databases of the current catalog when `catalog` is empty; E2014 when there is none of this
  // name.
  Result<std::vector<std::string>> ListDatabases(std::string_view catalog, const NameFilter& filter,
                                                 SourceSpan span) const;
  // `database`: empty, [catalog.]database.
  Result<std::vector<std::string>> ListTables(const std::vector<std::string>& database,
                                              const NameFilter& filter, SourceSpan span) const;
  Result<std::vector<std::string>> ListViews(const std::vector<std::string>& database,
                                             const NameFilter& filter, SourceSpan span) const;
  // The name of every table and view of every database; for kFunction of every function but those
  // of the system.
  Result<std::vector<ObjectName>> AllNames(ObjectKind kind = ObjectKind::kTable) const;
  // The table or view of exactly this name, or the function; nothing if there is none.
  Result<std::optional<CatalogObject>> FindExactly(const ObjectName& name,
                                                   ObjectKind kind = ObjectKind::kTable) const;

  // catalog_functions.cc: functions, which have names of their own.
  // Null when there is none. E2014 when there is no such database.
  Result<FunctionPtr> FindFunction(const std::vector<std::string>& parts, SourceSpan span) const;
  // A temporary system function, which hides a built-in one of its name; null when there is none.
  // In catalog.cc.
  Result<FunctionPtr> FindSystemFunction(std::string_view name, SourceSpan span) const;
  // As Drop; E2001 when there is none.
  Result<bool> DropFunction(const std::vector<std::string>& parts, DropObject what,
                            SourceSpan span);
  // The functions of users, sorted by name: those of the database, and the temporary system
  // functions.
  Result<std::vector<std::string>> ListFunctions(const std::vector<std::string>& database,
                                                 const NameFilter& filter, SourceSpan span) const;
  std::vector<FunctionPtr> SystemFunctions() const;

 private:
  // "catalog.database" as it exists, for the parts of an object's or database's name.
  struct Place {
    std::string catalog;
    std::string database;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  using Shelf = std::map<std::string, CatalogObject>;
  using Shelves = std::map<Place, Shelf>;
  // A name that was found: of a temporary object, or of a permanent one.
  struct Found {
    const CatalogObject* temporary = nullptr;
    PermanentObjectPtr permanent;

    const ObjectName& name() const { return temporary ? temporary->name() : permanent->name(); }
    ObjectKind kind() const;
    explicit operator bool() const { return temporary != nullptr || permanent != nullptr; }
  };

  Result<const PermanentObjects*> Permanent() const;
  Result<ChangeOutcome> Change(const CatalogChange& change);
  Result<CatalogObject> ObjectOf(const Found& found, SourceSpan span) const;
  Result<Found> FindName(const std::vector<std::string>& parts, SourceSpan span) const;
  // The object with this name among those that share names with `kind`; empty when there is none.
  Result<Found> FindIn(const Place& place, const std::string& name, ObjectKind kind,
                       SourceSpan span) const;
  Result<Place> FindPlace(const std::vector<std::string>& parts, SourceSpan span) const;
  Result<std::string> FindCatalog(std::string_view name, SourceSpan span) const;
  Status CheckMayDropDatabase(const Place& place, bool cascade, SourceSpan span) const;
  Result<std::map<std::string, ObjectKind>> KindsIn(const std::vector<std::string>& database,
                                                    SourceSpan span) const;
  Status NoSuchObject(const std::vector<std::string>& parts, const Place& place,
                      SourceSpan span) const;
  // The temporary objects of a database that share names with `kind`; null for none.
  const Shelf* TemporaryOf(const Place& place, ObjectKind kind) const;
  // Where a temporary object is, or would be put.
  Shelf& ShelfOf(const CatalogObject& object);
  Result<bool> DropFound(const Found& found, DropObject what, SourceSpan span);
  Status NoSuchFunction(const std::vector<std::string>& parts,
                        const std::vector<std::string>& known, SourceSpan span) const;

  graph::ConnectorCatalog connectors_;
  ObjectStore* store_ = nullptr;
  mutable PermanentObjectsPtr permanent_;  // null: the store is to be asked
  Shelves temporary_;                      // apart, so that they can hide permanent ones
  Shelves temporary_functions_;
  Shelf system_functions_;
  std::string current_catalog_;
  std::string current_database_;
  DefineFiles define_files_;
  DefineState define_state_;
  std::string directory_;
};

}  // namespace weir::catalog
