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
#include "state/row/row.h"

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

// Rows of lists have a link in the place of a hash.
template <typename Kind>
concept KeepsHash = requires(Kind row) {
  row.hash();
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
  // A row's header may then keep something else in the other bits of its upper key.
  bool narrow() const { return upper_bits_ == kNullBits; }
  static constexpr uint64_t kNullBits = uint64_t{0xFF} << 56;
  // Which bits of the upper key belong to the key.
  uint64_t upper_bits() const { return upper_bits_; }
  // Keys of at most 8 bytes without NULL bits, in tables that are compact: they are the upper keys
  // of their rows, which have no lower one and keep no hash.
  bool alone() const { return alone_; }
  // How much of a header rows have in the table's arena.
  size_t header_bytes() const { return alone_ ? kShortRowHeaderBytes : kRowHeaderBytes; }
  const std::vector<Type>& types() const { return types_; }

  // Keys of the selected rows, hashes given by physical row.
  void FromBatch(const KeyView& keys, KeyBatch& out) const;
  // Keys of canonical bytes; hashes computed. kCorruption when they do not decode.
  Status FromCanonical(std::span<const std::string_view> keys, KeyBatch& out) const;

  // Of the canonical bytes: what FromBatch is given, and FromCanonical computes.
  uint64_t HashOf(const KeyWord& key) const;
  KeyWord KeyOf(KeyedRow row) const {
    if (alone_) return {row.upper_key(), 0};
    return {row.lower_key(), row.upper_key() & upper_bits_};
  }
  // Its hash: computed where the row keeps none.
  template <IndexedKind Kind>
  uint64_t HashIn(Kind row) const {
    if constexpr (KeepsHash<Kind>) {
      if (!alone_) return row.hash();
    }
    return HashOf(KeyOf(row));
  }
  // Writes a packed key where KeyOf finds it, and the hash where HashIn does.
  template <IndexedKind Kind>
  void Place(const KeyWord& key, uint64_t hash, Kind row) const {
    KeyedRow keyed = row;
    if (alone_) return keyed.set_upper_key(key.low);
    keyed.set_lower_key(key.low);
    keyed.set_upper_key(key.high);
    if constexpr (KeepsHash<Kind>) row.set_hash(hash);
  }

  // Appends the canonical bytes of each key to `out`; `ends[i]` is where key i ends.
  void ToCanonical(std::span<const KeyWord> keys, std::string& out,
                   std::vector<size_t>& ends) const;

  // REQUIRES: !packed().
  static std::string_view BytesOf(const KeyWord& word) {
    return {reinterpret_cast<const char*>(word.low), word.high};
  }
  bool Equal(KeyedRow row, const KeyWord& key) const {
    const KeyWord own = KeyOf(row);
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
