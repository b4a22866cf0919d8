// A directory for what is needed for a while only.
#pragma once

#include <string>
#include <utility>

#include "runtime/file_system.h"

namespace weir::state {

// Removes a directory, which need not exist, with this object. Whoever names one that a process may
// have left, which was killed, removes it before.
class ScratchDirectory {
 public:
  // REQUIRES: `files` outlives it.
  ScratchDirectory(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~ScratchDirectory() { (void)files_.RemoveRecursively(path_); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  FileSystem& files_;
  const std::string path_;
};

// Where this machine has what is needed for a while: TMPDIR, or else /var/tmp, as it may be large.
std::string TemporaryDirectory();

// Where a database works for a while, or what is made is put in its place then: `beside`, or, where
// nothing can be renamed there, as in an object store, a new directory of this machine. A database
// changes its files, and lists that are late would hide some of what is to be removed.
Result<std::string> ScratchFor(FileSystem& files, const std::string& beside);

}  // namespace weir::state
