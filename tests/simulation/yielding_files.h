// A FileSystem under which other threads may run around every call.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/file_system.h"

namespace weir::simulation {

// What was done to which path, told when it was: "sync", "sync directory", "rename" (of what it is
// now called) or "create directory".
using NoteFiles = std::function<void(std::string_view what, const std::string& path)>;

// Passes everything on to `base`, which outlives it.
class YieldingFiles final : public FileSystem {
 public:
  YieldingFiles(FileSystem& base, NoteFiles note) : base_(base), note_(std::move(note)) {}

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) override;
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::vector<FileInfo>> List(const std::string& directory) override;
  Status CreateDirectories(const std::string& path) override;
  bool Renames(const std::string& directory) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status RemoveRecursively(const std::string& directory) override;
  Status SyncDirectory(const std::string& directory) override;

 private:
  Status Noted(Status done, std::string_view what, const std::string& path) const;

  FileSystem& base_;
  const NoteFiles note_;
};

}  // namespace weir::simulation
