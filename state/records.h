// Keyed rows as bytes, on their way to disk.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::state {

// Pairs of disk key and value, or of disk key and "deleted". Appending is all that happens on a
// task's thread; sorting is done where the records are written.
// Borrowed views stay valid until the next append. Not thread-safe.
// One allocation that grows, whatever the number of records.
class RecordSet {
 public:
  struct Record {
    std::string_view key;
    // Empty when deleted.
    std::string_view value;
    bool deleted;
  };

  // Protocol: append the key's bytes to bytes(), call EndKey; append the value's, call EndValue (or
  // call EndDeleted instead).
  // For appending only.
  std::string& bytes() { return bytes_; }
  void EndKey() { key_end_ = bytes_.size(); }
  void EndValue() { End(false); }
  void EndDeleted() { End(true); }

  // A copy of another set's record.
  void Append(const Record& record) {
    bytes_ += record.key;
    EndKey();
    bytes_ += record.value;
    End(record.deleted);
  }

  // Records that are complete.
  size_t size() const { return entries_.size(); }
  // Of keys and values.
  uint64_t byte_count() const { return bytes_.size(); }
  Record operator[](size_t i) const {
    const Entry& entry = entries_[i];
    const std::string_view all(bytes_);
    return {all.substr(entry.start, entry.key_end - entry.start),
            all.substr(entry.key_end, entry.end - entry.key_end), entry.deleted};
  }
  // Asks the processor for the record's place, and for what lies there, before it is needed.
  void PrefetchEntry(size_t i) const { __builtin_prefetch(&entries_[i]); }
  void PrefetchBytes(size_t i) const { __builtin_prefetch(bytes_.data() + entries_[i].start); }
  // Record numbers in the order of their keys. Keys are unique in a set.
  // By memcmp. Compares the first bytes as one number, the rest where these are equal.
  std::vector<uint32_t> SortedOrder() const;

 private:
  // Places within bytes_.
  struct Entry {
    uint64_t start;
    uint64_t key_end;
    uint64_t end;
    bool deleted;
  };
  void End(bool deleted) {
    entries_.push_back({start_, key_end_, bytes_.size(), deleted});
    start_ = bytes_.size();
  }
  std::string bytes_;
  std::vector<Entry> entries_;
  uint64_t start_ = 0;
  uint64_t key_end_ = 0;
};

// A record among several sets.
// Sorting moves these 16 bytes instead of keys.
struct RecordPlace {
  std::array<uint64_t, 2> head;  // 16 bytes of the key, big-endian; for sorting
  uint32_t set;
  uint32_t number;
};
// All records in the order of their keys (of unsigned bytes), which are unique in all sets
// together. Takes 48 bytes a record while it works.
std::vector<RecordPlace> SortedOrder(std::span<const RecordSet* const> sets);

// Half-open range of disk keys.
struct KeyRange {
  std::string begin;
  std::string end;
};

}  // namespace weir::state
