#include "state/list_table.h"

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/types/string_ref.h"
#include "runtime/types/value_codec.h"

namespace weir::state {
namespace {

constexpr size_t kSequenceBytes = 8;

}  // namespace

NativeListTable::NativeListTable(TaskContext& task, Family& family)
    : TableCore(task, family, "", sizeof(Entry)), rows_(family.rows.layout().row_bytes()) {}

TableCore::Address NativeListTable::AddressOf(RowHeader* row, std::string& scratch) const {
  const RowHeader* entry = ParentOf(row);
  scratch.clear();
  AppendBig64(scratch, row->key[1]);
  return {entry->hash, {entry->key[0], entry->key[1]}, scratch};
}

void NativeListTable::SetCounter(uint32_t group, const GroupCounter& counter) {
  TableCore::SetCounter(group, counter);
  next_sequence_ = std::max(next_sequence_, counter.next_sequence);
}

void NativeListTable::ForEachRow(const std::function<void(RowHeader*)>& f) {
  rows_.ForEach(f);
}

RowHeader* NativeListTable::AddEntry(uint64_t hash, const KeyWord& key) {
  RowHeader* entry = entries_.Allocate();
  SetKey(entry, hash, key);
  index_.Insert(entry);
  EntryOf(entry).first_sequence = next_sequence_;
  if (!MayBeOnDisk(hash)) entry->place |= kRowWhole;
  return entry;
}

RowHeader* NativeListTable::AddRow(RowHeader* entry, RowHeader* before, uint64_t sequence) {
  RowHeader* row = rows_.Allocate();
  row->key[0] = reinterpret_cast<uint64_t>(entry);
  row->key[1] = sequence;
  Entry& content = EntryOf(entry);
  if (before == nullptr) {
    row->hash = reinterpret_cast<uint64_t>(content.head);
    content.head = row;
  } else {
    row->hash = before->hash;
    before->hash = reinterpret_cast<uint64_t>(row);
  }
  if (content.tail == before) content.tail = row;
  ++memory_rows_;
  return row;
}

void NativeListTable::StoreValues(const Batch& batch, std::span<const int> columns,
                                  std::span<std::byte* const> rows) {
  const RowLayout& layout = family_.rows.layout();
  std::string nested;
  for (size_t f = 0; f < columns.size(); ++f) {
    const Column& column = *batch.columns[static_cast<size_t>(columns[f])];
    const Type& type = layout.type(f);
    const auto each = [&](auto&& store) {
      for (uint32_t i = 0; i < rows.size(); ++i) {
        const uint32_t row = batch.RowAt(i);
        if (column.IsNull(row)) {
          layout.SetNull(rows[i], f);
        } else {
          store(rows[i], row);
        }
      }
    };
    if (type.is_nested()) {
      each([&](std::byte* out, uint32_t row) {
        nested.clear();
        AppendNonNullValue(column, row, nested);
        StoreString(out, f, nested);
      });
    } else if (type.physical() == PhysicalType::kString) {
      each([&](std::byte* out, uint32_t row) {
        StoreString(out, f, column.ValueAt<StringRef>(row).view());
      });
    } else if (type.physical() == PhysicalType::kNone) {
      each([](std::byte*, uint32_t) {});
    } else {
      DispatchPhysical(type.physical(), [&]<typename T>() {
        each([&](std::byte* out, uint32_t row) { layout.Store(out, f, column.ValueAt<T>(row)); });
      });
    }
  }
}

Status NativeListTable::Append(const KeyView& keys, std::span<const int> value_columns) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  const uint32_t count = key_batch_.size();
  entries_found_.resize(count);
  index_.FindBatch(key_batch_, entries_found_.data());
  appended_.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t hash = key_batch_.hashes[i];
    RowHeader* entry = entries_found_[i];
    if (entry == nullptr) entry = index_.Find(hash, key_batch_.words[i]);
    if (entry == nullptr) entry = AddEntry(hash, key_batch_.words[i]);
    entry->place |= kRowTouched;
    RowHeader* row = AddRow(entry, EntryOf(entry).tail, next_sequence_++);
    row->place |= kRowFresh;
    counters_[GroupOf(hash)].next_sequence = next_sequence_;
    Count(hash, 1);
    changes_.Mark(row);
    appended_[i] = RowOf(row);
  }
  StoreValues(*keys.batch, value_columns, appended_);
  return {};
}

Status NativeListTable::LoadBefore(RowHeader* entry, uint32_t i) {
  std::vector<std::string> prefixes;
  DiskKeys(key_batch_, {&i, 1}, prefixes);
  const std::string& prefix = prefixes[0];
  const uint64_t end = EntryOf(entry).first_sequence;
  RowHeader* last = nullptr;
  RETURN_IF_ERROR(family_.disk->Visit(
      prefix, Scope(), [&](std::string_view key, std::string_view value) -> Status {
        if (key.size() != prefix.size() + kSequenceBytes) {
          return Status::Corruption("a saved list row has a malformed key");
        }
        const uint64_t sequence = LoadBig64(key.data() + prefix.size());
        if (sequence >= end) return {};  // memory has it
        ++family_.disk_reads;
        last = AddRow(entry, last, sequence);
        return family_.rows.Decode(value, RowOf(last), *this);
      }));
  entry->place |= kRowWhole;
  return {};
}

Status NativeListTable::Resolve(const KeyView& keys) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  const uint32_t count = key_batch_.size();
  entries_found_.resize(count);
  index_.FindBatch(key_batch_, entries_found_.data());
  for (uint32_t i = 0; i < count; ++i) {
    RowHeader*& entry = entries_found_[i];
    const uint64_t hash = key_batch_.hashes[i];
    if (entry == nullptr) entry = index_.Find(hash, key_batch_.words[i]);
    if (entry == nullptr) {
      if (!MayBeOnDisk(hash)) continue;
      entry = AddEntry(hash, key_batch_.words[i]);
    }
    entry->place |= kRowTouched;
    if ((entry->place & kRowWhole) == 0) RETURN_IF_ERROR(LoadBefore(entry, i));
  }
  return {};
}

Status NativeListTable::VisitMatches(const KeyView& keys,
                                     const std::function<void(uint32_t, const std::byte*)>& visit) {
  RETURN_IF_ERROR(Resolve(keys));
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    if (entries_found_[i] == nullptr) continue;
    for (RowHeader* row = EntryOf(entries_found_[i]).head; row != nullptr; row = NextOf(row)) {
      visit(i, RowOf(row));
    }
  }
  return {};
}

bool NativeListTable::Equal(const std::byte* a, const std::byte* b) const {
  const RowLayout& layout = family_.rows.layout();
  for (size_t f = 0; f < layout.field_count(); ++f) {
    if (layout.IsNull(a, f) != layout.IsNull(b, f)) return false;
    if (layout.IsNull(a, f)) continue;
    if (layout.is_variable(f)) {
      if (!(layout.Load<StringRef>(a, f) == layout.Load<StringRef>(b, f))) return false;
    } else if (std::memcmp(a + layout.offset(f), b + layout.offset(f),
                           static_cast<size_t>(layout.type(f).value_bytes())) != 0) {
      return false;
    }
  }
  return true;
}

void NativeListTable::FreeRow(RowHeader* row) {
  FreeStrings(RowOf(row));
  rows_.Free(row);
}

void NativeListTable::FreeIfEmpty(RowHeader* entry) {
  if (EntryOf(entry).head != nullptr || EntryOf(entry).tombstones > 0) return;
  if ((entry->place & kRowWhole) == 0) return;
  index_.Remove(entry);
  FreeKey(entry);
  entries_.Free(entry);
}

void NativeListTable::Unlink(RowHeader* entry, RowHeader* before, RowHeader* row) {
  Entry& content = EntryOf(entry);
  if (before == nullptr) {
    content.head = NextOf(row);
  } else {
    before->hash = row->hash;
  }
  if (content.tail == row) content.tail = before;
  Count(entry->hash, -1);
  --memory_rows_;
  if ((row->place & kRowFresh) != 0 || family_.disk == nullptr) {
    FreeRow(row);
    return;
  }
  FreeStrings(RowOf(row));
  ++content.tombstones;
  Bury(row);
}

void NativeListTable::ForgetTombstone(RowHeader* row) {
  RowHeader* entry = ParentOf(row);
  --EntryOf(entry).tombstones;
  FreeRow(row);
  FreeIfEmpty(entry);
}

Status NativeListTable::RemoveOne(const KeyView& keys, std::span<const int> value_columns,
                                  uint8_t* found) {
  RETURN_IF_ERROR(Resolve(keys));
  // The wanted rows, laid out as the table's, for comparing.
  RowArena wanted_rows(rows_.row_bytes());
  std::vector<std::byte*> wanted;
  for (uint32_t i = 0; i < key_batch_.size(); ++i) wanted.push_back(RowOf(wanted_rows.Allocate()));
  StoreValues(*keys.batch, value_columns, wanted);
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    found[i] = 0;
    RowHeader* entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (entry == nullptr) continue;
    RowHeader* before = nullptr;
    RowHeader* row = EntryOf(entry).head;
    while (row != nullptr && !Equal(RowOf(row), wanted[i])) {
      before = row;
      row = NextOf(row);
    }
    if (row == nullptr) continue;
    found[i] = 1;
    Unlink(entry, before, row);
    FreeIfEmpty(entry);
  }
  for (std::byte* row : wanted) FreeStrings(row);
  return {};
}

Status NativeListTable::EraseKeys(const KeyView& keys) {
  RETURN_IF_ERROR(Resolve(keys));
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    RowHeader* entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (entry == nullptr) continue;
    while (EntryOf(entry).head != nullptr) Unlink(entry, nullptr, EntryOf(entry).head);
    FreeIfEmpty(entry);
  }
  return {};
}

bool NativeListTable::Evictable(const Entry& content) const {
  if (content.tombstones > 0) return false;
  for (const RowHeader* row = content.head; row != nullptr; row = NextOf(row)) {
    if (!changes_.OnDisk(row)) return false;
  }
  return true;
}

void NativeListTable::EvictEntry(RowHeader* entry) {
  filter_.Add(entry->hash);
  for (RowHeader* row = EntryOf(entry).head; row != nullptr;) {
    RowHeader* next = NextOf(row);
    FreeRow(row);
    --memory_rows_;
    ++family_.evictions;
    row = next;
  }
  index_.Remove(entry);
  FreeKey(entry);
  entries_.Free(entry);
}

void NativeListTable::Evict(uint64_t wanted) {
  const uint64_t goal = used_bytes() - std::min(used_bytes(), wanted);
  const size_t chunks = entries_.chunk_count();
  for (size_t step = 0; step < 2 * chunks && used_bytes() > goal; ++step) {
    clock_ = clock_ + 1 < chunks ? clock_ + 1 : 0;
    entries_.ForEachInChunk(clock_, [&](RowHeader* entry) {
      if ((entry->place & kRowTouched) != 0) {
        entry->place &= ~kRowTouched;
      } else if (Evictable(EntryOf(entry))) {
        EvictEntry(entry);
      }
    });
  }
  changes_.DropFreed();
  rows_.ReleaseEmptyChunks();
}

Status NativeListTable::LoadRecord(std::string_view key, std::string_view value) {
  if (key.size() < 2 + kSequenceBytes)
    return Status::Corruption("a saved list row has a short key");
  const std::string_view canonical = key.substr(2, key.size() - 2 - kSequenceBytes);
  RETURN_IF_ERROR(family_.keys.FromCanonical({&canonical, 1}, key_batch_));
  RowHeader* entry = index_.Find(key_batch_.hashes[0], key_batch_.words[0]);
  if (entry == nullptr) entry = AddEntry(key_batch_.hashes[0], key_batch_.words[0]);
  const uint64_t sequence = LoadBig64(key.data() + key.size() - kSequenceBytes);
  RowHeader* row = AddRow(entry, EntryOf(entry).tail, sequence);
  return family_.rows.Decode(value, RowOf(row), *this);
}

}  // namespace weir::state
