#include "state/table/task_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/check.h"
#include "runtime/types/widening.h"

namespace weir::state {
namespace {

constexpr size_t kSliceBytes = 8;
constexpr size_t kRowsCopiedAtOnce = 512;
// Where memory could not be had, more is asked for only when so much of it has been added.
constexpr uint64_t kGrowthBeforeRetry = 8;
// A task that was not called for so long has rows that nobody uses.
constexpr int64_t kUnusedNanos = 1'000'000'000;

void Add(const StateStatistics& one, StateStatistics& sum) {
  sum.memory_bytes += one.memory_bytes;
  sum.disk_bytes += one.disk_bytes;
  sum.rows += one.rows;
  sum.disk_reads += one.disk_reads;
  sum.evictions += one.evictions;
  sum.expired += one.expired;
}

std::vector<Type> TypesOf(const std::vector<Field>& fields) {
  std::vector<Type> types;
  for (const Field& field : fields) types.push_back(field.type);
  return types;
}

// Whether two keys have the same canonical bytes, whatever their columns are called.
bool SameKeys(const std::vector<Field>& saved, const std::vector<Field>& wanted) {
  return std::ranges::equal(saved, wanted, [](const Field& x, const Field& y) {
    return HaveSameBytes(x.type, y.type) || KeyWidening(x.type, y.type) != Widening::kNarrow;
  });
}

Status CheckSaved(const std::string& name, const StateSchema& saved, const StateSchema& wanted) {
  if (saved.layout != wanted.layout || saved.sliced != wanted.sliced) {
    return Status::RestoreRefused(fmt::format("saved state has another layout: {}", name));
  }
  if (!SameKeys(saved.key, wanted.key) || !SameKeys(saved.sub_key, wanted.sub_key)) {
    return Status::RestoreRefused(fmt::format("saved state has other key columns: {}", name));
  }
  return {};
}

// Key columns that were nullable stay nullable, as saved keys may contain NULL.
void KeepNullable(const std::vector<Field>& saved, std::vector<Field>& key) {
  for (size_t i = 0; i < key.size(); ++i) {
    if (saved[i].type.nullable()) key[i].type = key[i].type.WithNullable(true);
  }
}

}  // namespace

NativeTaskState::NativeTaskState(TableHome& home, TaskContext context,
                                 std::vector<uint32_t> hidden_groups)
    : home_(home), context_(std::move(context)), hidden_groups_(std::move(hidden_groups)) {
  context_.budget->Join();
}

NativeTaskState::~NativeTaskState() {
  // Tables subtract their memory from the budget before this task leaves it.
  tables_.clear();
  for (const auto& [uid, bytes] : reported_) context_.budget->Add(-static_cast<int64_t>(bytes));
  context_.budget->Leave();
}

Result<NativeTaskState::Opened*> NativeTaskState::Open(const std::string& uid,
                                                       const StateSchema& wanted) {
  StateSchema schema = wanted;
  std::string name = uid + "/" + schema.name;
  SchemaHistory history;
  const auto saved = home_.bookkeeping().find(SchemaKey(name));
  if (saved != home_.bookkeeping().end()) {
    SavedSchema record = TRY(ReadSchemaHistory(saved->second));
    RETURN_IF_ERROR(CheckSaved(name, record.schema, schema));
    KeepNullable(record.schema.key, schema.key);
    KeepNullable(record.schema.sub_key, schema.sub_key);
    history = std::move(record.history);
  }
  const size_t versions = history.size();
  const bool timed = schema.ttl_millis > 0 && !schema.sliced;
  Result<RowCodec> rows =
      RowCodec::Make(timed ? WithLastWrite(schema.value) : schema.value, history);
  if (!rows.ok()) return std::move(rows).status().WithContext(name).WithId("E7002");
  const bool compact = schema.layout != StateLayout::kList;  // lists use whole headers
  auto opened = std::make_unique<Opened>();
  opened->uid = uid;
  opened->family = std::make_unique<Family>(
      Family{name, schema, std::move(history), *std::move(rows),
             KeyCodec(TypesOf(schema.key), compact), nullptr, hidden_groups_});
  opened->family->schema_saved = versions == opened->family->history.size();
  opened->family->disk = TRY(home_.OpenDisk(name, context_));
  tables_.push_back(std::move(opened));
  return tables_.back().get();
}

Status NativeTaskState::RestoreCounters(Opened& opened) {
  const std::string prefix = CounterKey(opened.family->name, "");
  const auto& records = home_.bookkeeping();
  for (auto at = records.lower_bound(prefix); at != records.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    const std::string_view place = std::string_view(at->first).substr(prefix.size());
    if (place.size() != kGroupBytes + (opened.sliced ? kSliceBytes : 0)) {
      return Status::Corruption("a counter of state rows has a malformed key");
    }
    const uint32_t group = LoadBig16(place.data());
    if (!context_.groups.Contains(group)) continue;
    const GroupCounter counter = TRY(DecodeCounter(at->second));
    if (opened.sliced) {
      const int64_t slice = TableSlices::SliceMillis(place.substr(kGroupBytes));
      opened.sliced->Restored(slice).SetCounter(group, counter);
    } else {
      opened.table->SetCounter(group, counter);
    }
  }
  return {};
}

Status NativeTaskState::RestoreRows(Opened& opened) {
  RETURN_IF_ERROR(RestoreCounters(opened));
  if (opened.family->disk != nullptr) return {};
  return home_.VisitSaved(opened.family->name, context_.groups,
                          [&](std::string_view key, std::string_view value) -> Status {
                            if (key.size() < kGroupBytes + (opened.sliced ? kSliceBytes : 0)) {
                              return Status::Corruption("a saved row has a short key");
                            }
                            const auto group = uint32_t{LoadBig16(key.data())};
                            if (std::ranges::find(hidden_groups_, group) != hidden_groups_.end())
                              return {};
                            if (!opened.sliced) return opened.table->LoadRecord(key, value);
                            const int64_t slice = TableSlices::SliceMillis(key.substr(kGroupBytes));
                            return opened.sliced->Restored(slice).LoadRecord(key, value);
                          });
}

template <typename Table>
Result<Table*> NativeTaskState::OpenTable(const std::string& uid, const StateSchema& schema) {
  WEIR_CHECK(!schema.sliced);
  Opened* opened = TRY(Open(uid, schema));
  std::unique_ptr<Table> table;
  if constexpr (std::is_same_v<Table, NativeMapTable>) {
    table = std::make_unique<Table>(context_, *opened->family);
  } else {
    table = std::make_unique<Table>(context_, *opened->family, "");
  }
  Table* result = table.get();
  opened->table = std::move(table);
  RETURN_IF_ERROR(RestoreRows(*opened));
  return result;
}

Result<ValueTable*> NativeTaskState::OpenValue(const std::string& uid, const StateSchema& schema) {
  WEIR_CHECK(schema.layout == StateLayout::kValue);
  return static_cast<ValueTable*>(TRY(OpenTable<NativeValueTable>(uid, schema)));
}

Result<MapTable*> NativeTaskState::OpenMap(const std::string& uid, const StateSchema& schema) {
  WEIR_CHECK(schema.layout == StateLayout::kMap);
  return static_cast<MapTable*>(TRY(OpenTable<NativeMapTable>(uid, schema)));
}

Result<ListTable*> NativeTaskState::OpenList(const std::string& uid, const StateSchema& schema) {
  WEIR_CHECK(schema.layout == StateLayout::kList);
  return static_cast<ListTable*>(TRY(OpenTable<NativeListTable>(uid, schema)));
}

template <typename Slices>
Result<Slices*> NativeTaskState::OpenSlices(const std::string& uid, const StateSchema& schema) {
  WEIR_CHECK(schema.sliced);
  Opened* opened = TRY(Open(uid, schema));
  auto slices = std::make_unique<Slices>(context_, *opened->family);
  Slices* result = slices.get();
  opened->sliced = std::move(slices);
  RETURN_IF_ERROR(RestoreRows(*opened));
  return result;
}

Result<SlicedTable*> NativeTaskState::OpenSliced(const std::string& uid,
                                                 const StateSchema& schema) {
  WEIR_CHECK(schema.layout == StateLayout::kValue);
  return static_cast<SlicedTable*>(TRY(OpenSlices<NativeSlicedTable>(uid, schema)));
}

Result<SlicedLists*> NativeTaskState::OpenSlicedLists(const std::string& uid,
                                                      const StateSchema& schema) {
  WEIR_CHECK(schema.layout == StateLayout::kList);
  return static_cast<SlicedLists*>(TRY(OpenSlices<NativeSlicedLists>(uid, schema)));
}

Result<std::unique_ptr<EpochPart>> NativeTaskState::Snapshot(uint64_t checkpoint_id) {
  RETURN_IF_ERROR(BeginSnapshot(checkpoint_id));
  return ContinueSnapshot(std::chrono::nanoseconds::max());
}

Status NativeTaskState::BeginSnapshot(uint64_t checkpoint_id) {
  WEIR_CHECK(copied_ == nullptr);
  auto part = std::make_unique<TaskPart>();
  part->checkpoint_id = checkpoint_id;
  part->epoch = context_.epoch;
  part->progress = context_.progress;
  part->tables.resize(tables_.size());  // not resized later, as tables write into its elements
  for (size_t i = 0; i < tables_.size(); ++i) {
    Opened& opened = *tables_[i];
    Family& family = *opened.family;
    TablePart& table_part = part->tables[i];
    table_part.family = family.name;
    if (opened.sliced) {
      opened.sliced->BeginSnapshot(table_part, *part);
    } else {
      opened.table->BeginSnapshot(table_part, *part);
    }
    // After the table was frozen: the spills of the running epoch belong to this part, in front of
    // its records.
    if (family.disk != nullptr) family.disk->EndEpoch(table_part);
    // The record of the schema goes out once, with the first snapshot after it has changed; the
    // bookkeeping keeps it.
    if (!family.schema_saved || context_.whole_snapshots) {
      std::string record;
      AppendSchemaHistory(family.schema, family.history, record);
      part->bookkeeping[SchemaKey(family.name)] = std::move(record);
      family.schema_saved = true;
    }
  }
  ++context_.epoch;
  copied_ = std::move(part);
  copied_tables_ = 0;
  return {};
}

Result<std::unique_ptr<EpochPart>> NativeTaskState::ContinueSnapshot(
    std::chrono::nanoseconds longest) {
  WEIR_CHECK(copied_ != nullptr);
  const bool all = longest == std::chrono::nanoseconds::max();
  const int64_t end = all ? 0 : context_.clock->MonotonicNanos() + longest.count();
  while (copied_tables_ < tables_.size()) {
    Opened& opened = *tables_[copied_tables_];
    const bool through = opened.sliced ? opened.sliced->CopyFrozen(kRowsCopiedAtOnce)
                                       : opened.table->CopyFrozen(kRowsCopiedAtOnce);
    if (through) {
      ++copied_tables_;
    } else if (!all && context_.clock->MonotonicNanos() >= end) {
      return std::unique_ptr<EpochPart>();
    }
  }
  StateStatistics sum;
  for (const auto& opened : tables_) Add(StatisticsOf(*opened), sum);
  home_.Report(this, sum);
  return std::unique_ptr<EpochPart>(std::move(copied_));
}

template <typename F>
void NativeTaskState::ForEachTable(F&& f) {
  for (const auto& opened : tables_) {
    if (opened->sliced) {
      opened->sliced->ForEachSlice(f);
    } else {
      f(*opened->table);
    }
  }
}

Status NativeTaskState::Tidy() {
  Status status;
  ForEachTable([&](TableCore& table) {
    if (status.ok()) status = table.Tidy();
  });
  RETURN_IF_ERROR(std::move(status));
  return context_.budget->limited() ? KeepWithinBudget() : Status();
}

Status NativeTaskState::KeepWithinBudget() {
  MemoryBudget& budget = *context_.budget;
  ForEachTable([](TableCore& table) { table.Account(); });
  const uint64_t used = context_.used_bytes;
  const uint64_t allowed = budget.Allowed(used);
  const bool called = std::exchange(calls_seen_, context_.calls) != context_.calls;
  const uint64_t unfreeable =
      context_.unfreeable_bytes + context_.unfreeable_bytes / kGrowthBeforeRetry;
  if (used > std::max(allowed, unfreeable)) {
    if (called) budget.NoteShortage(used);
    return Relieve(used - allowed / 4 * 3);
  }
  // From here on for tasks within their limit. One that has not been called for a second gives half
  // of its memory whenever another task has been short since.
  const int64_t now = called || used == 0 ? 0 : context_.clock->MonotonicNanos();
  if (called || unused_since_ == 0) unused_since_ = now;
  const uint64_t shortages = budget.shortages();
  if (called || used == 0 || now - unused_since_ < kUnusedNanos) {
    shortages_seen_ = shortages;
    return {};
  }
  // Nobody uses these rows, and somebody else is short.
  if (shortages == shortages_seen_) return {};
  shortages_seen_ = shortages;
  return Relieve(used / 2);
}

Status NativeTaskState::Relieve(uint64_t wanted) {
  const uint64_t used = context_.used_bytes;
  const uint64_t goal = used - std::min(used, wanted);
  Status status;
  ForEachTable([&](TableCore& table) {
    if (table.scanning()) return;
    const double part = static_cast<double>(table.used_bytes()) / static_cast<double>(used);
    if (status.ok()) {
      status = table.Relieve(static_cast<uint64_t>(static_cast<double>(wanted) * part));
    }
  });
  // Some tables could not free their part, as their rows are in use; the others free more.
  ForEachTable([&](TableCore& table) {
    if (status.ok() && !table.scanning() && context_.used_bytes > goal) {
      status = table.Relieve(context_.used_bytes - goal);
    }
  });
  return status;
}

StateStatistics NativeTaskState::StatisticsOf(const Opened& opened) const {
  StateStatistics result;
  result.memory_bytes = opened.sliced ? opened.sliced->used_bytes() : opened.table->used_bytes();
  result.rows = opened.sliced ? opened.sliced->row_count() : opened.table->row_count();
  const uint64_t on_disk =
      opened.sliced ? opened.sliced->disk_only_rows() : opened.table->disk_only_rows();
  if (on_disk > 0 && opened.family->disk != nullptr) {
    result.disk_bytes = static_cast<uint64_t>(opened.family->disk->AverageRecordBytes() *
                                              static_cast<double>(on_disk));
  }
  result.disk_reads = opened.family->disk_reads;
  result.evictions = opened.family->evictions;
  result.expired = opened.family->expired;
  return result;
}

void NativeTaskState::ReportMemory(const std::string& uid, uint64_t bytes) {
  const uint64_t before = std::exchange(reported_[uid], bytes);
  context_.used_bytes += bytes - before;
  context_.budget->Add(static_cast<int64_t>(bytes - before));
}

StateStatistics NativeTaskState::statistics(const std::string& uid) const {
  StateStatistics result;
  if (const auto held = reported_.find(uid); held != reported_.end()) {
    result.memory_bytes = held->second;
  }
  for (const auto& opened : tables_) {
    if (opened->uid == uid) Add(StatisticsOf(*opened), result);
  }
  return result;
}

}  // namespace weir::state
