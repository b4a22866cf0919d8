// State in RocksDB: epochs become sorted files, which are ingested into the database and
// hard-linked into shared/.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/base/local_path.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"
#include "state/checkpoint/backend_core.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/expired_rows.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/checkpoint/state_moves.h"
#include "state/disk/rocksdb_database.h"
#include "state/disk/rocksdb_file_system.h"
#include "state/disk/rocksdb_table.h"
#include "state/files/checkpoint_files.h"
#include "state/files/database_files.h"
#include "state/files/inlined_files.h"
#include "state/files/parallel.h"

namespace weir::state {
namespace {

constexpr std::string_view kAttemptMagic = "weir-next-attempt 1";

class RocksDbBackend final : public BackendCore {
 public:
  explicit RocksDbBackend(BackendOptions options) : BackendCore(std::move(options), false) {}
  ~RocksDbBackend() override {
    const WithMemoryReserve reserve;
    pending_ = PendingParts();
    database_.reset();
    options_.files->RemoveRecursively(options_.working_directory).ok();
  }

  Status Open();
  Result<std::vector<StateFile>> Persist(uint64_t checkpoint_id,
                                         std::vector<std::unique_ptr<EpochPart>> parts) override;
  void Abandon(std::vector<std::unique_ptr<EpochPart>> parts) override;
  StateStatistics statistics() const override;

  Result<std::unique_ptr<DiskTable>> OpenDisk(const std::string& family,
                                              const TaskContext& task) override;
  Status VisitSaved(const std::string&, KeyGroupRange,
                    const std::function<Status(std::string_view, std::string_view)>&) override {
    return {};
  }

 private:
  Status LinkRestoredFiles();
  Status ReadBookkeeping();
  Status Move();
  Status DropExpired();
  // Writes what is left of the family's records into a file on top of it; "" when all is left.
  Result<std::string> WriteRests(rocksdb::ColumnFamilyHandle* family, TableExpiry& expiry);
  Status LoadCanonical();
  Status ReplaceBookkeeping(std::map<std::string, std::string> records);
  Status ChooseAttempt();
  Status Ingest() WEIR_REQUIRES(mutex_);
  Status AddEpoch(const std::vector<const TaskPart*>& parts,
                  std::map<std::string, std::vector<std::string>>& files,
                  std::vector<std::string>& written);
  Status AddBookkeeping(std::vector<Database::FamilyFiles>& files,
                        std::vector<std::string>& written) WEIR_REQUIRES(mutex_);
  Result<std::vector<StateFile>> LinkFiles(uint64_t checkpoint_id) WEIR_REQUIRES(mutex_);
  std::string SharedName(const std::string& name) const {
    return fmt::format("a{}-{}", attempt_, name);
  }
  // In an object store: uploads the tables among these files that are not there, side by side.
  Status UploadTables(const std::vector<std::string>& names) WEIR_REQUIRES(mutex_);
  Result<StateFile> LinkShared(const std::string& name) WEIR_REQUIRES(mutex_);
  Result<StateFile> CopyTable(uint64_t checkpoint_id, const std::string& name)
      WEIR_REQUIRES(mutex_);
  std::optional<FileDigest> WrittenSum(const std::string& name) const WEIR_REQUIRES(mutex_);
  Result<StateFile> WriteOwn(uint64_t checkpoint_id, const std::string& name,
                             std::string_view bytes);

  Database::Pointer database_;
  bool links_ = true;     // where checkpoints go; not in an object store
  uint64_t attempt_ = 1;  // part of the names of files, which no other start uses
  Mutex mutex_;
  PendingParts pending_ WEIR_GUARDED_BY(mutex_);
  // RocksDB's name -> the file in shared/.
  std::map<std::string, StateFile> shared_ WEIR_GUARDED_BY(mutex_);
  // In an object store: those of the last checkpoint that were there before it.
  std::set<std::string> uploaded_ WEIR_GUARDED_BY(mutex_);
  // RocksDB's name -> the file of a savepoint or another job: verified and durable, but not in
  // shared/.
  std::map<std::string, StateFile> foreign_ WEIR_GUARDED_BY(mutex_);
};

Status RocksDbBackend::Open() {
  RETURN_IF_ERROR(CheckRestore("rocksdb"));
  FileSystem& files = *options_.files;
  links_ = options_.checkpoint_directory.empty() || files.Renames(options_.checkpoint_directory);
  RETURN_IF_ERROR(files.RemoveRecursively(options_.working_directory));
  RETURN_IF_ERROR(files.CreateDirectories(options_.working_directory));
  if (!options_.checkpoint_directory.empty())
    RETURN_IF_ERROR(files.CreateDirectories(JoinPath(options_.checkpoint_directory, "shared")));
  RETURN_IF_ERROR(ChooseAttempt());
  WEIR_FAULT_POINT("recovery.before_link");
  const bool canonical = options_.restore && options_.restore->backend == kCanonicalBackend;
  if (!canonical) RETURN_IF_ERROR(LinkRestoredFiles());
  WEIR_FAULT_POINT("recovery.after_link");
  database_ = TRY(Database::Open(files, options_.working_directory, options_.compression));
  if (canonical) return LoadCanonical();
  RETURN_IF_ERROR(ReadBookkeeping());
  return options_.restore && options_.restore->moves ? Move() : Status();
}

Status RocksDbBackend::Move() {
  RETURN_IF_ERROR(database_->Move(*options_.restore->moves));
  RETURN_IF_ERROR(ReplaceBookkeeping(MoveBookkeeping(bookkeeping_, *options_.restore->moves)));
  return DropExpired();
}

// One pass over each table whose time-to-live was shorter.
Status RocksDbBackend::DropExpired() {
  std::map<std::string, std::string> records = bookkeeping_;
  std::vector<Database::FamilyFiles> files;
  for (const auto& [name, before] : ExpiredByFamily(*options_.restore->moves)) {
    const auto schema = bookkeeping_.find(SchemaKey(name));
    if (schema == bookkeeping_.end()) continue;
    TableExpiry expiry = TRY(TableExpiry::Make(schema->second, before));
    rocksdb::ColumnFamilyHandle* family = TRY(database_->Family(name));
    std::string path = TRY(WriteRests(family, expiry));
    if (path.empty()) continue;
    files.push_back({family, {std::move(path)}});
    RETURN_IF_ERROR(expiry.Subtract(name, records));
  }
  if (files.empty()) return {};
  RETURN_IF_ERROR(database_->Ingest(files));
  return ReplaceBookkeeping(std::move(records));
}

Result<std::string> RocksDbBackend::WriteRests(rocksdb::ColumnFamilyHandle* family,
                                               TableExpiry& expiry) {
  const Database::Use use(*database_);
  Database::SortedFile file(*database_, family);
  const std::unique_ptr<rocksdb::Iterator> rows(
      database_->db().NewIterator(rocksdb::ReadOptions(), family));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::string_view key = rows->key().ToStringView();
    const std::optional<std::string_view> rest =
        TRY(expiry.Rest(key, rows->value().ToStringView()));
    if (rest) RETURN_IF_ERROR(rest->empty() ? file.Delete(key) : file.Put(key, *rest));
  }
  RETURN_IF_ERROR(FromRocksDb(rows->status(), "looking for expired rows of state"));
  return file.empty() ? std::string() : file.Finish();
}

// Each file of a canonical savepoint holds sorted rows that follow those of the file before, so
// each becomes one file of the database.
Status RocksDbBackend::LoadCanonical() {
  std::map<std::string, std::vector<std::string>> paths;
  std::map<std::string, std::string> records;
  Mutex mutex;  // guards the two above
  RETURN_IF_ERROR(VisitSnapshots([&](MemorySnapshot snapshot) -> Status {
    for (const auto& [family, rows] : snapshot.rows) {
      if (rows.size() == 0) continue;
      std::string path = TRY(database_->WriteFile(TRY(database_->Family(family)), rows, {}));
      const MutexLock lock(mutex);
      paths[family].push_back(std::move(path));
    }
    const MutexLock lock(mutex);
    records.merge(snapshot.bookkeeping);
    return {};
  }));
  std::vector<Database::FamilyFiles> files;
  for (auto& [family, list] : paths)
    files.push_back({TRY(database_->Family(family)), std::move(list)});
  RETURN_IF_ERROR(database_->Ingest(files));
  return ReplaceBookkeeping(std::move(records));
}

Status RocksDbBackend::ReplaceBookkeeping(std::map<std::string, std::string> records) {
  RecordSet changes;
  for (const auto& [key, value] : bookkeeping_) {
    if (!records.contains(key)) changes.Append({key, "", true});
  }
  for (const auto& [key, value] : records) changes.Append({key, value, false});
  bookkeeping_ = std::move(records);
  if (changes.size() == 0) return {};
  std::vector<Database::FamilyFiles> files = {
      {database_->bookkeeping(),
       {TRY(database_->WriteFile(database_->bookkeeping(), changes, {}))}}};
  return database_->Ingest(files);
}

Status RocksDbBackend::ChooseAttempt() {
  // Also for jobs without periodic checkpoints, as statements take some.
  if (options_.checkpoint_directory.empty()) return {};
  FileSystem& files = *options_.files;
  const std::string path = JoinPath(options_.checkpoint_directory, "NEXT-ATTEMPT");
  // A broken file says no more than a missing one.
  attempt_ = std::max(attempt_, TRY(ReadNumber(files, path, kAttemptMagic)).number);
  // The number is beyond all that exist, even in a directory that was restored from a copy, whose
  // NEXT-ATTEMPT may be older than its files.
  for (const FileInfo& entry : TRY(files.List(JoinPath(options_.checkpoint_directory, "shared")))) {
    attempt_ = std::max(attempt_, AttemptOf(FileName(entry.path)) + 1);
  }
  return WriteFileAtomically(files, path, NumberFile(kAttemptMagic, attempt_ + 1));
}

Status RocksDbBackend::LinkRestoredFiles() {
  if (!options_.restore || options_.restore->files.empty()) return {};
  FileSystem& files = *options_.files;
  const InlinedFiles& inlined = options_.restore->inlined;
  const std::unique_ptr<HeldDirectory> held =
      TRY(HoldFiles(files, options_.restore_directory, inlined));
  const std::vector<StateFile>& restored = options_.restore->files;
  std::vector<std::string> names(restored.size());
  const size_t at_once = files.Renames(options_.restore_directory) ? 1 : kRequestsAtOnce;
  RETURN_IF_ERROR(ForEachOn(at_once, restored.size(), [&](size_t i) -> Status {
    names[i] = TRY(PlaceDatabaseFile(*held, restored[i], files, options_.working_directory));
    return {};
  }));
  for (size_t i = 0; i < restored.size(); ++i) {
    const StateFile& file = restored[i];
    const std::string& local = names[i];
    const bool own = IsOwnTable(file.path);
    if (!IsSharedTable(file.path) && !own) continue;
    // Later checkpoints never refer to a table that a full checkpoint has for itself, nor to one
    // that came out of metadata, as its file in shared/ was not verified.
    const bool shares = restores_here() && !own && !inlined.contains(file.path);
    std::map<std::string, StateFile>& place = shares ? shared_ : foreign_;
    place[local] = file;
    place[local].dirty_bytes = 0;
  }
  return {};
}

Status RocksDbBackend::ReadBookkeeping() {
  const Database::Use use(*database_);
  const std::unique_ptr<rocksdb::Iterator> records(
      database_->db().NewIterator(rocksdb::ReadOptions(), database_->bookkeeping()));
  for (records->SeekToFirst(); records->Valid(); records->Next()) {
    if (!IsBookkeepingKey(records->key().ToStringView()))
      return Status::Corruption("bookkeeping of state has a malformed key").WithId("E7001");
    bookkeeping_.emplace(records->key().ToString(), records->value().ToString());
  }
  return FromRocksDb(records->status(), "reading the bookkeeping of a checkpoint");
}

Result<std::unique_ptr<DiskTable>> RocksDbBackend::OpenDisk(const std::string& family,
                                                            const TaskContext& task) {
  RocksDbTableOptions options{
      options_.files, database_.get(),         TRY(database_->Family(family)),
      task.progress,  !options_.checkpointing, task.epoch};
  return std::unique_ptr<DiskTable>(std::make_unique<RocksDbTable>(std::move(options)));
}

// One file for each family and all subtasks, after the files that these have spilled.
Status RocksDbBackend::AddEpoch(const std::vector<const TaskPart*>& parts,
                                std::map<std::string, std::vector<std::string>>& files,
                                std::vector<std::string>& written) {
  struct Merged {
    std::vector<const RecordSet*> records;
    std::vector<KeyRange> drops;
  };
  std::map<std::string, Merged> families;
  for (const TaskPart* part : parts) {
    for (const TablePart& table : part->tables) {
      for (const auto& spill : table.spills) files[table.family].push_back(spill->path());
      Merged& merged = families[table.family];
      merged.drops.insert(merged.drops.end(), table.drops.begin(), table.drops.end());
      if (table.records.size() > 0) merged.records.push_back(&table.records);
    }
  }
  for (const auto& [family, merged] : families) {
    if (merged.records.empty() && merged.drops.empty()) continue;
    rocksdb::ColumnFamilyHandle* handle = TRY(database_->Family(family));
    written.push_back(TRY(database_->WriteFile(handle, merged.records, merged.drops)));
    files[family].push_back(written.back());
  }
  return {};
}

Status RocksDbBackend::AddBookkeeping(std::vector<Database::FamilyFiles>& files,
                                      std::vector<std::string>& written) {
  std::map<std::string, std::optional<std::string>> merged;
  for (const TaskPart* part : pending_.parts()) {
    for (const auto& [key, value] : part->bookkeeping) merged[key] = value;
  }
  if (merged.empty()) return {};
  RecordSet records;
  for (const auto& [key, value] : merged) {
    records.Append({key, value ? std::string_view(*value) : std::string_view(), !value});
  }
  written.push_back(TRY(database_->WriteFile(database_->bookkeeping(), records, {})));
  files.push_back({database_->bookkeeping(), {written.back()}});
  return {};
}

Status RocksDbBackend::Ingest() {
  RETURN_IF_ERROR(pending_.CheckComplete());
  std::map<std::string, std::vector<std::string>> paths;
  std::vector<std::string> written;
  std::vector<Database::FamilyFiles> files;
  const auto write = [&]() WEIR_REQUIRES(mutex_) -> Status {
    const std::vector<const TaskPart*> all = pending_.parts();
    for (size_t i = 0; i < all.size();) {
      std::vector<const TaskPart*> epoch;
      const uint64_t id = all[i]->checkpoint_id;
      for (; i < all.size() && all[i]->checkpoint_id == id; ++i) epoch.push_back(all[i]);
      RETURN_IF_ERROR(AddEpoch(epoch, paths, written));
    }
    for (auto& [family, list] : paths) {
      files.push_back({TRY(database_->Family(family)), std::move(list)});
    }
    RETURN_IF_ERROR(AddBookkeeping(files, written));
    return database_->Ingest(files);
  };
  Status status = write();
  if (!status.ok()) {
    for (const std::string& path : written) options_.files->Remove(path).ok();
    return status;
  }
  pending_.Persisted();
  return {};
}

Result<std::vector<StateFile>> RocksDbBackend::Persist(
    uint64_t checkpoint_id, std::vector<std::unique_ptr<EpochPart>> parts) {
  const MutexLock lock(mutex_);
  pending_.Add(std::move(parts));
  RETURN_IF_ERROR(Ingest());
  WEIR_FAULT_POINT("state.before_link");
  Result<std::vector<StateFile>> files = LinkFiles(checkpoint_id);
  WEIR_FAULT_POINT("state.after_link");
  return files;
}

void RocksDbBackend::Abandon(std::vector<std::unique_ptr<EpochPart>> parts) {
  const MutexLock lock(mutex_);
  pending_.Add(std::move(parts));
}

Status RocksDbBackend::UploadTables(const std::vector<std::string>& names) {
  FileSystem& files = *options_.files;
  struct Table {
    std::string name;
    std::string known;  // where it was uploaded to, if it was
    bool is_there = false;
  };
  std::vector<Table> tables;
  for (const std::string& path : names) {
    Table table{.name = FileName(path)};
    if (!table.name.ends_with(".sst")) continue;
    const auto known = shared_.find(table.name);
    if (known != shared_.end()) table.known = known->second.path;
    tables.push_back(std::move(table));
  }
  const std::string& directory = options_.checkpoint_directory;
  RETURN_IF_ERROR(ForEachOn(kRequestsAtOnce, tables.size(), [&](size_t i) -> Status {
    Table& table = tables[i];
    // A checkpoint that was given up may have taken it along.
    table.is_there = !table.known.empty() && files.Stat(JoinPath(directory, table.known)).ok();
    if (table.is_there && !DefectPlanted("s3-uploads-all")) return {};
    WEIR_FAULT_POINT("state.before_shared_link");
    return CopyFile(files, JoinPath(options_.working_directory, table.name),
                    JoinPath(directory, "shared/" + SharedName(table.name)))
        .status();
  }));
  uploaded_.clear();
  for (const Table& table : tables) {
    if (table.is_there) {
      uploaded_.insert(table.name);
      continue;
    }
    const std::optional<FileDigest> written = WrittenSum(table.name);
    const FileDigest digest =
        written ? *written
                : TRY(DigestFile(files, JoinPath(options_.working_directory, table.name)));
    StateFile file{.path = "shared/" + SharedName(table.name), .bytes = digest.bytes};
    file.crc32c = digest.crc32c;
    file.dirty_bytes = digest.bytes;
    shared_[table.name] = file;
  }
  return {};
}

Result<StateFile> RocksDbBackend::LinkShared(const std::string& name) {
  FileSystem& files = *options_.files;
  const auto known = shared_.find(name);
  if (!links_) {  // UploadTables has seen to it
    StateFile file = known->second;
    if (uploaded_.contains(name)) file.dirty_bytes = 0;
    return file;
  }
  if (known != shared_.end() &&
      files.Stat(JoinPath(options_.checkpoint_directory, known->second.path)).ok()) {
    StateFile file = known->second;
    file.dirty_bytes = 0;
    return file;
  }
  const std::string from = JoinPath(options_.working_directory, name);
  StateFile file;
  file.path = "shared/" + SharedName(name);
  WEIR_FAULT_POINT("state.before_shared_link");
  const std::string to = JoinPath(options_.checkpoint_directory, file.path);
  RETURN_IF_ERROR(LinkOrCopy(files, from, to));
  const auto foreign = foreign_.find(name);
  if (foreign != foreign_.end()) {
    // The file is durable already, and perhaps not ours to open for writing, which a sync does.
    file.bytes = foreign->second.bytes;
    file.crc32c = foreign->second.crc32c;
  } else {
    RETURN_IF_ERROR(SyncFile(files, to));
    const std::optional<FileDigest> written = database_->SumOf(name);
    const FileDigest digest = written ? *written : TRY(DigestFile(files, to));
    file.bytes = digest.bytes;
    file.crc32c = digest.crc32c;
  }
  file.dirty_bytes = file.bytes;
  shared_[name] = file;
  return file;
}

// The size and checksum of a table as it was written, if they are known.
std::optional<FileDigest> RocksDbBackend::WrittenSum(const std::string& name) const {
  for (const std::map<std::string, StateFile>* known : {&shared_, &foreign_}) {
    const auto found = known->find(name);
    if (found != known->end()) return FileDigest{found->second.bytes, found->second.crc32c};
  }
  return database_->SumOf(name);
}

// For a full checkpoint: a copy of its own, so that damage to another checkpoint does not affect
// it.
Result<StateFile> RocksDbBackend::CopyTable(uint64_t checkpoint_id, const std::string& name) {
  const std::string from = JoinPath(options_.working_directory, name);
  StateFile file;
  file.path = fmt::format("chk-{}/a{}-{}", checkpoint_id, attempt_, name);
  WEIR_FAULT_POINT("state.before_shared_link");
  const FileDigest copied =
      TRY(CopyFile(*options_.files, from, JoinPath(options_.checkpoint_directory, file.path)));
  const FileDigest written = WrittenSum(name).value_or(copied);
  const bool same = written.bytes == copied.bytes && written.crc32c == copied.crc32c;
  if (!same) return BadCheckpointFile("is not as it was written", from);
  file.bytes = copied.bytes;
  file.crc32c = copied.crc32c;
  file.dirty_bytes = copied.bytes;
  return file;
}

Result<StateFile> RocksDbBackend::WriteOwn(uint64_t checkpoint_id, const std::string& name,
                                           std::string_view bytes) {
  StateFile file;
  file.path = fmt::format("chk-{}/{}", checkpoint_id, name);
  WEIR_FAULT_POINT("state.before_manifest");
  const std::string path = JoinPath(options_.checkpoint_directory, file.path);
  RETURN_IF_ERROR(WriteSyncedFile(*options_.files, path, bytes));
  // What a disk has is read again; what a store has taken was signed with its hash.
  const FileDigest digest = links_
                                ? TRY(DigestFile(*options_.files, path))
                                : FileDigest{bytes.size(), Crc32c(0, bytes.data(), bytes.size())};
  file.bytes = digest.bytes;
  file.crc32c = digest.crc32c;
  file.dirty_bytes = digest.bytes;
  return file;
}

Result<std::vector<StateFile>> RocksDbBackend::LinkFiles(uint64_t checkpoint_id) {
  FileSystem& files = *options_.files;
  const std::string own =
      JoinPath(options_.checkpoint_directory, fmt::format("chk-{}", checkpoint_id));
  RETURN_IF_ERROR(files.CreateDirectories(own));
  std::vector<StateFile> result;
  std::map<std::string, StateFile> still_shared;
  RETURN_IF_ERROR(
      database_->WithLiveFiles([&](const std::vector<std::string>& names,
                                   uint64_t manifest_bytes) WEIR_REQUIRES(mutex_) -> Status {
        if (!links_ && options_.incremental) RETURN_IF_ERROR(UploadTables(names));
        for (const std::string& path : names) {
          const std::string name = FileName(path);
          if (name.ends_with(".sst") && !options_.incremental) {
            result.push_back(TRY(CopyTable(checkpoint_id, name)));
          } else if (name.ends_with(".sst")) {
            result.push_back(TRY(LinkShared(name)));
            still_shared[name] = result.back();
          } else if (name.starts_with("MANIFEST-")) {
            std::string bytes = TRY(ReadFile(files, JoinPath(options_.working_directory, name)));
            // The database may have appended to it since the names were listed.
            bytes.resize(std::min<uint64_t>(bytes.size(), manifest_bytes));
            result.push_back(TRY(WriteOwn(checkpoint_id, name, bytes)));
            result.push_back(TRY(WriteOwn(checkpoint_id, "CURRENT", name + "\n")));
          }
        }
        return {};
      }));
  if (options_.incremental) shared_ = std::move(still_shared);
  WEIR_FAULT_POINT("state.before_directory_sync");
  RETURN_IF_ERROR(files.SyncDirectory(own));
  RETURN_IF_ERROR(files.SyncDirectory(JoinPath(options_.checkpoint_directory, "shared")));
  RETURN_IF_ERROR(files.SyncDirectory(options_.checkpoint_directory));
  return result;
}

StateStatistics RocksDbBackend::statistics() const {
  StateStatistics all = BackendCore::statistics();
  const Database::Use use(*database_);
  std::vector<rocksdb::LiveFileMetaData> live;
  database_->db().GetLiveFilesMetaData(&live);
  all.disk_bytes = 0;
  for (const rocksdb::LiveFileMetaData& file : live) all.disk_bytes += file.size;
  return all;
}

}  // namespace

Result<std::unique_ptr<StateBackend>> MakeRocksDbBackend(BackendOptions options) {
  auto backend = std::make_unique<RocksDbBackend>(std::move(options));
  RETURN_IF_ERROR(backend->Open());
  return std::unique_ptr<StateBackend>(std::move(backend));
}

}  // namespace weir::state
