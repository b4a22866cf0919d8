#include "tests/simulation/yielding_files.h"

#include <utility>

#include "runtime/scheduler.h"

namespace weir::simulation {
namespace {

class YieldingFile final : public WritableFile {
 public:
  explicit YieldingFile(std::unique_ptr<WritableFile> file) : file_(std::move(file)) {}
  Status Append(std::string_view bytes) override {
    YieldToOthers();
    return file_->Append(bytes);
  }
  Status Sync() override {
    YieldToOthers();
    RETURN_IF_ERROR(file_->Sync());
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
};

Result<std::unique_ptr<WritableFile>> Wrapped(Result<std::unique_ptr<WritableFile>> file) {
  if (!file.ok()) return file;
  return std::unique_ptr<WritableFile>(std::make_unique<YieldingFile>(std::move(*file)));
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

Result<std::unique_ptr<WritableFile>> YieldingFiles::Create(const std::string& path) {
  return Between([&] { return Wrapped(base_.Create(path)); });
}
Result<std::unique_ptr<WritableFile>> YieldingFiles::Reopen(const std::string& path,
                                                            uint64_t bytes) {
  return Between([&] { return Wrapped(base_.Reopen(path, bytes)); });
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
  return Between([&] { return base_.CreateDirectories(path); });
}
Status YieldingFiles::Rename(const std::string& from, const std::string& to) {
  return Between([&] { return base_.Rename(from, to); });
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
  return Between([&] { return base_.SyncDirectory(directory); });
}

}  // namespace weir::simulation
