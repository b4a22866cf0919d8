// The list of savepoints that were taken from this data directory, <data directory>/savepoints, by
// which they are found by name. The savepoints themselves are where the user wanted them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "runtime/mutex.h"

namespace weir::shell {

struct SavepointEntry {
  std::string name;  // SAVEPOINT JOB j AS name; "" for none
  std::string path;  // of its directory
  std::string job_name;
  std::string job_id;
  std::string format;  // "canonical" or "native"
  uint64_t checkpoint_id = 0;
  uint64_t bytes = 0;
  int64_t taken_millis = 0;
};

// Thread-safe. Every call reads the file anew, and changes are durable when the call returns. If
// the file is lost, only names are lost: savepoints can be found by their paths.
class SavepointList {
 public:
  SavepointList(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  // All entries, oldest first; kCorruption E7001 when the file is damaged.
  Result<std::vector<SavepointEntry>> All() const;
  // Finds an entry by its name in any case; kNotFound E7004 with a suggestion.
  Result<SavepointEntry> Find(std::string_view name) const;
  // kInvalidArgument E7003 when the name is taken.
  Status CheckFree(std::string_view name) const;
  // The same when it has a name that is taken.
  Status Add(const SavepointEntry& entry);
  // Removes the entries with this path, if any.
  Status Remove(std::string_view path);

 private:
  Status Write(const std::vector<SavepointEntry>& entries) WEIR_REQUIRES(mutex_);
  FileSystem& files_;
  const std::string path_;
  Mutex mutex_;  // taken to change the file; readers need no lock, as it is replaced by a rename
};

// kNotFound E7004: the savepoint is not where the list says.
Status MovedOrDeleted(std::string_view name, const std::string& path);

}  // namespace weir::shell
