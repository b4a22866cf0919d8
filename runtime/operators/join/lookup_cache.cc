#include "runtime/operators/join/lookup_cache.h"

#include <optional>
#include <utility>

namespace weir::operators {
namespace {

// Of a list's node, the index's node and its share of the buckets.
constexpr uint64_t kEntryBytes = 256;

bool HasPassed(const std::optional<int64_t>& millis, int64_t since, int64_t now) {
  return millis && now - since >= PauseNanos(*millis);
}

}  // namespace

const KeyRows* LookupCache::Find(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const Entries::iterator entry = found->second;
  const int64_t now = clock_.MonotonicNanos();
  if (IsOver(*entry, now)) {
    Remove(entry);
    return nullptr;
  }
  entry->used = now;
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->rows;
}

void LookupCache::Put(std::string_view key, KeyRows rows) {
  if (const auto old = by_key_.find(key); old != by_key_.end()) Remove(old->second);
  if (rows.row_count == 0 && !rule_.keeps_missing) return;
  uint64_t bytes = kEntryBytes + key.size();
  for (const ColumnPtr& column : rows.columns) bytes += column->MemoryBytes();
  const int64_t now = clock_.MonotonicNanos();
  rows_ += rows.row_count;
  bytes_ += bytes;
  entries_.push_front({std::string(key), std::move(rows), bytes, now, now});
  by_key_.emplace(entries_.front().key, entries_.begin());
  const auto too_many = [this] {
    return (rule_.max_keys && entries_.size() > static_cast<uint64_t>(*rule_.max_keys)) ||
           (memory_bytes_ > 0 && bytes_ > memory_bytes_);
  };
  while (!entries_.empty() && too_many()) Remove(std::prev(entries_.end()));
}

bool LookupCache::IsOver(const Entry& entry, int64_t now) const {
  return HasPassed(rule_.expire_after_write_millis, entry.written, now) ||
         HasPassed(rule_.expire_after_access_millis, entry.used, now);
}

void LookupCache::Remove(Entries::iterator entry) {
  rows_ -= entry->rows.row_count;
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace weir::operators
