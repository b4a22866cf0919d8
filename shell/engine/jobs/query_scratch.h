// Where a process that has no data directory open keeps what does not fit in memory: a directory of
// its own below TMPDIR or /var/tmp.
#pragma once

#include <string>

#include "runtime/file_system.h"
#include "runtime/mutex.h"

namespace weir::shell {

// The directory is made, for its user alone, by the first call of Path, and removed with this
// object. Until then an flock(2) on it says that it is in use, which ends with the process however
// that ends: whoever makes one removes those of its user that nobody holds. (systemd-tmpfiles keeps
// its hands off one that is held, too.) Thread-safe.
class QueryScratch {
 public:
  // REQUIRES: `files` outlives it.
  explicit QueryScratch(FileSystem& files) : files_(files) {}
  ~QueryScratch();
  QueryScratch(const QueryScratch&) = delete;
  QueryScratch& operator=(const QueryScratch&) = delete;

  // A path for a query, below the directory. Where that cannot be made or locked, one beside it
  // that a kill leaves behind: a query that fits in memory needs neither, and one that does not
  // says what is wrong there.
  std::string Path(const std::string& query_id);

 private:
  bool Make(const std::string& directory) WEIR_REQUIRES(mutex_);

  FileSystem& files_;
  Mutex mutex_;
  std::string path_ WEIR_GUARDED_BY(mutex_);
  int lock_ WEIR_GUARDED_BY(mutex_) = -1;  // a descriptor of it, which is locked; below 0: none
};

}  // namespace weir::shell
