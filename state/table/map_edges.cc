// The least and the greatest rows of a key. Of a key whose rows are on disk for the most part, one
// of millions that a single group has, no more is read than is looked at, and what was read serves
// until some of it leaves memory.
#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "state/table/map_table.h"

namespace weir::state {
namespace {

// So many rows are read at first, twice as many when these were not enough, and so on.
constexpr uint64_t kEdgeRows = 128;

// The least key that begins with no such prefix, and is above all that do. A prefix begins with the
// number of a key group, which is not all ones.
std::string Behind(std::string prefix) {
  while (static_cast<uint8_t>(prefix.back()) == 0xFF) prefix.pop_back();
  ++prefix.back();
  return prefix;
}

}  // namespace

bool NativeMapTable::Within(const Edge& edge, std::string_view sub_key, bool greatest) {
  if (!edge.known) return false;
  const int compared =
      greatest ? std::string_view(edge.to).compare(sub_key) : sub_key.compare(edge.to);
  return compared < 0 || (compared == 0 && edge.inclusive);
}

Status NativeMapTable::SeekEdge(const std::string& prefix, const Edge& edge, EdgeReader& reader) {
  const bool down = reader.greatest;
  if (reader.cursor == nullptr) {
    reader.cursor = family_.disk->NewCursor(
        Scope(), down ? CursorDirection::kDescending : CursorDirection::kAscending);
  }
  std::string scratch;
  std::string from = prefix;
  if (edge.known) from += sub_keys_.codec().Canonical(edge.to, scratch);
  // A record's key is longer: it ends with the length of the key without its sub-key.
  RETURN_IF_ERROR(reader.cursor->Seek(down ? Behind(from) : from));
  const bool behind = down && reader.cursor->valid() && !reader.cursor->key().starts_with(prefix);
  return behind && reader.cursor->key() > prefix ? reader.cursor->Next() : Status();
}

Status NativeMapTable::ReadEdge(uint32_t i, EdgeReader& reader, uint64_t rows) {
  MapEntry entry = entries_found_[i];
  if (disk_only_rows() == 0) {
    MakeWhole(entry);
    return {};
  }
  std::vector<std::string> prefixes;
  DiskKeys(key_batch_, {&i, 1}, prefixes);
  const std::string& prefix = prefixes[0];
  Edge& edge = Of(edges_in_memory_[entry.bytes()], reader.greatest);
  RETURN_IF_ERROR(SeekEdge(prefix, edge, reader));
  DiskCursor& cursor = *reader.cursor;
  while (cursor.valid() && cursor.key().starts_with(prefix)) {
    const std::string_view sub_key = TRY(SubKeyIn(cursor.key().substr(prefix.size())));
    const uint64_t hash = Hash64(sub_key.data(), sub_key.size());
    edge.known = edge.inclusive = true;
    edge.to = sub_key;
    const bool dead = tombstones_.Find(entry, sub_key, hash) != nullptr;
    if (!dead && RowsOf(entry).Find(sub_key, hash) == nullptr) {
      ++family_.disk_reads;
      RETURN_IF_ERROR(AddSaved(entry, sub_key, cursor.value()));
    }
    if (!dead && --rows == 0) return {};
    RETURN_IF_ERROR(cursor.Next());
  }
  MakeWhole(entry);
  return {};
}

Status NativeMapTable::VisitFromEdge(uint32_t i, EdgeReader& reader,
                                     const std::function<bool(MapRow row)>& visit) {
  MapEntry entry = entries_found_[i];
  uint64_t visited = 0;
  for (uint64_t more = kEdgeRows;; more *= 2) {
    const bool partial = entry.Has(MapEntry::kPartial);
    const Edge* edge = partial ? &Of(edges_in_memory_[entry.bytes()], reader.greatest) : nullptr;
    uint64_t at = 0;
    bool stopped = false;
    RowsOf(entry).ForEach(reader.greatest, [&](MapRow row) {
      if (at++ < visited) return true;
      if (edge != nullptr && !Within(*edge, row.sub_key(), reader.greatest)) return false;
      ++visited;
      if (Expired(row.bytes())) return true;
      row.Set(Row::kTouched);
      stopped = !visit(row);
      return !stopped;
    });
    if (stopped) return {};
    if (!partial) break;
    RETURN_IF_ERROR(ReadEdge(i, reader, more));
  }
  entry.Set(MapEntry::kUsedWhole);
  return {};
}

void NativeMapTable::ShortenEdges(MapRow row) {
  if (edges_in_memory_.empty() || DefectPlanted("edge-kept-beside-eviction")) return;
  const auto found = edges_in_memory_.find(row.parent().bytes());
  if (found == edges_in_memory_.end()) return;
  for (const bool greatest : {false, true}) {
    Edge& edge = Of(found->second, greatest);
    if (!Within(edge, row.sub_key(), greatest)) continue;
    edge.to = row.sub_key();
    edge.inclusive = false;
  }
}

Status NativeMapTable::EdgeSubKeys(const KeyView& keys, bool greatest,
                                   std::vector<std::optional<std::string_view>>& sub_keys) {
  in_order_ = true;
  RETURN_IF_ERROR(Resolve(keys, false, Extent::kSome));
  sub_keys.assign(keys.batch->size(), std::nullopt);
  edges_.resize(std::max(edges_.size(), sub_keys.size()));
  EdgeReader reader{greatest, nullptr};
  for (uint32_t i = 0; i < sub_keys.size(); ++i) {
    if (entries_found_[i] == nullptr) continue;
    RETURN_IF_ERROR(VisitFromEdge(i, reader, [&](MapRow row) {
      sub_keys[i] = sub_keys_.codec().Canonical(row.sub_key(), edges_[i]);
      return false;
    }));
  }
  return {};
}

Status NativeMapTable::VisitKey(
    std::string_view canonical_key, bool from_greatest,
    const std::function<bool(std::string_view sub_key, std::byte* row)>& visit) {
  RETURN_IF_ERROR(BeginCall());
  in_order_ = true;
  RETURN_IF_ERROR(family_.keys.FromCanonical({&canonical_key, 1}, key_batch_));
  RETURN_IF_ERROR(ResolveBatch(false, Extent::kSome));
  if (entries_found_[0] == nullptr) return {};
  EdgeReader reader{from_greatest, nullptr};
  std::string scratch;
  return VisitFromEdge(0, reader, [&](MapRow row) {
    Thaw(row);
    return visit(sub_keys_.codec().Canonical(row.sub_key(), scratch), row.bytes());
  });
}

}  // namespace weir::state
