#include "state/checkpoint/savepoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/base/local_path.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"
#include "runtime/put_in_place.h"
#include "runtime/thread.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/canonical_rows.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/checkpoint/metadata_checks.h"
#include "state/checkpoint/metadata_codec.h"
#include "state/checkpoint/metadata_file.h"
#include "state/checkpoint/state_moves.h"
#include "state/disk/rocksdb_database.h"
#include "state/disk/rocksdb_file_system.h"
#include "state/files/checkpoint_files.h"
#include "state/files/database_files.h"
#include "state/files/inlined_files.h"
#include "state/files/low_priority.h"
#include "state/files/scratch_directory.h"
#include "state/table/epoch.h"

namespace weir::state {
namespace {

constexpr uint64_t kBytesPerFile = 32 << 20;
constexpr size_t kShortIdDigits = 6;
constexpr std::string_view kMetadataName = "_metadata";
constexpr std::string_view kUnfinished = ".unfinished";

// What the names of a job's savepoints begin with while they are written: with all of its id, so
// that they are nobody else's.
std::string UnfinishedPrefix(const std::string& job_id) {
  return fmt::format("savepoint-{}-", job_id);
}

Status NoSnapshot(const std::string& path) {
  return Status::NotFound("there is no savepoint or checkpoint at " + path)
      .WithId("E7004")
      .WithHint("name the directory that holds _metadata, or that file");
}

// Opens a directory that a statement names; E7004 if there is none.
Result<std::unique_ptr<HeldDirectory>> HoldNamed(FileSystem& files, const std::string& directory) {
  const Result<FileInfo> info = files.Stat(directory);
  const bool absent = !info.ok() && info.status().code() == StatusCode::kNotFound;
  if (absent || (info.ok() && !info->is_directory)) return NoSnapshot(directory);
  return files.Hold(directory);
}

Result<CheckpointMetadata> ReadNamed(HeldDirectory& held, const std::string& directory,
                                     const SigningKey& key) {
  Result<CheckpointMetadata> metadata = ReadMetadata(held, std::string(kMetadataName), key);
  if (metadata.ok()) {
    RETURN_IF_ERROR(CheckNumber(directory, *metadata));
    RETURN_IF_ERROR(CheckOperatorKinds(*metadata).WithContext(JoinPath(directory, kMetadataName)));
    return metadata;
  }
  if (metadata.status().code() == StatusCode::kNotFound) return NoSnapshot(directory);
  return std::move(metadata).status().WithContext(JoinPath(directory, kMetadataName));
}

// The files of a savepoint that is being written. Add may be called by several threads at once.
class SavepointWriter {
 public:
  SavepointWriter(FileSystem& files, std::string directory, const CheckpointMetadata& from,
                  const SavepointRequest& request)
      : files_(files),
        directory_(std::move(directory)),
        signed_(!request.key.empty()),
        inline_bytes_(request.inline_bytes),
        progress_(request.progress) {
    for (const StateFile& file : from.files) expected_ += file.bytes;
    for (const OperatorCheckpoint& op : from.operators) expected_rows_ += op.rows;
  }

  FileSystem& files() const { return files_; }
  const std::string& directory() const { return directory_; }
  std::vector<StateFile>& written() { return written_; }
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // The contents that go into the metadata instead of files.
  InlinedFiles TakeInlined() {
    const MutexLock lock(mutex_);
    return std::move(inlined_);
  }

  Status Add(const std::string& name, std::string_view content, StateFile& file) {
    const std::string path = JoinPath(directory_, name);
    if (!Inline(name, content)) {
      RETURN_IF_ERROR(files_.CreateDirectories(DirectoryOf(path)));
      RETURN_IF_ERROR(WriteSyncedFile(files_, path, content));
    }
    file = {name, content.size(), Crc32c(0, content.data(), content.size()), content.size(),
            signed_ ? Sha256Of(content) : ""};
    bytes_.fetch_add(file.bytes, std::memory_order_relaxed);
    return {};
  }
  // Takes a file of the checkpoint unchanged, from disk or from its metadata.
  Status Take(const CheckpointMetadata& from, const StateFile& file, const std::string& name) {
    const auto found = from.inlined.find(file.path);
    if (found == from.inlined.end() && file.bytes > inline_bytes_)
      return Link(JoinPath(from.directory, file.path), file, name);
    const std::unique_ptr<HeldDirectory> held =
        TRY(HoldFiles(files_, from.directory, from.inlined));
    StateFile written;
    RETURN_IF_ERROR(Add(name, TRY(ReadVerified(*held, file)), written));
    written_.push_back(std::move(written));
    if (progress_) progress_(bytes(), expected_);
    return {};
  }
  // Links or copies a file that was verified.
  Status Link(const std::string& from, const StateFile& file, const std::string& name) {
    const std::string path = JoinPath(directory_, name);
    RETURN_IF_ERROR(files_.CreateDirectories(DirectoryOf(path)));
    RETURN_IF_ERROR(LinkOrCopy(files_, from, path));
    std::string sha256;
    if (signed_) sha256 = TRY(Sha256OfFile(files_, path));
    written_.push_back({name, file.bytes, file.crc32c, 0, std::move(sha256)});
    bytes_.fetch_add(file.bytes, std::memory_order_relaxed);
    if (progress_) progress_(bytes(), expected_);
    return {};
  }
  // Copies a file whose checksum is not known yet.
  Status Copy(const std::string& from, const std::string& name) {
    const std::string path = JoinPath(directory_, name);
    RETURN_IF_ERROR(files_.CreateDirectories(DirectoryOf(path)));
    const FileDigest digest = TRY(CopyFile(files_, from, path));
    std::string sha256;
    if (signed_) sha256 = TRY(Sha256OfFile(files_, path));
    written_.push_back({name, digest.bytes, digest.crc32c, digest.bytes, std::move(sha256)});
    bytes_.fetch_add(digest.bytes, std::memory_order_relaxed);
    return {};
  }
  // Reports that this many rows were rewritten, as the same share of the bytes that they came from.
  void ReportRows(uint64_t rows) {
    if (!progress_ || rows >= expected_rows_) return;
    const double share = static_cast<double>(rows) / static_cast<double>(expected_rows_);
    progress_(static_cast<uint64_t>(share * static_cast<double>(expected_)), expected_);
  }
  void ReportAll() {
    if (progress_) progress_(expected_, expected_);
  }
  // All names are durable when it returns.
  Status Sync() {
    for (const char* name : {"shared", "state", "output"}) {
      const std::string path = JoinPath(directory_, name);
      if (files_.Stat(path).ok()) RETURN_IF_ERROR(files_.SyncDirectory(path));
    }
    return files_.SyncDirectory(directory_);
  }

 private:
  // If the content is small enough, keeps it for the metadata and returns true.
  bool Inline(const std::string& name, std::string_view content) {
    if (inline_bytes_ == 0) return false;
    const MutexLock lock(mutex_);
    if (content.size() > inline_bytes_ || content.size() > kMostInlinedBytes - inlined_bytes_)
      return false;
    inlined_bytes_ += content.size();
    inlined_[name] = std::make_shared<const std::string>(content);
    return true;
  }

  FileSystem& files_;
  const std::string directory_;
  const bool signed_;
  const uint64_t inline_bytes_;
  const ByteProgress& progress_;
  uint64_t expected_ = 0;
  uint64_t expected_rows_ = 0;
  std::vector<StateFile> written_;
  std::atomic<uint64_t> bytes_{0};
  Mutex mutex_;
  InlinedFiles inlined_ WEIR_GUARDED_BY(mutex_);
  uint64_t inlined_bytes_ WEIR_GUARDED_BY(mutex_) = 0;
};

// Writes the rows of one table after another, each table into files of its own. Rows are read on
// the caller's thread while full files are encoded and written on others, which does not change
// what goes into which file.
class TableFiles {
 public:
  explicit TableFiles(SavepointWriter& writing) : writing_(writing) {}

  Status Begin(const std::string& family, const std::map<std::string, std::string>& bookkeeping) {
    const auto record = bookkeeping.find(SchemaKey(family));
    if (record == bookkeeping.end())
      return Status::Corruption("state has no schema: " + family).WithId("E7001");
    rows_ = std::make_unique<CanonicalRows>(TRY(CanonicalRows::Make(record->second)));
    family_ = family;
    snapshot_ = {};
    snapshot_.bookkeeping = CanonicalBookkeeping(bookkeeping, family, rows_->schema_record());
    return {};
  }
  Status Add(std::string_view record_key, std::string_view record) {
    const auto add = [this](std::string_view key, std::string_view value) -> Status {
      bytes_[family_] += key.size() + value.size();
      if (++rows_given_ % kRowsBetweenReports == 0) writing_.ReportRows(rows_given_);
      RecordSet& records = snapshot_.rows[family_];
      records.Append({key, value, false});
      return records.byte_count() < kBytesPerFile ? Status() : End();
    };
    return rows_->Rewrite(record_key, record, add).WithContext(family_);
  }
  Status End() {
    if (snapshot_.bookkeeping.empty() && snapshot_.rows.empty()) return {};
    if (under_way_.size() >= kFilesAtOnce) RETURN_IF_ERROR(AwaitOldest());
    done_.emplace_back();
    auto& file = under_way_.emplace_back(std::make_unique<FileUnderWay>());
    file->name = fmt::format("state/{:06}.rows", done_.size());
    file->snapshot = std::exchange(snapshot_, {});
    file->into = &done_.back();
    file->thread = TRY(Thread::Start("savepoint", [this, &file = *file] {
      file.outcome = writing_.Add(file.name, EncodeMemorySnapshot(file.snapshot), *file.into);
    }));
    return {};
  }
  // The table that was begun last.
  const std::string& family() const { return family_; }
  // Bytes of a table's rows.
  uint64_t bytes(const std::string& family) const {
    const auto found = bytes_.find(family);
    return found == bytes_.end() ? 0 : found->second;
  }
  // All files are written when it returns.
  Status Finish() {
    while (!under_way_.empty()) RETURN_IF_ERROR(AwaitOldest());
    writing_.ReportAll();
    writing_.written().insert(writing_.written().end(), done_.begin(), done_.end());
    return {};
  }

 private:
  // A full file that is being encoded and written.
  struct FileUnderWay {
    std::string name;
    MemorySnapshot snapshot;
    StateFile* into = nullptr;
    Status outcome;
    Thread thread;  // last: joined before the members that it uses go
  };
  static constexpr size_t kFilesAtOnce = 3;  // each takes twice its bytes of memory
  static constexpr uint64_t kRowsBetweenReports = 1 << 14;

  Status AwaitOldest() {
    under_way_.front()->thread.Join();
    Status status = std::move(under_way_.front()->outcome);
    under_way_.pop_front();
    return status;
  }
  SavepointWriter& writing_;
  std::unique_ptr<CanonicalRows> rows_;
  std::string family_;
  MemorySnapshot snapshot_;
  std::map<std::string, uint64_t> bytes_;  // of rows, by family
  uint64_t rows_given_ = 0;
  std::deque<StateFile> done_;  // by number
  std::deque<std::unique_ptr<FileUnderWay>> under_way_;
};

Status WriteNative(const CheckpointMetadata& from, SavepointWriter& writing) {
  for (const StateFile& file : from.files) {
    // A full checkpoint's own tables go to shared/ as well; MANIFEST and CURRENT go to the top.
    const bool shared = file.path.starts_with("shared/");
    const std::string name = shared || from.backend == kCanonicalBackend ? file.path
                             : IsOwnTable(file.path) ? JoinPath("shared", FileName(file.path))
                                                     : FileName(file.path);
    RETURN_IF_ERROR(writing.Take(from, file, name));
  }
  return {};
}

Status WriteFromMemory(FileSystem& files, const CheckpointMetadata& from, TableFiles& tables) {
  MemorySnapshot all;
  const std::unique_ptr<HeldDirectory> held = TRY(HoldFiles(files, from.directory, from.inlined));
  for (const StateFile& file : from.files) {
    const std::string bytes = TRY(ReadVerified(*held, file));
    Result<MemorySnapshot> read = DecodeMemorySnapshot(bytes);
    if (!read.ok()) return std::move(read).status().WithContext(file.path);
    all.bookkeeping.merge(read->bookkeeping);
    all.rows.merge(read->rows);
  }
  for (const auto& [key, record] : all.bookkeeping) {
    const std::string family = FamilyOfRecord(key);
    if (key != SchemaKey(family)) continue;
    RETURN_IF_ERROR(tables.Begin(family, all.bookkeeping));
    const auto rows = all.rows.find(family);
    if (rows != all.rows.end()) {
      for (const uint32_t i : rows->second.SortedOrder()) {
        RETURN_IF_ERROR(tables.Add(rows->second[i].key, rows->second[i].value));
      }
    }
    RETURN_IF_ERROR(tables.End());
  }
  return {};
}

// File by file, as the rows are in order already. A table's first file has its schema.
Status WriteFromCanonical(FileSystem& files, const CheckpointMetadata& from, TableFiles& tables) {
  const std::unique_ptr<HeldDirectory> held = TRY(HoldFiles(files, from.directory, from.inlined));
  for (const StateFile& file : from.files) {
    const std::string bytes = TRY(ReadVerified(*held, file));
    Result<MemorySnapshot> read = DecodeMemorySnapshot(bytes);
    if (!read.ok()) return std::move(read).status().WithContext(file.path);
    RETURN_IF_ERROR(CheckSnapshot(*read, from.max_parallelism).WithContext(file.path));
    for (const auto& [key, record] : read->bookkeeping) {
      const std::string family = FamilyOfRecord(key);
      if (key != SchemaKey(family)) continue;
      RETURN_IF_ERROR(tables.End());
      RETURN_IF_ERROR(tables.Begin(family, read->bookkeeping));
    }
    for (const auto& [family, rows] : read->rows) {
      if (family != tables.family())
        return Status::Corruption("rows of state are no table's: " + family)
            .WithId("E7001")
            .WithContext(file.path);
      for (size_t i = 0; i < rows.size(); ++i)
        RETURN_IF_ERROR(tables.Add(rows[i].key, rows[i].value));
    }
  }
  return tables.End();
}

// Opens a linked copy, so that nothing of the checkpoint can change.
Result<Database::Pointer> OpenCopy(FileSystem& files, const CheckpointMetadata& from,
                                   const std::string& scratch) {
  RETURN_IF_ERROR(files.CreateDirectories(scratch));
  const std::unique_ptr<HeldDirectory> held = TRY(HoldFiles(files, from.directory, from.inlined));
  for (const StateFile& file : from.files) {
    RETURN_IF_ERROR(PlaceDatabaseFile(*held, file, files, scratch).status());
  }
  return Database::Open(files, scratch, Compression::kLz4);
}

Status WriteFromRocksDb(Database& database, TableFiles& tables) {
  const auto scan = [&](rocksdb::ColumnFamilyHandle* family, auto&& visit) -> Status {
    const Database::Use use(database);
    const std::unique_ptr<rocksdb::Iterator> at(
        database.db().NewIterator(rocksdb::ReadOptions(), family));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      RETURN_IF_ERROR(visit(std::string_view(at->key().data(), at->key().size()),
                            std::string_view(at->value().data(), at->value().size())));
    }
    return FromRocksDb(at->status(), "reading state");
  };
  std::map<std::string, std::string> bookkeeping;
  RETURN_IF_ERROR(
      scan(database.bookkeeping(), [&](std::string_view key, std::string_view value) -> Status {
        bookkeeping.emplace(key, value);
        return {};
      }));
  for (const auto& [key, record] : bookkeeping) {
    const std::string family = FamilyOfRecord(key);
    if (key != SchemaKey(family)) continue;
    RETURN_IF_ERROR(tables.Begin(family, bookkeeping));
    RETURN_IF_ERROR(
        scan(TRY(database.Family(family)), [&](std::string_view row_key, std::string_view value) {
          return tables.Add(row_key, value);
        }));
    RETURN_IF_ERROR(tables.End());
  }
  return {};
}

Status WriteRows(const CheckpointMetadata& from, SavepointWriter& writing, TableFiles& tables) {
  FileSystem& files = writing.files();
  if (from.backend == kCanonicalBackend) {
    RETURN_IF_ERROR(WriteFromCanonical(files, from, tables));
    return tables.Finish();
  }
  if (from.backend != "rocksdb") {
    RETURN_IF_ERROR(WriteFromMemory(files, from, tables));
    return tables.Finish();
  }
  const ScratchDirectory scratch(files,
                                 TRY(ScratchFor(files, JoinPath(writing.directory(), "scratch"))));
  const Database::Pointer database = TRY(OpenCopy(files, from, scratch.path()));
  RETURN_IF_ERROR(WriteFromRocksDb(*database, tables));
  return tables.Finish();
}

// Operators get the bytes of their rows as they are written, instead of those they took in memory.
Status WriteCanonical(const CheckpointMetadata& from, SavepointWriter& writing,
                      CheckpointMetadata& metadata) {
  if (from.files.empty()) return {};
  TableFiles tables(writing);
  RETURN_IF_ERROR(WriteRows(from, writing, tables));
  for (OperatorCheckpoint& op : metadata.operators) {
    op.bytes = 0;
    for (const StateSchema& table : op.schema.tables)
      op.bytes += tables.bytes(fmt::format("{}/{}", op.uid, table.name));
  }
  return {};
}

// On a thread of low priority, so that the job's tasks go first.
Status WriteCanonicalOnThread(const CheckpointMetadata& from, SavepointWriter& writing,
                              CheckpointMetadata& metadata) {
  Status outcome;
  Thread thread = TRY(Thread::Start("savepoint", [&] {
    LowerThreadPriority();
    outcome = WriteCanonical(from, writing, metadata);
  }));
  thread.Join();
  return outcome;
}

// Writes output that is not committed. It is copied, not linked: its files are about to become
// visible, and then belong to whoever reads the table. Only into a savepoint that is removed soon
// (`passing`) are the sinks' own files linked.
Status WriteOutput(const CheckpointMetadata& from, bool passing, SavepointWriter& writing,
                   CheckpointMetadata& metadata) {
  size_t number = 0;
  for (size_t op = 0; op < from.operators.size(); ++op) {
    for (size_t i = 0; i < from.operators[op].output.size(); ++i) {
      const std::string path = JoinPath(from.directory, from.operators[op].output[i].path);
      const std::string name = fmt::format("output/{:06}", ++number);
      WEIR_FAULT_POINT("savepoint.before_output");
      RETURN_IF_ERROR(passing ? writing.Link(path, {name, 0, 0, 0}, name)
                              : writing.Copy(path, name));
      metadata.operators[op].output[i].path = name;
    }
  }
  return {};
}

Status WriteContents(const SavepointRequest& request, const CheckpointMetadata& state,
                     SavepointWriter& writing, CheckpointMetadata& metadata) {
  FileSystem& files = writing.files();
  RETURN_IF_ERROR(files.CreateDirectories(writing.directory()));
  RETURN_IF_ERROR(WriteOutput(request.from, request.passing, writing, metadata));
  const bool canonical = request.format == SavepointFormat::kCanonical;
  RETURN_IF_ERROR(canonical ? WriteCanonicalOnThread(state, writing, metadata)
                            : WriteNative(state, writing));
  if (canonical) metadata.backend = kCanonicalBackend;
  metadata.files = writing.written();
  metadata.inlined = writing.TakeInlined();
  WEIR_FAULT_POINT("savepoint.before_metadata");
  const std::string bytes = TRY(EncodeMetadata(metadata));
  if (!request.key.empty()) {
    RETURN_IF_ERROR(WriteSyncedFile(files, JoinPath(writing.directory(), kSignatureName),
                                    SignatureOf(request.key, bytes)));
  }
  RETURN_IF_ERROR(WriteSyncedFile(files, JoinPath(writing.directory(), kMetadataName), bytes));
  return writing.Sync();
}

}  // namespace

Status PutSavepointInPlace(FileSystem& files, const SavepointInfo& written, const std::string& from,
                           const std::string& to) {
  Status renamed = files.Rename(from, to);
  if (renamed.code() != StatusCode::kUnsupported) return renamed;
  std::vector<std::string> names;
  for (const StateFile& file : written.metadata.files) {
    if (!written.metadata.inlined.contains(file.path)) names.push_back(file.path);
  }
  if (files.Stat(JoinPath(from, kSignatureName)).ok()) names.emplace_back(kSignatureName);
  names.emplace_back(kMetadataName);  // last: without it nobody takes it for a savepoint
  for (const std::string& name : names) {
    const std::string path = JoinPath(to, name);
    RETURN_IF_ERROR(files.CreateDirectories(DirectoryOf(path)));
    RETURN_IF_ERROR(PutInPlace(files, JoinPath(from, name), path));
  }
  return files.RemoveRecursively(from);
}

std::string DirectoryNamed(const std::string& path) {
  std::string directory = path;
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  return FileName(directory) == kMetadataName ? DirectoryOf(directory) : directory;
}

std::string SavepointName(const CheckpointMetadata& metadata) {
  return fmt::format("savepoint-{}-{}", metadata.job_id.substr(0, kShortIdDigits),
                     metadata.checkpoint_id);
}

void RemoveUnfinished(FileSystem& files, const std::string& target, const std::string& job_id,
                      uint64_t below) {
  const Result<std::vector<FileInfo>> entries = files.List(target);
  if (!entries.ok()) return;
  const std::string prefix = UnfinishedPrefix(job_id);
  for (const FileInfo& entry : *entries) {
    const std::string name = FileName(entry.path);
    if (!name.starts_with(prefix) || !name.ends_with(kUnfinished)) continue;
    uint64_t number = 0;
    const char* const end = name.data() + name.size() - kUnfinished.size();
    const auto parsed = std::from_chars(name.data() + prefix.size(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end && number < below)
      (void)files.RemoveRecursively(entry.path);
  }
}

Result<SavepointInfo> WriteSavepoint(FileSystem& files, const SavepointRequest& request) {
  SavepointInfo info;
  info.metadata = request.from;
  info.metadata.kind = CheckpointKind::kSavepoint;
  info.metadata.directory.clear();
  info.metadata.moves.reset();
  info.path = JoinPath(request.target, SavepointName(request.from));
  if (files.Stat(JoinPath(info.path, kMetadataName)).ok()) {
    return Status(StatusCode::kInvalidArgument, "there is a savepoint already: " + info.path)
        .WithId("E7003");
  }
  // Rows in flight only fit the plan in which they were sent.
  if (std::ranges::any_of(request.from.files, IsChannelState)) {
    return Status::Unsupported(
               "a savepoint cannot be made of an unaligned checkpoint with rows in "
               "flight: start its job, and take one of that")
        .WithId("E7003");
  }
  RETURN_IF_ERROR(files.CreateDirectories(request.target));
  const std::string unfinished =
      JoinPath(request.target, fmt::format("{}{}{}", UnfinishedPrefix(request.from.job_id),
                                           request.from.checkpoint_id, kUnfinished));
  RETURN_IF_ERROR(files.RemoveRecursively(unfinished));
  CheckpointMetadata state = request.from;
  std::erase_if(state.files, IsOutput);
  SavepointWriter writing(files, DefectPlanted("savepoint-not-apart") ? info.path : unfinished,
                          state, request);
  Status status = WriteContents(request, state, writing, info.metadata);
  WEIR_FAULT_POINT("savepoint.before_rename");
  if (status.ok() && writing.directory() != info.path) {
    status = PutSavepointInPlace(files, info, unfinished, info.path);
  }
  WEIR_FAULT_POINT("savepoint.after_rename");
  if (!status.ok()) {
    files.RemoveRecursively(unfinished).ok();  // the failure to report is the first one
    return status;
  }
  RETURN_IF_ERROR(files.SyncDirectory(request.target));
  info.bytes = writing.bytes();
  info.metadata.directory = info.path;
  return info;
}

Result<CheckpointMetadata> ReadSnapshotMetadata(FileSystem& files, const std::string& path,
                                                const SigningKey& key) {
  const std::string directory = DirectoryNamed(path);
  CheckpointMetadata metadata = TRY(ReadNamed(*TRY(HoldNamed(files, directory)), directory, key));
  const bool savepoint = metadata.kind == CheckpointKind::kSavepoint;
  metadata.directory = savepoint ? directory : DirectoryOf(directory);
  return metadata;
}

Result<CheckpointMetadata> LoadSnapshot(FileSystem& files, const std::string& path,
                                        const ByteProgress& progress, const SigningKey& key) {
  CheckpointMetadata metadata = TRY(ReadSnapshotMetadata(files, path, key));
  const std::unique_ptr<HeldDirectory> held =
      TRY(HoldFiles(files, metadata.directory, metadata.inlined));
  uint64_t total = 0;
  for (const StateFile& file : metadata.files) total += file.bytes;
  std::atomic<uint64_t> verified{0};
  RETURN_IF_ERROR(ForEach(
      metadata.files.size(), 0,
      [&](size_t i) -> Status {
        RETURN_IF_ERROR(VerifyFile(*held, metadata.files[i]).WithContext(metadata.directory));
        verified.fetch_add(metadata.files[i].bytes, std::memory_order_relaxed);
        return {};
      },
      [&] {
        if (progress) progress(verified.load(std::memory_order_relaxed), total);
      }));
  return metadata;
}

namespace {

// Directories between a savepoint's own and its files, deepest first.
std::vector<std::string> DirectoriesOf(const std::vector<StateFile>& files) {
  std::set<std::string, std::greater<>> directories;
  for (const StateFile& file : files) {
    for (size_t end = file.path.rfind('/'); end != std::string::npos && end > 0;
         end = file.path.rfind('/', end - 1)) {
      directories.insert(file.path.substr(0, end));
    }
  }
  // Descending, so that each follows the directories inside it.
  return {directories.begin(), directories.end()};
}

// The names left in a savepoint's directory, which are not the savepoint's.
std::vector<std::string> Remains(FileSystem& files, const std::string& directory) {
  std::vector<std::string> names;
  const Result<std::vector<FileInfo>> entries = files.List(directory);
  if (!entries.ok()) return names;
  for (const FileInfo& entry : *entries) {
    names.push_back(FileName(entry.path) + (entry.is_directory ? "/" : ""));
  }
  return names;
}

// Removes the directory if it is empty, but not through a path that is a symbolic link to it.
Status RemoveEmpty(FileSystem& files, const std::string& directory) {
  return TRY(files.Hold(DirectoryOf(directory)))->RemoveDirectory(FileName(directory));
}

}  // namespace

Status RemoveSavepoint(FileSystem& files, const std::string& path, SavepointRemains* remains,
                       const SigningKey& key) {
  const std::string directory = DirectoryNamed(path);
  const std::unique_ptr<HeldDirectory> held = TRY(HoldNamed(files, directory));
  const CheckpointMetadata metadata = TRY(ReadNamed(*held, directory, key));
  if (metadata.kind != CheckpointKind::kSavepoint) {
    return Status(StatusCode::kInvalidArgument,
                  "this is a checkpoint of a job, not a savepoint: " + directory)
        .WithId("E7004")
        .WithHint("DROP JOB removes a job's checkpoints");
  }
  RETURN_IF_ERROR(held->Remove(std::string(kMetadataName)));
  RETURN_IF_ERROR(held->Sync());
  if (DefectPlanted("drop-whole-directory")) return files.RemoveRecursively(directory);
  held->Remove(kSignatureName).ok();
  // Leaves everything that does not look like a savepoint's files and directories, as it belongs to
  // somebody else.
  for (const StateFile& file : metadata.files) {
    Status removed = held->Remove(file.path);
    if (!removed.ok() && removed.code() != StatusCode::kCorruption) return removed;
  }
  for (const std::string& name : DirectoriesOf(metadata.files)) held->RemoveDirectory(name).ok();
  SavepointRemains left;
  left.names = Remains(files, directory);
  left.directory = !left.names.empty() || !RemoveEmpty(files, directory).ok();
  if (remains != nullptr) *remains = std::move(left);
  return {};
}

}  // namespace weir::state
