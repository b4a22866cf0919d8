// The permanent tables, views, functions, databases and catalogs as immutable values, and how a
// change makes new ones of them. Also the port to the store that keeps them beyond a session.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/catalog/function_definition.h"
#include "planner/catalog/table_definition.h"
#include "runtime/base/leaf_mutex.h"
#include "runtime/base/result.h"
#include "runtime/base/source_span.h"

namespace weir::catalog {

class Catalog;

enum class ObjectKind : uint8_t { kTable, kView, kFunction };
// "table", "view", "function".
std::string_view ObjectKindName(ObjectKind kind);
// Functions have names of their own: a table and a view share theirs.
bool ShareNames(ObjectKind a, ObjectKind b);

// A table, a view or a function: exactly one of the three is set.
struct CatalogObject {
  TablePtr table;
  ViewPtr view;
  FunctionPtr function = {};

  ObjectKind kind() const;
  const ObjectName& name() const;
  bool temporary() const;
  // Whether it is the same definition, not an equal one.
  friend bool operator==(const CatalogObject&, const CatalogObject&) = default;
};

// Everything that is needed to define an object anew.
struct ObjectDefinition {
  std::string create;  // its CREATE [MATERIALIZED] TABLE, CREATE VIEW or CREATE FUNCTION
  // Where names in a query or a body resolve; of a table, where it is.
  std::string current_catalog;
  std::string current_database;
  friend bool operator==(const ObjectDefinition&, const ObjectDefinition&) = default;
};
// As a job takes it with it: a materialized table as the table that it is.
ObjectDefinition DefinitionOf(const CatalogObject& object);
// As the catalog keeps it: what refreshes a materialized table is part of it.
ObjectDefinition KeptDefinitionOf(const CatalogObject& object);

// A permanent table, view or function of a known name and kind, which need not have been read yet.
// Thread-safe.
class PermanentObject {
 public:
  PermanentObject(ObjectName name, ObjectKind kind) : name_(std::move(name)), kind_(kind) {}
  explicit PermanentObject(CatalogObject object)
      : name_(object.name()), kind_(object.kind()), known_(std::move(object)) {}

  const ObjectName& name() const { return name_; }
  ObjectKind kind() const { return kind_; }
  // The definition, or nothing until it was read for the first time.
  std::optional<CatalogObject> known() const;
  // Sets the definition. The first call counts, and all calls return what it set, so that all
  // sessions share one.
  CatalogObject Know(CatalogObject object) const;

 private:
  const ObjectName name_;
  const ObjectKind kind_;
  mutable LeafMutex mutex_;
  mutable std::optional<CatalogObject> known_ WEIR_GUARDED_BY(mutex_);
};
using PermanentObjectPtr = std::shared_ptr<const PermanentObject>;

// Immutable once shared. A change copies one database's list of pointers and no definitions.
struct PermanentObjects {
  // Sorted by name. A function may have the name of a table or view, which comes before it.
  using Database = std::vector<PermanentObjectPtr>;
  using DatabasePtr = std::shared_ptr<const Database>;
  using Databases = std::map<std::string, DatabasePtr>;
  std::map<std::string, Databases> catalogs;

  // The objects before anything is created: the database that every session begins in, and nothing
  // in it.
  static std::shared_ptr<const PermanentObjects> Empty();
  // Null when there is no such database.
  const Database* Find(const std::string& catalog, const std::string& database) const;
  // Finds an object that shares names with `kind` by its whole name; case counts. Null when there
  // is none.
  PermanentObjectPtr Find(const ObjectName& name, ObjectKind kind = ObjectKind::kTable) const;
};
using PermanentObjectsPtr = std::shared_ptr<const PermanentObjects>;

// A change that a statement makes, with names as they are in the catalog.
struct CatalogChange {
  enum class Kind : uint8_t {
    kCreateCatalog,  // with default_database
    kDropCatalog,    // with all that is in it
    kCreateDatabase,
    kDropDatabase,
    kCreateObject,
    kReplaceObject,  // or create
    kDropObject,
  };
  Kind kind = Kind::kCreateObject;
  ObjectName name;            // those of its parts that the kind has
  PermanentObjectPtr object;  // to create or to replace; its definition is known
  ObjectKind dropped = ObjectKind::kTable;
  bool tolerant = false;       // IF [NOT] EXISTS
  bool cascade = false;        // of kDropDatabase: also one that is not empty
  bool equal_is_fine = false;  // what exists is kEqual rather than E2002
  SourceSpan span;             // where errors point
};

enum class ChangeOutcome : uint8_t {
  kDone,
  kNothing,  // it exists, or does not, which IF [NOT] EXISTS allows
  kEqual,    // it exists, with an equal definition
};
struct ChangedObjects {
  ChangeOutcome outcome = ChangeOutcome::kNothing;
  PermanentObjectsPtr after;  // of kDone, else null
};
// E2002 when the name is taken, E2001 and E2014 when there is no object, database or catalog of the
// name, E2015 for a database that is not empty. Definitions are not compared: that is for a store,
// which has them.
Result<ChangedObjects> Apply(const PermanentObjects& before, const CatalogChange& change);

// Port: keeps permanent objects for all sessions. Thread-safe.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  // The objects that exist now.
  virtual Result<PermanentObjectsPtr> Objects() = 0;
  // Carries a change out for every session, after checking it against the objects that exist by
  // now. It is durable when this returns. After a failure there is either what was there before or
  // the result of the change. kEqual for an object whose definition is kept already.
  virtual Result<ChangeOutcome> Change(const CatalogChange& change) = 0;
  // Reads and binds an object for the first time. The error names what it was read from.
  virtual Result<CatalogObject> Read(const PermanentObject& object, const Catalog& catalog) = 0;
};

// E2014 with a suggestion, E2002, E2015.
Status NoSuch(std::string_view what, std::string_view name, const std::vector<std::string>& known,
              SourceSpan span);
Status ExistsAlready(std::string_view what, std::string_view name, SourceSpan span);
Status NotEmpty(std::string_view database, SourceSpan span);

}  // namespace weir::catalog
