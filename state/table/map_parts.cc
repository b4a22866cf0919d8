// How the keys of a map table leave memory, whole or row by row, and how they come back.
#include <algorithm>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/fault_point.h"
#include "state/table/map_table.h"

namespace weir::state {
namespace {

constexpr size_t kKeyLengthBytes = 4;
// How many evictions leave a key alone after all its rows were asked for, which may happen before
// they are asked for again: the task twice tries to free memory and the call itself once, each with
// an eviction before its spill and one after.
constexpr int kEvictionsWhole = 6;

uint64_t HashOfBoth(uint64_t key, uint64_t sub_key) {
  return key ^ (sub_key * 0x9E3779B97F4A7C15ULL);
}

}  // namespace

Result<NativeMapTable::DiskKey> NativeMapTable::Divide(std::string_view rest) {
  const bool whole = rest.size() >= kKeyLengthBytes;
  const size_t most = whole ? rest.size() - kKeyLengthBytes : 0;
  const size_t bytes = whole ? LoadBig32(rest.data() + most) : 1;
  if (bytes > most) return Status::Corruption("a saved sub-key is cut off");
  return DiskKey{rest.substr(0, bytes), rest.substr(bytes, most - bytes)};
}

Result<std::string_view> NativeMapTable::Shortened(std::string_view canonical) {
  if (!sub_keys_.codec().shortens()) return canonical;
  shortened_.clear();
  RETURN_IF_ERROR(sub_keys_.codec().Shorten(canonical, shortened_));
  return std::string_view(shortened_);
}

Result<std::string_view> NativeMapTable::SubKeyIn(std::string_view rest) {
  if (rest.size() < kKeyLengthBytes) return Status::Corruption("a saved sub-key is cut off");
  rest.remove_suffix(kKeyLengthBytes);
  return Shortened(rest);
}

// --- back into memory

Status NativeMapTable::Load(std::span<const uint32_t> keys, uint64_t most) {
  uint32_t current = UINT32_MAX;
  uint64_t rows = 0;
  MapEntry entry;
  return ReadKeys(
      key_batch_, keys,
      [&](uint32_t i, std::string_view rest, std::string_view value) -> Result<bool> {
        const std::string_view sub_key = TRY(SubKeyIn(rest));
        if (current != i) {
          entry = AddEntry(key_batch_.hashes[i], key_batch_.words[i]);
          rows = 0;
        }
        current = i;
        if (rows++ == most) {
          // A restored table has keys on disk that no filter has seen, so every sub-key may be
          // missing.
          entry.Set(filter_whole_ ? MapEntry::kPartial : MapEntry::kPartial | MapEntry::kUnsure);
          return false;
        }
        ++family_.disk_reads;
        RETURN_IF_ERROR(AddSaved(entry, sub_key, value));
        return true;
      });
}

Status NativeMapTable::Complete() {
  misses_.clear();
  for (uint32_t i = 0; i < entries_found_.size(); ++i) {
    MapEntry entry = entries_found_[i];
    if (entry != nullptr && entry.Has(MapEntry::kPartial)) misses_.push_back(i);
  }
  const auto add = [&](uint32_t i, std::string_view rest, std::string_view value) -> Result<bool> {
    const std::string_view sub_key = TRY(SubKeyIn(rest));
    MapEntry entry = entries_found_[i];
    // The row or tombstone in memory is newer.
    if (Knows(entry, sub_key, Hash64(sub_key.data(), sub_key.size()))) return true;
    ++family_.disk_reads;
    RETURN_IF_ERROR(AddSaved(entry, sub_key, value));
    return true;
  };
  if (disk_only_rows() > 0) RETURN_IF_ERROR(ReadKeys(key_batch_, misses_, add));
  for (const uint32_t i : misses_) MakeWhole(entries_found_[i]);
  return {};
}

void NativeMapTable::MakeWhole(MapEntry entry) {
  entry.Clear(MapEntry::kPartial | MapEntry::kUnsure);
  edges_in_memory_.erase(entry.bytes());
}

bool NativeMapTable::MayLack(uint32_t i) const {
  MapEntry entry = entries_found_[i];
  if (entry == nullptr || !entry.Has(MapEntry::kPartial)) return false;
  const uint64_t hash = sub_keys_.hash(i);
  if (Knows(entry, sub_keys_.key(i), hash)) return false;
  return entry.Has(MapEntry::kUnsure) ||
         evicted_.MayContain(HashOfBoth(key_batch_.hashes[i], hash));
}

Status NativeMapTable::FetchMissing() {
  if (disk_only_rows() == 0 || DefectPlanted("partial-key-forgotten")) return {};
  misses_.clear();
  const auto count = static_cast<uint32_t>(entries_found_.size());
  for (uint32_t begin = 0; begin < count; begin += kBlockRows) {
    const uint32_t end = std::min(count, begin + kBlockRows);
    PrefetchRows(begin, end);
    for (uint32_t i = begin; i < end; ++i) {
      if (MayLack(i)) misses_.push_back(i);
    }
  }
  if (misses_.empty()) return {};
  std::vector<std::string> disk_keys;
  DiskKeys(key_batch_, misses_, disk_keys);
  std::string scratch;
  for (size_t i = 0; i < misses_.size(); ++i) {
    const auto key_bytes = static_cast<uint32_t>(disk_keys[i].size() - kGroupBytes);
    disk_keys[i] += sub_keys_.codec().Canonical(sub_keys_.key(misses_[i]), scratch);
    AppendBig32(disk_keys[i], key_bytes);
  }
  return Fetch(misses_, disk_keys);
}

Status NativeMapTable::Fetch(std::span<const uint32_t> which,
                             std::span<const std::string> disk_keys) {
  return ReadRecords(disk_keys, [&](size_t i, std::string_view value) -> Status {
    const DiskKey parts = TRY(Divide(std::string_view(disk_keys[i]).substr(kGroupBytes)));
    return AddSaved(entries_found_[which[i]], TRY(Shortened(parts.sub_key)), value);
  });
}

// Reads and erases only the rows that were found expired, since their key may have millions of
// others.
Status NativeMapTable::ExpireSaved(std::span<const std::string> records) {
  std::vector<std::string_view> keys;
  std::vector<std::string> sub_keys;
  for (const std::string& record : records) {
    const DiskKey parts = TRY(Divide(std::string_view(record).substr(kGroupBytes)));
    keys.push_back(parts.key);
    sub_keys.emplace_back(TRY(Shortened(parts.sub_key)));
  }
  RETURN_IF_ERROR(family_.keys.FromCanonical(keys, key_batch_));
  RETURN_IF_ERROR(ResolveBatch(false, Extent::kSome));
  const auto hash_of = [&](size_t i) { return Hash64(sub_keys[i].data(), sub_keys[i].size()); };
  std::vector<uint32_t> missing;
  std::vector<std::string> missing_keys;
  for (uint32_t i = 0; i < sub_keys.size(); ++i) {
    MapEntry entry = entries_found_[i];
    if (entry == nullptr || !entry.Has(MapEntry::kPartial)) continue;
    if (Knows(entry, sub_keys[i], hash_of(i))) continue;
    missing.push_back(i);
    missing_keys.push_back(records[i]);
  }
  if (!missing.empty()) RETURN_IF_ERROR(Fetch(missing, missing_keys));
  for (uint32_t i = 0; i < sub_keys.size(); ++i) {
    // Looked up again: a key's entry is freed with its last row.
    MapEntry entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (entry == nullptr) continue;
    MapRow row = RowsOf(entry).Find(sub_keys[i], hash_of(i));
    if (row == nullptr || !Expired(row.bytes())) continue;
    ++family_.expired;
    EraseRow(row);
    FreeIfEmpty(entry);
  }
  return {};
}

// --- out of memory

bool NativeMapTable::AllOnDisk(const SubKeySet& rows) const {
  bool all = true;
  rows.ForEachUnordered([&](MapRow row) { return all = changes_.OnDisk(row); });
  return all;
}

bool NativeMapTable::StaysWhole(MapEntry entry) {
  if (entry.Has(MapEntry::kUsedWhole)) {
    entry.Clear(MapEntry::kUsedWhole);
    if (RowsOf(entry).size() > memory_rows_ / 2) {
      whole_key_ = entry;
      whole_for_ = kEvictionsWhole;
    }
  }
  return entry == whole_key_;
}

void NativeMapTable::EvictKey(MapEntry entry) {
  const SubKeySet& rows = RowsOf(entry);
  // Remembered before the rows go, as rows that the filter does not know are lost.
  filter_.Add(family_.keys.HashIn(entry));
  memory_rows_ -= rows.size();
  family_.evictions += rows.size();
  rows.ForEachUnordered([&](MapRow row) {
    FreeRow(row);
    return true;
  });
  FreeEntry(entry);
}

void NativeMapTable::EvictKeys(size_t chunk) {
  entries_.ForEachInChunk(chunk, [&](MapEntry entry) {
    const SubKeySet& rows = RowsOf(entry);
    if (entry.Has(MapEntry::kPartial) || rows.size() > few_rows_) {
      entry.Set(MapEntry::kLarge);
      any_large_ = true;
      return;
    }
    entry.Clear(MapEntry::kLarge);
    if (entry.Has(MapEntry::kTouched)) {
      entry.Clear(MapEntry::kTouched);
      return;
    }
    // A tombstone hides a row on disk, so its key must keep its entry.
    if (!TombstoneSets::Has(entry) && AllOnDisk(rows)) EvictKey(entry);
  });
}

void NativeMapTable::EvictRow(MapRow row) {
  MapEntry entry = row.parent();
  const std::string_view sub_key = row.sub_key();
  // Remembers the single row, so that a lookup of another sub-key of this partial key need not read
  // the disk.
  evicted_.Add(HashOfBoth(family_.keys.HashIn(entry), Hash64(sub_key.data(), sub_key.size())));
  ShortenEdges(row);
  RowsOf(entry).Erase(row, bytes_);
  entry.Set(MapEntry::kPartial);
  --memory_rows_;
  ++family_.evictions;
  FreeRow(row);
  FreeIfEmpty(entry);
}

void NativeMapTable::EvictRows(size_t chunk) {
  rows_.ForEachInChunk(chunk, [&](MapRow row) {
    MapEntry entry = row.parent();
    if (!entry.Has(MapEntry::kLarge) || row.Has(Row::kDeleted)) return;
    if (StaysWhole(entry)) return;
    if (row.Has(Row::kTouched)) {
      row.Clear(Row::kTouched);
    } else if (changes_.OnDisk(row)) {
      EvictRow(row);
    }
  });
}

void NativeMapTable::Evict(uint64_t wanted) {
  const uint64_t goal = used_bytes() - std::min(used_bytes(), wanted);
  const size_t keys = entries_.chunk_count();
  const size_t rows = rows_.chunk_count();
  const size_t steps = std::max(keys, rows);  // within which both hands go round once
  for (size_t step = 0; step < 2 * steps && used_bytes() > goal; ++step) {
    if (step * keys % steps < keys) {
      key_clock_ = key_clock_ + 1 < keys ? key_clock_ + 1 : 0;
      EvictKeys(key_clock_);
    }
    if (any_large_ && step * rows % steps < rows) {
      row_clock_ = row_clock_ + 1 < rows ? row_clock_ + 1 : 0;
      EvictRows(row_clock_);
    }
  }
  if (whole_for_ > 0 && --whole_for_ == 0) whole_key_ = nullptr;
  changes_.DropFreed();
  rows_.ReleaseEmptyChunks();
}

}  // namespace weir::state
