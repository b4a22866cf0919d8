// Hot: FindOrCreate and Find.
#include "state/table/value_table.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace weir::state {

NativeValueTable::NativeValueTable(TaskContext& task, Family& family, std::string slice)
    : KeyedTable(task, family, std::move(slice), family.rows.stored_bytes()), shown_(family.keys) {}

TableCore::Address NativeValueTable::AddressOf(Row record, std::string&) const {
  const ValueRow row = RecordOf(record);
  return {family_.keys.HashIn(row), family_.keys.KeyOf(row), {}};
}

void NativeValueTable::ForEachRow(const std::function<void(Row)>& f) {
  entries_.ForEach(f);
}

ValueRow NativeValueTable::AddRow(uint64_t hash, const KeyWord& key) {
  ValueRow row = entries_.Allocate();
  SetKey(row, hash, key);
  index_.Insert(hash, row);
  ++memory_rows_;
  return row;
}

void NativeValueTable::Remove(ValueRow row, uint64_t hash) {
  index_.Remove(hash, row);
  FreeStrings(row.bytes());
  FreeKey(row);
  entries_.Free(row);
}

void NativeValueTable::Forget(ValueRow row) {
  const uint64_t hash = family_.keys.HashIn(row);
  filter_.Add(hash);
  Remove(row, hash);
}

void NativeValueTable::ForgetTombstone(Row record) {
  const ValueRow row = RecordOf(record);
  Remove(row, family_.keys.HashIn(row));
}

Status NativeValueTable::AddLoaded(uint64_t hash, const KeyWord& key, std::string_view value) {
  ValueRow row = AddRow(hash, key);
  RETURN_IF_ERROR(family_.rows.Decode(value, row.bytes(), *this));
  Adopt(row);
  return {};
}

Status NativeValueTable::Load(std::vector<uint32_t>& misses) {
  std::vector<uint32_t> wanted;
  for (uint32_t i : misses) {
    // A row or tombstone in memory is newer than the disk.
    if (found_[i] == nullptr && MayBeOnDisk(key_batch_.hashes[i])) wanted.push_back(i);
  }
  if (wanted.empty()) return {};
  std::vector<std::string> keys;
  DiskKeys(key_batch_, wanted, keys);
  return ReadRecords(keys, [&](size_t i, std::string_view value) {
    return AddLoaded(key_batch_.hashes[wanted[i]], key_batch_.words[wanted[i]], value);
  });
}

ValueRow NativeValueTable::CreateAt(uint32_t i, uint8_t& created) {
  const KeyIndex<ValueRow>::Spot spot = index_.Seek(key_batch_.hashes[i], key_batch_.words[i]);
  ValueRow row = spot.row;
  if (row == nullptr) {
    row = entries_.Allocate();
    SetKey(row, key_batch_.hashes[i], key_batch_.words[i]);
    index_.InsertAt(spot, row);
    ++memory_rows_;
    row.Set(Row::kFresh);
    // A tombstone is revived in place. It is not fresh: the disk may have the row, so erasing it
    // again must leave a tombstone again.
  } else if (row.Has(Row::kDeleted)) {
    row.Clear(Row::kDeleted);
    std::memset(row.bytes(), 0, entries_.row_bytes());
    ++memory_rows_;
  } else {
    return row;
  }
  created = 1;
  Count(key_batch_.hashes[i], 1);
  return row;
}

// Block by block, so that a key which occurs throughout the batch is missing only in the block that
// creates it.
void NativeValueTable::CreateInMemory(std::byte** rows, uint8_t* created) {
  const uint32_t count = key_batch_.size();
  for (uint32_t begin = 0; begin < count; begin += kBlockRows) {
    const uint32_t end = std::min(count, begin + kBlockRows);
    index_.FindBlock(key_batch_, begin, end, found_.data());
    Thaw(std::span(found_).subspan(begin, end - begin));
    for (uint32_t i = begin; i < end; ++i) {
      ValueRow row = found_[i];
      if (row == nullptr || row.Has(Row::kDeleted)) [[unlikely]]
        row = CreateAt(i, created[i]);
      row.Set(Row::kTouched);
      changes_.Mark(row);
      rows[i] = row.bytes();
    }
  }
}

Status NativeValueTable::FindOrCreate(const KeyView& keys, std::byte** rows, uint8_t* created) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  const uint32_t count = key_batch_.size();
  found_.resize(count);
  std::fill(created, created + count, uint8_t{0});
  if (disk_only_rows() == 0) {
    CreateInMemory(rows, created);
    if (ttl_ > 0) FinishCreate({rows, count}, created);
    return {};
  }
  index_.FindBatch(key_batch_, found_.data());
  Thaw(found_);
  misses_.clear();
  for (uint32_t i = 0; i < count; ++i) {
    ValueRow row = found_[i];
    if (row == nullptr || row.Has(Row::kDeleted)) [[unlikely]] {
      misses_.push_back(i);
      continue;
    }
    row.Set(Row::kTouched);
    changes_.Mark(row);
    rows[i] = row.bytes();
  }
  if (!misses_.empty()) RETURN_IF_ERROR(Load(misses_));
  for (uint32_t i : misses_) {
    ValueRow row = CreateAt(i, created[i]);
    row.Set(Row::kTouched);
    changes_.Mark(row);
    rows[i] = row.bytes();
  }
  if (ttl_ > 0) FinishCreate({rows, count}, created);
  return {};
}

// Expired rows start anew in place, and all rows count as written now.
void NativeValueTable::FinishCreate(std::span<std::byte* const> rows, uint8_t* created) {
  for (size_t i = 0; i < rows.size(); ++i) {
    std::byte* row = rows[i];
    // A row created by this batch has no time yet, and may occur in it again.
    if (WrittenAt(row) != 0 && Expired(row)) {
      FreeStrings(row);
      std::memset(row, 0, entries_.row_bytes());
      ++family_.expired;
      created[i] = 1;
    }
    SetWritten(row, now());
  }
}

Status NativeValueTable::Find(const KeyView& keys, std::byte** rows) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  const uint32_t count = key_batch_.size();
  found_.resize(count);
  index_.FindBatch(key_batch_, found_.data());
  Thaw(found_);
  misses_.clear();
  for (uint32_t i = 0; i < count; ++i) {
    ValueRow row = found_[i];
    rows[i] = nullptr;
    if (row == nullptr) {
      misses_.push_back(i);
    } else if (!row.Has(Row::kDeleted)) {
      row.Set(Row::kTouched);
      rows[i] = row.bytes();
    }
  }
  if (!misses_.empty() && disk_only_rows() > 0) {
    RETURN_IF_ERROR(Load(misses_));
    for (uint32_t i : misses_) {
      ValueRow row = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
      if (row == nullptr) continue;
      row.Set(Row::kTouched);
      rows[i] = row.bytes();
    }
  }
  if (ttl_ == 0) return {};
  for (uint32_t i = 0; i < count; ++i) {
    if (rows[i] != nullptr && Expired(rows[i])) rows[i] = nullptr;
  }
  return {};
}

// REQUIRES of CreateAt: a tombstone is not frozen. It was thawed when Find met it.
void NativeValueTable::Add(std::span<const uint32_t> probes, std::byte** rows) {
  for (size_t i = 0; i < probes.size(); ++i) {
    uint8_t created = 0;
    ValueRow row = CreateAt(probes[i], created);
    row.Set(Row::kTouched);
    changes_.Mark(row);
    rows[i] = row.bytes();
    if (ttl_ > 0) FinishCreate({rows + i, 1}, &created);
  }
}

void NativeValueTable::MarkChanged(std::span<std::byte* const> rows) {
  for (std::byte* row : rows) MarkWritten(RecordAt(row));
}

void NativeValueTable::Erase(std::span<std::byte* const> rows) {
  for (std::byte* bytes : rows) {
    ValueRow row = RecordAt(bytes);
    if (!row.Has(Row::kFree | Row::kDeleted)) EraseRow(row);
  }
}

void NativeValueTable::EraseRow(ValueRow row) {
  Thaw(row);
  const uint64_t hash = family_.keys.HashIn(row);
  Count(hash, -1);
  --memory_rows_;
  if (Traceless(row)) return Remove(row, hash);
  FreeStrings(row.bytes());
  Bury(row);
}

void NativeValueTable::ExpireChunk(size_t chunk) {
  entries_.ForEachInChunk(chunk, [this](ValueRow row) {
    if (row.Has(Row::kDeleted) || !Expired(row.bytes())) return;
    ++family_.expired;
    EraseRow(row);
  });
}

Status NativeValueTable::ExpireSaved(std::span<const std::string> records) {
  RETURN_IF_ERROR(KeysOf(records, 0, key_batch_));
  found_.resize(key_batch_.size());
  index_.FindBatch(key_batch_, found_.data());
  misses_.resize(key_batch_.size());
  std::iota(misses_.begin(), misses_.end(), 0U);
  RETURN_IF_ERROR(Load(misses_));
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    ValueRow row = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (row == nullptr || row.Has(Row::kDeleted) || !Expired(row.bytes())) continue;
    ++family_.expired;
    EraseRow(row);
  }
  return {};
}

void NativeValueTable::Evict(uint64_t wanted) {
  const uint64_t goal = used_bytes() - std::min(used_bytes(), wanted);
  const size_t chunks = entries_.chunk_count();
  for (size_t step = 0; step < 2 * chunks && used_bytes() > goal; ++step) {
    clock_ = clock_ + 1 < chunks ? clock_ + 1 : 0;
    entries_.ForEachInChunk(clock_, [&](ValueRow row) {
      if (scanning_ && !row.Has(ValueRow::kScanned)) return;
      if (row.Has(Row::kTouched)) {
        row.Clear(Row::kTouched);
        return;
      }
      // A revived row is still on the list of tombstones, which must not point to a freed block.
      if (row.Has(Row::kDeleted | Row::kBuried) || !changes_.OnDisk(row)) return;
      --memory_rows_;
      ++family_.evictions;
      Forget(row);
    });
  }
}

Status NativeValueTable::Show(std::span<const ValueRow> rows, const RowScan& scan) {
  Thaw(rows);
  for (ValueRow row : rows) {
    if (Expired(row.bytes()) || (scan.wanted && !scan.wanted(row.bytes()))) continue;
    shown_.Add(family_.keys.KeyOf(row), row.bytes());
  }
  return shown_.Show(scan.visit);
}

// While rows from disk are shown, only rows that were shown already may leave memory: one that left
// before its turn would be found on disk again, perhaps in an older version.
Status NativeValueTable::ScanWhere(const std::function<bool(const std::byte*)>& wanted,
                                   const std::function<Status(const ScannedRows&)>& visit) {
  RETURN_IF_ERROR(BeginCall());
  const RowScan scan{wanted, visit};
  scanning_ = true;
  Status status;
  const bool on_disk = family_.disk != nullptr && disk_only_rows() > 0;
  if (on_disk) status = ScanDisk(scan);
  if (status.ok()) status = ScanMemory(scan);
  if (on_disk) entries_.ForEach([](ValueRow row) { row.Clear(ValueRow::kScanned); });
  scanning_ = false;
  return status;
}

Status NativeValueTable::ScanDisk(const RowScan& scan) {
  std::vector<std::string> keys;
  std::vector<std::string> values;
  const auto flush = [&]() -> Status {
    RETURN_IF_ERROR(ShowLoaded(keys, values, scan));
    keys.clear();
    values.clear();
    return {};
  };
  RETURN_IF_ERROR(VisitDisk([&](std::string_view key, std::string_view value) -> Status {
    keys.emplace_back(key);
    values.emplace_back(value);
    return keys.size() < ScanRun::kRows ? Status() : flush();
  }));
  return flush();
}

Status NativeValueTable::ShowLoaded(std::span<const std::string> keys,
                                    std::span<const std::string> values, const RowScan& scan) {
  if (keys.empty()) return {};
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  KeyBatch batch;
  RETURN_IF_ERROR(family_.keys.FromCanonical(views, batch));
  std::vector<ValueRow> rows;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    // Memory has a newer version.
    if (index_.Find(batch.hashes[i], batch.words[i]) != nullptr) continue;
    RETURN_IF_ERROR(AddLoaded(batch.hashes[i], batch.words[i], values[i]));
    ++family_.disk_reads;
    rows.push_back(index_.Find(batch.hashes[i], batch.words[i]));
    rows.back().Set(ValueRow::kScanned);
  }
  if (rows.empty()) return {};
  RETURN_IF_ERROR(Show(rows, scan));
  // Rows that the visitor did not change leave memory at once, so that a scan of a large table does
  // not fill it.
  for (ValueRow row : rows) {
    if (row.Has(Row::kFree | Row::kDeleted) || Row(row).stamp() != 0) continue;
    --memory_rows_;
    Forget(row);
  }
  return RelieveIfShort();
}

Status NativeValueTable::ScanMemory(const RowScan& scan) {
  std::vector<ValueRow>& rows = scanned_;
  rows.clear();
  const size_t chunks = entries_.chunk_count();
  for (size_t chunk = 0; chunk < chunks; ++chunk) {
    entries_.ForEachInChunk(chunk, [&](ValueRow row) {
      if (!row.Has(Row::kDeleted | ValueRow::kScanned)) rows.push_back(row);
    });
    // Chunks of small tables have few rows, so several are shown together.
    if (rows.size() < ScanRun::kRows && chunk + 1 < chunks) continue;
    const std::span<const ValueRow> all(rows);
    for (size_t at = 0; at < all.size(); at += ScanRun::kRows) {
      RETURN_IF_ERROR(Show(all.subspan(at, std::min(ScanRun::kRows, all.size() - at)), scan));
    }
    rows.clear();
  }
  return {};
}

Status NativeValueTable::LoadRecord(std::string_view key, std::string_view value) {
  const std::string_view canonical = key.substr(2 + slice_.size());
  KeyBatch batch;
  RETURN_IF_ERROR(family_.keys.FromCanonical({&canonical, 1}, batch));
  ReadClock();
  return AddLoaded(batch.hashes[0], batch.words[0], value);
}

}  // namespace weir::state
