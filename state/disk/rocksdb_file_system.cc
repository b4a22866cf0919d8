#include "state/disk/rocksdb_file_system.h"

#include <fmt/format.h>
#include <rocksdb/file_system.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/base/memory_reserve.h"

namespace weir::state {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus ToRocksDb(const Status& status) {
  if (status.ok()) return IOStatus::OK();
  if (status.code() == StatusCode::kNotFound) return IOStatus::NotFound(status.message());
  if (status.code() == StatusCode::kCorruption) return IOStatus::Corruption(status.message());
  return IOStatus::IOError(status.message());
}

class Sequential final : public rocksdb::FSSequentialFile {
 public:
  explicit Sequential(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}
  IOStatus Read(size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    Result<size_t> bytes = file_->Read(at_, n, scratch);
    if (!bytes.ok()) return ToRocksDb(bytes.status());
    at_ += *bytes;
    *result = Slice(scratch, *bytes);
    return IOStatus::OK();
  }
  IOStatus Skip(uint64_t n) override {
    at_ += n;
    return IOStatus::OK();
  }

 private:
  std::unique_ptr<ReadableFile> file_;
  uint64_t at_ = 0;
};

class RandomAccess final : public rocksdb::FSRandomAccessFile {
 public:
  explicit RandomAccess(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}
  IOStatus Read(uint64_t offset, size_t n, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    Result<size_t> bytes = file_->Read(offset, n, scratch);
    if (!bytes.ok()) return ToRocksDb(bytes.status());
    *result = Slice(scratch, *bytes);
    return IOStatus::OK();
  }

 private:
  std::unique_ptr<ReadableFile> file_;
};

class Writable final : public rocksdb::FSWritableFile {
 public:
  // `sum` is the checksum of what the file already contains; nothing if that is unknown.
  Writable(std::unique_ptr<WritableFile> file, std::string path, std::optional<FileDigest> sum,
           WrittenSums& sums)
      : file_(std::move(file)), path_(std::move(path)), sum_(sum), sums_(sums) {}
  using rocksdb::FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    // Only now, and not when the file was opened: RocksDB opens files just to sync them, and never
    // closes those.
    sums_.Forget(path_);
    if (sum_) {
      sum_->bytes += data.size();
      sum_->crc32c = Crc32c(sum_->crc32c, data.data(), data.size());
    }
    return ToRocksDb(file_->Append({data.data(), data.size()}));
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return ToRocksDb(file_->Flush()); }
  // Nothing in a working directory outlives its process. Files that a checkpoint links are synced
  // then (LinkShared in rocksdb_backend.cc), once, and only if they still exist.
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return ToRocksDb(file_->Flush()); }
  IOStatus Close(const IOOptions&, IODebugContext*) override {
    const Status closed = file_->Close();
    if (closed.ok() && sum_) sums_.Set(path_, *sum_);
    return ToRocksDb(closed);
  }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return file_->size(); }

 private:
  std::unique_ptr<WritableFile> file_;
  const std::string path_;
  std::optional<FileDigest> sum_;
  WrittenSums& sums_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }  // as Sync above
};

// The data directory is locked by the shell; databases inside need no lock of their own.
class NoLock final : public rocksdb::FileLock {};

class PortFileSystem final : public rocksdb::FileSystem {
 public:
  PortFileSystem(weir::FileSystem& files, std::string root, WrittenSums& sums)
      : files_(files), root_(std::move(root)), sums_(sums) {}
  const char* Name() const override { return "weir"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext*) override {
    auto file = OpenBelow(path);
    if (!file.ok()) return ToRocksDb(file.status());
    *result = std::make_unique<Sequential>(*std::move(file));
    return IOStatus::OK();
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext*) override {
    auto file = OpenBelow(path);
    if (!file.ok()) return ToRocksDb(file.status());
    *result = std::make_unique<RandomAccess>(*std::move(file));
    return IOStatus::OK();
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext*) override {
    const Result<std::string> below = Below(path);
    if (!below.ok()) return ToRocksDb(below.status());
    auto file = files_.Create(path);
    if (!file.ok()) return ToRocksDb(file.status());
    sums_.Forget(path);
    *result = std::make_unique<Writable>(*std::move(file), path, FileDigest{}, sums_);
    return IOStatus::OK();
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext*) override {
    const Result<std::string> below = Below(path);
    if (!below.ok()) return ToRocksDb(below.status());
    auto info = files_.Stat(path);
    auto file = info.ok() ? files_.Reopen(path, info->bytes) : files_.Create(path);
    if (!file.ok()) return ToRocksDb(file.status());
    std::optional<FileDigest> sum = info.ok() ? sums_.Find(path) : FileDigest{};
    if (sum && info.ok() && sum->bytes != info->bytes) sum.reset();
    *result = std::make_unique<Writable>(*std::move(file), path, sum, sums_);
    return IOStatus::OK();
  }
  IOStatus NewDirectory(const std::string&, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext*) override {
    *result = std::make_unique<Directory>();
    return IOStatus::OK();
  }
  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    return ToRocksDb(files_.Stat(path).status());
  }
  IOStatus GetChildren(const std::string& directory, const IOOptions&,
                       std::vector<std::string>* names, IODebugContext*) override {
    auto entries = files_.List(directory);
    if (!entries.ok()) return ToRocksDb(entries.status());
    names->clear();
    for (const FileInfo& entry : *entries) {
      names->push_back(entry.path.substr(entry.path.rfind('/') + 1));
    }
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    const Result<std::string> below = Below(path);
    if (!below.ok()) return ToRocksDb(below.status());
    sums_.Forget(path);
    return ToRocksDb(files_.Remove(path));
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    return ToRocksDb(files_.CreateDirectories(path));
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    return ToRocksDb(files_.CreateDirectories(path));
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    const Result<std::string> below = Below(path);
    if (!below.ok()) return ToRocksDb(below.status());
    return ToRocksDb(files_.RemoveRecursively(path));
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* bytes,
                       IODebugContext*) override {
    auto info = files_.Stat(path);
    if (!info.ok()) return ToRocksDb(info.status());
    *bytes = info->bytes;
    return IOStatus::OK();
  }
  IOStatus GetFileModificationTime(const std::string& path, const IOOptions&, uint64_t* seconds,
                                   IODebugContext*) override {
    auto info = files_.Stat(path);
    if (!info.ok()) return ToRocksDb(info.status());
    *seconds = static_cast<uint64_t>(info->modified_nanos / 1'000'000'000);
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    for (const std::string& path : {from, to}) {
      const Result<std::string> below = Below(path);
      if (!below.ok()) return ToRocksDb(below.status());
    }
    const Status renamed = files_.Rename(from, to);
    if (renamed.ok()) {
      sums_.Link(from, to);
      sums_.Forget(from);
    }
    return ToRocksDb(renamed);
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions&,
                    IODebugContext*) override {
    for (const std::string& path : {from, to}) {
      const Result<std::string> below = Below(path);
      if (!below.ok()) return ToRocksDb(below.status());
    }
    const Status linked = files_.Link(from, to);
    if (linked.ok()) sums_.Link(from, to);
    return ToRocksDb(linked);
  }
  IOStatus LockFile(const std::string&, const IOOptions&, rocksdb::FileLock** lock,
                    IODebugContext*) override {
    *lock = std::make_unique<NoLock>().release();  // UnlockFile takes ownership again
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    std::unique_ptr<NoLock>(static_cast<NoLock*>(lock)).reset();
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string*, IODebugContext*) override {
    return IOStatus::NotSupported("no test directory");
  }
  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>*,
                     IODebugContext*) override {
    return IOStatus::NotSupported("no logger");
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* result,
                           IODebugContext*) override {
    std::error_code error;
    *result = std::filesystem::absolute(path, error).string();
    return error ? IOStatus::IOError(error.message()) : IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is_directory,
                       IODebugContext*) override {
    auto info = files_.Stat(path);
    if (!info.ok()) return ToRocksDb(info.status());
    *is_directory = info->is_directory;
    return IOStatus::OK();
  }

 private:
  // The path below the root. Paths outside of it, which a forged manifest or CURRENT may contain,
  // are refused.
  Result<std::string> Below(const std::string& path) const {
    const bool inside =
        path.starts_with(root_) && path.size() > root_.size() && path[root_.size()] == '/';
    const size_t begin = inside ? path.find_first_not_of('/', root_.size()) : std::string::npos;
    std::string below = begin == std::string::npos ? "" : path.substr(begin);
    for (size_t at; (at = below.find("//")) != std::string::npos;) below.erase(at, 1);  // RocksDB's
    if (CheckBelow(below).ok()) return below;
    return Status::Corruption("a path leads out of the database's directory: " + path);
  }
  Result<std::unique_ptr<ReadableFile>> OpenBelow(const std::string& path) {
    const std::string below = TRY(Below(path));
    const std::unique_ptr<HeldDirectory> held = TRY(files_.Hold(root_));
    return std::move(TRY(held->Open(below)).file);
  }

  weir::FileSystem& files_;
  const std::string root_;
  WrittenSums& sums_;
};

// Nobody catches exceptions on RocksDB's own threads, so their allocations may use the reserve.
class BackgroundWork {
 public:
  BackgroundWork(void (*run)(void*), void (*forget)(void*), void* argument)
      : run_(run), forget_(forget), argument_(argument) {}
  static void Run(void* work) {
    const WithMemoryReserve reserve;
    const std::unique_ptr<BackgroundWork> mine(static_cast<BackgroundWork*>(work));
    mine->run_(mine->argument_);
  }
  static void Forget(void* work) {
    const WithMemoryReserve reserve;
    const std::unique_ptr<BackgroundWork> mine(static_cast<BackgroundWork*>(work));
    if (mine->forget_ != nullptr) mine->forget_(mine->argument_);
  }

 private:
  void (*run_)(void*);
  void (*forget_)(void*);
  void* argument_;
};

class Environment final : public rocksdb::EnvWrapper {
 public:
  explicit Environment(std::unique_ptr<rocksdb::Env> target)
      : rocksdb::EnvWrapper(std::move(target)) {
    file_system_ = this->target()->GetFileSystem();
    system_clock_ = this->target()->GetSystemClock();
  }
  void Schedule(void (*run)(void*), void* argument, Priority priority, void* tag,
                void (*forget)(void*)) override {
    auto work = std::make_unique<BackgroundWork>(run, forget, argument);
    target()->Schedule(BackgroundWork::Run, work.release(), priority, tag, BackgroundWork::Forget);
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> MakeRocksDbEnvironment(FileSystem& files, std::string directory,
                                                     WrittenSums& sums) {
  return std::make_unique<Environment>(rocksdb::NewCompositeEnv(
      std::make_shared<PortFileSystem>(files, std::move(directory), sums)));
}

Status FromRocksDb(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return {};
  std::string message = fmt::format("{} failed: {}", what, status.ToString());
  if (status.IsCorruption()) return Status::Corruption(std::move(message)).WithId("E7001");
  if (status.IsIOError() || status.IsNoSpace() || status.IsTimedOut() || status.IsIncomplete()) {
    return Status::External(std::move(message)).WithId("E4001");
  }
  return Status::Internal(std::move(message));
}

}  // namespace weir::state
