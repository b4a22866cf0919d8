#include "runtime/connectors/filesystem/whole_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

Status CheckReplaceable(FileSystem& files, const std::string& path) {
  const Result<FileInfo> there = files.Stat(path);
  if (!there.ok())
    return there.status().code() == StatusCode::kNotFound ? Status() : there.status();
  if (there->is_regular) return {};
  if (there->is_directory) {
    return Status::External(fmt::format("'{}' is a directory", path))
        .WithId("E4001")
        .WithHint("name a file in it");
  }
  return Status::External(fmt::format("'{}' is a pipe or a device, which no file replaces", path))
      .WithId("E4001")
      .WithHint("a SELECT with --format writes to standard output");
}

Status CheckDirectory(FileSystem& files, const std::string& directory) {
  const Result<FileInfo> there = files.Stat(directory);
  if (there.ok() && there->is_directory) return {};
  if (there.ok())
    return Status::External(fmt::format("'{}' is no directory", directory)).WithId("E4001");
  if (there.status().code() != StatusCode::kNotFound) return there.status();
  return Status::NotFound(fmt::format("the directory '{}' does not exist", directory))
      .WithId("E4002")
      .WithHint("make it before; relative paths begin at the working directory");
}

// The file that takes the place of another one is for whom that was for. What cannot be said of
// either is as for a new file.
void KeepRights(const std::string& of, const std::string& file) {
  std::error_code failed;
  const std::filesystem::file_status there = std::filesystem::status(of, failed);
  if (failed || !std::filesystem::is_regular_file(there)) return;
  std::filesystem::permissions(file, there.permissions(), failed);
}

}  // namespace

// An object appears whole by itself, and there are no directories.
Result<std::unique_ptr<WholeFile>> WholeFile::BeginObject(FileSystem& files,
                                                          const std::string& path) {
  RETURN_IF_ERROR(CheckReplaceable(files, path));
  std::unique_ptr<WholeFile> file(new WholeFile(files, path, path));
  file->file_ = TRY(files.CreateOutput(path));
  return file;
}

Result<std::unique_ptr<WholeFile>> WholeFile::Begin(FileSystem& files, const std::string& path,
                                                    std::string_view unique) {
  const std::string directory = DirectoryOf(path);
  if (!files.Renames(directory)) return BeginObject(files, path);
  RETURN_IF_ERROR(CheckDirectory(files, directory));
  RETURN_IF_ERROR(CheckReplaceable(files, path));
  std::string unfinished = JoinPath(directory, fmt::format("{}{}", kUnfinishedPrefix, unique));
  if (DefectPlanted("copies-written-in-place")) unfinished = path;
  std::unique_ptr<WholeFile> file(new WholeFile(files, path, std::move(unfinished)));
  Result<std::unique_ptr<WritableFile>> made = files.CreateOutput(file->unfinished_);
  if (!made.ok()) {
    return std::move(made)
        .status()
        .WithContext(fmt::format("'{}' cannot be written", path))
        .WithHint("a file is made beside it first, and takes its name when it is complete");
  }
  file->file_ = std::move(*made);
  KeepRights(path, file->unfinished_);
  return file;
}

WholeFile::~WholeFile() {
  if (published_ || file_ == nullptr) return;
  file_.reset();
  if (unfinished_ == path_) return;
  // A failure here is ignored: the caller has heard of the one before it.
  (void)files_.Remove(unfinished_);
}

Status WholeFile::Append(std::string_view bytes) {
  WEIR_FAULT_POINT("copy.before_write");
  return file_->Append(bytes).WithContext(fmt::format("'{}' cannot be written", path_));
}

Status WholeFile::Publish() {
  const std::string context = fmt::format("'{}' cannot be written", path_);
  WEIR_FAULT_POINT("copy.before_sync");
  RETURN_IF_ERROR(file_->Sync().WithContext(context));
  RETURN_IF_ERROR(file_->Close().WithContext(context));
  if (unfinished_ == path_) {
    published_ = true;
    return {};
  }
  WEIR_FAULT_POINT("copy.before_rename");
  RETURN_IF_ERROR(files_.Rename(unfinished_, path_).WithContext(context));
  published_ = true;
  WEIR_FAULT_POINT("copy.before_directory_sync");
  return files_.SyncDirectory(DirectoryOf(path_)).WithContext(context);
}

}  // namespace weir::connectors
