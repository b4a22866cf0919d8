#include "state/table/table_core.h"

#include <algorithm>
#include <numeric>

#include "runtime/base/bytes.h"
#include "runtime/base/check.h"
#include "runtime/fault_point.h"
#include "runtime/types/string_ref.h"

namespace weir::state {
namespace {

constexpr size_t kEncodeRows = 1024;
// How much a snapshot copies before it looks at the clock again: this many records, or bytes of
// rows.
constexpr size_t kCopiedAtOnce = 128;
constexpr uint64_t kUsualRowBytes = 128;
constexpr size_t kPurgedAtOnce = 4096;
// Rows of this many bytes are spilled together: what a file is made from lies next to the state
// that is over its limit already.
constexpr uint64_t kSpilledAtOnce = 32 << 20;
// Within a time-to-live, memory is swept this often for expired rows, a few chunks at a time, and
// the disk once.
constexpr int64_t kSweepsPerTtl = 4;
constexpr int kChunksAtOnce = 4;
constexpr uint64_t kDiskRecordsAtOnce = 1024;
// Within a batch a table frees memory only when the limit is exceeded by more than this fraction of
// it. Otherwise TaskState lets all tables free memory between two batches.
constexpr uint64_t kOvershoot = 8;

}  // namespace

TableCore::TableCore(TaskContext& task, Family& family, std::string slice)
    : task_(task),
      family_(family),
      slice_(std::move(slice)),
      ttl_(family.schema.sliced ? 0 : family.schema.ttl_millis),
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
  if (family_.disk == nullptr) return;
  hidden_until_epoch_ = epoch;
  first_overlay_ = family_.disk->next_overlay();
}

DiskScope TableCore::Scope() const {
  const uint64_t persisted = task_.progress->persisted_epoch.load(std::memory_order_acquire);
  return {first_overlay_, persisted >= hidden_until_epoch_};
}

bool TableCore::MayBeOnDisk(uint64_t hash) const {
  // From the cheapest test to the dearest. A false positive costs a read; a false negative would
  // lose a row, so the filter counts only if it has seen every key that left memory.
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

Status TableCore::ReadKeys(
    const KeyBatch& keys, std::span<const uint32_t> which,
    const std::function<Result<bool>(uint32_t, std::string_view, std::string_view)>& visit) {
  // In the order of the disk, so that the cursor only moves forward.
  std::vector<std::string> prefixes;
  DiskKeys(keys, which, prefixes);
  std::vector<uint32_t> order(which.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](uint32_t a, uint32_t b) { return prefixes[a] < prefixes[b]; });
  const std::unique_ptr<DiskCursor> cursor = family_.disk->NewCursor(Scope());
  const std::string* last = nullptr;
  for (const uint32_t o : order) {
    const std::string& prefix = prefixes[o];
    if (last != nullptr && *last == prefix) continue;
    last = &prefix;
    RETURN_IF_ERROR(cursor->Seek(prefix));
    while (cursor->valid() && cursor->key().starts_with(prefix)) {
      if (!TRY(visit(which[o], cursor->key().substr(prefix.size()), cursor->value()))) break;
      RETURN_IF_ERROR(cursor->Next());
    }
  }
  return {};
}

Status TableCore::ReadRecords(
    std::span<const std::string> disk_keys,
    const std::function<Status(size_t i, std::string_view value)>& found) {
  std::vector<size_t> order(disk_keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) -> const std::string& { return disk_keys[i]; });
  const auto same = [&](size_t a, size_t b) { return disk_keys[a] == disk_keys[b]; };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  std::vector<std::string_view> wanted;
  for (const size_t i : order) wanted.push_back(disk_keys[i]);
  std::vector<std::string> values;
  std::vector<uint8_t> there;
  RETURN_IF_ERROR(family_.disk->MultiGet(wanted, Scope(), values, there));
  for (size_t n = 0; n < order.size(); ++n) {
    if (there[n] == 0) continue;
    ++family_.disk_reads;
    RETURN_IF_ERROR(found(order[n], values[n]));
  }
  return {};
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

Status TableCore::VisitDisk(const RecordVisitor& visit) {
  for (uint32_t g = task_.groups.first; g < task_.groups.end; ++g) {
    if (counters_[g].rows == 0) continue;
    std::string prefix;
    AppendPrefix(g, prefix);
    RETURN_IF_ERROR(
        family_.disk->Visit(prefix, Scope(), [&](std::string_view key, std::string_view value) {
          return visit(key.substr(prefix.size()), value);
        }));
  }
  return {};
}

void TableCore::AppendRecords(std::span<const Row> rows, RecordSet& out) {
  const bool with_length = family_.schema.layout == StateLayout::kMap;
  std::vector<KeyWord> words;
  std::string canonical;
  std::string scratch;
  std::vector<size_t> ends;
  for (size_t at = 0; at < rows.size(); at += kEncodeRows) {
    const auto run = rows.subspan(at, std::min(kEncodeRows, rows.size() - at));
    words.clear();
    canonical.clear();
    for (const Row row : run) words.push_back(AddressOf(row, scratch).key);
    family_.keys.ToCanonical(words, canonical, ends);
    size_t start = 0;
    for (size_t i = 0; i < run.size(); ++i) {
      const Address address = AddressOf(run[i], scratch);
      AppendPrefix(GroupOf(address.hash), out.bytes());
      out.bytes().append(canonical, start, ends[i] - start);
      out.bytes() += address.suffix;
      // Without the length a reader of the disk key could not tell where the key ends.
      if (with_length) AppendBig32(out.bytes(), static_cast<uint32_t>(ends[i] - start));
      start = ends[i];
      out.EndKey();
      Row row = run[i];
      // Snapshots and spills have seen the row now, so erasing it must leave a tombstone.
      row.Clear(Row::kFresh);
      if (row.Has(Row::kDeleted)) {
        out.EndDeleted();
      } else {
        EncodeValue(row, out.bytes());
        out.EndValue();
      }
    }
  }
}

void TableCore::AddCounters(TaskPart& part) {
  for (uint32_t g = task_.groups.first; g < task_.groups.end; ++g) {
    const GroupCounter& now = counters_[g];
    GroupCounter& saved = saved_counters_[g];
    // A memory snapshot is complete in itself; otherwise only changed counters are written, as
    // bookkeeping is cumulative.
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

void TableCore::AddDroppedCounters(TaskPart& part) const {
  for (uint32_t g = task_.groups.first; g < task_.groups.end; ++g) {
    if (saved_counters_[g].rows == 0 && saved_counters_[g].next_sequence == 0) continue;
    std::string place;
    AppendPrefix(g, place);
    part.bookkeeping.emplace(CounterKey(family_.name, place), std::nullopt);
  }
}

void TableCore::SnapshotWhole(TablePart& part) {
  ReadClock();
  if (ttl_ > 0) {
    for (size_t i = 0; i < entry_chunks(); ++i) ExpireChunk(i);
  }
  std::vector<Row> rows;
  ForEachRow([&](Row row) { rows.push_back(row); });
  changes_.DropFreed();
  for (const Row row : changes_.rows()) ChangeList::Release(row);
  changes_.ForgetRows();
  AppendRecords(rows, part.records);
  changes_.Persist();
}

void TableCore::BeginSnapshot(TablePart& part, TaskPart& task_part) {
  changes_.LearnPersisted(task_.progress->persisted_epoch.load(std::memory_order_acquire));
  if (task_.whole_snapshots) {
    SnapshotWhole(part);
    AddCounters(task_part);
    return;
  }
  // Rows that the last barrier froze belong to its part and must not be frozen again for this one.
  CopyAllFrozen();
  AddCounters(task_part);
  changes_.Freeze(task_part.epoch);
  frozen_records_ = &part.records;
  if (changes_.freezing()) reached_disk_ = true;
}

bool TableCore::CopyFrozen(size_t rows) {
  if (!changes_.freezing()) return true;
  // Limited by bytes as well, since a record can be a long run of list rows or hold long strings.
  const uint64_t enough = frozen_records_->byte_count() + rows * kUsualRowBytes;
  for (size_t taken = 0; taken < rows && changes_.freezing(); taken += kCopiedAtOnce) {
    thawed_.clear();
    changes_.TakeFrozen(kCopiedAtOnce, thawed_);
    AppendRecords(thawed_, *frozen_records_);
    if (frozen_records_->byte_count() >= enough) break;
  }
  return !changes_.freezing();
}

void TableCore::CopyAllFrozen() {
  while (!CopyFrozen(kEncodeRows)) {
  }
}

void TableCore::CopyThawed() {
  if (!thawed_.empty()) AppendRecords(thawed_, *frozen_records_);
}

void TableCore::Bury(Row row) {
  row.Set(Row::kDeleted);
  changes_.Mark(row);
  if (row.Has(Row::kBuried)) return;
  row.Set(Row::kBuried);
  tombstones_.push_back(row);
}

void TableCore::PurgeTombstones(size_t most) {
  // An iterator of a running scan still sees the rows that tombstones hide.
  if (tombstones_.empty() || scanning_) return;
  const size_t end = std::min(most, tombstones_.size());
  size_t kept = 0;
  for (size_t i = 0; i < end; ++i) {
    Row row = tombstones_[i];
    // Revived: the row lives again, and is only taken off the list here.
    if (!row.Has(Row::kDeleted)) {
      row.Clear(Row::kBuried);
    } else if (changes_.OnDisk(row)) {
      ForgetTombstone(row);
    } else {
      tombstones_[kept++] = row;
    }
  }
  tombstones_.erase(tombstones_.begin() + static_cast<ptrdiff_t>(kept),
                    tombstones_.begin() + static_cast<ptrdiff_t>(end));
}

uint64_t TableCore::used_bytes() const {
  return index_bytes() + bytes_.live_bytes() + filter_.memory_bytes();
}

void TableCore::Account() {
  const uint64_t used = used_bytes();
  if (used == accounted_bytes_) return;
  task_.used_bytes += used - accounted_bytes_;
  task_.budget->Add(static_cast<int64_t>(used - accounted_bytes_));
  accounted_bytes_ = used;
}

void TableCore::ReadClock() {
  if (ttl_ > 0) now_ = task_.clock->Now().millis;
}

Status TableCore::BeginCall() {
  ++task_.calls;
  ReadClock();
  return scanning_ ? Status() : RelieveIfShort();
}

Status TableCore::RelieveIfShort() {
  if (!task_.budget->limited() || family_.disk == nullptr) return {};
  Account();
  const uint64_t allowed = task_.budget->Allowed(task_.used_bytes);
  const uint64_t least = std::max(allowed, task_.unfreeable_bytes);
  if (task_.used_bytes <= least + least / kOvershoot) return {};
  task_.budget->NoteShortage(task_.used_bytes);
  // Frees down to three quarters of what is allowed, so that not every call has to evict again.
  return Relieve(task_.used_bytes - allowed / 4 * 3);
}

Status TableCore::Relieve(uint64_t wanted) {
  if (family_.disk == nullptr || wanted == 0) return {};
  changes_.LearnPersisted(task_.progress->persisted_epoch.load(std::memory_order_acquire));
  // A frozen row belongs to the epoch of its barrier. A spill would write it into the running epoch
  // and make it look clean, so all frozen rows are copied first.
  CopyAllFrozen();
  PurgeTombstones(tombstones_.size());
  const uint64_t before = used_bytes();
  // Clean rows cost nothing to drop. Only if they are too few are changed rows written to disk, to
  // be dropped then.
  Evict(wanted);
  const uint64_t freed = before - std::min(before, used_bytes());
  if (freed < wanted) {
    RETURN_IF_ERROR(Spill());
    PurgeTombstones(tombstones_.size());
    const uint64_t left = used_bytes() + wanted;
    if (left > before) Evict(left - before);
  }
  changes_.DropFreed();
  ReleaseEmptyChunks();
  Account();
  const bool short_still = task_.used_bytes > task_.budget->Allowed(task_.used_bytes);
  task_.unfreeable_bytes = short_still ? task_.used_bytes : 0;
  return {};
}

// In several files, each for some key groups, so that the records of the whole table are never in
// memory at once.
Status TableCore::SpillRows(uint64_t bytes) {
  const uint32_t groups = task_.groups.end - task_.groups.first;
  const auto parts = static_cast<uint32_t>(
      std::clamp<uint64_t>(bytes / kSpilledAtOnce + 1, 1, std::max(groups, 1U)));
  std::vector<Row> rows;
  std::string scratch;
  for (uint32_t part = 0; part < parts; ++part) {
    rows.clear();
    ForEachRow([&](Row row) {
      if (changes_.OnDisk(row)) return;
      if (parts > 1) {
        const uint32_t group = GroupOf(AddressOf(row, scratch).hash) - task_.groups.first;
        if (uint64_t{group} * parts / groups != part) return;
      }
      rows.push_back(row);
    });
    if (rows.empty()) continue;
    RecordSet records;
    AppendRecords(rows, records);
    RETURN_IF_ERROR(family_.disk->Spill(records));
  }
  return {};
}

Status TableCore::Spill() {
  uint64_t bytes = 0;
  ForEachRow([&](Row row) {
    if (!changes_.OnDisk(row)) bytes += BytesOf(row);
  });
  if (bytes < task_.least_spill_bytes) return {};
  if (!DefectPlanted("spilled-rows-lost")) RETURN_IF_ERROR(SpillRows(bytes));
  reached_disk_ = true;
  // The spilled files become part of the running epoch (DiskTable::EndEpoch), so the next snapshot
  // need not contain these rows again.
  changes_.DropFreed();
  for (const Row row : changes_.rows()) ChangeList::Release(row);
  changes_.ForgetRows();
  changes_.EndSpill();
  return {};
}

// --- time-to-live --------------------------------------------------------------------------------

Status TableCore::Tidy() {
  if (!tombstones_.empty()) {
    changes_.LearnPersisted(task_.progress->persisted_epoch.load(std::memory_order_acquire));
    PurgeTombstones(kPurgedAtOnce);
  }
  if (ttl_ == 0) return {};
  ReadClock();
  return Sweep();
}

Status TableCore::Sweep() {
  const int64_t pass = ttl_ / kSweepsPerTtl;
  const size_t chunks = entry_chunks();
  // After a pause one pass is due, not all that were missed.
  next_sweep_ = std::max(next_sweep_, now_ - pass);
  for (int i = 0; i < kChunksAtOnce && chunks > 0 && now_ >= next_sweep_; ++i) {
    sweep_chunk_ = sweep_chunk_ + 1 < chunks ? sweep_chunk_ + 1 : 0;
    ExpireChunk(sweep_chunk_);
    next_sweep_ += std::max<int64_t>(1, pass / static_cast<int64_t>(chunks));
  }
  const uint64_t only_there = disk_only_rows();
  if (family_.disk == nullptr || only_there == 0 || now_ < next_disk_sweep_) return {};
  const auto steps = static_cast<int64_t>(only_there / kDiskRecordsAtOnce + 1);
  next_disk_sweep_ = std::max(next_disk_sweep_, now_ - ttl_) + std::max<int64_t>(1, ttl_ / steps);
  return SweepDisk();
}

// Expired rows are loaded and erased as usual, so that their tombstones delete them on disk with
// the next epoch.
Status TableCore::SweepDisk() {
  std::string from;
  AppendPrefix(task_.groups.first, from);
  if (sweep_from_ > from) from = sweep_from_;
  sweep_from_.clear();
  std::vector<std::string> expired;
  const std::unique_ptr<DiskCursor> cursor = family_.disk->NewCursor(Scope());
  RETURN_IF_ERROR(cursor->Seek(from));
  for (uint64_t records = 0; cursor->valid(); ++records) {
    const std::string_view key = cursor->key();
    if (key.size() < 2 || LoadBig16(key.data()) >= task_.groups.end) break;
    if (records == kDiskRecordsAtOnce) {
      sweep_from_ = key;
      break;
    }
    const int64_t written = TRY(family_.rows.WrittenAt(cursor->value()));
    if (written != 0 && now_ - written >= ttl_) {
      expired.emplace_back(key);
    }
    RETURN_IF_ERROR(cursor->Next());
  }
  if (expired.empty()) return {};
  return ExpireSaved(expired);
}

Status TableCore::KeysOf(std::span<const std::string> records, size_t suffix_bytes,
                         KeyBatch& keys) const {
  std::vector<std::string_view> canonical;
  for (const std::string_view record : records) {
    const std::string_view rest = record.substr(kGroupBytes);
    const std::string_view key = rest.substr(0, rest.size() - std::min(rest.size(), suffix_bytes));
    if (canonical.empty() || canonical.back() != key) canonical.push_back(key);
  }
  return family_.keys.FromCanonical(canonical, keys);
}

}  // namespace weir::state
