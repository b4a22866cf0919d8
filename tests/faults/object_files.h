// A FileSystem with the manners of an object store, which is what checkpoints and savepoints are to
// be kept in one day.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/file_system.h"
#include "runtime/mutex.h"

namespace weir::faults {

// Below `root`, on top of the machine's files; other paths pass through.
// - A file appears when it is closed, whole, and replaces what had its name. One that was not
//   closed, because its process was killed, is not there.
// - Rename and Reopen answer kUnsupported, Link kExternal.
// - Lists are late: what appeared within `late` is not in them, what was removed within `late` by
//   this process still is. So RemoveRecursively leaves what it does not see.
// - Every request, of a reader each read as well, takes `answer` longer.
// Open, Stat and reads are never late, as those of today's stores. Thread-safe.
class ObjectFiles final : public FileSystem {
 public:
  ObjectFiles(FileSystem& base, const std::string& root, std::chrono::milliseconds late,
              std::chrono::milliseconds answer);

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> CreateOutput(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) override;
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::vector<FileInfo>> List(const std::string& directory) override;
  Status CreateDirectories(const std::string& path) override;
  Status CreateOutputDirectories(const std::string& path) override;
  Status CreateOutputDirectory(const std::string& path) override;
  bool Renames(const std::string& directory) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveRecursively(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;
  Result<std::unique_ptr<WholeFileSystem>> Whole(const std::string& directory) override;
  Result<std::unique_ptr<HeldDirectory>> Hold(const std::string& directory) override;

 private:
  struct Removed {
    FileInfo info;
    std::chrono::steady_clock::time_point at;
  };

  // Whether the path is below the root; if so the request takes its time.
  bool Asks(const std::string& path) const;
  Status RemoveEntry(const FileInfo& entry);

  FileSystem& base_;
  const std::string root_, uploads_;
  const std::chrono::milliseconds late_, answer_;
  std::atomic<uint64_t> next_upload_ = 0;
  Mutex mutex_;
  std::map<std::string, Removed> removed_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::faults
