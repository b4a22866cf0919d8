#include "state/table/map_table.h"

#include <algorithm>
#include <utility>

#include "runtime/base/hash.h"

namespace weir::state {
namespace {

// Of a limit of memory, one row of a key may be few where this many bytes are left for it.
constexpr uint64_t kLimitPerRow = 16 << 10;
constexpr uint64_t kFewRows = 128;

uint64_t FewRows(const MemoryBudget& budget) {
  if (!budget.limited()) return kFewRows;
  return std::clamp<uint64_t>(budget.limit() / kLimitPerRow, 2, kFewRows);
}

}  // namespace

NativeMapTable::NativeMapTable(TaskContext& task, Family& family)
    : KeyedTable(task, family, "", sizeof(SubKeySet)),
      few_rows_(FewRows(*task.budget)),
      rows_(family.rows.stored_bytes(), bytes_),
      tombstones_(bytes_),
      sub_keys_(family.schema.sub_key) {}

NativeMapTable::~NativeMapTable() {
  entries_.ForEach([this](MapEntry entry) { RowsOf(entry).Clear(bytes_); });
}

TableCore::Address NativeMapTable::AddressOf(Row record, std::string& scratch) const {
  const MapRow row = RecordOf(record);
  const MapEntry entry = row.parent();
  const std::string_view sub_key = sub_keys_.codec().Canonical(row.sub_key(), scratch);
  return {family_.keys.HashIn(entry), family_.keys.KeyOf(entry), sub_key};
}

void NativeMapTable::ForEachRow(const std::function<void(Row)>& f) {
  rows_.ForEach(f);
}

MapEntry NativeMapTable::AddEntry(uint64_t hash, const KeyWord& key) {
  MapEntry entry = entries_.Allocate();
  SetKey(entry, hash, key);
  index_.Insert(hash, entry);
  return entry;
}

MapEntry NativeMapTable::FindOrAddEntry(uint64_t hash, const KeyWord& key) {
  const KeyIndex<MapEntry>::Spot spot = index_.Seek(hash, key);
  if (spot.row != nullptr) return spot.row;
  MapEntry entry = entries_.Allocate();
  SetKey(entry, hash, key);
  index_.InsertAt(spot, entry);
  return entry;
}

MapRow NativeMapTable::AddRow(MapEntry entry, std::string_view sub_key, uint64_t hash) {
  MapRow row = rows_.Allocate(entry, sub_key);
  RowsOf(entry).Insert(row, hash, in_order_, bytes_);
  ++memory_rows_;
  return row;
}

Status NativeMapTable::AddSaved(MapEntry entry, std::string_view sub_key, std::string_view value) {
  MapRow row = AddRow(entry, sub_key, Hash64(sub_key.data(), sub_key.size()));
  RETURN_IF_ERROR(family_.rows.Decode(value, row.bytes(), *this));
  Adopt(row);
  return {};
}

Status NativeMapTable::ResolveBatch(bool create, Extent extent) {
  const uint32_t count = key_batch_.size();
  entries_found_.resize(count);
  index_.FindBatch(key_batch_, entries_found_.data());
  misses_.clear();
  // A key without an entry is not in memory at all: it is read as a whole, or up to few_rows_ rows
  // if only some are asked for.
  for (uint32_t i = 0; i < count; ++i) {
    if (entries_found_[i] == nullptr && MayBeOnDisk(key_batch_.hashes[i])) misses_.push_back(i);
  }
  const bool whole = extent == Extent::kWhole;
  if (!misses_.empty()) RETURN_IF_ERROR(Load(misses_, whole ? UINT64_MAX : few_rows_));
  const bool loaded = !misses_.empty();
  const MapEntry::Flags used =
      whole ? MapEntry::kTouched | MapEntry::kUsedWhole : MapEntry::kTouched;
  MapEntry::Flags partial;
  for (uint32_t i = 0; i < count; ++i) {
    MapEntry& entry = entries_found_[i];
    if (entry == nullptr && create) {
      entry = FindOrAddEntry(key_batch_.hashes[i], key_batch_.words[i]);
    } else if (entry == nullptr && loaded) {
      entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    }
    if (entry == nullptr) continue;
    entry.Set(used);
    partial = partial | entry.In(MapEntry::kPartial);
  }
  any_partial_ = partial == MapEntry::kPartial;
  return any_partial_ && whole ? Complete() : Status();
}

Status NativeMapTable::Resolve(const KeyView& keys, bool create, Extent extent) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  return ResolveBatch(create, extent);
}

MapRow NativeMapTable::Create(uint32_t probe, MapEntry entry, uint32_t i) {
  const std::string_view sub_key = sub_keys_.key(i);
  const uint64_t hash = sub_keys_.hash(i);
  Count(key_batch_.hashes[probe], 1);
  // A tombstone is revived in place; it is not fresh, as the disk may have the row.
  if (MapRow revived = tombstones_.Find(entry, sub_key, hash); revived != nullptr) {
    Thaw(revived);
    tombstones_.Erase(entry, revived);
    revived.Clear(Row::kDeleted);
    std::memset(revived.bytes(), 0, family_.rows.stored_bytes());
    RowsOf(entry).Insert(revived, hash, in_order_, bytes_);
    ++memory_rows_;
    return revived;
  }
  MapRow row = AddRow(entry, sub_key, hash);
  row.Set(Row::kFresh);
  return row;
}

MapRow NativeMapTable::FindRow(uint32_t i) const {
  if (entries_found_[i] == nullptr) return nullptr;
  return RowsOf(entries_found_[i]).Find(sub_keys_.key(i), sub_keys_.hash(i));
}

void NativeMapTable::PrefetchRows(uint32_t begin, uint32_t end) const {
  const auto for_each = [&](const auto& step) {
    for (uint32_t i = begin; i < end; ++i) {
      if (entries_found_[i] != nullptr) step(RowsOf(entries_found_[i]), sub_keys_.hash(i));
    }
  };
  // Each pass reads what the one before prefetched.
  for_each([](const SubKeySet& rows, uint64_t) { rows.PrefetchSet(); });
  for_each([](const SubKeySet& rows, uint64_t hash) { rows.PrefetchSlot(hash); });
  for_each([](const SubKeySet& rows, uint64_t hash) { rows.PrefetchRow(hash); });
}

void NativeMapTable::FinishCreate(std::span<std::byte* const> rows, uint8_t* created) {
  if (changes_.freezing()) {
    handed_out_.clear();
    for (std::byte* row : rows) handed_out_.push_back(RecordAt(row));
    Thaw(handed_out_);
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    std::byte* row = rows[i];
    // An expired row starts anew in place instead of being erased and created.
    if (ttl_ > 0 && created[i] == 0 && Expired(row)) {
      FreeStrings(row);
      std::memset(row, 0, family_.rows.stored_bytes());
      ++family_.expired;
      created[i] = 1;
    }
    MapRow handle = RecordAt(row);
    handle.Set(Row::kTouched);
    MarkWritten(handle);
  }
}

Status NativeMapTable::FindOrCreate(const KeyView& keys, std::span<const int> sub_key_columns,
                                    std::byte** rows, uint8_t* created) {
  RETURN_IF_ERROR(Resolve(keys, true, Extent::kSome));
  sub_keys_.Encode(*keys.batch, sub_key_columns);
  if (any_partial_) RETURN_IF_ERROR(FetchMissing());
  const uint32_t count = keys.batch->size();
  for (uint32_t begin = 0; begin < count; begin += kBlockRows) {
    const uint32_t end = std::min(count, begin + kBlockRows);
    PrefetchRows(begin, end);
    for (uint32_t i = begin; i < end; ++i) {
      MapRow row = FindRow(i);
      created[i] = row == nullptr ? 1 : 0;
      if (row == nullptr) row = Create(i, entries_found_[i], i);
      rows[i] = row.bytes();
    }
  }
  FinishCreate({rows, count}, created);
  return {};
}

Status NativeMapTable::Find(const KeyView& keys, std::span<const int> sub_key_columns,
                            std::byte** rows) {
  RETURN_IF_ERROR(Resolve(keys, false, Extent::kSome));
  sub_keys_.Encode(*keys.batch, sub_key_columns);
  if (any_partial_) RETURN_IF_ERROR(FetchMissing());
  const uint32_t count = keys.batch->size();
  handed_out_.assign(count, MapRow());
  for (uint32_t begin = 0; begin < count; begin += kBlockRows) {
    const uint32_t end = std::min(count, begin + kBlockRows);
    PrefetchRows(begin, end);
    for (uint32_t i = begin; i < end; ++i) {
      MapRow row = FindRow(i);
      if (row != nullptr && Expired(row.bytes())) row = nullptr;
      if (row != nullptr) row.Set(Row::kTouched);
      handed_out_[i] = row;
      rows[i] = row == nullptr ? nullptr : row.bytes();
    }
  }
  Thaw(handed_out_);
  return {};
}

void NativeMapTable::MarkChanged(std::span<std::byte* const> rows) {
  for (std::byte* row : rows) MarkWritten(RecordAt(row));
}

void NativeMapTable::FreeRow(MapRow row) {
  FreeStrings(row.bytes());
  rows_.Free(row);
}

void NativeMapTable::FreeEntry(MapEntry entry) {
  if (entry == whole_key_) whole_key_ = nullptr;
  edges_in_memory_.erase(entry.bytes());
  RowsOf(entry).Clear(bytes_);
  index_.Remove(family_.keys.HashIn(entry), entry);
  FreeKey(entry);
  entries_.Free(entry);
}

void NativeMapTable::FreeIfEmpty(MapEntry entry) {
  if (!RowsOf(entry).empty() || TombstoneSets::Has(entry)) return;
  // Only the filter knows then that the disk has rows of this key.
  if (entry.Has(MapEntry::kPartial)) filter_.Add(family_.keys.HashIn(entry));
  FreeEntry(entry);
}

void NativeMapTable::EraseRow(MapRow row) {
  Thaw(row);
  MapEntry entry = row.parent();
  Count(family_.keys.HashIn(entry), -1);
  --memory_rows_;
  RowsOf(entry).Erase(row, bytes_);
  if (Traceless(row)) {
    FreeRow(row);
    return;
  }
  FreeStrings(row.bytes());
  tombstones_.Insert(entry, row);
  Bury(row);
}

void NativeMapTable::Erase(std::span<std::byte* const> rows) {
  for (std::byte* bytes : rows) {
    MapRow row = RecordAt(bytes);
    if (row.Has(Row::kFree | Row::kDeleted)) continue;
    MapEntry entry = row.parent();
    EraseRow(row);
    FreeIfEmpty(entry);
  }
}

void NativeMapTable::ForgetTombstone(Row record) {
  const MapRow row = RecordOf(record);
  const MapEntry entry = row.parent();
  tombstones_.Erase(entry, row);
  FreeRow(row);
  FreeIfEmpty(entry);
}

Status NativeMapTable::Probe(const KeyView& keys) {
  in_order_ = true;  // applies to loaded rows too
  RETURN_IF_ERROR(ProbeUnordered(keys));
  by_sub_key_ = true;
  return {};
}

Status NativeMapTable::ProbeUnordered(const KeyView& keys) {
  next_probe_ = 0;
  in_key_ = false;
  by_sub_key_ = false;
  most_.clear();
  return Resolve(keys, false, Extent::kWhole);
}

Status NativeMapTable::ProbeGreatest(const KeyView& keys, std::span<const uint64_t> most) {
  RETURN_IF_ERROR(Probe(keys));
  most_.assign(most.begin(), most.end());
  return {};
}

Status NativeMapTable::CountRows(const KeyView& keys, uint64_t* counts) {
  RETURN_IF_ERROR(Resolve(keys, false, Extent::kWhole));
  for (size_t i = 0; i < entries_found_.size(); ++i) {
    counts[i] = entries_found_[i] == nullptr ? 0 : RowsOf(entries_found_[i]).size();
  }
  return {};
}

bool NativeMapTable::NextMatches(MatchRun& run) {
  run.probes.clear();
  run.rows.clear();
  handed_out_.clear();
  const auto hand_out = [&](MapRow row) {
    if (Expired(row.bytes())) return;
    run.probes.push_back(next_probe_);
    run.rows.push_back(row.bytes());
    handed_out_.push_back(row);
  };
  const auto count = static_cast<uint32_t>(entries_found_.size());
  while (next_probe_ < count && run.rows.size() < MatchRun::kRows) {
    if (!in_key_) {
      PrefetchMatches(next_probe_);
      MapEntry entry = entries_found_[next_probe_];
      MapRow only = entry == nullptr || !most_.empty() ? nullptr : RowsOf(entry).only();
      if (only != nullptr) hand_out(only);
      if (only != nullptr || entry == nullptr) {
        ++next_probe_;
        continue;
      }
      next_match_ = most_.empty()
                        ? SubKeySet::Cursor(RowsOf(entry), by_sub_key_)
                        : SubKeySet::Cursor::OfGreatest(RowsOf(entry), most_[next_probe_]);
    }
    MapRow row = next_match_.row();
    in_key_ = row != nullptr;
    if (!in_key_) {
      ++next_probe_;
      continue;
    }
    next_match_.Advance();
    hand_out(row);
  }
  Thaw(handed_out_);
  return !run.rows.empty();
}

void NativeMapTable::PrefetchMatches(uint32_t probe) const {
  constexpr uint32_t kAhead = 8;
  if (probe + kAhead >= entries_found_.size()) return;
  MapEntry entry = entries_found_[probe + kAhead];
  if (entry != nullptr) RowsOf(entry).PrefetchSet();
}

void NativeMapTable::Add(std::span<const uint32_t> probes, const Batch& sub_keys,
                         std::span<const int> sub_key_columns, std::byte** rows) {
  sub_keys_.Encode(sub_keys, sub_key_columns);
  for (uint32_t i = 0; i < probes.size(); ++i) {
    const uint32_t probe = probes[i];
    MapEntry& entry = entries_found_[probe];
    // A key that occurs twice in the probe may have got its entry a moment ago.
    if (entry == nullptr) {
      entry = FindOrAddEntry(key_batch_.hashes[probe], key_batch_.words[probe]);
    }
    if (ttl_ > 0) EraseUnseen(entry, i);
    MapRow row = Create(probe, entry, i);
    MarkWritten(row);
    rows[i] = row.bytes();
  }
}

void NativeMapTable::EraseUnseen(MapEntry entry, uint32_t i) {
  MapRow row = RowsOf(entry).Find(sub_keys_.key(i), sub_keys_.hash(i));
  if (row == nullptr) return;
  ++family_.expired;
  EraseRow(row);
}

Status NativeMapTable::EraseKeys(const KeyView& keys) {
  RETURN_IF_ERROR(Resolve(keys, false, Extent::kWhole));
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    // Looked up again: the key may occur twice in the batch, and its entry be freed already.
    MapEntry entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (entry == nullptr) continue;
    std::vector<MapRow> rows;
    RowsOf(entry).ForEachUnordered([&](MapRow row) {
      rows.push_back(row);
      return true;
      // Erasing changes the set, so the rows are collected first.
    });
    for (MapRow row : rows) EraseRow(row);
    FreeIfEmpty(entry);
  }
  return {};
}

void NativeMapTable::ExpireEntry(MapEntry entry) {
  std::vector<MapRow> expired;
  RowsOf(entry).ForEachUnordered([&](MapRow row) {
    if (Expired(row.bytes())) expired.push_back(row);
    return true;
  });
  family_.expired += expired.size();
  for (MapRow row : expired) EraseRow(row);
  FreeIfEmpty(entry);
}

void NativeMapTable::ExpireChunk(size_t chunk) {
  entries_.ForEachInChunk(chunk, [this](MapEntry entry) { ExpireEntry(entry); });
}

Status NativeMapTable::LoadRecord(std::string_view key, std::string_view value) {
  if (key.size() < kGroupBytes) return Status::Corruption("a saved sub-key is cut off");
  const DiskKey parts = TRY(Divide(key.substr(kGroupBytes)));
  RETURN_IF_ERROR(family_.keys.FromCanonical({&parts.key, 1}, key_batch_));
  MapEntry entry = FindOrAddEntry(key_batch_.hashes[0], key_batch_.words[0]);
  ReadClock();
  return AddSaved(entry, TRY(Shortened(parts.sub_key)), value);
}

}  // namespace weir::state
