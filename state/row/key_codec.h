// The keys of a state table in memory: a packed 16-byte word if the types allow it, otherwise
// canonical bytes (runtime/types/key_encoding.h). The form is chosen when the table is opened.
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

// Either values of fixed width side by side, up to 16 bytes (15, with NULL bits in the last one, if
// a value may be NULL), or a pointer to canonical bytes and their length. Such a pointer borrows
// from the batch's KeyBatch or the table's arena.
struct KeyWord {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const KeyWord&, const KeyWord&) = default;
};

// The keys of a batch's selected rows, ready for lookups.
struct KeyBatch {
  std::vector<KeyWord> words;
  std::vector<uint64_t> hashes;  // of each selected row
  std::string bytes;             // canonical bytes, shape kBytes only
  std::vector<size_t> ends;      // scratch: the end of each key in `bytes`
  uint32_t size() const { return static_cast<uint32_t>(words.size()); }
};

// Rows of lists have a link where others have the hash.
template <typename Kind>
concept KeepsHash = requires(Kind row) {
  row.hash();
};

// Immutable after construction; any thread may use it. Equal keys have equal hashes and equal
// canonical bytes in either form. Packed words mean something in this process only; canonical bytes
// are what is persisted.
class KeyCodec {
 public:
  // `compact`: rows whose keys have at most 8 bytes and no NULL get the short header (alone()).
  explicit KeyCodec(std::vector<Type> types, bool compact = false);

  // Whether every key fits a KeyWord.
  bool packed() const { return packed_; }
  // Whether words use only the bits kNullBits of their upper half, as packed values of at most 8
  // bytes do. A row's header can then use the other bits of its upper key.
  bool narrow() const { return upper_bits_ == kNullBits; }
  static constexpr uint64_t kNullBits = uint64_t{0xFF} << 56;
  // The bits of the upper key that belong to the key.
  uint64_t upper_bits() const { return upper_bits_; }
  // Whether keys have at most 8 bytes and no NULL bits, in a compact table. They are then the upper
  // keys of their rows, which have no lower key and do not store the hash.
  bool alone() const { return alone_; }
  // The size of the rows' headers in the table's arena.
  size_t header_bytes() const { return alone_ ? kShortRowHeaderBytes : kRowHeaderBytes; }
  const std::vector<Type>& types() const { return types_; }

  // The keys of the selected rows; hashes are given by physical row.
  void FromBatch(const KeyView& keys, KeyBatch& out) const;
  // The keys for canonical bytes, with computed hashes. kCorruption when they cannot be decoded.
  Status FromCanonical(std::span<const std::string_view> keys, KeyBatch& out) const;

  // The hash of a key's canonical bytes, which FromBatch is given and FromCanonical computes.
  uint64_t HashOf(const KeyWord& key) const;
  KeyWord KeyOf(KeyedRow row) const {
    if (alone_) return {row.upper_key(), 0};
    return {row.lower_key(), row.upper_key() & upper_bits_};
  }
  // The hash of the row's key, computed if the row does not store it.
  template <IndexedKind Kind>
  uint64_t HashIn(Kind row) const {
    if constexpr (KeepsHash<Kind>) {
      if (!alone_) return row.hash();
    }
    return HashOf(KeyOf(row));
  }
  // Writes a packed key where KeyOf reads it, and the hash where HashIn does.
  template <IndexedKind Kind>
  void Place(const KeyWord& key, uint64_t hash, Kind row) const {
    KeyedRow keyed = row;
    if (alone_) return keyed.set_upper_key(key.low);
    keyed.set_lower_key(key.low);
    keyed.set_upper_key(key.high);
    if constexpr (KeepsHash<Kind>) row.set_hash(hash);
  }

  // Appends the canonical bytes of each key to `out` and sets `ends[i]` to the end of key i.
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
  bool nulls_ = false;  // some type may be NULL
  uint64_t upper_bits_ = ~uint64_t{0};
  bool alone_ = false;
};

}  // namespace weir::state
