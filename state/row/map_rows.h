// The rows of a map table: where they lie, and how each knows its key and its sub-key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include "runtime/base/hash.h"
#include "state/row/byte_arena.h"
#include "state/row/row_arena.h"

namespace weir::state {

// A row's key[1] holds the address of its key's entry, and in the upper 16 bits the length of the
// sub-key, whose bytes end where key[1] begins: in the place of key[0] and hash, and before them.
// Of a sub-key that is too long for that, hash and key[0] are address and length.
inline constexpr uint64_t kFarSubKey = 0xFFFF;

// The sub-key's bytes as the codec shortened them; they live as long as the row.
inline std::string_view SubKeyOf(const RowHeader* row) {
  const uint64_t bytes = row->key[1] >> kAddressBits;
  if (bytes == kFarSubKey) return {reinterpret_cast<const char*>(row->hash), row->key[0]};
  const char* const end = reinterpret_cast<const char*>(row) + offsetof(RowHeader, key[1]);
  return {end - bytes, bytes};
}
// The upper half of Hash64, which sets of sub-keys find rows by.
inline uint32_t HashOfSubKey(const RowHeader* row) {
  const std::string_view sub_key = SubKeyOf(row);
  return static_cast<uint32_t>(Hash64(sub_key.data(), sub_key.size()) >> 32);
}
inline RowHeader* ParentOf(const RowHeader* row) {
  return reinterpret_cast<RowHeader*>(row->key[1] & ((uint64_t{1} << kAddressBits) - 1));
}

// Blocks of one size for sub-keys of up to 8 bytes, of another for up to 16, and so on. Long
// sub-keys lie in the table's byte arena.
// Keeps what RowArena promises: addresses do not change.
class MapRows {
 public:
  // `row_bytes`: without header and sub-key. `bytes` outlives this.
  MapRows(size_t row_bytes, ByteArena& bytes) : row_bytes_(row_bytes), bytes_(bytes) {}

  // A zeroed row.
  RowHeader* Allocate(RowHeader* parent, std::string_view sub_key);
  void Free(RowHeader* row);
  // In no order. `f` may free the row.
  void ForEach(const std::function<void(RowHeader*)>& f);
  // Chunks of all sizes, for going round them. As ForEach for the rows of one.
  size_t chunk_count() const;
  void ForEachInChunk(size_t chunk, const std::function<void(RowHeader*)>& f);
  void ReleaseEmptyChunks();

  uint64_t live_rows() const;
  // Without long sub-keys.
  uint64_t live_bytes() const;

 private:
  // Of rows with sub-keys of so many bytes.
  RowArena& ArenaFor(size_t bytes);

  const size_t row_bytes_;
  ByteArena& bytes_;
  std::deque<RowArena> arenas_;  // [i]: eight bytes for sub-keys more than [i - 1], from 0
};

}  // namespace weir::state
