#include "state/row/map_rows.h"

namespace weir::state {
namespace {

constexpr size_t kUnit = 8;
// A longer sub-key lies apart from its row, so that rows have few different sizes.
constexpr size_t kMostNear = 64;
constexpr size_t kFarBytes = kRowHeaderBytes - kShortRowHeaderBytes;  // address and length

}  // namespace

RowArena<MapRow>& MapRows::ArenaFor(size_t bytes) {
  const size_t units = ((bytes > kMostNear ? kFarBytes : bytes) + kUnit - 1) / kUnit;
  while (arenas_.size() <= units) {
    arenas_.emplace_back(row_bytes_, kShortRowHeaderBytes + arenas_.size() * kUnit);
  }
  return arenas_[units];
}

MapRow MapRows::Allocate(MapEntry parent, std::string_view sub_key) {
  MapRow row = ArenaFor(sub_key.size()).Allocate();
  if (sub_key.size() > kMostNear) {
    row.SetFar(parent, bytes_.Store(sub_key), sub_key.size());
  } else {
    row.SetNear(parent, sub_key);
  }
  return row;
}

void MapRows::Free(MapRow row) {
  const size_t bytes = row.sub_key().size();
  if (row.is_far()) bytes_.Free(row.far_address(), bytes);
  ArenaFor(bytes).Free(row);
}

size_t MapRows::chunk_count() const {
  size_t chunks = 0;
  for (const RowArena<MapRow>& arena : arenas_) chunks += arena.chunk_count();
  return chunks;
}

void MapRows::ForEachInChunk(size_t chunk, const std::function<void(MapRow)>& f) {
  for (RowArena<MapRow>& arena : arenas_) {
    if (chunk < arena.chunk_count()) return arena.ForEachInChunk(chunk, f);
    chunk -= arena.chunk_count();
  }
}

void MapRows::ReleaseEmptyChunks() {
  for (RowArena<MapRow>& arena : arenas_) arena.ReleaseEmptyChunks();
}

uint64_t MapRows::live_rows() const {
  uint64_t rows = 0;
  for (const RowArena<MapRow>& arena : arenas_) rows += arena.live_rows();
  return rows;
}

uint64_t MapRows::live_bytes() const {
  uint64_t bytes = 0;
  for (const RowArena<MapRow>& arena : arenas_) bytes += arena.live_bytes();
  return bytes;
}

}  // namespace weir::state
