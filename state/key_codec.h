// The keys of a state table in memory: a packed 16-byte word where the types allow, canonical bytes
// (runtime/types/key_encoding.h) otherwise. Chosen once, when the table is opened.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/state_backend.h"
#include "runtime/types/batch.h"
#include "state/row_arena.h"

namespace weir::state {

// Up to 15 bytes of fixed-width values side by side, NULL bits in the last byte; or a pointer to
// canonical bytes and their length.
// As a pointer it borrows: from the batch's KeyBatch, or from the table's arena.
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
  explicit KeyCodec(std::vector<Type> types);

  // Whether every key fits a KeyWord: fixed-width types of at most 15 bytes in all.
  bool packed() const { return packed_; }
  const std::vector<Type>& types() const { return types_; }

  // Keys of the selected rows, hashes given by physical row.
  void FromBatch(const KeyView& keys, KeyBatch& out) const;
  // Keys of canonical bytes; hashes computed. kCorruption when they do not decode.
  Status FromCanonical(std::span<const std::string_view> keys, KeyBatch& out) const;

  // Appends the canonical bytes of each key to `out`; `ends[i]` is where key i ends.
  void ToCanonical(std::span<const KeyWord> keys, std::string& out,
                   std::vector<size_t>& ends) const;

  // REQUIRES: !packed().
  static std::string_view BytesOf(const KeyWord& word) {
    return {reinterpret_cast<const char*>(word.low), word.high};
  }
  // The header's hash is compared first where a comparison of bytes is dear.
  bool Equal(const RowHeader* header, uint64_t hash, const KeyWord& key) const {
    if (packed_) return header->key[0] == key.low && header->key[1] == key.high;
    return header->hash == hash && header->key[1] == key.high &&
           std::memcmp(reinterpret_cast<const char*>(header->key[0]),
                       reinterpret_cast<const char*>(key.low), key.high) == 0;
  }

 private:
  void PackColumn(const Column& column, size_t field, const Batch& batch, KeyWord* words) const;

  std::vector<Type> types_;
  std::vector<uint8_t> offsets_;  // of each packed field within the word
  bool packed_ = true;
};

}  // namespace weir::state
