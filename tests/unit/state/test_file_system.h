// The machine's files without waiting for the disk, with a say before every change.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/file_system.h"

namespace weir::state {

// Syncs do nothing: tests end before the power does, and an fsync costs milliseconds. Thread-safe,
// but `before` is set while nobody uses it.
class TestFileSystem final : public FileSystem {
 public:
  // What happens: "create", "append", "sync", "rename", "link", "remove", "remove_tree",
  // "sync_directory".
  using Hook = std::function<Status(std::string_view operation, const std::string& path)>;
  // Called before every change; an error takes its place.
  Hook before;
  std::function<void(std::vector<FileInfo>& list)> listed;  // called behind every List

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    RETURN_IF_ERROR(Ask("create", path));
    return Wrap(path, base().Create(path));
  }
  Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) override {
    RETURN_IF_ERROR(Ask("create", path));
    return Wrap(path, base().Reopen(path, bytes));
  }
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    return base().Open(path);
  }
  Result<FileInfo> Stat(const std::string& path) override { return base().Stat(path); }
  Result<std::vector<FileInfo>> List(const std::string& directory) override {
    Result<std::vector<FileInfo>> list = base().List(directory);
    if (listed && list.ok()) listed(*list);
    return list;
  }
  Status CreateDirectories(const std::string& path) override {
    return base().CreateDirectories(path);
  }
  bool Renames(const std::string& directory) override { return base().Renames(directory); }
  Status Rename(const std::string& from, const std::string& to) override {
    RETURN_IF_ERROR(Ask("rename", to));
    return base().Rename(from, to);
  }
  Status Link(const std::string& from, const std::string& to) override {
    RETURN_IF_ERROR(Ask("link", to));
    return base().Link(from, to);
  }
  Status Remove(const std::string& path) override {
    RETURN_IF_ERROR(Ask("remove", path));
    return base().Remove(path);
  }
  Status RemoveRecursively(const std::string& directory) override {
    RETURN_IF_ERROR(Ask("remove_tree", directory));
    return base().RemoveRecursively(directory);
  }
  Status SyncDirectory(const std::string& directory) override {
    return Ask("sync_directory", directory);
  }

 private:
  class File final : public WritableFile {
   public:
    File(const TestFileSystem& owner, std::string path, std::unique_ptr<WritableFile> base)
        : owner_(owner), path_(std::move(path)), base_(std::move(base)) {}
    Status Append(std::string_view bytes) override {
      RETURN_IF_ERROR(owner_.Ask("append", path_));
      return base_->Append(bytes);
    }
    Status Sync() override {
      RETURN_IF_ERROR(owner_.Ask("sync", path_));
      return base_->Flush();
    }
    Status Flush() override { return base_->Flush(); }
    Status Close() override { return base_->Close(); }
    uint64_t size() const override { return base_->size(); }

   private:
    const TestFileSystem& owner_;
    const std::string path_;
    std::unique_ptr<WritableFile> base_;
  };

  static FileSystem& base() { return FileSystem::Local(); }
  Status Ask(std::string_view operation, const std::string& path) const {
    return before ? before(operation, path) : Status();
  }
  Result<std::unique_ptr<WritableFile>> Wrap(const std::string& path,
                                             Result<std::unique_ptr<WritableFile>> file) const {
    if (!file.ok()) return std::move(file).status();
    return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, path, *std::move(file)));
  }
};

}  // namespace weir::state
