#include "tests/faults/object_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "runtime/base/check.h"

namespace weir::faults {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string Normal(const std::string& path) {
  std::string normal = fs::absolute(path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

int64_t NanosSince(milliseconds age) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now - age).count();
}

// Has its name when it is closed.
class Upload final : public WritableFile {
 public:
  Upload(FileSystem& base, std::unique_ptr<WritableFile> file, std::string unfinished,
         std::string path, milliseconds answer)
      : base_(base),
        file_(std::move(file)),
        unfinished_(std::move(unfinished)),
        path_(std::move(path)),
        answer_(answer) {}
  ~Upload() override {
    if (!closed_) base_.Remove(unfinished_).ok();  // it never was there
  }
  Status Append(std::string_view bytes) override { return file_->Append(bytes); }
  Status Sync() override { return file_->Flush(); }  // only what is closed can be durable
  Status Flush() override { return file_->Flush(); }
  Status Close() override {
    if (closed_) return {};
    std::this_thread::sleep_for(answer_);
    RETURN_IF_ERROR(file_->Close());
    closed_ = true;
    return base_.Rename(unfinished_, path_);
  }
  uint64_t size() const override { return file_->size(); }

 private:
  FileSystem& base_;
  const std::unique_ptr<WritableFile> file_;
  const std::string unfinished_, path_;
  const milliseconds answer_;
  bool closed_ = false;
};

class Download final : public ReadableFile {
 public:
  Download(std::unique_ptr<ReadableFile> file, milliseconds answer)
      : file_(std::move(file)), answer_(answer) {}
  Result<size_t> Read(uint64_t offset, size_t bytes, char* out) const override {
    std::this_thread::sleep_for(answer_);
    return file_->Read(offset, bytes, out);
  }

 private:
  const std::unique_ptr<ReadableFile> file_;
  const milliseconds answer_;
};

Status Cannot(std::string_view what, const std::string& path) {
  return Status::Unsupported(fmt::format("{}: an object store cannot {}", path, what));
}

}  // namespace

ObjectFiles::ObjectFiles(FileSystem& base, const std::string& root, milliseconds late,
                         milliseconds answer)
    : base_(base), root_(Normal(root)), uploads_(root_ + ".uploads"), late_(late), answer_(answer) {
  fs::create_directories(root_);
  fs::create_directories(uploads_);
}

bool ObjectFiles::Asks(const std::string& path) const {
  const std::string normal = Normal(path);
  if (normal != root_ && !normal.starts_with(root_ + "/")) return false;
  std::this_thread::sleep_for(answer_);
  return true;
}

Result<std::unique_ptr<WritableFile>> ObjectFiles::Create(const std::string& path) {
  if (!Asks(path)) return base_.Create(path);
  if (!base_.Stat(DirectoryOf(path)).ok()) return base_.Create(path);  // and so its error
  std::string unfinished = fmt::format("{}/{}-{}", uploads_, ::getpid(), next_upload_++);
  std::unique_ptr<WritableFile> file = TRY(base_.Create(unfinished));
  return std::unique_ptr<WritableFile>(
      std::make_unique<Upload>(base_, std::move(file), std::move(unfinished), path, answer_));
}

Result<std::unique_ptr<WritableFile>> ObjectFiles::CreateOutput(const std::string& path) {
  return Asks(path) ? Create(path) : base_.CreateOutput(path);
}

Result<std::unique_ptr<WritableFile>> ObjectFiles::Reopen(const std::string& path, uint64_t bytes) {
  if (Asks(path)) return Cannot("append", path);
  return base_.Reopen(path, bytes);
}

Result<std::unique_ptr<ReadableFile>> ObjectFiles::Open(const std::string& path) {
  if (!Asks(path)) return base_.Open(path);
  return std::unique_ptr<ReadableFile>(std::make_unique<Download>(TRY(base_.Open(path)), answer_));
}

Result<FileInfo> ObjectFiles::Stat(const std::string& path) {
  Asks(path);
  return base_.Stat(path);
}

Result<std::vector<FileInfo>> ObjectFiles::List(const std::string& directory) {
  std::vector<FileInfo> entries = TRY(base_.List(directory));
  if (!Asks(directory)) return entries;
  const int64_t since = NanosSince(late_);
  std::erase_if(entries, [&](const FileInfo& entry) {
    return (entry.is_directory ? entry.born_nanos : entry.changed_nanos) > since;
  });
  const MutexLock lock(mutex_);
  const auto now = steady_clock::now();
  std::erase_if(removed_, [&](const auto& one) { return now - one.second.at > late_; });
  const std::string prefix = directory.ends_with('/') ? directory : directory + "/";
  for (const auto& [path, removed] : removed_) {
    const bool there = std::ranges::any_of(
        entries, [&, &gone = path](const FileInfo& entry) { return entry.path == gone; });
    if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos && !there)
      entries.push_back(removed.info);
  }
  std::ranges::sort(entries, {}, &FileInfo::path);
  return entries;
}

Status ObjectFiles::CreateDirectories(const std::string& path) {
  Asks(path);
  return base_.CreateDirectories(path);
}

Status ObjectFiles::CreateOutputDirectories(const std::string& path) {
  Asks(path);
  return base_.CreateOutputDirectories(path);
}

Status ObjectFiles::CreateOutputDirectory(const std::string& path) {
  Asks(path);
  return base_.CreateOutputDirectory(path);
}

bool ObjectFiles::Renames(const std::string& directory) {
  return !Asks(directory) && base_.Renames(directory);
}

Status ObjectFiles::Rename(const std::string& from, const std::string& to) {
  if (Asks(from) || Asks(to)) return Cannot("rename", from);
  return base_.Rename(from, to);
}

Status ObjectFiles::Link(const std::string& from, const std::string& to) {
  if (!Asks(from) && !Asks(to)) return base_.Link(from, to);
  return Status::External(fmt::format("linking {}: an object store has no links", to))
      .WithId("E4001");
}

Status ObjectFiles::RemoveEntry(const FileInfo& entry) {
  {
    const MutexLock lock(mutex_);
    removed_[entry.path] = {entry, steady_clock::now()};
  }
  return entry.is_directory ? base_.RemoveRecursively(entry.path) : base_.Remove(entry.path);
}

Status ObjectFiles::Remove(const std::string& path) {
  if (!Asks(path)) return base_.Remove(path);
  const Result<FileInfo> info = base_.Stat(path);
  if (!info.ok()) return info.status().code() == StatusCode::kNotFound ? Status() : info.status();
  return RemoveEntry(*info);
}

Status ObjectFiles::RemoveRecursively(const std::string& directory) {
  if (!Asks(directory)) return base_.RemoveRecursively(directory);
  const Result<FileInfo> info = base_.Stat(directory);
  if (!info.ok()) return info.status().code() == StatusCode::kNotFound ? Status() : info.status();
  for (const FileInfo& entry : TRY(List(directory))) {
    RETURN_IF_ERROR(entry.is_directory ? RemoveRecursively(entry.path) : Remove(entry.path));
  }
  // A directory is nothing but the names of what is in it.
  return TRY(base_.List(directory)).empty() ? RemoveEntry(*info) : Status();
}

Status ObjectFiles::SyncDirectory(const std::string& directory) {
  return Asks(directory) ? Status() : base_.SyncDirectory(directory);
}

Result<std::unique_ptr<WholeFileSystem>> ObjectFiles::Whole(const std::string& directory) {
  if (Asks(directory)) return FileSystem::Whole(directory);
  return base_.Whole(directory);
}

Result<std::unique_ptr<HeldDirectory>> ObjectFiles::Hold(const std::string& directory) {
  return Asks(directory) ? FileSystem::Hold(directory) : base_.Hold(directory);
}

}  // namespace weir::faults
