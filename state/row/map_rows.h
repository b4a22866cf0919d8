// Memory for the rows of a map table, each of which knows its key and its sub-key.
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

// The upper half of Hash64, by which sets of sub-keys find rows.
inline uint32_t HashOfSubKey(MapRow row) {
  const std::string_view sub_key = row.sub_key();
  return static_cast<uint32_t>(Hash64(sub_key.data(), sub_key.size()) >> 32);
}

// Blocks come in sizes for sub-keys of up to 8 bytes, up to 16, and so on; long sub-keys lie in the
// table's byte arena. As in RowArena, addresses never change.
class MapRows {
 public:
  // `row_bytes`: without header and sub-key. `bytes` outlives this.
  MapRows(size_t row_bytes, ByteArena& bytes) : row_bytes_(row_bytes), bytes_(bytes) {}

  // A zeroed row.
  MapRow Allocate(MapEntry parent, std::string_view sub_key);
  void Free(MapRow row);
  // f(MapRow), in no order. `f` may free the row.
  template <typename F>
  void ForEach(const F& f) {
    for (RowArena<MapRow>& arena : arenas_) arena.ForEach(f);
  }
  // The chunks of all sizes, to be visited one after another. ForEachInChunk visits the rows of
  // one.
  size_t chunk_count() const;
  void ForEachInChunk(size_t chunk, const std::function<void(MapRow)>& f);
  void ReleaseEmptyChunks();

  uint64_t live_rows() const;
  // The bytes in use, without those of long sub-keys.
  uint64_t live_bytes() const;

 private:
  // The arena for rows whose sub-keys have this many bytes.
  RowArena<MapRow>& ArenaFor(size_t bytes);

  const size_t row_bytes_;
  ByteArena& bytes_;
  std::deque<RowArena<MapRow>> arenas_;  // arena i is for sub-keys of up to 8 * i bytes, from 0
};

}  // namespace weir::state
