// Hot: Append, Probe, NextMatches.
#include "state/list_table.h"

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/types/string_ref.h"
#include "runtime/types/value_codec.h"

namespace weir::state {
namespace {

constexpr size_t kSequenceBytes = 8;
// A run that loses a row is written again, and a record should be about as large as a block of the
// database.
constexpr uint64_t kMostRowsInRun = 64;
// Where a batch brings more bytes of text, its rows are large enough for records of their own.
constexpr uint64_t kLargeBatch = 64 << 20;
// Lists whose first rows are under way at once.
constexpr uint32_t kAhead = 12;

// As large as the greatest rows of most tables: two cache lines.
void PrefetchRow(const RowHeader* row) {
  if (row == nullptr) return;
  __builtin_prefetch(row);
  __builtin_prefetch(reinterpret_cast<const char*>(row) + 64);
}

}  // namespace

NativeListTable::NativeListTable(TaskContext& task, Family& family)
    : TableCore(task, family, "", sizeof(Entry)), rows_(family.rows.stored_bytes()) {}

TableCore::Address NativeListTable::AddressOf(RowHeader* row, std::string& scratch) const {
  const RowHeader* entry = ParentOf(row);
  scratch.clear();
  AppendBig64(scratch, row->key[1]);
  return {entry->hash, {entry->key[0], entry->key[1]}, scratch};
}

void NativeListTable::EncodeValue(RowHeader* head, std::string& out) const {
  for (RowHeader* row = head; row != nullptr;) {
    RowHeader* next = NextInRun(head, row);
    if (next != nullptr) PrefetchRow(next);
    family_.rows.Encode(RowOf(row), out);
    row = next;
  }
}

uint64_t NativeListTable::BytesOf(const RowHeader* head) const {
  uint64_t rows = 0;
  auto* first = const_cast<RowHeader*>(head);  // nothing of it is changed
  for (RowHeader* row = first; row != nullptr; row = NextInRun(first, row)) ++rows;
  return rows * (sizeof(RowHeader) + rows_.row_bytes());
}

void NativeListTable::SetCounter(uint32_t group, const GroupCounter& counter) {
  TableCore::SetCounter(group, counter);
  next_sequence_ = std::max(next_sequence_, counter.next_sequence);
}

void NativeListTable::ForEachRow(const std::function<void(RowHeader*)>& f) {
  rows_.ForEach([&](RowHeader* row) {
    if (IsHead(row)) f(row);
  });
}

RowHeader* NativeListTable::AddEntry(uint64_t hash, const KeyWord& key) {
  RowHeader* entry = entries_.Allocate();
  SetKey(entry, hash, key);
  index_.Insert(entry);
  EntryOf(entry).first_sequence = next_sequence_;
  if (!MayBeOnDisk(hash)) entry->place |= kRowWhole;
  return entry;
}

RowHeader* NativeListTable::OpenRun(const Entry& content) const {
  if (content.tail == nullptr || runs_of_one_) return nullptr;
  RowHeader* head = HeadOf(content.tail);
  if (head->stamp != changes_.tick()) return nullptr;
  const uint64_t last = head == content.tail ? 0 : content.tail->key[1];
  return last + 1 < kMostRowsInRun ? head : nullptr;
}

RowHeader* NativeListTable::AddRow(RowHeader* entry, RowHeader* before, RowHeader* head,
                                   uint64_t sequence) {
  RowHeader* row = rows_.Allocate();
  if (head == nullptr) {
    row->key[0] = reinterpret_cast<uint64_t>(entry);
    row->key[1] = sequence;
  } else {
    SetHeadOf(row, head);
    row->key[1] = before == head ? 1 : before->key[1] + 1;
  }
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

Result<RowHeader*> NativeListTable::AddRun(RowHeader* entry, RowHeader* before, uint64_t sequence,
                                           std::string_view value) {
  ByteReader in(value);
  RowHeader* head = nullptr;
  do {
    before = AddRow(entry, before, head, sequence);
    if (head == nullptr) head = before;
    RETURN_IF_ERROR(family_.rows.DecodeNext(in, RowOf(before), *this));
    if (ttl_ > 0 && WrittenAt(RowOf(before)) == 0) NoteWritten(before);
  } while (!in.at_end());
  return before;
}

void NativeListTable::NoteWritten(RowHeader* row) {
  changes_.Mark(HeadOf(row));
  if (ttl_ > 0) SetWritten(RowOf(row), now());
}

void NativeListTable::StoreNested(const Batch& batch, const Column& column, size_t field,
                                  std::span<std::byte* const> rows, bool borrow) {
  const RowLayout& layout = family_.rows.layout();
  std::string bytes;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    if (column.IsNull(row)) {
      layout.SetNull(rows[i], field);
      continue;
    }
    bytes.clear();
    AppendNonNullValue(column, row, bytes);
    if (borrow) {
      nested_.push_back(bytes);  // reserved: does not move
      layout.Store(rows[i], field, StringRef(std::string_view(nested_.back())));
    } else {
      StoreString(rows[i], field, bytes);
    }
  }
}

void NativeListTable::StoreValues(const Batch& batch, std::span<const int> columns,
                                  std::span<std::byte* const> rows, bool borrow) {
  const RowLayout& layout = family_.rows.layout();
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
      StoreNested(batch, column, f, rows, borrow);
    } else if (type.physical() == PhysicalType::kString && borrow) {
      each([&](std::byte* out, uint32_t row) {
        layout.Store(out, f, column.ValueAt<StringRef>(row));
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

// A block of keys at a time: what one appends to, the next finds. The ends of the lists are fetched
// before they are written to.
Status NativeListTable::Append(const KeyView& keys, std::span<const int> value_columns) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  const uint32_t count = key_batch_.size();
  entries_found_.resize(count);
  appended_.resize(count);
  for (uint32_t begin = 0; begin < count; begin += KeyIndex::kBlockRows) {
    const uint32_t end = std::min(count, begin + KeyIndex::kBlockRows);
    index_.FindBlock(key_batch_, begin, end, entries_found_.data());
    for (uint32_t i = begin; i < end; ++i) {
      if (entries_found_[i] != nullptr) __builtin_prefetch(EntryOf(entries_found_[i]).tail, 1);
    }
    for (uint32_t i = begin; i < end; ++i) {
      const uint64_t hash = key_batch_.hashes[i];
      RowHeader* entry = entries_found_[i];
      if (entry == nullptr) entry = index_.Find(hash, key_batch_.words[i]);
      if (entry == nullptr) entry = AddEntry(hash, key_batch_.words[i]);
      entry->place |= kRowTouched;
      const Entry& content = EntryOf(entry);
      RowHeader* row = AddRow(entry, content.tail, OpenRun(content), next_sequence_++);
      if (IsHead(row)) row->place |= kRowFresh;
      counters_[GroupOf(hash)].next_sequence = next_sequence_;
      Count(hash, 1);
      NoteWritten(row);
      appended_[i] = RowOf(row);
    }
  }
  const uint64_t before = bytes_.live_bytes();
  StoreValues(*keys.batch, value_columns, appended_, false);
  runs_of_one_ |= bytes_.live_bytes() > before + kLargeBatch;
  return {};
}

Status NativeListTable::Load(std::span<const uint32_t> keys) {
  uint32_t current = UINT32_MAX;
  RowHeader* last = nullptr;
  RETURN_IF_ERROR(
      ReadKeys(key_batch_, keys,
               [&](uint32_t i, std::string_view rest, std::string_view value) -> Result<bool> {
                 if (rest.size() != kSequenceBytes) {
                   return Status::Corruption("a saved list row has a malformed key");
                 }
                 RowHeader* entry = entries_found_[i];
                 if (current != i) last = nullptr;
                 current = i;
                 const uint64_t sequence = LoadBig64(rest.data());
                 if (sequence >= EntryOf(entry).first_sequence)
                   return false;  // memory has the rest
                 const uint64_t before = memory_rows_;
                 last = TRY(AddRun(entry, last, sequence, value));
                 family_.disk_reads += memory_rows_ - before;
                 return true;
               }));
  for (const uint32_t i : keys) entries_found_[i]->place |= kRowWhole;
  return {};
}

Status NativeListTable::Resolve() {
  const uint32_t count = key_batch_.size();
  entries_found_.resize(count);
  index_.FindBatch(key_batch_, entries_found_.data());
  misses_.clear();
  bool added = false;
  for (uint32_t i = 0; i < count; ++i) {
    RowHeader*& entry = entries_found_[i];
    const uint64_t hash = key_batch_.hashes[i];
    if (entry == nullptr) {
      if (added) entry = index_.Find(hash, key_batch_.words[i]);
      if (entry == nullptr) {
        if (!MayBeOnDisk(hash)) continue;
        entry = AddEntry(hash, key_batch_.words[i]);
        added = true;
      }
    }
    entry->place |= kRowTouched;
    if ((entry->place & kRowWhole) == 0) misses_.push_back(i);
  }
  return misses_.empty() ? Status() : Load(misses_);
}

Status NativeListTable::Probe(const KeyView& keys) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  next_probe_ = 0;
  next_match_ = nullptr;
  return Resolve();
}

uint32_t NativeListTable::Walk(uint32_t* probes, std::byte** rows, uint32_t most) {
  const auto count = static_cast<uint32_t>(entries_found_.size());
  RowHeader* const* const entries = entries_found_.data();
  uint32_t probe = next_probe_;
  RowHeader* row = next_match_;
  uint32_t found = 0;
  while (found < most) {
    if (row == nullptr) {
      if (probe == count) break;
      if (probe + kAhead < count && entries[probe + kAhead] != nullptr) {
        PrefetchRow(EntryOf(entries[probe + kAhead]).head);
      }
      if (entries[probe] != nullptr) row = EntryOf(entries[probe]).head;
      if (row == nullptr) {
        ++probe;
        continue;
      }
    }
    probes[found] = probe;
    rows[found] = RowOf(row);
    found += Expired(rows[found]) ? 0 : 1;
    row = NextOf(row);
    if (row == nullptr) {
      ++probe;
    } else {
      PrefetchRow(row);
    }
  }
  next_probe_ = probe;
  next_match_ = row;
  return found;
}

bool NativeListTable::NextMatches(MatchRun& run) {
  run.probes.resize(MatchRun::kRows);
  run.rows.resize(MatchRun::kRows);
  const uint32_t found = Walk(run.probes.data(), run.rows.data(), MatchRun::kRows);
  run.probes.resize(found);
  run.rows.resize(found);
  if (found == 0) return false;
  if (changes_.freezing()) {
    handed_out_.clear();
    for (std::byte* row : run.rows) handed_out_.push_back(HeadOf(HeaderOf(row)));
    Thaw(handed_out_);
  }
  return true;
}

void NativeListTable::MarkChanged(std::span<std::byte* const> rows) {
  runs_of_one_ = true;
  for (std::byte* row : rows) NoteWritten(HeaderOf(row));
}

bool NativeListTable::Equal(const std::byte* a, const std::byte* b, size_t fields) const {
  const RowLayout& layout = family_.rows.layout();
  for (size_t f = 0; f < fields; ++f) {
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
  // What the disk has before the first row is still to be found.
  if ((entry->place & kRowWhole) == 0) filter_.Add(entry->hash);
  FreeEntry(entry);
}

void NativeListTable::FreeEntry(RowHeader* entry) {
  index_.Remove(entry);
  FreeKey(entry);
  entries_.Free(entry);
}

void NativeListTable::PassOn(RowHeader* head, RowHeader* next) {
  for (RowHeader* row = NextInRun(head, next); row != nullptr;) {
    RowHeader* after = NextInRun(head, row);
    SetHeadOf(row, next);
    row = after;
  }
  next->key[0] = head->key[0];
  next->key[1] = head->key[1];
  next->place |= head->place & kRowFresh;
  changes_.Mark(next);
}

void NativeListTable::Unlink(RowHeader* entry, RowHeader* before, RowHeader* row) {
  ThawRun(row);
  RowHeader* head = HeadOf(row);
  RowHeader* next = NextInRun(head, row);
  if (row == head && next != nullptr) {
    PassOn(head, next);
  } else if (row != head) {
    changes_.Mark(head);
  }
  Entry& content = EntryOf(entry);
  if (before == nullptr) {
    content.head = NextOf(row);
  } else {
    before->hash = row->hash;
  }
  if (content.tail == row) content.tail = before;
  Count(entry->hash, -1);
  --memory_rows_;
  if (row != head || next != nullptr || Traceless(row)) {
    FreeRow(row);
    return;
  }
  FreeStrings(RowOf(row));
  row->hash = 0;
  ++content.tombstones;
  Bury(row);
}

void NativeListTable::ForgetTombstone(RowHeader* row) {
  RowHeader* entry = ParentOf(row);
  --EntryOf(entry).tombstones;
  FreeRow(row);
  FreeIfEmpty(entry);
}

void NativeListTable::LayOutWanted(const Batch& batch, std::span<const int> columns) {
  const size_t words = rows_.row_bytes() / sizeof(uint64_t);
  wanted_bytes_.assign(words * batch.size(), 0);
  wanted_.resize(batch.size());
  for (size_t i = 0; i < wanted_.size(); ++i) {
    wanted_[i] = reinterpret_cast<std::byte*>(wanted_bytes_.data() + i * words);
  }
  nested_.clear();
  nested_.reserve(batch.size() * columns.size());
  StoreValues(batch, columns, wanted_, true);
}

Status NativeListTable::RemoveOne(const KeyView& keys, std::span<const int> value_columns,
                                  uint8_t* found) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  RETURN_IF_ERROR(Resolve());
  LayOutWanted(*keys.batch, value_columns);
  const uint32_t count = key_batch_.size();
  for (uint32_t i = 0; i < count; ++i) {
    found[i] = 0;
    // Looked up again: the entry may have gone with an earlier row of the batch.
    RowHeader* entry = entries_found_[i];
    if (entry != nullptr) entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (entry == nullptr) continue;
    RowHeader* before = nullptr;
    RowHeader* row = EntryOf(entry).head;
    while (row != nullptr &&
           (Expired(RowOf(row)) || !Equal(RowOf(row), wanted_[i], value_columns.size()))) {
      before = row;
      row = NextOf(row);
    }
    if (row == nullptr) continue;
    found[i] = 1;
    Unlink(entry, before, row);
    FreeIfEmpty(entry);
  }
  return {};
}

Status NativeListTable::EraseKeys(const KeyView& keys) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  RETURN_IF_ERROR(Resolve());
  for (uint32_t i = 0; i < key_batch_.size(); ++i) {
    RowHeader* entry = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    if (entry == nullptr) continue;
    while (EntryOf(entry).head != nullptr) Unlink(entry, nullptr, EntryOf(entry).head);
    FreeIfEmpty(entry);
  }
  return {};
}

void NativeListTable::ExpireEntry(RowHeader* entry) {
  RowHeader* before = nullptr;
  for (RowHeader* row = EntryOf(entry).head; row != nullptr;) {
    RowHeader* next = NextOf(row);
    if (Expired(RowOf(row))) {
      ++family_.expired;
      Unlink(entry, before, row);
    } else {
      before = row;
    }
    row = next;
  }
  FreeIfEmpty(entry);
}

void NativeListTable::ExpireChunk(size_t chunk) {
  entries_.ForEachInChunk(chunk, [this](RowHeader* entry) { ExpireEntry(entry); });
}

Status NativeListTable::ExpireKeys(const KeyBatch& keys) {
  key_batch_ = keys;
  RETURN_IF_ERROR(Resolve());
  for (RowHeader* entry : entries_found_) {
    if (entry != nullptr) ExpireEntry(entry);
  }
  return {};
}

bool NativeListTable::Evictable(const Entry& content) const {
  if (content.tombstones > 0) return false;
  for (const RowHeader* row = content.head; row != nullptr; row = NextOf(row)) {
    if (IsHead(row) && !changes_.OnDisk(row)) return false;
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
  FreeEntry(entry);
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
  LookAtClock();
  TRY(AddRun(entry, EntryOf(entry).tail, sequence, value));
  return {};
}

}  // namespace weir::state
