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

// What a disk key begins with: the key group, big-endian.
inline constexpr size_t kGroupBytes = 2;

// The first 16 bytes of a key as two big-endian numbers, which compare as the bytes do. A shorter
// key is padded with zeros.
using KeyHead = std::array<uint64_t, 2>;
KeyHead HeadOf(std::string_view key);

// Pairs of disk key and value, or of disk key and "deleted". A task's thread only appends; sorting
// is left to whoever writes the records. Bytes lie in blocks that never move, so that an append
// takes no longer the more there are: a task that copies 1 GB for a checkpoint between its batches
// never pauses for a reallocation. Borrowed views are valid until the next append. Not thread-safe.
class RecordSet {
 public:
  struct Record {
    std::string_view key;
    // Empty when deleted.
    std::string_view value;
    bool deleted;
  };

  // To add a record, append the key's bytes to bytes() and call EndKey, then append the value's and
  // call EndValue, or call EndDeleted instead. bytes() may be a different string after each record.
  std::string& bytes() { return block_; }
  void EndKey();
  void EndValue() { End(false); }
  void EndDeleted() { End(true); }

  // Appends a copy of another set's record.
  void Append(const Record& record) {
    block_ += record.key;
    EndKey();
    block_ += record.value;
    End(record.deleted);
  }

  // The number of complete records.
  size_t size() const { return size_; }
  // The size of all keys and values.
  uint64_t byte_count() const { return full_bytes_ + block_.size(); }
  Record operator[](size_t i) const {
    const Entry& entry = EntryAt(i);
    const char* key = BlockOf(entry).data() + entry.start;
    const bool deleted = entry.value_bytes == kDeleted;
    return {
        {key, entry.key_bytes}, {key + entry.key_bytes, deleted ? 0 : entry.value_bytes}, deleted};
  }
  // The first bytes of a record's key, by which keys can mostly be compared without reading them.
  const KeyHead& HeadOf(size_t i) const { return EntryAt(i).head; }
  // The record numbers in the order of their keys, which are unique within a set.
  std::vector<uint32_t> SortedOrder() const;

 private:
  // A block that has this many bytes is full; a record is never split.
  static constexpr size_t kBlockBytes = 1 << 20;
  static constexpr size_t kEntriesABlock = 1 << 14;

  // Where a record lies within its block.
  struct Entry {
    uint32_t start;
    uint32_t key_bytes;
    uint32_t value_bytes;  // kDeleted if it has none
    uint32_t block;
    KeyHead head;
  };
  static constexpr uint32_t kDeleted = UINT32_MAX;
  const Entry& EntryAt(size_t i) const { return entries_[i / kEntriesABlock][i % kEntriesABlock]; }
  const std::string& BlockOf(const Entry& entry) const {
    return entry.block < full_.size() ? full_[entry.block] : block_;
  }
  void End(bool deleted);

  std::vector<std::string> full_;
  std::string block_;  // the block behind the full ones
  uint64_t full_bytes_ = 0;
  std::vector<std::vector<Entry>> entries_;  // all but the last have kEntriesABlock
  size_t size_ = 0;
  uint64_t start_ = 0;
  uint64_t key_end_ = 0;
  KeyHead head_{};  // of the key that ends at key_end_
};

// A record among several sets. Sorting moves these small values instead of keys.
struct RecordPlace {
  KeyHead head;  // the key's first bytes, or later ones while sorting
  uint32_t set;
  uint32_t number;
};
// All records in the order of their keys (unsigned bytes), which are unique over all sets. Needs 48
// bytes a record while it works.
std::vector<RecordPlace> SortedOrder(std::span<const RecordSet* const> sets);

// A half-open range of disk keys.
struct KeyRange {
  std::string begin;
  std::string end;
};
// Appends to a list of dropped ranges. If each of the ranges added last lies within one of the new
// ones, the new ones replace them, so that what is dropped in ascending order stays one range a key
// group.
void AddRanges(std::vector<KeyRange> more, std::vector<KeyRange>& ranges);

}  // namespace weir::state
