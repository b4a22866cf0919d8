// Hot: Append, Probe, NextMatches.
#include "state/table/list_table.h"

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"

namespace weir::state {
namespace {

// A run that loses a row is written again, and a record should be about as large as a block of the
// database.
constexpr uint64_t kMostRowsInRun = 64;
static_assert(kMostRowsInRun <= ListLinks::kGreatestPlace);
// Where a batch brings more bytes of text, its rows are large enough for records of their own.
constexpr uint64_t kLargeBatch = 64 << 20;
// Lists whose first rows are under way at once.
constexpr uint32_t kAhead = 12;

}  // namespace

NativeListTable::NativeListTable(TaskContext& task, Family& family, std::string slice)
    : KeyedTable(task, family, std::move(slice),
                 family.rows.stored_bytes() +
                     ListLinks(family.keys, family.rows.stored_bytes()).extra_bytes()),
      links_(family.keys, family.rows.stored_bytes()) {}

TableCore::Address NativeListTable::AddressOf(Row record, std::string& scratch) const {
  const ListRow head = RecordOf(record);
  scratch.clear();
  AppendBig64(scratch, links_.SequenceOf(head));
  return {HashOf(head), KeyOf(head), scratch};
}

void NativeListTable::EncodeValue(Row head, std::string& out) const {
  for (ListRow row = RecordOf(head); row != nullptr;) {
    const ListRow next = links_.NextInRun(row);
    if (next != nullptr) next.Prefetch();
    family_.rows.Encode(row.bytes(), out);
    row = next;
  }
}

uint64_t NativeListTable::BytesOf(Row head) const {
  uint64_t rows = 0;
  for (ListRow row = RecordOf(head); row != nullptr; row = links_.NextInRun(row)) ++rows;
  return rows * (kRowHeaderBytes + entries_.row_bytes());
}

void NativeListTable::SetCounter(uint32_t group, const GroupCounter& counter) {
  TableCore::SetCounter(group, counter);
  next_sequence_ = std::max(next_sequence_, counter.next_sequence);
}

void NativeListTable::ForEachRow(const std::function<void(Row)>& f) {
  entries_.ForEach([&](ListRow row) {
    if (links_.IsHead(row) && !IsEmpty(row)) f(row);
  });
}

ListRow NativeListTable::AddList(uint64_t hash, const KeyWord& key) {
  ListRow block = entries_.Allocate();
  SetKey(block, hash, key);
  block.set_next(block);
  // An empty list is numbered like the next row, so that Load takes all rows on disk as older.
  links_.SetSequence(block, next_sequence_);
  block.Set(ListRow::kLast);
  // If the disk may have older rows of the key, the list is not marked as whole: appending does not
  // read them.
  if (!MayBeOnDisk(hash)) block.Set(ListRow::kWhole);
  index_.Insert(hash, block);
  return block;
}

ListRow NativeListTable::AddEmptyList(uint64_t hash, const KeyWord& key) {
  ListRow block = AddList(hash, key);
  block.Set(Row::kDeleted);
  return block;
}

ListRow NativeListTable::AddBehind(ListRow before) {
  ListRow block = entries_.Allocate();
  KeyedRow(block).CopyKey(before);
  block.set_next(before.next());
  before.set_next(block);
  return block;
}

void NativeListTable::MakeLast(uint64_t hash, ListRow last, ListRow row) {
  constexpr ListRow::Flags kOfList = ListRow::kLast | Row::kTouched | ListRow::kWhole;
  row.Set(last.In(kOfList));
  last.Clear(kOfList);
  index_.Replace(hash, last, row);
  if (IsEmpty(last)) TakeOut(hash, row, last);
}

ListRow NativeListTable::OpenRun(ListRow last) const {
  // A run grows only while its head was marked since the last barrier or spill. After that its
  // record is frozen, or already on disk, and every row would rewrite all others.
  if (runs_of_one_ || IsDeleted(last)) return nullptr;
  ListRow head = links_.HeadOf(last);
  if (Row(head).stamp() != changes_.tick()) return nullptr;
  return links_.PlaceOf(last) + 1 < kMostRowsInRun ? head : nullptr;
}

ListRow NativeListTable::AppendRow(uint64_t hash, const KeyWord& key, ListRow last) {
  ListRow head;
  ListRow row;
  if (last == nullptr) {
    row = AddList(hash, key);
  } else {
    head = OpenRun(last);
    row = AddBehind(last);
  }
  if (head == nullptr) {
    links_.SetSequence(row, next_sequence_);
    row.Set(Row::kFresh);
  } else {
    links_.SetBehind(row, head, links_.PlaceOf(last) + 1);
  }
  if (last != nullptr) MakeLast(hash, last, row);
  ++next_sequence_;
  ++memory_rows_;
  return row;
}

Result<ListRow> NativeListTable::AddRun(ListRow before, uint64_t sequence, std::string_view value) {
  if (sequence > ListLinks::kGreatestSequence) {
    return Status::Corruption("a saved list row has a malformed key");
  }
  ByteReader in(value);
  ListRow head;
  uint64_t place = 0;
  do {
    before = AddBehind(before);
    if (head == nullptr) {
      head = before;
      links_.SetSequence(head, sequence);
    } else {
      place = std::min(place + 1, kMostRowsInRun);  // whatever the record has
      links_.SetBehind(before, head, place);
    }
    ++memory_rows_;
    RETURN_IF_ERROR(family_.rows.DecodeNext(in, before.bytes(), *this));
    if (ttl_ > 0 && WrittenAt(before.bytes()) == 0) NoteWritten(before);
  } while (!in.at_end());
  return before;
}

void NativeListTable::NoteWritten(ListRow row) {
  changes_.Mark(links_.HeadOf(row));
  if (ttl_ > 0) SetWritten(row.bytes(), now());
}

// A block of keys at a time, since rows appended for one block may be found by the next.
Status NativeListTable::Append(const KeyView& keys, std::span<const int> value_columns) {
  RETURN_IF_ERROR(BeginCall());
  family_.keys.FromBatch(keys, key_batch_);
  const uint32_t count = key_batch_.size();
  found_.resize(count);
  appended_.resize(count);
  for (uint32_t begin = 0; begin < count; begin += kBlockRows) {
    const uint32_t end = std::min(count, begin + kBlockRows);
    index_.FindBlock(key_batch_, begin, end, found_.data());
    for (uint32_t i = begin; i < end; ++i) {
      const uint64_t hash = key_batch_.hashes[i];
      ListRow last = found_[i];
      // The row found may meanwhile have a row behind it, or its block may belong to another list.
      if (last == nullptr || !IsLast(last) || !family_.keys.Equal(last, key_batch_.words[i]))
        last = index_.Find(hash, key_batch_.words[i]);
      ListRow row = AppendRow(hash, key_batch_.words[i], last);
      row.Set(Row::kTouched);
      counters_[GroupOf(hash)].next_sequence = next_sequence_;
      Count(hash, 1);
      NoteWritten(row);
      appended_[i] = row.bytes();
    }
  }
  const uint64_t before = bytes_.live_bytes();
  StoreValues(*keys.batch, value_columns, appended_, false);
  runs_of_one_ |= bytes_.live_bytes() > before + kLargeBatch;
  return {};
}

Status NativeListTable::Load(std::span<const uint32_t> keys) {
  uint32_t current = UINT32_MAX;
  ListRow before;      // where the next row of this key goes
  uint64_t known = 0;  // memory has the rows from this one on
  const auto end_key = [&] {
    if (current == UINT32_MAX) return;
    ListRow last = found_[current];
    if (IsEmpty(last) && before != last) MakeLast(key_batch_.hashes[current], last, before);
  };
  RETURN_IF_ERROR(
      ReadKeys(key_batch_, keys,
               [&](uint32_t i, std::string_view rest, std::string_view value) -> Result<bool> {
                 if (rest.size() != kListSequenceBytes) {
                   return Status::Corruption("a saved list row has a malformed key");
                 }
                 if (current != i) {
                   end_key();
                   current = i;
                   before = found_[i];
                   known = links_.SequenceOf(before.next());
                 }
                 const uint64_t sequence = LoadBig64(rest.data());
                 // From here on memory has the rows, possibly in a newer version.
                 if (sequence >= known) return false;
                 const uint64_t rows = memory_rows_;
                 before = TRY(AddRun(before, sequence, value));
                 family_.disk_reads += memory_rows_ - rows;
                 return true;
               }));
  end_key();
  for (const uint32_t i : keys) {
    // The last row may be another one now, as an empty list was replaced by what was loaded.
    found_[i] = index_.Find(key_batch_.hashes[i], key_batch_.words[i]);
    found_[i].Set(ListRow::kWhole);
  }
  return {};
}

Status NativeListTable::Resolve() {
  const uint32_t count = key_batch_.size();
  found_.resize(count);
  index_.FindBatch(key_batch_, found_.data());
  misses_.clear();
  bool added = false;
  for (uint32_t i = 0; i < count; ++i) {
    ListRow& last = found_[i];
    const uint64_t hash = key_batch_.hashes[i];
    if (last == nullptr) {
      // An empty list may have been added for an earlier row of the batch with the same key.
      if (added) last = index_.Find(hash, key_batch_.words[i]);
      if (last == nullptr) {
        // A key without rows on disk needs no entry. For the others an empty list is made, which
        // receives the rows.
        if (!MayBeOnDisk(hash)) continue;
        last = AddEmptyList(hash, key_batch_.words[i]);
        added = true;
      }
    }
    last.Set(Row::kTouched);
    if (!last.Has(ListRow::kWhole)) misses_.push_back(i);
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
  const auto count = static_cast<uint32_t>(found_.size());
  const ListRow* const lists = found_.data();
  uint32_t probe = next_probe_;
  ListRow row = next_match_;
  uint32_t found = 0;
  while (found < most) {
    if (row == nullptr) {
      if (probe == count) break;
      if (probe + kAhead < count && lists[probe + kAhead] != nullptr) {
        lists[probe + kAhead].next().Prefetch();
      }
      if (lists[probe] == nullptr) {
        ++probe;
        continue;
      }
      row = lists[probe].next();
    }
    // Stored first and counted only if it is a match, which needs no branch.
    probes[found] = probe;
    rows[found] = row.bytes();
    found += IsDeleted(row) || Expired(rows[found]) ? 0 : 1;
    if (row == lists[probe]) {
      ++probe;
      row = nullptr;
    } else {
      row = row.next();
      row.Prefetch();
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
    // A run is copied as one record, so its head is what must be thawed.
    handed_out_.clear();
    for (std::byte* row : run.rows) handed_out_.push_back(links_.HeadOf(RecordAt(row)));
    Thaw(handed_out_);
  }
  return true;
}

void NativeListTable::MarkChanged(std::span<std::byte* const> rows) {
  runs_of_one_ = true;
  for (std::byte* row : rows) NoteWritten(RecordAt(row));
}

Status NativeListTable::LoadRecord(std::string_view key, std::string_view value) {
  const size_t prefix = 2 + slice_.size();
  if (key.size() < prefix + kListSequenceBytes)
    return Status::Corruption("a saved list row has a short key");
  const std::string_view canonical = key.substr(prefix, key.size() - prefix - kListSequenceBytes);
  RETURN_IF_ERROR(family_.keys.FromCanonical({&canonical, 1}, key_batch_));
  const uint64_t hash = key_batch_.hashes[0];
  ListRow last = index_.Find(hash, key_batch_.words[0]);
  if (last == nullptr) last = AddEmptyList(hash, key_batch_.words[0]);
  const uint64_t sequence = LoadBig64(key.data() + key.size() - kListSequenceBytes);
  ReadClock();
  MakeLast(hash, last, TRY(AddRun(last, sequence, value)));
  return {};
}

}  // namespace weir::state
