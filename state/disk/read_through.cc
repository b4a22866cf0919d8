#include "state/disk/read_through.h"

#include <memory>

#include "state/disk/rocksdb_database.h"
#include "state/disk/rocksdb_file_system.h"
#include "state/files/database_files.h"

namespace weir::state {
namespace {

// A lookup bisects the places where keys are written whole, which are every so many.
constexpr size_t kKeysBetweenLookups = 16;

Status ReadFamily(Database& database, rocksdb::ColumnFamilyHandle* family) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> all(database.db().NewIterator(options, family));
  const std::unique_ptr<rocksdb::Iterator> one(database.db().NewIterator(options, family));
  std::string value;
  size_t number = 0;
  for (all->SeekToFirst(); all->Valid(); all->Next()) {
    if (number++ % kKeysBetweenLookups != 0) continue;
    one->Seek(all->key());
    RETURN_IF_ERROR(FromRocksDb(database.db().Get(options, family, all->key(), &value),
                                "looking up a key of " + family->GetName()));
  }
  RETURN_IF_ERROR(FromRocksDb(one->status(), "looking up a key of " + family->GetName()));
  return FromRocksDb(all->status(), "reading " + family->GetName());
}

}  // namespace

Status ReadThrough(FileSystem& files, const CheckpointMetadata& metadata,
                   const std::string& scratch) {
  RETURN_IF_ERROR(files.CreateDirectories(scratch));
  const std::unique_ptr<HeldDirectory> held = TRY(files.Hold(metadata.directory));
  for (const StateFile& file : metadata.files) {
    if (!IsOutput(file)) RETURN_IF_ERROR(PlaceDatabaseFile(*held, file, files, scratch).status());
  }
  const Database::Pointer database = TRY(Database::Open(files, scratch, Compression::kNone));
  for (rocksdb::ColumnFamilyHandle* family : database->Families())
    RETURN_IF_ERROR(ReadFamily(*database, family));
  return {};
}

}  // namespace weir::state
