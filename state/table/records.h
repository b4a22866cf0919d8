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

// 16 bytes of a key as two big-endian numbers, which compare as the bytes do. A key that ends
// before is filled up with zeros.
using KeyHead = std::array<uint64_t, 2>;
KeyHead HeadOf(std::string_view key);

// Pairs of disk key and value, or of disk key and "deleted". Appending is all that happens on a
// task's thread; sorting is done where the records are written. Bytes lie in blocks that never
// move, so that no append takes longer the more there is: a task that copies 1 GB for a checkpoint,
// a bit between two batches, pauses for none of the bits. Borrowed views stay valid until the next
// append. Not thread-safe.
class RecordSet {
 public:
  struct Record {
    std::string_view key;
    // Empty when deleted.
    std::string_view value;
    bool deleted;
  };

  // Protocol: append the key's bytes to bytes(), call EndKey; append the value's, call EndValue (or
  // call EndDeleted instead). For appending only; another string after each record.
  std::string& bytes() { return block_; }
  void EndKey();
  void EndValue() { End(false); }
  void EndDeleted() { End(true); }

  // A copy of another set's record.
  void Append(const Record& record) {
    block_ += record.key;
    EndKey();
    block_ += record.value;
    End(record.deleted);
  }

  // Records that are complete.
  size_t size() const { return size_; }
  // Of keys and values.
  uint64_t byte_count() const { return full_bytes_ + block_.size(); }
  Record operator[](size_t i) const {
    const Entry& entry = EntryAt(i);
    const char* key = BlockOf(entry).data() + entry.start;
    const bool deleted = entry.value_bytes == kDeleted;
    return {
        {key, entry.key_bytes}, {key + entry.key_bytes, deleted ? 0 : entry.value_bytes}, deleted};
  }
  // The first bytes of a record's key, where keys need not be fetched to compare them.
  const KeyHead& HeadOf(size_t i) const { return EntryAt(i).head; }
  // Record numbers in the order of their keys. Keys are unique in a set.
  // By memcmp. Compares the first bytes as one number, the rest where these are equal.
  std::vector<uint32_t> SortedOrder() const;

 private:
  // A block is full once it has so many bytes; a record is never divided.
  static constexpr size_t kBlockBytes = 1 << 20;
  static constexpr size_t kEntriesABlock = 1 << 14;

  // Where a record lies in the block of this number.
  struct Entry {
    uint32_t start;
    uint32_t key_bytes;
    uint32_t value_bytes;  // kDeleted: it has none
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
  std::string block_;  // behind the full ones
  uint64_t full_bytes_ = 0;
  std::vector<std::vector<Entry>> entries_;  // all but the last have kEntriesABlock
  size_t size_ = 0;
  uint64_t start_ = 0;
  uint64_t key_end_ = 0;
  KeyHead head_{};  // of the key that ends at key_end_
};

// A record among several sets.
// Sorting moves these 16 bytes instead of keys.
struct RecordPlace {
  KeyHead head;  // of the key or a part of it; for sorting
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
// Appends to a list of dropped ranges. Where the ranges added last lie within these, one in each,
// these take their place: what is dropped in ascending order stays one range a key group.
void AddRanges(std::vector<KeyRange> more, std::vector<KeyRange>& ranges);

}  // namespace weir::state
