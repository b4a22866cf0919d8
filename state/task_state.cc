#include "state/task_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/check.h"
#include "runtime/types/widening.h"

namespace weir::state {
namespace {

constexpr size_t kGroupBytes = 2;
constexpr size_t kSliceBytes = 8;

std::vector<Type> TypesOf(const std::vector<Field>& fields) {
  std::vector<Type> types;
  for (const Field& field : fields) types.push_back(field.type);
  return types;
}

// Equal canonical bytes, whatever the columns are called.
bool SameKeys(const std::vector<Field>& saved, const std::vector<Field>& wanted) {
  return std::ranges::equal(saved, wanted, [](const Field& x, const Field& y) {
    return KeyWidening(x.type, y.type) != Widening::kNarrow;
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

}  // namespace

NativeTaskState::NativeTaskState(TableHome& home, TaskContext context,
                                 std::vector<uint32_t> hidden_groups)
    : home_(home), context_(std::move(context)), hidden_groups_(std::move(hidden_groups)) {
  context_.budget->Join();
}

NativeTaskState::~NativeTaskState() {
  tables_.clear();
  context_.budget->Leave();
}

Result<NativeTaskState::Opened*> NativeTaskState::Open(const std::string& uid,
                                                       const StateSchema& schema) {
  std::string name = uid + "/" + schema.name;
  SchemaHistory history;
  const auto saved = home_.bookkeeping().find(SchemaKey(name));
  if (saved != home_.bookkeeping().end()) {
    SavedSchema record = TRY(ReadSchemaHistory(saved->second));
    RETURN_IF_ERROR(CheckSaved(name, record.schema, schema));
    history = std::move(record.history);
  }
  const size_t versions = history.size();
  Result<RowCodec> rows = RowCodec::Make(schema.value, history);
  if (!rows.ok()) return std::move(rows).status().WithContext(name).WithId("E7002");
  auto opened = std::make_unique<Opened>();
  opened->uid = uid;
  opened->family =
      std::make_unique<Family>(Family{name, schema, std::move(history), *std::move(rows),
                                      KeyCodec(TypesOf(schema.key)), nullptr, hidden_groups_});
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
      const int64_t slice = NativeSlicedTable::SliceMillis(place.substr(kGroupBytes));
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
                            const int64_t slice =
                                NativeSlicedTable::SliceMillis(key.substr(kGroupBytes));
                            return opened.sliced->Restored(slice).LoadRecord(key, value);
                          });
}

template <typename Table>
Result<Table*> NativeTaskState::OpenTable(const std::string& uid, const StateSchema& schema) {
  WEIR_CHECK(!schema.sliced);
  Opened* opened = TRY(Open(uid, schema));
  std::unique_ptr<Table> table;
  if constexpr (std::is_same_v<Table, NativeValueTable>) {
    table = std::make_unique<Table>(context_, *opened->family, "");
  } else {
    table = std::make_unique<Table>(context_, *opened->family);
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

Result<SlicedTable*> NativeTaskState::OpenSliced(const std::string& uid,
                                                 const StateSchema& schema) {
  WEIR_CHECK(schema.sliced && schema.layout == StateLayout::kValue);
  Opened* opened = TRY(Open(uid, schema));
  opened->sliced = std::make_unique<NativeSlicedTable>(context_, *opened->family);
  RETURN_IF_ERROR(RestoreRows(*opened));
  return static_cast<SlicedTable*>(opened->sliced.get());
}

Result<std::unique_ptr<EpochPart>> NativeTaskState::Snapshot(uint64_t checkpoint_id) {
  auto part = std::make_unique<TaskPart>();
  part->checkpoint_id = checkpoint_id;
  part->epoch = context_.epoch;
  part->progress = context_.progress;
  for (const auto& opened : tables_) {
    Family& family = *opened->family;
    TablePart table_part;
    table_part.family = family.name;
    if (opened->sliced) {
      RETURN_IF_ERROR(opened->sliced->Snapshot(table_part, *part));
    } else {
      RETURN_IF_ERROR(opened->table->Snapshot(table_part, *part));
    }
    if (family.disk != nullptr) family.disk->EndEpoch(table_part);
    if (!family.schema_saved || context_.whole_snapshots) {
      std::string record;
      AppendSchemaHistory(family.schema, family.history, record);
      part->bookkeeping[SchemaKey(family.name)] = std::move(record);
      family.schema_saved = true;
    }
    part->tables.push_back(std::move(table_part));
  }
  ++context_.epoch;
  StateStatistics all;
  for (const auto& opened : tables_) {
    const StateStatistics one = StatisticsOf(*opened);
    all.memory_bytes += one.memory_bytes;
    all.rows += one.rows;
    all.disk_reads += one.disk_reads;
    all.evictions += one.evictions;
  }
  home_.Report(this, all);
  return std::unique_ptr<EpochPart>(std::move(part));
}

StateStatistics NativeTaskState::StatisticsOf(const Opened& opened) const {
  StateStatistics result;
  result.memory_bytes = opened.sliced ? opened.sliced->used_bytes() : opened.table->used_bytes();
  result.rows = opened.sliced ? opened.sliced->row_count() : opened.table->row_count();
  result.disk_reads = opened.family->disk_reads;
  result.evictions = opened.family->evictions;
  return result;
}

StateStatistics NativeTaskState::statistics(const std::string& uid) const {
  StateStatistics result;
  for (const auto& opened : tables_) {
    if (opened->uid != uid) continue;
    const StateStatistics one = StatisticsOf(*opened);
    result.memory_bytes += one.memory_bytes;
    result.rows += one.rows;
    result.disk_reads += one.disk_reads;
    result.evictions += one.evictions;
  }
  return result;
}

}  // namespace weir::state
