// The permanent objects of a data directory, in files (state/FORMAT.md, "Catalog"):
//
//   weir-data/catalog/<catalog>/<database>/<name>.table   one object each (definition_file.h)
//   weir-data/catalog/<catalog>/<database>/<name>.view
//   weir-data/catalog/<catalog>/<database>/<name>.function
//   ….tmp, ….removed                                       what a change that was cut short left
//
// Each change takes effect by one rename or removal, so that after a crash it has happened or not.
#pragma once

#include <string>
#include <vector>

#include "planner/catalog/permanent_objects.h"
#include "runtime/file_system.h"
#include "runtime/mutex.h"
#include "shell/engine/jobs/data_directory.h"

namespace weir::shell {

// Thread-safe; for all sessions of an engine. Names are listed when they are first asked for, and
// definitions read one by one when they are used: a damaged one keeps nobody from the others.
//
// Only the process that has the data directory attached changes anything, and the first change
// attaches it. Any other lists anew whenever it is asked, so that it sees what the owner has
// changed.
class DurableCatalog final : public catalog::ObjectStore {
 public:
  // Both outlive it.
  DurableCatalog(FileSystem& files, const DataDirectory& directory);

  // Where there is no data directory, only the database that sessions begin in; the directory is
  // not created.
  Result<catalog::PermanentObjectsPtr> Objects() override;
  // E4003 when another process has the data directory; E2015 for a name or a definition that is too
  // long.
  Result<catalog::ChangeOutcome> Change(const catalog::CatalogChange& change) override;
  // kCorruption E7001 with the path of the file when it is damaged; E2001 when it was dropped
  // meanwhile.
  Result<catalog::CatalogObject> Read(const catalog::PermanentObject& object,
                                      const catalog::Catalog& catalog) override;

 private:
  Status List() WEIR_REQUIRES(mutex_);
  Status Own() WEIR_REQUIRES(mutex_);
  Status Sweep();
  bool IsKept(const catalog::CatalogChange& change) const WEIR_REQUIRES(mutex_);
  Result<catalog::ObjectDefinition> ReadDefinition(const catalog::ObjectName& name,
                                                   catalog::ObjectKind kind) const;
  Status Write(const catalog::CatalogChange& change);
  Status WriteObject(const catalog::PermanentObject& object);
  Status CreateCatalog(const std::string& name);
  Status RemoveDirectory(const std::string& parent, const std::string& name);
  std::string CatalogPath(const std::string& catalog) const;
  std::string DatabasePath(const std::string& catalog, const std::string& database) const;
  std::string FilePath(const catalog::ObjectName& name, catalog::ObjectKind kind) const;
  // The error for a definition that cannot be used: it names the file, and says what to do.
  Status Unusable(const catalog::PermanentObject& object, const Status& why) const;

  FileSystem& files_;
  const DataDirectory& directory_;
  const std::string root_;
  Mutex mutex_;  // also held while files are changed
  // The names at the last listing, with the changes since; null when they must be listed again.
  catalog::PermanentObjectsPtr objects_ WEIR_GUARDED_BY(mutex_);
  bool owned_ WEIR_GUARDED_BY(mutex_) = false;  // nobody else has changed it since
  bool swept_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::shell
