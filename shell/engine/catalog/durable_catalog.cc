#include "shell/engine/catalog/durable_catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/bind.h"
#include "planner/bind/materialized_table.h"
#include "planner/catalog/catalog.h"
#include "planner/parse/parse.h"
#include "runtime/base/check.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "shell/engine/catalog/definition_file.h"

namespace weir::shell {
namespace {

using catalog::CatalogChange;
using catalog::CatalogObject;
using catalog::ChangeOutcome;
using catalog::ObjectKind;
using catalog::ObjectName;
using catalog::PermanentObject;
using catalog::PermanentObjects;
using catalog::PermanentObjectsPtr;
using Kind = CatalogChange::Kind;

constexpr std::string_view kUnfinished = ".tmp";  // as WriteFileAtomically names it
constexpr std::string_view kRemoved = ".removed";

std::string_view LastStep(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// No files if the directory does not exist, or was removed just now.
Result<std::vector<FileInfo>> ListIfThere(FileSystem& files, const std::string& directory) {
  Result<std::vector<FileInfo>> listed = files.List(directory);
  if (!listed.ok() && listed.status().code() == StatusCode::kNotFound)
    return std::vector<FileInfo>();
  return listed;
}

struct NamedDirectory {
  std::string name;
  std::string path;
};
// The directories that stand for catalogs or databases.
Result<std::vector<NamedDirectory>> DirectoriesIn(FileSystem& files, const std::string& parent) {
  std::vector<NamedDirectory> found;
  for (FileInfo& entry : TRY(ListIfThere(files, parent))) {
    std::optional<std::string> name = UnescapeName(LastStep(entry.path));
    if (entry.is_directory && name) found.push_back({*std::move(name), std::move(entry.path)});
  }
  return found;
}

Result<PermanentObjects::DatabasePtr> ObjectsIn(FileSystem& files, const std::string& directory,
                                                const ObjectName& place) {
  auto objects = std::make_shared<PermanentObjects::Database>();
  for (const FileInfo& entry : TRY(ListIfThere(files, directory))) {
    std::optional<ObjectInFile> object = ParseDefinitionFileName(LastStep(entry.path));
    if (!object) continue;
    objects->push_back(std::make_shared<const PermanentObject>(
        ObjectName{place.catalog, place.database, std::move(object->name)}, object->kind));
  }
  // The files are listed in the order of the escaped names, which may differ.
  std::ranges::sort(*objects, {}, [](const catalog::PermanentObjectPtr& object) {
    return std::pair(std::string_view(object->name().object), object->kind());
  });
  return PermanentObjects::DatabasePtr(std::move(objects));
}

Status CheckFits(const CatalogChange& change) {
  const ObjectName& name = change.name;
  switch (change.kind) {
    case Kind::kCreateCatalog:
      return CheckNameFits("catalog", name.catalog, EscapeName(name.catalog), change.span);
    case Kind::kCreateDatabase:
      return CheckNameFits("database", name.database, EscapeName(name.database), change.span);
    case Kind::kCreateObject:
    case Kind::kReplaceObject: {
      const ObjectKind kind = change.object->kind();
      return CheckNameFits(ObjectKindName(kind), name.object, DefinitionFileName(name.object, kind),
                           change.span);
    }
    case Kind::kDropCatalog:
    case Kind::kDropDatabase:
    case Kind::kDropObject:
      return {};
  }
  WEIR_UNREACHABLE();
}

// Adds what to do about a name that is taken: the CREATE that took it may be from a session long
// ago, which the user does not remember.
Status WithWayOn(Status failure, const CatalogChange& change) {
  if (failure.id() != "E2002" || !change.object) return failure;
  const std::string kind = ToUpper(ObjectKindName(change.object->kind()));
  return std::move(failure).WithHint(fmt::format(
      "it is kept since an earlier CREATE and has another definition: SHOW {1} and "
      "SHOW CREATE {0} show it, CREATE OR REPLACE {0} puts this one in its place",
      kind, change.object->kind() == ObjectKind::kFunction ? "USER FUNCTIONS" : "TABLES"));
}

// Binds the CREATE that was kept. Errors lose their spans: these point into that statement, and not
// into the one that uses the object.
Result<CatalogObject> Define(const catalog::ObjectDefinition& definition,
                             const catalog::Catalog& catalog) {
  const ast::StatementPtr statement = TRY(parse::ParseStatement(definition.create));
  const catalog::Catalog there =
      catalog.WithCurrent(definition.current_catalog, definition.current_database);
  if (const auto* table = statement->As<ast::CreateTable>())
    return CatalogObject{TRY(bind::BindCreateTable(*table, definition.create, there)), nullptr};
  if (const auto* table = statement->As<ast::CreateMaterializedTable>())
    return CatalogObject{TRY(bind::BindMaterializedTable(*table, there)), nullptr};
  if (const auto* view = statement->As<ast::CreateView>())
    return CatalogObject{nullptr, TRY(bind::DefineView(*view, definition.create, there))};
  if (const auto* function = statement->As<ast::CreateFunction>()) {
    return CatalogObject{nullptr, nullptr,
                         TRY(bind::DefineFunction(*function, definition.create, there))};
  }
  return Status::Corruption("it defines neither a table nor a view nor a function").WithId("E7001");
}

}  // namespace

DurableCatalog::DurableCatalog(FileSystem& files, const DataDirectory& directory)
    : files_(files), directory_(directory), root_(JoinPath(directory.path(), "catalog")) {}

std::string DurableCatalog::CatalogPath(const std::string& catalog) const {
  return JoinPath(root_, EscapeName(catalog));
}

std::string DurableCatalog::DatabasePath(const std::string& catalog,
                                         const std::string& database) const {
  return JoinPath(CatalogPath(catalog), EscapeName(database));
}

std::string DurableCatalog::FilePath(const ObjectName& name, ObjectKind kind) const {
  return JoinPath(DatabasePath(name.catalog, name.database), DefinitionFileName(name.object, kind));
}

Status DurableCatalog::List() {
  auto objects = std::make_shared<PermanentObjects>(*PermanentObjects::Empty());
  for (const NamedDirectory& catalog : TRY(DirectoriesIn(files_, root_))) {
    PermanentObjects::Databases& databases = objects->catalogs[catalog.name];
    for (const NamedDirectory& database : TRY(DirectoriesIn(files_, catalog.path))) {
      databases[database.name] =
          TRY(ObjectsIn(files_, database.path, {catalog.name, database.name, ""}));
    }
  }
  objects_ = std::move(objects);
  return {};
}

Result<PermanentObjectsPtr> DurableCatalog::Objects() {
  const MutexLock lock(mutex_);
  // Asked before the listing, not after it: if this process took the directory in between, another
  // one may still have changed what was listed.
  const bool attached = directory_.Attached();
  if (!objects_ || !owned_) {
    RETURN_IF_ERROR(List());
    owned_ = attached;
  }
  return objects_;
}

// Takes the directory, after which only this process changes the files.
Status DurableCatalog::Own() {
  if (Status attached = directory_.Attach(); !attached.ok()) {
    const std::string hint = attached.hint() + (attached.hint().empty() ? "" : "; ");
    return std::move(attached).WithHint(
        hint + "CREATE TEMPORARY … and --no-catalog keep nothing in the data directory");
  }
  if (!objects_ || !owned_) RETURN_IF_ERROR(List());
  owned_ = true;
  if (!swept_) RETURN_IF_ERROR(Sweep());
  swept_ = true;
  return {};
}

// Removes what changes that were cut short left.
Status DurableCatalog::Sweep() {
  std::vector<std::string> directories = {root_};
  for (const NamedDirectory& catalog : TRY(DirectoriesIn(files_, root_))) {
    directories.push_back(catalog.path);
    for (const NamedDirectory& database : TRY(DirectoriesIn(files_, catalog.path)))
      directories.push_back(database.path);
  }
  for (const std::string& directory : directories) {
    for (const FileInfo& entry : TRY(ListIfThere(files_, directory))) {
      if (!entry.path.ends_with(kUnfinished) && !entry.path.ends_with(kRemoved)) continue;
      RETURN_IF_ERROR(entry.is_directory ? files_.RemoveRecursively(entry.path)
                                         : files_.Remove(entry.path));
    }
  }
  return {};
}

Result<ChangeOutcome> DurableCatalog::Change(const CatalogChange& change) {
  const MutexLock lock(mutex_);
  RETURN_IF_ERROR(CheckFits(change));
  RETURN_IF_ERROR(Own());
  if (IsKept(change)) return ChangeOutcome::kEqual;
  Result<catalog::ChangedObjects> applied = Apply(*objects_, change);
  if (!applied.ok()) return WithWayOn(std::move(applied).status(), change);
  catalog::ChangedObjects& changed = *applied;
  if (!changed.after) return changed.outcome;
  // If Write fails, only the disk knows whether the change was made: the next use lists it anew.
  objects_ = nullptr;
  if (Status written = Write(change); !written.ok())
    return std::move(written).WithSpan(change.span);
  objects_ = std::move(changed.after);
  return changed.outcome;
}

// Whether the change creates an object that is there already with exactly the same definition. An
// object that cannot be read counts as different.
bool DurableCatalog::IsKept(const CatalogChange& change) const {
  if (!change.object || change.tolerant) return false;
  const catalog::PermanentObjectPtr there = objects_->Find(change.name, change.object->kind());
  if (!there || there->kind() != change.object->kind()) return false;
  const std::optional<CatalogObject> known = there->known();
  const Result<catalog::ObjectDefinition> definition =
      known ? Result<catalog::ObjectDefinition>(KeptDefinitionOf(*known))
            : ReadDefinition(there->name(), there->kind());
  return definition.ok() && *definition == KeptDefinitionOf(*change.object->known());
}

Status DurableCatalog::Write(const CatalogChange& change) {
  const ObjectName& name = change.name;
  switch (change.kind) {
    case Kind::kCreateCatalog:
      return CreateCatalog(name.catalog);
    case Kind::kDropCatalog:
      return RemoveDirectory(root_, EscapeName(name.catalog));
    case Kind::kCreateDatabase:
      return files_.CreateDirectories(DatabasePath(name.catalog, name.database));
    case Kind::kDropDatabase:
      return RemoveDirectory(CatalogPath(name.catalog), EscapeName(name.database));
    case Kind::kCreateObject:
    case Kind::kReplaceObject:
      return WriteObject(*change.object);
    case Kind::kDropObject:
      RETURN_IF_ERROR(files_.Remove(FilePath(name, change.dropped)));
      return files_.SyncDirectory(DatabasePath(name.catalog, name.database));
  }
  WEIR_UNREACHABLE();
}

Status DurableCatalog::WriteObject(const PermanentObject& object) {
  const std::string bytes = EncodeDefinition(KeptDefinitionOf(*object.known()));
  if (bytes.size() > kMostDefinitionBytes) {
    return Status::InvalidSql(fmt::format("the {} is too long to be kept: {} bytes, {} at most",
                                          ObjectKindName(object.kind()), bytes.size(),
                                          kMostDefinitionBytes))
        .WithId("E2015")
        .WithHint("CREATE TEMPORARY …");
  }
  const ObjectName& name = object.name();
  RETURN_IF_ERROR(files_.CreateDirectories(DatabasePath(name.catalog, name.database)));
  return WriteFileAtomically(files_, FilePath(name, object.kind()), bytes);
}

// Creates the catalog with its default database by a single rename, since no catalog may be seen
// without it.
Status DurableCatalog::CreateCatalog(const std::string& name) {
  const std::string path = CatalogPath(name);
  const std::string unfinished = path + std::string(kUnfinished);
  RETURN_IF_ERROR(files_.RemoveRecursively(unfinished));
  RETURN_IF_ERROR(
      files_.CreateDirectories(JoinPath(unfinished, EscapeName(catalog::kDefaultDatabase))));
  RETURN_IF_ERROR(files_.Rename(unfinished, path));
  return files_.SyncDirectory(root_);
}

Status DurableCatalog::RemoveDirectory(const std::string& parent, const std::string& name) {
  const std::string path = JoinPath(parent, name);
  const std::string removed = path + std::string(kRemoved);
  RETURN_IF_ERROR(files_.RemoveRecursively(removed));
  RETURN_IF_ERROR(files_.Rename(path, removed));
  RETURN_IF_ERROR(files_.SyncDirectory(parent));
  // The rename has dropped it. If the files cannot be removed now, Sweep does it later.
  (void)files_.RemoveRecursively(removed);
  return {};
}

Result<catalog::ObjectDefinition> DurableCatalog::ReadDefinition(const ObjectName& name,
                                                                 ObjectKind kind) const {
  const std::unique_ptr<HeldDirectory> held = TRY(files_.Hold(root_));
  const std::string path = FilePath(name, kind).substr(root_.size() + 1);
  return DecodeDefinition(TRY(ReadFile(*held, path, kMostDefinitionBytes)));
}

Result<CatalogObject> DurableCatalog::Read(const PermanentObject& object,
                                           const catalog::Catalog& catalog) {
  const ObjectName& name = object.name();
  const Result<catalog::ObjectDefinition> definition = ReadDefinition(name, object.kind());
  if (!definition.ok()) return Unusable(object, definition.status());
  Result<CatalogObject> defined = Define(*definition, catalog);
  if (!defined.ok()) return Unusable(object, defined.status());
  const bool as_named =
      defined->name() == name && !defined->temporary() && defined->kind() == object.kind();
  if (!as_named) {
    return Unusable(object,
                    Status::Corruption(fmt::format("it defines {}, and not what it is called by",
                                                   defined->name().Quoted()))
                        .WithId("E7001"));
  }
  return object.Know(*std::move(defined));
}

Status DurableCatalog::Unusable(const PermanentObject& object, const Status& why) const {
  const std::string_view kind = ObjectKindName(object.kind());
  if (why.code() == StatusCode::kNotFound) {
    return Status::InvalidSql(
               fmt::format("the {} \"{}\" was dropped meanwhile", kind, object.name().Short()))
        .WithId("E2001");
  }
  // The span is left out: it points into the stored statement.
  return Status(why.code(), why.message())
      .WithId(why.id())
      .WithContext(fmt::format("the {} \"{}\" cannot be used: '{}'", kind, object.name().Short(),
                               FilePath(object.name(), object.kind())))
      .WithHint(fmt::format(
          "{}{}everything else can be used; DROP {} {}; removes it, CREATE OR REPLACE puts another "
          "in its place",
          why.hint(), why.hint().empty() ? "" : "; ", ToUpper(kind), object.name().Quoted()));
}

}  // namespace weir::shell
