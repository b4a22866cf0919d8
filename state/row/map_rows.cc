#include "state/row/map_rows.h"

namespace weir::state {
namespace {

constexpr size_t kUnit = 8;
constexpr size_t kMostNear = 64;
constexpr size_t kLeastHeader = sizeof(RowHeader) - offsetof(RowHeader, key[1]);
constexpr size_t kFarBytes = offsetof(RowHeader, key[1]);  // address and length

}  // namespace

RowArena& MapRows::ArenaFor(size_t bytes) {
  const size_t units = ((bytes > kMostNear ? kFarBytes : bytes) + kUnit - 1) / kUnit;
  while (arenas_.size() <= units) {
    arenas_.emplace_back(row_bytes_, kLeastHeader + arenas_.size() * kUnit);
  }
  return arenas_[units];
}

RowHeader* MapRows::Allocate(RowHeader* parent, std::string_view sub_key) {
  const size_t bytes = sub_key.size();
  RowHeader* row = ArenaFor(bytes).Allocate();
  row->key[1] = reinterpret_cast<uint64_t>(parent);
  if (bytes > kMostNear) {
    row->key[1] |= kFarSubKey << kAddressBits;
    row->hash = reinterpret_cast<uint64_t>(bytes_.Store(sub_key));
    row->key[0] = bytes;
  } else {
    row->key[1] |= uint64_t{bytes} << kAddressBits;
    sub_key.copy(reinterpret_cast<char*>(row) + offsetof(RowHeader, key[1]) - bytes, bytes);
  }
  return row;
}

void MapRows::Free(RowHeader* row) {
  const size_t bytes = SubKeyOf(row).size();
  if (bytes > kMostNear) bytes_.Free(reinterpret_cast<char*>(row->hash), bytes);
  ArenaFor(bytes).Free(row);
}

void MapRows::ForEach(const std::function<void(RowHeader*)>& f) {
  for (RowArena& arena : arenas_) arena.ForEach(f);
}

size_t MapRows::chunk_count() const {
  size_t chunks = 0;
  for (const RowArena& arena : arenas_) chunks += arena.chunk_count();
  return chunks;
}

void MapRows::ForEachInChunk(size_t chunk, const std::function<void(RowHeader*)>& f) {
  for (RowArena& arena : arenas_) {
    if (chunk < arena.chunk_count()) return arena.ForEachInChunk(chunk, f);
    chunk -= arena.chunk_count();
  }
}

void MapRows::ReleaseEmptyChunks() {
  for (RowArena& arena : arenas_) arena.ReleaseEmptyChunks();
}

uint64_t MapRows::live_rows() const {
  uint64_t rows = 0;
  for (const RowArena& arena : arenas_) rows += arena.live_rows();
  return rows;
}

uint64_t MapRows::live_bytes() const {
  uint64_t bytes = 0;
  for (const RowArena& arena : arenas_) bytes += arena.live_bytes();
  return bytes;
}

}  // namespace weir::state
