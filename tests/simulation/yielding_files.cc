#include "tests/simulation/yielding_files.h"

#include <utility>

#include "runtime/scheduler.h"

namespace weir::simulation {
namespace {

class YieldingFile final : public WritableFile {
 public:
  YieldingFile(std::unique_ptr<WritableFile> file, std::string path, const NoteFiles& note)
      : file_(std::move(file)), path_(std::move(path)), note_(note) {}
  Status Append(std::string_view bytes) override {
    YieldToOthers();
    return file_->Append(bytes);
  }
  Status Sync() override {
    YieldToOthers();
    RETURN_IF_ERROR(file_->Sync());
    note_("sync", path_);
    YieldToOthers();
    return {};
  }
  Status Flush() override { return file_->Flush(); }
  Status Close() override {
    YieldToOthers();
    return file_->Close();
  }
  uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<WritableFile> file_;
  const std::string path_;
  const NoteFiles& note_;
};

Result<std::unique_ptr<WritableFile>> Wrapped(Result<std::unique_ptr<WritableFile>> file,
                                              const std::string& path, const NoteFiles& note) {
  if (!file.ok()) return file;
  return std::unique_ptr<WritableFile>(
      std::make_unique<YieldingFile>(std::move(*file), path, note));
}

// Others may run before the call, and between it and what follows.
template <typename Call>
auto Between(Call&& call) {
  YieldToOthers();
  auto answer = call();
  YieldToOthers();
  return answer;
}

}  // namespace

Status YieldingFiles::Noted(Status done, std::string_view what, const std::string& path) const {
  if (done.ok()) note_(what, path);
  return done;
}

Result<std::unique_ptr<WritableFile>> YieldingFiles::Create(const std::string& path) {
  return Between([&] { return Wrapped(base_.Create(path), path, note_); });
}
Result<std::unique_ptr<WritableFile>> YieldingFiles::Reopen(const std::string& path,
                                                            uint64_t bytes) {
  return Between([&] { return Wrapped(base_.Reopen(path, bytes), path, note_); });
}
Result<std::unique_ptr<ReadableFile>> YieldingFiles::Open(const std::string& path) {
  return Between([&] { return base_.Open(path); });
}
Result<FileInfo> YieldingFiles::Stat(const std::string& path) {
  return Between([&] { return base_.Stat(path); });
}
Result<std::vector<FileInfo>> YieldingFiles::List(const std::string& directory) {
  return Between([&] { return base_.List(directory); });
}
Status YieldingFiles::CreateDirectories(const std::string& path) {
  return Between([&] { return Noted(base_.CreateDirectories(path), "create directory", path); });
}
bool YieldingFiles::Renames(const std::string& directory) {
  return base_.Renames(directory);
}
Status YieldingFiles::Rename(const std::string& from, const std::string& to) {
  return Between([&] { return Noted(base_.Rename(from, to), "rename", to); });
}
Status YieldingFiles::Link(const std::string& from, const std::string& to) {
  return Between([&] { return base_.Link(from, to); });
}
Status YieldingFiles::Remove(const std::string& path) {
  return Between([&] { return base_.Remove(path); });
}
Status YieldingFiles::RemoveRecursively(const std::string& directory) {
  return Between([&] { return base_.RemoveRecursively(directory); });
}
Status YieldingFiles::SyncDirectory(const std::string& directory) {
  return Between(
      [&] { return Noted(base_.SyncDirectory(directory), "sync directory", directory); });
}

}  // namespace weir::simulation
