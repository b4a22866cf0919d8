#include "state/disk/read_through.h"

#include <rocksdb/utilities/debug.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "state/disk/rocksdb_database.h"
#include "state/disk/rocksdb_file_system.h"
#include "state/files/database_files.h"
#include "state/files/inlined_files.h"

namespace weir::state {
namespace {

// The number of entries read at a time. All of them are in memory with their values; each is
// sought, and the last is looked up.
constexpr size_t kEntries = 16;

// Reads every entry of the tables, also tombstones and what they hide: iterators do not return
// these, but bisect their blocks all the same. A seek bisects the restart points of a block, where
// keys are written whole. One comes every few keys, counted from the beginning of the block, so
// that only seeking every key reaches all of them. A lookup takes the same way behind the filter.
Status ReadFamily(Database& database, rocksdb::ColumnFamilyHandle* family) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> one(database.db().NewIterator(options, family));
  const std::string what = "reading " + family->GetName();
  std::string from, value;
  std::vector<rocksdb::KeyVersion> entries;
  do {
    entries.clear();
    RETURN_IF_ERROR(FromRocksDb(
        rocksdb::GetAllKeyVersions(&database.db(), family, from, {}, kEntries, &entries), what));
    for (const rocksdb::KeyVersion& entry : entries) {
      one->Seek(entry.user_key);
      RETURN_IF_ERROR(FromRocksDb(one->status(), what));
    }
    if (entries.empty()) break;
    from = entries.back().user_key;
    const rocksdb::Status found = database.db().Get(options, family, from, &value);
    if (!found.IsNotFound()) RETURN_IF_ERROR(FromRocksDb(found, what));
    from += '\0';
  } while (entries.size() == kEntries);
  one->Seek({});
  return FromRocksDb(one->status(), what);
}

// Whoever reads the rows under a key seeks their common prefix, which is itself no key, and goes on
// from there. Whatever the restart points of a block say, that must be the row that comes next when
// all are read in order.
Status SeekBeginnings(Database& database, rocksdb::ColumnFamilyHandle* family) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> all(database.db().NewIterator(options, family));
  const std::unique_ptr<rocksdb::Iterator> one(database.db().NewIterator(options, family));
  const std::string what = "reading " + family->GetName();
  std::string before, key;
  for (all->SeekToFirst(); all->Valid(); all->Next()) {
    key = all->key().ToString();
    const auto differs = std::ranges::mismatch(before, key).in2;
    one->Seek({key.data(), static_cast<size_t>(differs - key.begin()) + 1});
    const bool found = one->Valid() && one->key() == key;
    if (found) one->Next();
    RETURN_IF_ERROR(FromRocksDb(one->status(), what));
    if (!found)
      return Status::Corruption(what + ": a row is not where it is sought").WithId("E7001");
    before.swap(key);
  }
  return FromRocksDb(all->status(), what);
}

}  // namespace

Status ReadThrough(FileSystem& files, const CheckpointMetadata& metadata,
                   const std::string& scratch) {
  RETURN_IF_ERROR(files.CreateDirectories(scratch));
  const std::unique_ptr<HeldDirectory> held =
      TRY(HoldFiles(files, metadata.directory, metadata.inlined));
  for (const StateFile& file : metadata.files) {
    if (IsOfBackend(file)) RETURN_IF_ERROR(PlaceDatabaseFile(*held, file, files, scratch).status());
  }
  const Database::Pointer database = TRY(Database::Open(files, scratch, Compression::kNone));
  for (rocksdb::ColumnFamilyHandle* family : database->Families()) {
    RETURN_IF_ERROR(ReadFamily(*database, family));
    RETURN_IF_ERROR(SeekBeginnings(*database, family));
  }
  return {};
}

}  // namespace weir::state
