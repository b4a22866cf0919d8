#include "runtime/operators/match/stored_runs.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "runtime/types/string_ref.h"

namespace weir::operators {
namespace {

// Fields of "runs".
constexpr size_t kNext = 0;
constexpr size_t kPending = 1;
constexpr size_t kExpires = 2;
constexpr size_t kRuns = 3;

}  // namespace

// The first time that is given of matches which are not certain yet: that of the last row, or,
// where all rows are given, of the first one, which any run may turn out to be a match of.
std::optional<int64_t> StoredRuns::PendingOf(const PartitionRuns& runs) const {
  std::optional<int64_t> first;
  const bool all_rows = plan_.spec().all_rows;
  for (const MatchAttempt& attempt : runs.attempts) {
    const int64_t time = all_rows ? attempt.start_time : attempt.end_time;
    if (all_rows || attempt.matched) first = std::min(first.value_or(time), time);
  }
  return first;
}

// Whether something has to be remembered of the partition.
bool StoredRuns::IsKept(const PartitionRuns& runs) const {
  return !runs.attempts.empty() || !runs.recent.empty() || runs.matches > 0 ||
         plan_.spec().from_start;
}

Status StoredRuns::Open(const Schema& input, TaskState& tasks, const std::string& uid) {
  const graph::MatchSpec& spec = plan_.spec();
  const OperatorStateSchema state = graph::StateOfMatch(spec, input);
  for (const Field& key : state.tables[1].key) key_types_.push_back(key.type);
  for (const Field& field : state.tables[2].value) kept_types_.push_back(field.type);
  key_places_.resize(key_types_.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  table_ = TRY(tasks.OpenValue(uid, state.tables[1]));
  rows_table_ = TRY(tasks.OpenMap(uid, state.tables[2]));
  const auto wanted = [this](const std::byte* row) { return TimeIn(row, kPending).has_value(); };
  return table_->ScanWhere(wanted, [this](const ScannedRows& run) -> Status {
    for (const std::byte* row : run.rows) ++pending_[*TimeIn(row, kPending)];
    return {};
  });
}

std::optional<int64_t> StoredRuns::TimeIn(const std::byte* row, size_t field) const {
  const RowLayout& layout = table_->layout();
  if (layout.IsNull(row, field)) return std::nullopt;
  return layout.Load<int64_t>(row, field);
}

void StoredRuns::SetTime(std::byte* row, size_t field, std::optional<int64_t> time) const {
  const RowLayout& layout = table_->layout();
  layout.ClearNull(row, field);
  layout.Store(row, field, time.value_or(0));
  if (!time) layout.SetNull(row, field);
}

Status StoredRuns::Load(const Batch& batch, const std::vector<int>& keys) {
  keys_ = {};
  keys_.row_count = batch.row_count;
  for (size_t i = 0; i < keys.size(); ++i) {
    keys_.columns.push_back(batch.columns[static_cast<size_t>(keys[i])]->WithType(key_types_[i]));
  }
  hashes_.resize(batch.row_count);
  HashKeys(keys_, key_places_, hashes_.data());
  places_.resize(batch.row_count);
  std::vector<uint8_t> created(batch.row_count, 0);
  RETURN_IF_ERROR(
      table_->FindOrCreate({&keys_, key_places_, hashes_.data()}, places_.data(), created.data()));
  groups_.Collect(places_);
  lists_.Clear();
  numbers_.clear();
  runs_.assign(groups_.size(), {});
  expires_.assign(groups_.size(), std::nullopt);
  kept_of_.assign(1, 0);
  for (size_t partition = 0; partition < groups_.size(); ++partition) {
    const uint32_t first = FirstRowOf(partition);
    if (created[first] == 0) {
      const std::byte* row = places_[first];
      const RowLayout& layout = table_->layout();
      runs_[partition].next = layout.Load<int64_t>(row, kNext);
      expires_[partition] = TimeIn(row, kExpires);
      const auto bytes = layout.Load<StringRef>(row, kRuns);
      RETURN_IF_ERROR(
          codec_.Decode(bytes.view(), kept_of_.back(), runs_[partition], lists_, numbers_));
      if (const auto pending = TimeIn(row, kPending)) Forget(*pending);
    }
    kept_of_.push_back(static_cast<uint32_t>(numbers_.size()));
  }
  RETURN_IF_ERROR(LoadKept());
  numbers_.resize(numbers_.size() + batch.row_count, 0);
  return {};
}

void StoredRuns::Forget(int64_t pending) {
  const auto known = pending_.find(pending);
  if (known != pending_.end() && --known->second == 0) pending_.erase(known);
}

Batch StoredRuns::KeysOf(const std::vector<uint32_t>& partitions) const {
  std::vector<uint32_t> rows;
  for (const uint32_t partition : partitions) rows.push_back(FirstRowOf(partition));
  return GatherBatch(keys_, rows.data(), static_cast<uint32_t>(rows.size()));
}

Status StoredRuns::LoadKept() {
  kept_places_.clear();
  std::vector<uint32_t> partitions;
  for (uint32_t partition = 0; partition < size(); ++partition) {
    if (kept_of_[partition] < kept_of_[partition + 1]) partitions.push_back(partition);
  }
  if (!partitions.empty()) {
    const Batch keys = KeysOf(partitions);
    std::vector<uint64_t> hashes(keys.row_count);
    HashKeys(keys, key_places_, hashes.data());
    RETURN_IF_ERROR(rows_table_->Probe({&keys, key_places_, hashes.data()}));
    std::vector<uint32_t> counts(partitions.size(), 0);
    MatchRun run;
    while (rows_table_->NextMatches(run)) {
      for (const uint32_t probe : run.probes) ++counts[probe];
      kept_places_.insert(kept_places_.end(), run.rows.begin(), run.rows.end());
    }
    for (size_t i = 0; i < partitions.size(); ++i) {
      if (counts[i] != kept_of_[partitions[i] + 1] - kept_of_[partitions[i]])
        return Status::Corruption("the runs of a pattern remember rows that are not there");
    }
  }
  kept_ = {};
  kept_.row_count = static_cast<uint32_t>(kept_places_.size());
  for (size_t field = 0; field < kept_types_.size(); ++field) {
    kept_.columns.push_back(TRY(LoadColumn(rows_table_->layout(), field, kept_places_)));
  }
  return {};
}

void StoredRuns::StoreOne(size_t partition, std::vector<uint32_t>& added,
                          std::vector<uint32_t>& owners) {
  PartitionRuns& runs = runs_[partition];
  std::byte* place = places_[FirstRowOf(partition)];
  std::vector<uint32_t> remembered;
  if (!IsKept(runs)) {
    ended_.push_back(place);
  } else {
    bytes_.clear();
    codec_.Encode(runs, lists_, numbers_, bytes_, remembered);
    const std::optional<int64_t> pending = PendingOf(runs);
    if (pending) ++pending_[*pending];
    table_->layout().Store(place, kNext, runs.next);
    SetTime(place, kPending, pending);
    SetTime(place, kExpires, expires_[partition]);
    table_->SetString(place, kRuns, bytes_);
  }
  auto next = remembered.begin();
  for (uint32_t row = kept_of_[partition]; row < kept_of_[partition + 1]; ++row) {
    if (next != remembered.end() && *next == row) {
      ++next;
    } else {
      stale_.push_back(kept_places_[row]);
    }
  }
  for (; next != remembered.end(); ++next) {
    added.push_back(*next - kept_.row_count);
    owners.push_back(static_cast<uint32_t>(partition));
  }
}

Status StoredRuns::AddRows(const Batch& batch, const std::vector<uint32_t>& added,
                           const std::vector<uint32_t>& owners) {
  if (added.empty()) return {};
  const auto count = static_cast<uint32_t>(added.size());
  Batch keys = KeysOf(owners);
  std::vector<uint64_t> hashes(count);
  HashKeys(keys, key_places_, hashes.data());
  const MutableColumnPtr number = Column::Make(Type::BigInt().WithNullable(false), count);
  for (uint32_t i = 0; i < count; ++i) {
    number->mutable_data<int64_t>()[i] = numbers_[kept_.row_count + added[i]];
  }
  const auto sub_key = static_cast<int>(keys.columns.size());
  keys.columns.push_back(number);
  std::vector<std::byte*> rows(count);
  std::vector<uint8_t> created(count, 0);
  RETURN_IF_ERROR(rows_table_->FindOrCreate({&keys, key_places_, hashes.data()},
                                            std::array{sub_key}, rows.data(), created.data()));
  const std::vector<int> columns = graph::KeptByMatch(plan_.spec());
  StoreColumns(batch, columns, rows_table_->layout(), {rows.data(), added.data(), count},
               *rows_table_);
  return {};
}

Status StoredRuns::Store(const Batch& batch) {
  std::vector<uint32_t> added;
  std::vector<uint32_t> owners;
  stale_.clear();
  ended_.clear();
  for (size_t partition = 0; partition < size(); ++partition) StoreOne(partition, added, owners);
  if (!stale_.empty()) rows_table_->Erase(stale_);
  RETURN_IF_ERROR(AddRows(batch, added, owners));
  if (!ended_.empty()) table_->Erase(ended_);
  return {};
}

std::optional<int64_t> StoredRuns::pending() const {
  if (pending_.empty()) return std::nullopt;
  return pending_.begin()->first;
}

Result<Batch> StoredRuns::KeysPending() {
  std::vector<Batch> parts;
  const auto wanted = [this](const std::byte* row) { return TimeIn(row, kPending).has_value(); };
  RETURN_IF_ERROR(table_->ScanWhere(wanted, [&](const ScannedRows& run) -> Status {
    Batch part;
    part.row_count = static_cast<uint32_t>(run.keys.size());
    for (ColumnPtr& column : TRY(DecodeKeys(run.keys, key_types_)))
      part.columns.push_back(std::move(column));
    parts.push_back(std::move(part));
    return {};
  }));
  return parts.empty() ? Batch{} : ConcatenateAll(std::move(parts));
}

}  // namespace weir::operators
