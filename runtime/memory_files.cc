#include "runtime/memory_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/held_directory.h"
#include "runtime/mutex.h"

namespace weir {
namespace {

using Changed = std::function<void(int64_t bytes)>;

// The bytes of a file, which several names may share.
class Contents {
 public:
  explicit Contents(std::shared_ptr<const Changed> changed) : changed_(std::move(changed)) {}
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;
  ~Contents() { Tell(-static_cast<int64_t>(size())); }

  void Append(std::string_view bytes) {
    {
      const MutexLock lock(mutex_);
      bytes_.append(bytes);
    }
    Tell(static_cast<int64_t>(bytes.size()));
  }
  void Cut(uint64_t bytes) {
    int64_t grown = 0;
    {
      const MutexLock lock(mutex_);
      grown = static_cast<int64_t>(bytes) - static_cast<int64_t>(bytes_.size());
      bytes_.resize(bytes);
    }
    Tell(grown);
  }
  size_t Read(uint64_t offset, size_t bytes, char* out) const {
    const MutexLock lock(mutex_);
    if (offset >= bytes_.size()) return 0;
    const size_t read = std::min<size_t>(bytes, bytes_.size() - offset);
    std::memcpy(out, bytes_.data() + offset, read);
    return read;
  }
  uint64_t size() const {
    const MutexLock lock(mutex_);
    return bytes_.size();
  }

 private:
  void Tell(int64_t grown) const {
    if (*changed_ && grown != 0) (*changed_)(grown);
  }

  const std::shared_ptr<const Changed> changed_;
  mutable Mutex mutex_;
  std::string bytes_ WEIR_GUARDED_BY(mutex_);
};
using ContentsPtr = std::shared_ptr<Contents>;

class WritableInMemory final : public WritableFile {
 public:
  explicit WritableInMemory(ContentsPtr contents) : contents_(std::move(contents)) {}
  Status Append(std::string_view bytes) override {
    contents_->Append(bytes);
    return {};
  }
  Status Sync() override { return {}; }
  Status Flush() override { return {}; }
  Status Close() override { return {}; }
  uint64_t size() const override { return contents_->size(); }

 private:
  const ContentsPtr contents_;
};

class ReadableInMemory final : public ReadableFile {
 public:
  explicit ReadableInMemory(ContentsPtr contents) : contents_(std::move(contents)) {}
  Result<size_t> Read(uint64_t offset, size_t bytes, char* out) const override {
    return contents_->Read(offset, bytes, out);
  }

 private:
  const ContentsPtr contents_;
};

// "memory://a/b" for "memory://a/b/c"; the root is "memory://" itself.
std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash < kMemoryScheme.size() ? std::string(kMemoryScheme) : path.substr(0, slash);
}

// The names below memory://, each with its contents; null for a directory.
class Tree {
 public:
  explicit Tree(Changed changed) : changed_(std::make_shared<const Changed>(std::move(changed))) {}

  Result<ContentsPtr> Create(const std::string& path) {
    const MutexLock lock(mutex_);
    RETURN_IF_ERROR(CheckDirectory(ParentOf(path), "creating", path));
    const auto found = names_.find(path);
    if (path == kMemoryScheme || (found != names_.end() && found->second == nullptr))
      return FileFailure("creating", path, EISDIR);
    return names_[path] = std::make_shared<Contents>(changed_);
  }
  Result<ContentsPtr> Find(const std::string& path) const {
    const MutexLock lock(mutex_);
    const auto found = names_.find(path);
    if (found == names_.end()) return FileFailure("opening", path, ENOENT);
    if (found->second == nullptr) return FileFailure("opening", path, EISDIR);
    return found->second;
  }
  Result<FileInfo> Stat(const std::string& path) const {
    const MutexLock lock(mutex_);
    if (path == kMemoryScheme) return InfoOf(path, nullptr);
    const auto found = names_.find(path);
    if (found == names_.end()) return FileFailure("opening", path, ENOENT);
    return InfoOf(path, found->second);
  }
  Result<std::vector<FileInfo>> List(const std::string& directory) const {
    const MutexLock lock(mutex_);
    RETURN_IF_ERROR(CheckDirectory(directory, "listing", directory));
    const std::string prefix = directory == kMemoryScheme ? directory : directory + "/";
    std::vector<FileInfo> entries;
    for (auto at = names_.lower_bound(prefix); at != names_.end(); ++at) {
      if (!at->first.starts_with(prefix)) break;
      if (at->first.find('/', prefix.size()) == std::string::npos)
        entries.push_back(InfoOf(at->first, at->second));
    }
    return entries;
  }
  Status CreateDirectories(const std::string& path) {
    if (path == kMemoryScheme) return {};
    RETURN_IF_ERROR(CreateDirectories(ParentOf(path)));
    const MutexLock lock(mutex_);
    const auto [entry, made] = names_.emplace(path, nullptr);
    if (!made && entry->second != nullptr) return FileFailure("creating", path, EEXIST);
    return {};
  }
  Status Rename(const std::string& from, const std::string& to) {
    const MutexLock lock(mutex_);
    const auto found = names_.find(from);
    if (found == names_.end()) return FileFailure("renaming", from, ENOENT);
    RETURN_IF_ERROR(CheckDirectory(ParentOf(to), "renaming", to));
    if (found->second == nullptr && names_.contains(to)) return FileFailure("renaming", to, EEXIST);
    std::vector<std::string> moved = Below(from);
    moved.push_back(from);
    for (const std::string& name : moved) {
      auto entry = names_.extract(name);
      names_[to + name.substr(from.size())] = std::move(entry.mapped());
    }
    return {};
  }
  Status Link(const std::string& from, const std::string& to) {
    const MutexLock lock(mutex_);
    const auto found = names_.find(from);
    if (found == names_.end() || found->second == nullptr)
      return FileFailure("linking", from, found == names_.end() ? ENOENT : EPERM);
    RETURN_IF_ERROR(CheckDirectory(ParentOf(to), "linking", to));
    const ContentsPtr contents = found->second;
    return names_.emplace(to, contents).second ? Status() : FileFailure("linking", to, EEXIST);
  }
  Status Remove(const std::string& path) {
    const MutexLock lock(mutex_);
    const auto found = names_.find(path);
    if (found == names_.end()) return {};
    if (found->second == nullptr) return FileFailure("removing", path, EISDIR);
    names_.erase(found);
    return {};
  }
  void RemoveRecursively(const std::string& path) {
    const MutexLock lock(mutex_);
    for (const std::string& name : Below(path)) names_.erase(name);
    names_.erase(path);
  }

 private:
  static FileInfo InfoOf(const std::string& path, const ContentsPtr& contents) {
    FileInfo info;
    info.path = path;
    info.is_directory = contents == nullptr;
    info.is_regular = contents != nullptr;
    info.bytes = contents == nullptr ? 0 : contents->size();
    return info;
  }
  Status CheckDirectory(const std::string& directory, std::string_view what,
                        const std::string& path) const WEIR_REQUIRES(mutex_) {
    if (directory == kMemoryScheme) return {};
    const auto found = names_.find(directory);
    if (found == names_.end()) return FileFailure(what, path, ENOENT);
    return found->second == nullptr ? Status() : FileFailure(what, path, ENOTDIR);
  }
  std::vector<std::string> Below(const std::string& directory) const WEIR_REQUIRES(mutex_) {
    const std::string prefix = directory + "/";
    std::vector<std::string> names;
    for (auto at = names_.lower_bound(prefix); at != names_.end(); ++at) {
      if (!at->first.starts_with(prefix)) break;
      names.push_back(at->first);
    }
    return names;
  }

  const std::shared_ptr<const Changed> changed_;
  mutable Mutex mutex_;
  std::map<std::string, ContentsPtr> names_ WEIR_GUARDED_BY(mutex_);
};

// A directory of the other file system: nothing of it can be linked into memory.
class HeldElsewhere final : public HeldDirectory {
 public:
  explicit HeldElsewhere(std::unique_ptr<HeldDirectory> held) : held_(std::move(held)) {}
  Result<OpenedFile> Open(const std::string& path) override { return held_->Open(path); }
  Status Link(const std::string& path, const std::string& to) override {
    return IsInMemory(to) ? FileFailure("linking", to, EXDEV) : held_->Link(path, to);
  }
  Status Remove(const std::string& path) override { return held_->Remove(path); }
  Status RemoveAll(const std::vector<std::string>& paths) override {
    return held_->RemoveAll(paths);
  }
  Status RemoveDirectory(const std::string& path) override { return held_->RemoveDirectory(path); }
  Status Sync() override { return held_->Sync(); }

 private:
  const std::unique_ptr<HeldDirectory> held_;
};

class FilesWithMemory final : public FileSystem {
 public:
  FilesWithMemory(FileSystem& others, Changed changed)
      : others_(others), tree_(std::move(changed)) {}

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    if (!IsInMemory(path)) return others_.Create(path);
    return std::unique_ptr<WritableFile>(
        std::make_unique<WritableInMemory>(TRY(tree_.Create(path))));
  }
  Result<std::unique_ptr<WritableFile>> CreateOutput(const std::string& path) override {
    return IsInMemory(path) ? Create(path) : others_.CreateOutput(path);
  }
  Status CreateOutputDirectories(const std::string& path) override {
    return IsInMemory(path) ? CreateDirectories(path) : others_.CreateOutputDirectories(path);
  }
  Status CreateOutputDirectory(const std::string& path) override {
    return IsInMemory(path) ? CreateDirectories(path) : others_.CreateOutputDirectory(path);
  }
  Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) override {
    if (!IsInMemory(path)) return others_.Reopen(path, bytes);
    ContentsPtr contents = TRY(tree_.Find(path));
    contents->Cut(bytes);
    return std::unique_ptr<WritableFile>(std::make_unique<WritableInMemory>(std::move(contents)));
  }
  Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) override {
    if (!IsInMemory(path)) return others_.Open(path);
    return std::unique_ptr<ReadableFile>(std::make_unique<ReadableInMemory>(TRY(tree_.Find(path))));
  }
  Result<std::unique_ptr<ReadableFile>> OpenFound(const FileInfo& file) override {
    return IsInMemory(file.path) ? Open(file.path) : others_.OpenFound(file);
  }
  Result<std::vector<FileInfo>> ListAll(const std::string& prefix) override {
    return IsInMemory(prefix) ? FileSystem::ListAll(prefix) : others_.ListAll(prefix);
  }
  Status RemoveAll(const std::vector<std::string>& paths) override {
    const bool none = std::ranges::none_of(paths, IsInMemory);
    return none ? others_.RemoveAll(paths) : FileSystem::RemoveAll(paths);
  }
  Result<FileInfo> Stat(const std::string& path) override {
    return IsInMemory(path) ? tree_.Stat(path) : others_.Stat(path);
  }
  Result<std::vector<FileInfo>> List(const std::string& directory) override {
    return IsInMemory(directory) ? tree_.List(directory) : others_.List(directory);
  }
  Status CreateDirectories(const std::string& path) override {
    return IsInMemory(path) ? tree_.CreateDirectories(path) : others_.CreateDirectories(path);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    if (IsInMemory(from) != IsInMemory(to))
      return FileFailure("renaming", from + " to " + to, EXDEV);
    return IsInMemory(from) ? tree_.Rename(from, to) : others_.Rename(from, to);
  }
  Status Link(const std::string& from, const std::string& to) override {
    if (IsInMemory(from) != IsInMemory(to))
      return FileFailure("linking", from + " to " + to, EXDEV);
    return IsInMemory(from) ? tree_.Link(from, to) : others_.Link(from, to);
  }
  Status Remove(const std::string& path) override {
    return IsInMemory(path) ? tree_.Remove(path) : others_.Remove(path);
  }
  Status RemoveRecursively(const std::string& directory) override {
    if (!IsInMemory(directory)) return others_.RemoveRecursively(directory);
    tree_.RemoveRecursively(directory);
    return {};
  }
  Status SyncDirectory(const std::string& directory) override {
    return IsInMemory(directory) ? tree_.Stat(directory).status()
                                 : others_.SyncDirectory(directory);
  }
  Result<std::unique_ptr<WholeFileSystem>> Whole(const std::string& directory) override {
    return IsInMemory(directory) ? FileSystem::Whole(directory) : others_.Whole(directory);
  }
  bool Renames(const std::string& directory) override {
    return IsInMemory(directory) || others_.Renames(directory);
  }
  Result<std::unique_ptr<HeldDirectory>> Hold(const std::string& directory) override {
    if (IsInMemory(directory)) return FileSystem::Hold(directory);
    return std::unique_ptr<HeldDirectory>(
        std::make_unique<HeldElsewhere>(TRY(others_.Hold(directory))));
  }

 private:
  FileSystem& others_;
  Tree tree_;
};

}  // namespace

std::unique_ptr<FileSystem> WithMemoryFiles(FileSystem& others,
                                            std::function<void(int64_t bytes)> changed) {
  return std::make_unique<FilesWithMemory>(others, std::move(changed));
}

}  // namespace weir
