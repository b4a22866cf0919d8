// The one RocksDB database of a job: opened in a working directory and filled by ingestion only,
// without WAL and memtable.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/memory_reserve.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "runtime/mutex.h"
#include "state/disk/compression.h"
#include "state/files/written_sums.h"
#include "state/table/records.h"

namespace weir::state {

// Only ingestion is used because the changes of an epoch are sorted here and become visible all at
// once, while RocksDB does the compaction, and nothing is written to a log first (RocksDB's wiki,
// "Creating and Ingesting SST files"). All its files are hard-linked or written below `directory`.
// Failures are kExternal, or kCorruption where RocksDB reports it. Thread-safe.
class Database {
 public:
  // Closes the database, except when an exception passed through RocksDB: then it is leaked,
  // because RocksDB aborts when it is closed while references exist that such an exception made it
  // forget.
  struct Close {
    void operator()(Database* database) const;
  };
  using Pointer = std::unique_ptr<Database, Close>;

  // Must exist around every use of RocksDB.
  class Use {
   public:
    explicit Use(Database& database)
        : database_(database), exceptions_(std::uncaught_exceptions()) {}
    ~Use() {
      if (std::uncaught_exceptions() > exceptions_) database_.broken_.store(true);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Database& database_;
    const int exceptions_;
    WithMemoryReserve reserve_;
  };

  // Opens the database in `directory`, or creates an empty one there.
  static Result<Pointer> Open(FileSystem& files, std::string directory, Compression compression);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // The column family of this name, created when absent. Valid as long as the database.
  Result<rocksdb::ColumnFamilyHandle*> Family(const std::string& name);
  // All column families; valid as long as the database.
  std::vector<rocksdb::ColumnFamilyHandle*> Families();
  // The family of records that are not rows.
  rocksdb::ColumnFamilyHandle* bookkeeping() const { return bookkeeping_; }
  // For reading only; every change goes through this class.
  rocksdb::DB& db() { return *db_; }
  const rocksdb::Options& options() const { return options_; }
  const std::string& directory() const { return directory_; }
  // Size and checksum of a file of the database, computed while it was written. Nothing for files
  // that existed before the database was opened.
  std::optional<FileDigest> SumOf(const std::string& name) const {
    return sums_.Find(directory_ + "/" + name);
  }

  // A file next to the database that is written record by record in ascending order of keys and not
  // synced. It is removed unless it is finished. Used by one thread.
  class SortedFile {
   public:
    SortedFile(Database& database, rocksdb::ColumnFamilyHandle* family);
    ~SortedFile();
    SortedFile(const SortedFile&) = delete;
    SortedFile& operator=(const SortedFile&) = delete;

    Status Put(std::string_view key, std::string_view value);
    Status Delete(std::string_view key);
    Status DeleteRange(const KeyRange& range);
    // Whether nothing was written yet.
    bool empty() const { return writer_ == nullptr; }
    // Completes the file and returns its path. REQUIRES: !empty().
    Result<std::string> Finish();

   private:
    // Runs `write`; the first call creates the file.
    template <typename F>
    Status Do(F&& write);

    Database& database_;
    rocksdb::ColumnFamilyHandle* const family_;
    std::string path_;
    std::unique_ptr<rocksdb::SstFileWriter> writer_;
  };

  // Writes a sorted file of records and range deletions next to the database, which is not synced.
  // REQUIRES: there is at least one of either; no key is in two sets.
  Result<std::string> WriteFile(rocksdb::ColumnFamilyHandle* family,
                                std::span<const RecordSet* const> records,
                                std::span<const KeyRange> drops);
  Result<std::string> WriteFile(rocksdb::ColumnFamilyHandle* family, const RecordSet& records,
                                std::span<const KeyRange> drops) {
    const RecordSet* one = &records;
    return WriteFile(family, {&one, records.size() > 0 ? 1U : 0U}, drops);
  }

  // Files of one family, oldest first: for equal keys the later file wins.
  struct FamilyFiles {
    rocksdb::ColumnFamilyHandle* family;
    std::vector<std::string> paths;
  };
  // Moves all files into the database at once, on top of everything in it. After a failure it is
  // unchanged, and the next call starts afresh.
  Status Ingest(const std::vector<FamilyFiles>& files);

  // Renames and copies column families, all at once (so they may be swapped), and drops those that
  // are not named. REQUIRES: nobody holds a handle, except that of the bookkeeping.
  Status Move(const std::vector<StateMove>& moves);

  // Calls `use` with the names of the database's files ("/000012.sst") and the number of bytes of
  // the manifest that count; meanwhile none of the files is deleted. Exempt from analysis: `use`
  // may need a lock that its creator holds.
  template <typename F>
  Status WithLiveFiles(F&& use) WEIR_NO_THREAD_SAFETY_ANALYSIS {
    RETURN_IF_ERROR(Pin());
    std::vector<std::string> names;
    uint64_t manifest_bytes = 0;
    Status status = LiveFiles(names, manifest_bytes);
    if (status.ok()) status = use(names, manifest_bytes);
    Status unpinned = Unpin();
    return status.ok() ? std::move(unpinned) : std::move(status);
  }

 private:
  Database(FileSystem& files, std::string directory, Compression compression);
  Status OpenExisting();
  // REQUIRED around LiveFiles: files that compaction makes superfluous are kept until Unpin
  // (RocksDB's DisableFileDeletions and its counterpart).
  Status Pin();
  Status Unpin();
  Status LiveFiles(std::vector<std::string>& names, uint64_t& manifest_bytes);

  FileSystem& files_;
  const std::string directory_;
  std::atomic<bool> broken_{false};    // an exception passed through RocksDB
  Database* next_left_ = nullptr;      // list of those that were leaked
  std::atomic<int> failed_writes_{0};  // of the manifest, since the last Ingest; outlives db_
  WrittenSums sums_;
  std::unique_ptr<rocksdb::Env> env_;
  rocksdb::Options options_;
  std::unique_ptr<rocksdb::DB> db_;
  Mutex mutex_;
  rocksdb::ColumnFamilyHandle* bookkeeping_ = nullptr;  // set when it is opened
  // The column families by name; "" is the bookkeeping.
  std::map<std::string, rocksdb::ColumnFamilyHandle*> handles_ WEIR_GUARDED_BY(mutex_);
  uint64_t next_file_ WEIR_GUARDED_BY(mutex_) = 1;
};

}  // namespace weir::state
