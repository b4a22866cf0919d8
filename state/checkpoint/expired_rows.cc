#include "state/checkpoint/expired_rows.h"

#include <utility>

#include "state/checkpoint/state_moves.h"
#include "state/table/epoch.h"

namespace weir::state {
std::map<std::string, int64_t> ExpiredByFamily(const std::vector<StateMove>& moves) {
  std::map<std::string, int64_t> before;
  for (const StateMove& move : moves) {
    if (move.expired_before > 0) before.emplace(move.to, move.expired_before);
  }
  return before;
}

Result<TableExpiry> TableExpiry::Make(std::string_view schema_record, int64_t expired_before) {
  SavedSchema saved = TRY(ReadSchemaHistory(schema_record));
  RowCodec codec = TRY(RowCodec::Make(saved.schema.value, saved.history));
  return TableExpiry(saved.schema.layout, std::move(codec), expired_before);
}

// A row whose time is not known (0) counts as written when it is next read.
Result<bool> TableExpiry::Expired(std::string_view row) const {
  const int64_t written = TRY(codec_.WrittenAt(row));
  return written != 0 && written < expired_before_;
}

Result<std::optional<std::string_view>> TableExpiry::Rest(std::string_view key,
                                                          std::string_view value) {
  if (key.size() < kGroupBytes) return Status::Corruption("a saved row has a short key");
  rest_.clear();
  uint64_t gone = 0;
  std::string_view rows = value;
  // Only lists have several rows in a record; their numbers count on from that in the key.
  while (!rows.empty()) {
    const size_t length = layout_ == StateLayout::kList ? TRY(codec_.LengthOf(rows)) : rows.size();
    if (TRY(Expired(rows))) {
      ++gone;
    } else {
      rest_ += rows.substr(0, length);
    }
    rows.remove_prefix(length);
  }
  if (gone == 0) return std::optional<std::string_view>();
  const std::string_view group = key.substr(0, kGroupBytes);
  auto counter = gone_.find(group);
  if (counter == gone_.end()) counter = gone_.emplace(group, 0).first;
  counter->second += gone;
  return std::optional<std::string_view>(rest_);
}

Status TableExpiry::Subtract(const std::string& family,
                             std::map<std::string, std::string>& records) const {
  for (const auto& [group, rows] : gone_) {
    const auto record = records.find(CounterKey(family, group));
    if (record == records.end()) return Status::Corruption("rows of state are not counted");
    GroupCounter counter = TRY(DecodeCounter(record->second));
    if (counter.rows < rows) return Status::Corruption("rows of state are counted wrongly");
    counter.rows -= rows;
    record->second = EncodeCounter(counter);
  }
  return {};
}

Status SnapshotExpiry::TakeOut(MemorySnapshot& snapshot) {
  const MutexLock lock(mutex_);
  for (auto record = snapshot.bookkeeping.begin(); record != snapshot.bookkeeping.end();) {
    const std::string family = FamilyOfRecord(record->first);
    const auto before = before_.find(family);
    if (before == before_.end()) {
      ++record;
    } else if (record->first == SchemaKey(family)) {
      tables_.emplace(family, TRY(TableExpiry::Make(record->second, before->second)));
      ++record;
    } else {
      counters_.insert(*record);
      record = snapshot.bookkeeping.erase(record);
    }
  }
  for (auto& [family, rows] : snapshot.rows) {
    if (!before_.contains(family)) continue;
    const auto table = tables_.find(family);
    if (table == tables_.end()) return Status::Corruption("rows of state have no schema");
    RecordSet kept;
    for (size_t i = 0; i < rows.size(); ++i) {
      const RecordSet::Record row = rows[i];
      const std::optional<std::string_view> rest = TRY(table->second.Rest(row.key, row.value));
      if (!rest || !rest->empty()) kept.Append({row.key, rest ? *rest : row.value, false});
    }
    rows = std::move(kept);
  }
  return {};
}

Result<std::map<std::string, std::string>> SnapshotExpiry::Counters() const {
  const MutexLock lock(mutex_);
  std::map<std::string, std::string> counters = counters_;
  for (const auto& [family, table] : tables_) RETURN_IF_ERROR(table.Subtract(family, counters));
  return counters;
}

}  // namespace weir::state
