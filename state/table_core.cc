#include "state/table_core.h"

#include <algorithm>

#include "runtime/base/bytes.h"
#include "runtime/types/string_ref.h"

namespace weir::state {
namespace {

constexpr size_t kEncodeRows = 4096;

}  // namespace

void ChangeList::LearnPersisted(uint64_t epoch) {
  while (!epochs_.empty() && epochs_.front().epoch <= epoch) {
    persisted_ = epochs_.front().tick;
    epochs_.pop_front();
  }
}

void ChangeList::DropFreed() {
  std::erase_if(rows_, [](RowHeader* header) {
    if ((header->place & kRowFree) == 0) return false;
    header->place &= ~kRowListed;
    return true;
  });
}

TableCore::TableCore(TaskContext& task, Family& family, std::string slice, size_t entry_bytes)
    : task_(task),
      family_(family),
      slice_(std::move(slice)),
      index_(family.keys),
      entries_(entry_bytes),
      counters_(task.max_parallelism),
      saved_counters_(task.max_parallelism) {}

TableCore::~TableCore() {
  task_.used_bytes -= accounted_bytes_;
  task_.budget->Add(-static_cast<int64_t>(accounted_bytes_));
}

void TableCore::SetCounter(uint32_t group, const GroupCounter& counter) {
  counters_[group] = counter;
  saved_counters_[group] = counter;
  if (std::ranges::find(family_.hidden_groups, group) != family_.hidden_groups.end()) {
    counters_[group] = {};
  }
  total_rows_ += counters_[group].rows;
  filter_whole_ = false;
  reached_disk_ = true;
}

void TableCore::HideDiskUntil(uint64_t epoch) {
  hidden_until_epoch_ = epoch;
  first_overlay_ = family_.disk->next_overlay();
}

DiskScope TableCore::Scope() const {
  const uint64_t persisted = task_.progress->persisted_epoch.load(std::memory_order_acquire);
  return {first_overlay_, persisted >= hidden_until_epoch_};
}

bool TableCore::MayBeOnDisk(uint64_t hash) const {
  if (family_.disk == nullptr || disk_only_rows() == 0) return false;
  if (counters_[GroupOf(hash)].rows == 0) return false;
  return !filter_whole_ || filter_.MayContain(hash);
}

void TableCore::AppendPrefix(uint32_t group, std::string& out) const {
  AppendBig16(out, static_cast<uint16_t>(group));
  out += slice_;
}

void TableCore::DiskKeys(const KeyBatch& keys, std::span<const uint32_t> which,
                         std::vector<std::string>& out) const {
  std::vector<KeyWord> words;
  words.reserve(which.size());
  for (uint32_t i : which) words.push_back(keys.words[i]);
  std::string canonical;
  std::vector<size_t> ends;
  family_.keys.ToCanonical(words, canonical, ends);
  out.assign(which.size(), {});
  size_t start = 0;
  for (size_t i = 0; i < which.size(); ++i) {
    AppendPrefix(GroupOf(keys.hashes[which[i]]), out[i]);
    out[i].append(canonical, start, ends[i] - start);
    start = ends[i];
  }
}

void TableCore::SetKey(RowHeader* entry, uint64_t hash, const KeyWord& key) {
  entry->hash = hash;
  entry->key[0] = key.low;
  entry->key[1] = key.high;
  if (!family_.keys.packed() && key.high > 0) {
    entry->key[0] = reinterpret_cast<uint64_t>(bytes_.Store(KeyCodec::BytesOf(key)));
  }
}

void TableCore::FreeKey(RowHeader* entry) {
  if (family_.keys.packed() || entry->key[1] == 0) return;
  bytes_.Free(reinterpret_cast<char*>(entry->key[0]), entry->key[1]);
}

void TableCore::FreeStrings(std::byte* row) {
  const RowLayout& layout = family_.rows.layout();
  if (!layout.has_variable()) return;
  for (size_t f = 0; f < layout.field_count(); ++f) {
    if (!layout.is_variable(f)) continue;
    const auto ref = layout.Load<StringRef>(row, f);
    if (!ref.is_inline()) bytes_.Free(const_cast<char*>(ref.data()), ref.size());
    layout.Store(row, f, StringRef());
  }
}

void TableCore::StoreString(std::byte* row, size_t field, std::string_view bytes) {
  const RowLayout& layout = family_.rows.layout();
  const auto old = layout.Load<StringRef>(row, field);
  StringRef fresh(bytes);
  // Copied before the old bytes are freed: `bytes` may be a part of them.
  if (!fresh.is_inline()) fresh = StringRef({bytes_.Store(bytes), bytes.size()});
  if (!old.is_inline()) bytes_.Free(const_cast<char*>(old.data()), old.size());
  layout.Store(row, field, fresh);
}

Status TableCore::AppendRecords(std::span<RowHeader* const> rows, RecordSet& out) {
  const bool with_length = family_.schema.layout == StateLayout::kMap;
  std::vector<KeyWord> words;
  std::string canonical;
  std::string scratch;
  std::vector<size_t> ends;
  for (size_t at = 0; at < rows.size(); at += kEncodeRows) {
    const auto run = rows.subspan(at, std::min(kEncodeRows, rows.size() - at));
    words.clear();
    canonical.clear();
    for (RowHeader* row : run) words.push_back(AddressOf(row, scratch).key);
    family_.keys.ToCanonical(words, canonical, ends);
    size_t start = 0;
    for (size_t i = 0; i < run.size(); ++i) {
      const Address address = AddressOf(run[i], scratch);
      AppendPrefix(GroupOf(address.hash), out.bytes());
      out.bytes().append(canonical, start, ends[i] - start);
      out.bytes() += address.suffix;
      // Lets readers tell the key from the sub-key.
      if (with_length) AppendBig32(out.bytes(), static_cast<uint32_t>(ends[i] - start));
      start = ends[i];
      out.EndKey();
      run[i]->place &= ~kRowFresh;
      if ((run[i]->place & kRowDeleted) != 0) {
        out.EndDeleted();
      } else {
        family_.rows.Encode(ValueOf(run[i]), out.bytes());
        out.EndValue();
      }
    }
  }
  return {};
}

void TableCore::AddCounters(TaskPart& part) {
  for (uint32_t g = task_.groups.first; g < task_.groups.end; ++g) {
    const GroupCounter& now = counters_[g];
    GroupCounter& saved = saved_counters_[g];
    if (!task_.whole_snapshots && now.rows == saved.rows &&
        now.next_sequence == saved.next_sequence) {
      continue;
    }
    std::string place;
    AppendPrefix(g, place);
    std::optional<std::string> value;
    if (now.rows > 0 || now.next_sequence > 0) value = EncodeCounter(now);
    if (value || !task_.whole_snapshots) part.bookkeeping[CounterKey(family_.name, place)] = value;
    saved = now;
  }
}

void TableCore::AddCountersGone(TaskPart& part) const {
  for (uint32_t g = task_.groups.first; g < task_.groups.end; ++g) {
    if (saved_counters_[g].rows == 0 && saved_counters_[g].next_sequence == 0) continue;
    std::string place;
    AppendPrefix(g, place);
    part.bookkeeping.emplace(CounterKey(family_.name, place), std::nullopt);
  }
}

Status TableCore::Snapshot(TablePart& part, TaskPart& task_part) {
  changes_.LearnPersisted(task_.progress->persisted_epoch.load(std::memory_order_acquire));
  PurgeTombstones();
  changes_.DropFreed();
  AddCounters(task_part);
  std::vector<RowHeader*> rows;
  if (task_.whole_snapshots) {
    ForEachRow([&](RowHeader* row) { rows.push_back(row); });
    changes_.rows().clear();
    RETURN_IF_ERROR(AppendRecords(rows, part.records));
    changes_.Persist();
    return {};
  }
  rows.swap(changes_.rows());
  for (RowHeader* row : rows) row->place &= ~kRowListed;
  if (!rows.empty()) reached_disk_ = true;
  RETURN_IF_ERROR(AppendRecords(rows, part.records));
  changes_.EndEpoch(task_part.epoch);
  return {};
}

void TableCore::Bury(RowHeader* row) {
  row->place |= kRowDeleted;
  changes_.Mark(row);
  tombstones_.push_back(row);
}

void TableCore::PurgeTombstones() {
  // An iterator of a running scan still sees the rows that they hide.
  if (tombstones_.empty() || scanning_) return;
  std::ranges::sort(tombstones_);
  const auto repeated = std::ranges::unique(tombstones_);
  tombstones_.erase(repeated.begin(), repeated.end());
  std::erase_if(tombstones_, [&](RowHeader* row) {
    if ((row->place & kRowDeleted) == 0) return true;
    if (!changes_.Persisted(row)) return false;
    ForgetTombstone(row);
    return true;
  });
}

uint64_t TableCore::used_bytes() const {
  return entries_.live_bytes() + bytes_.live_bytes() + index_.memory_bytes() +
         filter_.memory_bytes() + extra_bytes();
}

void TableCore::Account() {
  const uint64_t used = used_bytes();
  if (used == accounted_bytes_) return;
  task_.used_bytes += used - accounted_bytes_;
  task_.budget->Add(static_cast<int64_t>(used - accounted_bytes_));
  accounted_bytes_ = used;
}

Status TableCore::BeginCall() {
  if (!task_.budget->limited() || family_.disk == nullptr || scanning_) return {};
  Account();
  if (task_.used_bytes <= task_.budget->Allowed(task_.used_bytes)) return {};
  return Relieve();
}

Status TableCore::Relieve() {
  if (!task_.budget->limited() || family_.disk == nullptr) return {};
  changes_.LearnPersisted(task_.progress->persisted_epoch.load(std::memory_order_acquire));
  PurgeTombstones();
  const uint64_t target = task_.budget->Allowed(task_.used_bytes) / 4 * 3;
  if (task_.used_bytes <= target) return {};
  uint64_t wanted = task_.used_bytes - target;
  const uint64_t before = used_bytes();
  Evict(wanted);
  uint64_t freed = before - std::min(before, used_bytes());
  if (freed < wanted) {
    RETURN_IF_ERROR(Spill());
    Evict(wanted - freed);
  }
  changes_.DropFreed();
  entries_.ReleaseEmptyChunks();
  Account();
  return {};
}

Status TableCore::Spill() {
  const bool with_tombstones = family_.disk->ingests_spills();
  std::vector<RowHeader*> rows;
  std::vector<RowHeader*> tombstones;
  ForEachRow([&](RowHeader* row) {
    if (changes_.OnDisk(row)) return;
    if ((row->place & kRowDeleted) == 0 || with_tombstones) {
      rows.push_back(row);
    } else {
      tombstones.push_back(row);
    }
  });
  const uint64_t bytes = rows.size() * (sizeof(RowHeader) + family_.rows.layout().row_bytes());
  if (bytes < task_.least_spill_bytes) return {};
  RecordSet records;
  RETURN_IF_ERROR(AppendRecords(rows, records));
  RETURN_IF_ERROR(family_.disk->Spill(records));
  reached_disk_ = true;
  // Tombstones of this epoch stay changed in it; all others are on disk now.
  changes_.DropFreed();
  std::erase_if(changes_.rows(), [&](RowHeader* row) {
    if ((row->place & kRowDeleted) != 0 && !with_tombstones) return false;
    row->place &= ~kRowListed;
    return true;
  });
  if (with_tombstones) {
    changes_.Persist();
  } else {
    changes_.EndSpill();
    for (RowHeader* row : changes_.rows()) row->stamp = changes_.tick();
  }
  return {};
}

}  // namespace weir::state
