// A file that appears whole or not at all.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// Names of files that are still being written begin with this. As the files are hidden, tables over
// the directory do not read them.
inline constexpr std::string_view kUnfinishedPrefix = ".weir-copy-";

// An object in a store appears so by itself. Others are written under another name in the directory
// of `path`, and renamed to `path` when they are published. Until then a file that has this path
// stays as it is, and the destructor leaves nothing behind. Used by one thread at a time. After a
// failure of Append it can only be destroyed.
class WholeFile {
 public:
  // Begins a file at `path`. `unique` becomes part of the other name, so that files which are
  // written to one path at the same time do not collide.
  // Nothing is left, and nothing was changed, after a failure:
  //   kNotFound E4002  its directory is not there
  //   kExternal E4001  a file cannot be made in its directory, or `path` is a directory, a pipe or
  //                    a device
  static Result<std::unique_ptr<WholeFile>> Begin(FileSystem& files, const std::string& path,
                                                  std::string_view unique);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  // Writes behind what was written. May be called before Publish only.
  Status Append(std::string_view bytes);
  // Makes the file durable and gives it its name, replacing one that has it. After a failure either
  // the former file is there or the new one, whose name is perhaps not durable. To be called once.
  Status Publish();

 private:
  static Result<std::unique_ptr<WholeFile>> BeginObject(FileSystem& files, const std::string& path);
  WholeFile(FileSystem& files, std::string path, std::string unfinished)
      : files_(files), path_(std::move(path)), unfinished_(std::move(unfinished)) {}

  FileSystem& files_;
  const std::string path_;
  const std::string unfinished_;  // its path until it is published
  std::unique_ptr<WritableFile> file_;
  bool published_ = false;
};

}  // namespace weir::connectors
