// The answers that a lookup keeps of a table that is asked key by key ('lookup.cache' = 'PARTIAL').
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/clock.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/types/batch.h"

namespace weir::operators {

// The rows of a key, dense; none where the table has none. Copies share the columns.
using KeyRows = Batch;

// Forgets the key that was unused for longest where there are too many, or they take too much
// memory. Times are the clock's monotonic ones. Used by one thread at a time.
class LookupCache {
 public:
  // `memory_bytes` 0: no limit. REQUIRES: rule.keeps; `clock` outlives this.
  LookupCache(const graph::CacheRule& rule, const Clock& clock, uint64_t memory_bytes)
      : rule_(rule), clock_(clock), memory_bytes_(memory_bytes) {}

  // The rows of a key; null where they are not here, or too old. Valid until the next Put.
  const KeyRows* Find(std::string_view key);
  // Keeps the rows of a key, unless there are none and the rule keeps no missing keys.
  void Put(std::string_view key, KeyRows rows);

  size_t size() const { return entries_.size(); }
  uint64_t rows() const { return rows_; }
  uint64_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::string key;
    KeyRows rows;
    uint64_t bytes = 0;
    int64_t written = 0;  // nanoseconds
    int64_t used = 0;
  };
  using Entries = std::list<Entry>;

  bool IsOver(const Entry& entry, int64_t now) const;
  void Remove(Entries::iterator entry);

  const graph::CacheRule rule_;
  const Clock& clock_;
  const uint64_t memory_bytes_;
  Entries entries_;  // the one used last is the first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
  uint64_t rows_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace weir::operators
