// Sizes and checksums of files, computed from the bytes while they are written.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "runtime/mutex.h"
#include "state/files/checkpoint_files.h"

namespace weir::state {

// Keeps the digest of what was handed to the system for each file that was closed. Unlike a
// checksum of what is read back, it does not vouch for bytes that were damaged on their way to the
// disk. Digests follow links and renames and are removed with the file. Files are known by their
// paths as given. Thread-safe.
class WrittenSums {
 public:
  void Set(const std::string& path, const FileDigest& digest);
  // Nothing for a file that somebody else wrote, or that is still being written.
  std::optional<FileDigest> Find(const std::string& path) const;
  void Forget(const std::string& path);
  // `to` now has the contents of `from`.
  void Link(const std::string& from, const std::string& to);

 private:
  mutable Mutex mutex_;
  std::map<std::string, FileDigest> sums_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::state
