// Sizes and checksums of files, taken from the bytes while they are written.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "runtime/mutex.h"
#include "state/files/checkpoint_files.h"

namespace weir::state {

// What was handed to the system for each file that was closed since this began: unlike a sum of
// what is read back, it does not vouch for bytes that were damaged on their way. Sums follow links
// and renames, and go with the file. By path, as it was given. Thread-safe.
class WrittenSums {
 public:
  void Set(const std::string& path, const FileDigest& digest);
  // Nothing for a file that somebody else wrote, or that is being written.
  std::optional<FileDigest> Find(const std::string& path) const;
  void Forget(const std::string& path);
  // `to` is now what `from` is.
  void Link(const std::string& from, const std::string& to);

 private:
  mutable Mutex mutex_;
  std::map<std::string, FileDigest> sums_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::state
