// A FileSystem under which other threads may run around every call.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/file_system.h"

namespace weir::simulation {

// Passes everything on to `base`, which outlives it.
class YieldingFiles final : public FileSystem {
 public:
  explicit YieldingFiles(FileSystem& base) : base_(base) {}

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) override;
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::vector<FileInfo>> List(const std::string& directory) override;
  Status CreateDirectories(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveRecursively(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;

 private:
  FileSystem& base_;
};

}  // namespace weir::simulation
