#include "planner/catalog/permanent_objects.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/catalog/catalog.h"
#include "runtime/base/check.h"
#include "runtime/base/names.h"

namespace weir::catalog {
namespace {

using Database = PermanentObjects::Database;
using Kind = CatalogChange::Kind;

std::vector<std::string> NamesOf(const PermanentObjects& objects) {
  std::vector<std::string> names;
  for (const auto& [name, databases] : objects.catalogs) names.push_back(name);
  return names;
}

bool IsFunction(ObjectKind kind) {
  return kind == ObjectKind::kFunction;
}

// The first object that is not before one of this name and kind.
Database::const_iterator PlaceOf(const Database& database, const std::string& name,
                                 ObjectKind kind) {
  return std::ranges::lower_bound(database, std::pair(std::string_view(name), IsFunction(kind)), {},
                                  [](const PermanentObjectPtr& object) {
                                    return std::pair(std::string_view(object->name().object),
                                                     IsFunction(object->kind()));
                                  });
}

// Whether the object there has the name, as one of the same kind or another that shares names with
// it.
bool HasName(const Database& database, Database::const_iterator place, const std::string& name,
             ObjectKind kind) {
  return place != database.end() && (*place)->name().object == name &&
         ShareNames((*place)->kind(), kind);
}

ChangedObjects Done(PermanentObjects after) {
  return {ChangeOutcome::kDone, std::make_shared<const PermanentObjects>(std::move(after))};
}

Result<ChangedObjects> Exists(std::string_view what, std::string_view name,
                              const CatalogChange& change) {
  if (change.tolerant) return ChangedObjects{ChangeOutcome::kNothing, nullptr};
  if (change.equal_is_fine) return ChangedObjects{ChangeOutcome::kEqual, nullptr};
  return ExistsAlready(what, name, change.span);
}

Result<ChangedObjects> CreateCatalog(const PermanentObjects& before, const CatalogChange& change) {
  const std::string& name = change.name.catalog;
  if (before.catalogs.contains(name)) return Exists("catalog", name, change);
  PermanentObjects after = before;
  after.catalogs[name][std::string(kDefaultDatabase)] = std::make_shared<const Database>();
  return Done(std::move(after));
}

Result<ChangedObjects> DropCatalog(const PermanentObjects& before, const CatalogChange& change) {
  PermanentObjects after = before;
  if (after.catalogs.erase(change.name.catalog) > 0) return Done(std::move(after));
  if (change.tolerant) return ChangedObjects{};
  return NoSuch("catalog", change.name.catalog, NamesOf(before), change.span);
}

// The databases of the catalog that the change is about.
Result<const PermanentObjects::Databases*> DatabasesFor(const PermanentObjects& before,
                                                        const CatalogChange& change) {
  const auto found = before.catalogs.find(change.name.catalog);
  if (found != before.catalogs.end()) return &found->second;
  return NoSuch("catalog", change.name.catalog, NamesOf(before), change.span);
}

Result<ChangedObjects> CreateDatabase(const PermanentObjects& before, const CatalogChange& change) {
  const auto* databases = TRY(DatabasesFor(before, change));
  if (databases->contains(change.name.database))
    return Exists("database", change.name.database, change);
  PermanentObjects after = before;
  after.catalogs[change.name.catalog][change.name.database] = std::make_shared<const Database>();
  return Done(std::move(after));
}

Status NoSuchDatabase(const PermanentObjects::Databases& databases, const CatalogChange& change) {
  std::vector<std::string> known;
  for (const auto& [name, database] : databases) known.push_back(name);
  return NoSuch("database", change.name.database, known, change.span);
}

Result<ChangedObjects> DropDatabase(const PermanentObjects& before, const CatalogChange& change) {
  const auto* databases = TRY(DatabasesFor(before, change));
  const auto found = databases->find(change.name.database);
  if (found == databases->end()) {
    if (change.tolerant) return ChangedObjects{};
    return NoSuchDatabase(*databases, change);
  }
  if (!change.cascade && !found->second->empty()) return NotEmpty(found->first, change.span);
  PermanentObjects after = before;
  after.catalogs[change.name.catalog].erase(change.name.database);
  return Done(std::move(after));
}

Result<ChangedObjects> CreateObject(const PermanentObjects& before, const CatalogChange& change) {
  const auto* databases = TRY(DatabasesFor(before, change));
  const auto found = databases->find(change.name.database);
  if (found == databases->end()) return NoSuchDatabase(*databases, change);
  const ObjectKind kind = change.object->kind();
  const auto place = PlaceOf(*found->second, change.name.object, kind);
  const bool taken = HasName(*found->second, place, change.name.object, kind);
  const bool replaces = change.kind == Kind::kReplaceObject && taken && (*place)->kind() == kind;
  if (taken && !replaces)
    return Exists(ObjectKindName((*place)->kind()), (*place)->name().Short(), change);
  auto database = std::make_shared<Database>(*found->second);
  const auto at = database->begin() + (place - found->second->begin());
  if (taken) {
    *at = change.object;
  } else {
    database->insert(at, change.object);
  }
  PermanentObjects after = before;
  after.catalogs[change.name.catalog][change.name.database] = std::move(database);
  return Done(std::move(after));
}

Result<ChangedObjects> DropObject(const PermanentObjects& before, const CatalogChange& change) {
  const PermanentObjectPtr there = before.Find(change.name, change.dropped);
  if (!there || there->kind() != change.dropped) {
    if (change.tolerant) return ChangedObjects{};
    return Status::InvalidSql(fmt::format("there is no {} \"{}\"", ObjectKindName(change.dropped),
                                          change.name.Short()))
        .WithId("E2001")
        .WithSpan(change.span);
  }
  PermanentObjects after = before;
  PermanentObjects::DatabasePtr& shared = after.catalogs[change.name.catalog][change.name.database];
  auto database = std::make_shared<Database>(*shared);
  database->erase(std::ranges::find(*database, there));
  shared = std::move(database);
  return Done(std::move(after));
}

}  // namespace

std::string_view ObjectKindName(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kTable:
      return "table";
    case ObjectKind::kView:
      return "view";
    case ObjectKind::kFunction:
      return "function";
  }
  WEIR_UNREACHABLE();
}

bool ShareNames(ObjectKind a, ObjectKind b) {
  return IsFunction(a) == IsFunction(b);
}

ObjectKind CatalogObject::kind() const {
  if (table) return ObjectKind::kTable;
  return view ? ObjectKind::kView : ObjectKind::kFunction;
}

const ObjectName& CatalogObject::name() const {
  if (table) return table->name;
  return view ? view->name : function->name;
}

bool CatalogObject::temporary() const {
  if (table) return table->temporary;
  return view ? view->temporary : function->temporary;
}

ObjectDefinition DefinitionOf(const CatalogObject& object) {
  const ObjectName& name = object.name();
  if (object.table) return {object.table->create_text, name.catalog, name.database};
  if (object.function) {
    const FunctionDefinition& function = *object.function;
    return {function.create_text, function.current_catalog, function.current_database};
  }
  const ViewDefinition& view = *object.view;
  return {view.create_text, view.current_catalog, view.current_database};
}

ObjectDefinition KeptDefinitionOf(const CatalogObject& object) {
  if (!object.table || !object.table->materialized) return DefinitionOf(object);
  const Materialization& made = *object.table->materialized;
  return {made.create_text, made.current_catalog, made.current_database};
}

std::optional<CatalogObject> PermanentObject::known() const {
  const LeafLock lock(mutex_);
  return known_;
}

CatalogObject PermanentObject::Know(CatalogObject object) const {
  const LeafLock lock(mutex_);
  if (!known_) known_ = std::move(object);
  return *known_;
}

PermanentObjectsPtr PermanentObjects::Empty() {
  auto objects = std::make_shared<PermanentObjects>();
  objects->catalogs[std::string(kDefaultCatalog)][std::string(kDefaultDatabase)] =
      std::make_shared<const Database>();
  return objects;
}

const Database* PermanentObjects::Find(const std::string& catalog,
                                       const std::string& database) const {
  const auto databases = catalogs.find(catalog);
  if (databases == catalogs.end()) return nullptr;
  const auto found = databases->second.find(database);
  return found == databases->second.end() ? nullptr : found->second.get();
}

PermanentObjectPtr PermanentObjects::Find(const ObjectName& name, ObjectKind kind) const {
  const Database* database = Find(name.catalog, name.database);
  if (database == nullptr) return nullptr;
  const auto place = PlaceOf(*database, name.object, kind);
  return HasName(*database, place, name.object, kind) ? *place : nullptr;
}

Result<ChangedObjects> Apply(const PermanentObjects& before, const CatalogChange& change) {
  switch (change.kind) {
    case Kind::kCreateCatalog:
      return CreateCatalog(before, change);
    case Kind::kDropCatalog:
      return DropCatalog(before, change);
    case Kind::kCreateDatabase:
      return CreateDatabase(before, change);
    case Kind::kDropDatabase:
      return DropDatabase(before, change);
    case Kind::kCreateObject:
    case Kind::kReplaceObject:
      return CreateObject(before, change);
    case Kind::kDropObject:
      return DropObject(before, change);
  }
  WEIR_UNREACHABLE();
}

Status NoSuch(std::string_view what, std::string_view name, const std::vector<std::string>& known,
              SourceSpan span) {
  return Status::InvalidSql(fmt::format("there is no {} \"{}\"", what, name))
      .WithId("E2014")
      .WithHint(DidYouMean(name, known))
      .WithSpan(span);
}

Status ExistsAlready(std::string_view what, std::string_view name, SourceSpan span) {
  return Status::InvalidSql(fmt::format("there is already a {} \"{}\"", what, name))
      .WithId("E2002")
      .WithSpan(span);
}

Status NotEmpty(std::string_view database, SourceSpan span) {
  return Status::InvalidSql(fmt::format("the database is not empty: \"{}\"", database))
      .WithId("E2015")
      .WithHint("DROP DATABASE … CASCADE drops its tables, views and functions, too")
      .WithSpan(span);
}

}  // namespace weir::catalog
