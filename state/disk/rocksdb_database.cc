#include "state/disk/rocksdb_database.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>

#include <algorithm>
#include <cstdarg>

#include "runtime/base/check.h"
#include "runtime/fault_point.h"
#include "state/disk/rocksdb_file_system.h"
#include "state/disk/sorted_records.h"

namespace weir::state {
namespace {

constexpr size_t kBlockCacheBytes = 64 << 20;  // of all databases of the process together
// Only a few parts, so that a file's filter fits into one together with others. With RocksDB's 64
// parts of 1 MiB each, a filter was read and verified again for every lookup.
constexpr int kBlockCacheShardBits = 2;
constexpr double kBloomBitsPerKey = 10;
constexpr int64_t kCompactionBytesPerSecond = 64 << 20;
// Manifests are copied into every checkpoint and must stay small.
constexpr uint64_t kGreatestManifest = 64 << 10;

// Whether RocksDB stops all deletion of files after a failed write of its manifest, until it is
// told to go on. From 8.10 on it keeps only the files that the failed manifest may name; to enable
// deletions once more would then end a Pin.
constexpr bool kFailedManifestStopsDeletions =
    ROCKSDB_MAJOR < 8 || (ROCKSDB_MAJOR == 8 && ROCKSDB_MINOR < 10);

// Once for each DisableFileDeletions. RocksDB 9 knows no more to do it for all of them, which
// `false` forbade.
template <typename Db>
rocksdb::Status EnableFileDeletions(Db& db) {
  if constexpr (requires { db.EnableFileDeletions(false); }) {
    return db.EnableFileDeletions(false);
  } else {
    return db.EnableFileDeletions();
  }
}

class Silence final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// Keeps a full disk from stopping the database for good, which DB::Resume of RocksDB 7.8 cannot
// mend (it leaves is_db_stopped_ set): what failed returned its error, and the next write of the
// manifest begins a new file with the state in memory. The files that the failed manifest may name
// matter to nobody, for a job never opens the working directory of an earlier process. Corruption
// still stops it.
class Forgive final : public rocksdb::EventListener {
 public:
  explicit Forgive(std::atomic<int>& failed_writes) : failed_writes_(failed_writes) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override {
    if (!error->IsIOError()) return;
    const bool of_manifest = reason == rocksdb::BackgroundErrorReason::kManifestWrite ||
                             reason == rocksdb::BackgroundErrorReason::kManifestWriteNoWAL;
    if (of_manifest && kFailedManifestStopsDeletions) ++failed_writes_;
    *error = rocksdb::Status::OK();
  }

 private:
  std::atomic<int>& failed_writes_;
};

rocksdb::CompressionType TypeOf(Compression compression) {
  switch (compression) {
    case Compression::kLz4: {
      const auto supported = rocksdb::GetSupportedCompressions();
      const bool lz4 = std::ranges::find(supported, rocksdb::kLZ4Compression) != supported.end();
      return lz4 ? rocksdb::kLZ4Compression : rocksdb::kNoCompression;
    }
    case Compression::kNone:
      return rocksdb::kNoCompression;
    case Compression::kSnappy:
      return rocksdb::kSnappyCompression;
    case Compression::kZstd:
      return rocksdb::kZSTD;
  }
  WEIR_UNREACHABLE();
}

// Shared by all jobs: with a cache of its own for each, their sum would have no limit.
const std::shared_ptr<rocksdb::Cache>& BlockCache() {
  static const std::shared_ptr<rocksdb::Cache> cache =
      rocksdb::NewLRUCache(kBlockCacheBytes, kBlockCacheShardBits);
  return cache;
}

// The defaults, constructed once: they contain a cache, whose construction in RocksDB is not safe
// when memory runs out.
const rocksdb::Options& DefaultOptions() {
  static const rocksdb::Options options;
  return options;
}

rocksdb::Options MakeOptions(rocksdb::Env* env, Compression compression) {
  rocksdb::Options options = DefaultOptions();
  options.env = env;
  options.create_if_missing = true;
  options.info_log = std::make_shared<Silence>();
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.max_file_opening_threads = 1;  // it opens files on threads outside of any fence
  options.max_background_jobs = 2;       // one flush (never used), one compaction
  options.max_manifest_file_size = kGreatestManifest;
  options.avoid_flush_during_shutdown = true;
  options.write_buffer_size = 1 << 20;  // memtables stay empty
  options.compression = TypeOf(compression);
  // Epochs arrive as files of level 0. Compaction must keep up without ever delaying an ingestion.
  options.level0_file_num_compaction_trigger = 8;
  options.level0_slowdown_writes_trigger = 1 << 20;
  options.level0_stop_writes_trigger = 1 << 20;
  options.target_file_size_base = 32 << 20;
  // Rows are read from here only if they are not in memory, so rewriting them costs more than
  // reading past some: sorted runs are merged when there are many, or when they hold twice the
  // bytes of the last one (RocksDB's wiki, "Universal Compaction").
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.compaction_options_universal.max_size_amplification_percent = 100;
  options.rate_limiter.reset(rocksdb::NewGenericRateLimiter(kCompactionBytesPerSecond));
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = BlockCache();
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

Compression CompressionNamed(std::string_view name) {
  if (name == "none") return Compression::kNone;
  if (name == "snappy") return Compression::kSnappy;
  if (name == "zstd") return Compression::kZstd;
  return Compression::kLz4;
}

Database::Database(FileSystem& files, std::string directory, Compression compression)
    : files_(files),
      directory_(std::move(directory)),
      env_(MakeRocksDbEnvironment(files, directory_, sums_)),
      options_(MakeOptions(env_.get(), compression)) {
  options_.listeners.push_back(std::make_shared<Forgive>(failed_writes_));
}

void Database::Close::operator()(Database* database) const {
  const WithMemoryReserve reserve;
  if (!database->broken_.load()) {
    delete database;
    return;
  }
  // Kept in a list, so that leak checkers find it reachable.
  static std::atomic<Database*> left{nullptr};
  database->next_left_ = left.load();
  while (!left.compare_exchange_weak(database->next_left_, database)) {
  }
}

Database::~Database() {
  if (db_ == nullptr) return;
  // Compactions must end before their column families go.
  rocksdb::CancelAllBackgroundWork(db_.get(), true);
  for (const auto& [name, handle] : handles_) {
    db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
}

Result<Database::Pointer> Database::Open(FileSystem& files, std::string directory,
                                         Compression compression) {
  Pointer database(new Database(files, std::move(directory), compression));
  RETURN_IF_ERROR(files.CreateDirectories(JoinPath(database->directory_, "incoming")));
  RETURN_IF_ERROR(database->OpenExisting());
  return database;
}

namespace {

// While a database is opened, RocksDB reports files that cannot be opened as invalid arguments of
// ours. But whatever prevents opening comes from outside.
Status Opened(const rocksdb::Status& status, const std::string& what) {
  Status opened = FromRocksDb(status, what);
  if (opened.code() != StatusCode::kInternal) return opened;
  return Status::External(opened.message()).WithId("E4001");
}

}  // namespace

Status Database::OpenExisting() {
  const Use use(*this);
  std::vector<std::string> names;
  if (files_.Stat(JoinPath(directory_, "CURRENT")).ok()) {
    RETURN_IF_ERROR(Opened(rocksdb::DB::ListColumnFamilies(options_, directory_, &names),
                           "reading the manifest in " + directory_));
  } else {
    names.push_back(rocksdb::kDefaultColumnFamilyName);
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, options_);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  RETURN_IF_ERROR(Opened(rocksdb::DB::Open(options_, directory_, families, &handles, &db),
                         "opening the database in " + directory_));
  db_.reset(db);
  const MutexLock lock(mutex_);
  for (size_t i = 0; i < names.size(); ++i) {
    handles_[names[i] == rocksdb::kDefaultColumnFamilyName ? "" : names[i]] = handles[i];
  }
  // The bookkeeping is the default family, "" in handles_, which sorts first.
  bookkeeping_ = handles_.begin()->second;
  return {};
}

Result<rocksdb::ColumnFamilyHandle*> Database::Family(const std::string& name) {
  const Use use(*this);
  const MutexLock lock(mutex_);
  const auto known = handles_.find(name);
  if (known != handles_.end()) return known->second;
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  const rocksdb::Status created = db_->CreateColumnFamily(options_, name, &handle);
  // Made in spite of a failure where only the file of options could not be written.
  if (handle != nullptr) handles_[name] = handle;
  RETURN_IF_ERROR(FromRocksDb(created, "creating the column family " + name));
  return handle;
}

std::vector<rocksdb::ColumnFamilyHandle*> Database::Families() {
  const MutexLock lock(mutex_);
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  for (const auto& [name, handle] : handles_) families.push_back(handle);
  return families;
}

namespace {

Status WriteAll(std::span<const RecordSet* const> records, std::span<const KeyRange> drops,
                Database::SortedFile& file) {
  for (const KeyRange& range : drops) RETURN_IF_ERROR(file.DeleteRange(range));
  const bool tombstones_lost = DefectPlanted("tombstones-lost");
  return ForEachSorted(records, [&](const RecordSet::Record& record) {
    if (!record.deleted) return file.Put(record.key, record.value);
    return tombstones_lost ? Status() : file.Delete(record.key);
  });
}

}  // namespace

Database::SortedFile::SortedFile(Database& database, rocksdb::ColumnFamilyHandle* family)
    : database_(database), family_(family) {}

Database::SortedFile::~SortedFile() {
  if (writer_ == nullptr) return;
  const WithMemoryReserve reserve;
  writer_.reset();
  database_.files_.Remove(path_).ok();  // another failure is being reported
}

template <typename F>
Status Database::SortedFile::Do(F&& write) {
  rocksdb::Status status;
  if (writer_ == nullptr) {
    {
      const MutexLock lock(database_.mutex_);
      path_ = fmt::format("{}/incoming/{:06}.sst", database_.directory_, database_.next_file_++);
    }
    // Most of it will be rewritten before long. Compressing it would take longer than writing it,
    // and what stays is compressed when it is merged.
    rocksdb::Options options = database_.options_;
    options.compression = rocksdb::kNoCompression;
    WEIR_FAULT_POINT("state.before_sorted_file");
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), options, family_);
    status = writer_->Open(path_);
  }
  if (status.ok()) status = write(*writer_);
  return status.ok() ? Status() : FromRocksDb(status, "writing " + path_);
}

Status Database::SortedFile::Put(std::string_view key, std::string_view value) {
  return Do([&](rocksdb::SstFileWriter& writer) {
    return writer.Put({key.data(), key.size()}, {value.data(), value.size()});
  });
}

Status Database::SortedFile::Delete(std::string_view key) {
  return Do([&](rocksdb::SstFileWriter& writer) {
    return writer.Delete({key.data(), key.size()});
  });
}

Status Database::SortedFile::DeleteRange(const KeyRange& range) {
  return Do(
      [&](rocksdb::SstFileWriter& writer) { return writer.DeleteRange(range.begin, range.end); });
}

Result<std::string> Database::SortedFile::Finish() {
  RETURN_IF_ERROR(Do([](rocksdb::SstFileWriter& writer) { return writer.Finish(); }));
  WEIR_FAULT_POINT("state.after_sorted_file");
  writer_.reset();
  return path_;
}

Result<std::string> Database::WriteFile(rocksdb::ColumnFamilyHandle* family,
                                        std::span<const RecordSet* const> records,
                                        std::span<const KeyRange> drops) {
  const Use use(*this);
  SortedFile file(*this, family);
  RETURN_IF_ERROR(WriteAll(records, drops, file));
  return file.Finish();
}

namespace {

// While there is a snapshot, files are ingested into level 0 without a look at the other levels
// (universal compaction). That look ends the process: RocksDB 7.8 takes the list of levels from one
// version and their files from another, while a compaction whose result another thread has written
// into the manifest waits for the lock to install it (AssignLevelAndSeqnoForIngestedFile). Epochs
// belong into level 0 in any case.
class IngestsIntoLevelZero {
 public:
  explicit IngestsIntoLevelZero(rocksdb::DB& db)
      : db_(db), snapshot_(DefectPlanted("ingest-looks") ? nullptr : db.GetSnapshot()) {}
  ~IngestsIntoLevelZero() {
    if (snapshot_ != nullptr) db_.ReleaseSnapshot(snapshot_);
  }
  IngestsIntoLevelZero(const IngestsIntoLevelZero&) = delete;
  IngestsIntoLevelZero& operator=(const IngestsIntoLevelZero&) = delete;

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

}  // namespace

Status Database::Ingest(const std::vector<FamilyFiles>& files) {
  const Use use(*this);
  std::vector<rocksdb::IngestExternalFileArg> arguments;
  for (const FamilyFiles& family : files) {
    if (family.paths.empty()) continue;
    rocksdb::IngestExternalFileArg argument;
    argument.column_family = family.family;
    argument.external_files = family.paths;
    // Files are linked into the database. All families are in one call, so that an epoch becomes
    // visible at once.
    argument.options.move_files = true;
    argument.options.failed_move_fall_back_to_copy = true;
    argument.options.write_global_seqno = false;  // rewrites files whose checksum was taken
    arguments.push_back(std::move(argument));
  }
  if (arguments.empty()) return {};
  // Each failed write of the manifest has disabled file deletions once more (see Forgive).
  for (int n = failed_writes_.exchange(0); n > 0; --n) {
    RETURN_IF_ERROR(FromRocksDb(EnableFileDeletions(*db_), "recovering from a failed write"));
  }
  WEIR_FAULT_POINT("state.before_ingest");
  const IngestsIntoLevelZero into_level_zero(*db_);
  Status status = FromRocksDb(db_->IngestExternalFiles(arguments), "ingesting an epoch");
  WEIR_FAULT_POINT("state.after_ingest");
  return status;
}

Status Database::Pin() {
  const Use use(*this);
  return FromRocksDb(db_->DisableFileDeletions(), "pinning files");
}

Status Database::Unpin() {
  const Use use(*this);
  return FromRocksDb(EnableFileDeletions(*db_), "unpinning files");
}

Status Database::LiveFiles(std::vector<std::string>& names, uint64_t& manifest_bytes) {
  const Use use(*this);
  return FromRocksDb(db_->GetLiveFiles(names, &manifest_bytes, false),
                     "listing the database's files");
}

}  // namespace weir::state
