#include "state/files/written_sums.h"

namespace weir::state {

void WrittenSums::Set(const std::string& path, const FileDigest& digest) {
  const MutexLock lock(mutex_);
  sums_[path] = digest;
}

std::optional<FileDigest> WrittenSums::Find(const std::string& path) const {
  const MutexLock lock(mutex_);
  const auto known = sums_.find(path);
  return known != sums_.end() ? std::optional(known->second) : std::nullopt;
}

void WrittenSums::Forget(const std::string& path) {
  const MutexLock lock(mutex_);
  sums_.erase(path);
}

void WrittenSums::Link(const std::string& from, const std::string& to) {
  const MutexLock lock(mutex_);
  const auto known = sums_.find(from);
  if (known != sums_.end()) {
    sums_[to] = known->second;
  } else {
    sums_.erase(to);
  }
}

}  // namespace weir::state
