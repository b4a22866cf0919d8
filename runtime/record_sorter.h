// Port: sorts records, of which there may be more than memory holds.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "runtime/base/result.h"

namespace weir {

// Sorts what it is given once, by the bytes of keys (memcmp), which are unique. What it keeps is
// part of no checkpoint and is gone when it is destroyed; nothing of it is on disk before the first
// Add. Used by one thread.
class RecordSorter {
 public:
  // Views are valid for the call. False: no more records are wanted.
  using Visitor = std::function<Result<bool>(std::string_view key, std::string_view value)>;

  virtual ~RecordSorter() = default;
  // About how many bytes a sort may take in memory. Who has less to sort does it better without
  // this. 0: there is no limit.
  virtual uint64_t memory_bytes() const = 0;
  // Fails kExternal when the disk does. REQUIRES: Visit was not called.
  virtual Status Add(std::string_view key, std::string_view value) = 0;
  // Visits all records in ascending order of their keys, and fails as `visit` does, or, when they
  // cannot be read, kExternal or kCorruption. Takes long for many records, as it sorts them.
  // REQUIRES: it was not called before.
  virtual Status Visit(const Visitor& visit) = 0;
};

}  // namespace weir
