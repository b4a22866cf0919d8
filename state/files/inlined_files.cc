#include "state/files/inlined_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "runtime/held_directory.h"
#include "state/files/checkpoint_files.h"

namespace weir::state {
namespace {

class InlinedFile final : public ReadableFile {
 public:
  explicit InlinedFile(std::shared_ptr<const std::string> contents)
      : contents_(std::move(contents)) {}
  Result<size_t> Read(uint64_t offset, size_t bytes, char* out) const override {
    if (offset >= contents_->size()) return size_t{0};
    const size_t read = std::min<size_t>(bytes, contents_->size() - offset);
    std::memcpy(out, contents_->data() + offset, read);
    return read;
  }

 private:
  const std::shared_ptr<const std::string> contents_;
};

class DirectoryWithInlined final : public HeldDirectory {
 public:
  DirectoryWithInlined(std::unique_ptr<HeldDirectory> held, const InlinedFiles& inlined)
      : held_(std::move(held)), inlined_(inlined) {}

  Result<OpenedFile> Open(const std::string& path) override {
    const auto found = inlined_.find(path);
    if (found == inlined_.end()) return held_->Open(path);
    return OpenedFile{std::make_unique<InlinedFile>(found->second), found->second->size()};
  }
  Status Link(const std::string& path, const std::string& to) override {
    return inlined_.contains(path) ? FileFailure("linking", path, EXDEV) : held_->Link(path, to);
  }
  Status Remove(const std::string& path) override { return held_->Remove(path); }
  Status RemoveDirectory(const std::string& path) override { return held_->RemoveDirectory(path); }
  Status Sync() override { return held_->Sync(); }

 private:
  const std::unique_ptr<HeldDirectory> held_;
  const InlinedFiles& inlined_;
};

}  // namespace

Result<std::unique_ptr<HeldDirectory>> HoldFiles(FileSystem& files, const std::string& directory,
                                                 const InlinedFiles& inlined) {
  std::unique_ptr<HeldDirectory> held = TRY(files.Hold(directory));
  if (inlined.empty()) return held;
  return std::unique_ptr<HeldDirectory>(
      std::make_unique<DirectoryWithInlined>(std::move(held), inlined));
}

Status InlineFiles(FileSystem& files, const std::string& directory, uint64_t longest, uint64_t most,
                   CheckpointMetadata& metadata) {
  uint64_t total = 0;
  std::unique_ptr<HeldDirectory> held;
  for (const StateFile& file : metadata.files) {
    if (file.bytes > longest || file.bytes > most - total || IsOutput(file)) continue;
    if (held == nullptr) held = TRY(files.Hold(directory));
    metadata.inlined[file.path] =
        std::make_shared<const std::string>(TRY(ReadVerified(*held, file)));
    total += file.bytes;
  }
  return {};
}

}  // namespace weir::state
