// The keys of a state table in memory: a packed 16-byte word where the types allow, canonical bytes
// (runtime/types/key_encoding.h) otherwise. Chosen once, when the table is opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/state_backend.h"
#include "runtime/types/batch.h"
#include "state/row/row_arena.h"

namespace weir::state {

// Up to 16 bytes of fixed-width values side by side, where one may be NULL up to 15 and NULL bits
// in the last byte; or a pointer to canonical bytes and their length. As a pointer it borrows: from
// the batch's KeyBatch, or from the table's arena.
struct KeyWord {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const KeyWord&, const KeyWord&) = default;
};

// The keys of a batch's selected rows, ready to be probed with.
struct KeyBatch {
  std::vector<KeyWord> words;
  std::vector<uint64_t> hashes;  // of each selected row
  std::string bytes;             // canonical bytes, shape kBytes only
  std::vector<size_t> ends;      // scratch: of each key in them
  uint32_t size() const { return static_cast<uint32_t>(words.size()); }
};

// Immutable after construction; usable by any thread. Packed or not, equal keys have equal hashes
// and equal canonical bytes.
// The packed word is of this process alone; what is persisted are canonical bytes.
class KeyCodec {
 public:
  // `compact`: rows may have smaller headers.
  explicit KeyCodec(std::vector<Type> types, bool compact = false);

  // Whether every key fits a KeyWord.
  bool packed() const { return packed_; }
  // Whether words use but the bits kNullBits of their upper half: packed values of at most 8 bytes.
  // A row's header may then keep something else in the other bits of key[1].
  bool narrow() const { return upper_bits_ == kNullBits; }
  static constexpr uint64_t kNullBits = uint64_t{0xFF} << 56;
  // Which bits of key[1] belong to the key.
  uint64_t upper_bits() const { return upper_bits_; }
  // Keys of at most 8 bytes without NULL bits, in tables that are compact: they are the words
  // key[1] of their rows, which have no other and keep no hash.
  bool alone() const { return alone_; }
  // How much of a header rows have in the table's arena.
  size_t header_bytes() const {
    return alone_ ? sizeof(RowHeader) - offsetof(RowHeader, key[1]) : sizeof(RowHeader);
  }
  const std::vector<Type>& types() const { return types_; }

  // Keys of the selected rows, hashes given by physical row.
  void FromBatch(const KeyView& keys, KeyBatch& out) const;
  // Keys of canonical bytes; hashes computed. kCorruption when they do not decode.
  Status FromCanonical(std::span<const std::string_view> keys, KeyBatch& out) const;

  // Of the canonical bytes: what FromBatch is given, and FromCanonical computes.
  uint64_t HashOf(const KeyWord& key) const;
  // The key of a row that the index points to.
  KeyWord KeyOf(const RowHeader* row) const {
    if (alone_) return {row->key[1], 0};
    return {row->key[0], row->key[1] & upper_bits_};
  }
  // Its hash, where it was put or computed. Not of lists' rows, whose hash is something else.
  uint64_t HashIn(const RowHeader* row) const { return alone_ ? HashOf(KeyOf(row)) : row->hash; }
  // Writes a packed key where KeyOf finds it.
  void Place(const KeyWord& key, RowHeader* row) const {
    if (!alone_) row->key[0] = key.low;
    row->key[1] = alone_ ? key.low : key.high;
  }

  // Appends the canonical bytes of each key to `out`; `ends[i]` is where key i ends.
  void ToCanonical(std::span<const KeyWord> keys, std::string& out,
                   std::vector<size_t>& ends) const;

  // REQUIRES: !packed().
  static std::string_view BytesOf(const KeyWord& word) {
    return {reinterpret_cast<const char*>(word.low), word.high};
  }
  bool Equal(const RowHeader* header, const KeyWord& key) const {
    const KeyWord own = KeyOf(header);
    return packed_ ? own == key : BytesOf(own) == BytesOf(key);
  }

 private:
  void PackColumn(const Column& column, size_t field, const Batch& batch, KeyWord* words) const;

  std::vector<Type> types_;
  std::vector<uint8_t> offsets_;  // of each packed field within the word
  bool packed_ = true;
  bool nulls_ = false;  // of the types, one may be NULL
  uint64_t upper_bits_ = ~uint64_t{0};
  bool alone_ = false;
};

}  // namespace weir::state
