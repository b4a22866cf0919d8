// OverRecompute: OVER in any order, over any changelog, with frames that reach behind the row
// (graph/over_spec.h).
//
// Keeps every row of each partition in its order, with the results that it was put out with. The
// changes of a batch are gathered by partition; then the frames that one of them touches are
// computed again, once, and rows whose results are others now are updated (-U, +U). Per partition
// first rows leave (-D); then others are updated and new ones enter (+I), in the partition's order,
// and partitions follow each other as their last changes do. So what is given last of several rows
// is what Flink gives last, where a change touches all rows behind it, however the input was cut
// into batches: a sink with fewer key columns keeps that one. A retraction of a row that is not
// there is ignored.
// Watermarks pass unchanged. Where late rows count behind it, every change is given: see
// DistinctRuns.
// Each batch reads the partitions that it touches from front to end, so it costs as many rows as
// these have, besides the frames (RecomputedCalls).
// State: "rows" (graph::StateOfOverRecompute), which is the result.
#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "runtime/graph/over_state.h"
#include "runtime/graph/rank_state.h"
#include "runtime/operators/distinct_runs.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_groups.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/over/frame_bounds.h"
#include "runtime/operators/over/ordered_rows.h"
#include "runtime/operators/over/recomputed_calls.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

// Rows of state that may be read before memory is given back to other tables.
constexpr size_t kRowsBetweenTidies = 1 << 16;

class OverRecompute final : public Operator {
 public:
  explicit OverRecompute(const graph::OverRecomputeSpec& spec)
      : spec_(spec), frames_(spec), calls_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status Seed(Output& others, Output& seeded) override;
  Status OnBatch(int port, Batch batch, Output& out) override;

 private:
  Status OnPartitions(const Batch& batch, const uint64_t* hashes, Output& out);
  Status OnPartition(const Batch& batch, std::span<const uint32_t> ids);
  // The places of rows_ whose results are others now, as rows of `results`, which belong to
  // places_.
  std::vector<uint32_t> Updated(const Batch& results) const;
  // The columns of rows of the table and the results that they were put out with.
  Result<Batch> OldRows(const Batch& batch, std::span<std::byte* const> stored) const;
  // Gives what became of rows of the table.
  Status Give(const Batch& batch, const Batch& results, std::span<const uint32_t> updated);
  void Save(const Batch& results, std::span<const uint32_t> updated);
  // Notes the new rows among places_, for GiveAdded.
  void NoteAdded(const Batch& results);
  // Gives and saves the new rows of the partitions so far.
  Status GiveAdded(const Batch& batch, const uint64_t* hashes);
  Status SaveAdded(const Batch& batch, const uint64_t* hashes, const Batch& results);
  Status GiveUpdates(const Batch& batch, const Batch& results, std::span<const uint32_t> updated);
  // Rows of which every second one, from the first on, is of kind `even`.
  void AddChanges(Batch rows, RowKind even, RowKind odd);
  Status EmitChanges(const Batch& run, Output& out);

  const graph::OverRecomputeSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  TaskState* state_ = nullptr;
  MapTable* table_ = nullptr;
  std::vector<Type> types_;  // of the input's columns
  std::vector<Type> key_types_;
  std::vector<int> kept_;     // columns of the input behind the results in the table
  std::vector<int> results_;  // 0, 1, …: the fields of results
  DistinctRuns runs_;

  // Where a row that is given stands: the number of its partition among those that are given
  // together, and 0 for one that leaves, else one more than its place there.
  struct Origin {
    uint32_t partition;
    uint32_t place;
    friend auto operator<=>(const Origin&, const Origin&) = default;
  };

  // Scratch of the current batch.
  std::vector<uint64_t> hash_scratch_;
  KeyGroups groups_;
  OrderedKeys keys_;
  std::vector<Batch> changes_;
  std::vector<Origin> origins_;  // of the rows of changes_
  uint32_t partition_ = 0;       // the current one
  // New rows: of the batch, their numbers among equal ones, where they stand, and their results.
  std::vector<uint32_t> added_;
  std::vector<int64_t> copies_;
  std::vector<Origin> added_origins_;
  std::vector<Batch> added_results_;

  // Scratch of the current partition.
  OrderedRows rows_;
  FrameBounds frames_;
  RecomputedCalls calls_;
  std::vector<uint32_t> places_;
};

Status OverRecompute::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  state_ = ctx.state;
  runs_.Open(ctx.node->late_marks);
  const Schema& input = *ctx.inputs[0];
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  table_ = TRY(ctx.state->OpenMap(ctx.node->uid, schema.tables[0]));
  types_ = input.types();
  for (const int key : spec_.partition) key_types_.push_back(types_[static_cast<size_t>(key)]);
  kept_ = graph::KeptColumns(spec_.partition, input);
  results_.resize(spec_.calls.size());
  std::iota(results_.begin(), results_.end(), 0);
  std::vector<int> fields(types_.size(), -1);
  for (size_t i = 0; i < kept_.size(); ++i)
    fields[static_cast<size_t>(kept_[i])] = static_cast<int>(results_.size() + i);
  rows_.Open(*table_, fields);
  return calls_.Open();
}

Status OverRecompute::Seed(Output&, Output& seeded) {
  return table_->Scan([&](const ScannedRows& run) -> Status {
    Batch rows;
    rows.row_count = static_cast<uint32_t>(run.rows.size());
    rows.columns.resize(types_.size());
    std::vector<ColumnPtr> keys = TRY(DecodeKeys(run.keys, key_types_));
    for (size_t i = 0; i < keys.size(); ++i)
      rows.columns[static_cast<size_t>(spec_.partition[i])] = std::move(keys[i]);
    for (size_t i = 0; i < kept_.size(); ++i) {
      rows.columns[static_cast<size_t>(kept_[i])] =
          TRY(LoadColumn(table_->layout(), results_.size() + i, run.rows));
    }
    for (size_t call = 0; call < results_.size(); ++call)
      rows.columns.push_back(TRY(LoadColumn(table_->layout(), call, run.rows)));
    return EmitInPieces(std::move(rows), batch_rows_, seeded);
  });
}

Status OverRecompute::OnBatch(int, Batch batch, Output& out) {
  batch = Compact(std::move(batch));
  const uint64_t* hashes = KeyHashes(batch, spec_.partition, hash_scratch_);
  return runs_.ForEach(batch, hashes, [&](const Batch& run, const uint64_t* run_hashes) {
    return OnPartitions(run, run_hashes, out);
  });
}

Status OverRecompute::OnPartitions(const Batch& batch, const uint64_t* hashes, Output& out) {
  keys_.Encode(batch, spec_.order);
  groups_.Collect(batch, spec_.partition, hashes);
  std::vector<std::vector<uint32_t>> rows(groups_.size());
  for (uint32_t row = 0; row < batch.row_count; ++row) rows[groups_.group_of()[row]].push_back(row);
  std::ranges::sort(rows, {}, [](const std::vector<uint32_t>& ids) { return ids.back(); });
  size_t read = 0;
  for (const std::vector<uint32_t>& ids : rows) {
    ++partition_;
    RETURN_IF_ERROR(OnPartition(batch, ids));
    read += rows_.size();
    if (read < kRowsBetweenTidies) continue;
    read = 0;
    RETURN_IF_ERROR(GiveAdded(batch, hashes));
    RETURN_IF_ERROR(EmitChanges(batch, out));
    RETURN_IF_ERROR(state_->Tidy());
  }
  RETURN_IF_ERROR(GiveAdded(batch, hashes));
  return EmitChanges(batch, out);
}

Status OverRecompute::OnPartition(const Batch& batch, std::span<const uint32_t> ids) {
  std::vector<ColumnPtr> keys;
  for (const int column : spec_.partition)
    keys.push_back(batch.columns[static_cast<size_t>(column)]);
  std::string key;
  AppendKey(keys, ids.front(), key);
  RETURN_IF_ERROR(rows_.Read(key, batch, keys_, ids));
  if (!rows_.changed()) return {};
  RETURN_IF_ERROR(frames_.Find(rows_, batch));
  calls_.FindTouched(rows_, frames_, places_);
  Batch results;
  results.row_count = static_cast<uint32_t>(places_.size());
  if (!places_.empty())
    RETURN_IF_ERROR(calls_.Compute({rows_, frames_, batch}, places_, results.columns));
  for (ColumnPtr& column : results.columns) column = Flatten(column);
  const std::vector<uint32_t> updated = Updated(results);
  RETURN_IF_ERROR(Give(batch, results, updated));
  Save(results, updated);
  NoteAdded(results);
  return {};
}

std::vector<uint32_t> OverRecompute::Updated(const Batch& results) const {
  std::vector<std::byte*> stored;
  std::vector<uint32_t> ids;
  for (uint32_t i = 0; i < places_.size(); ++i) {
    if (rows_[places_[i]].stored == nullptr) continue;
    stored.push_back(rows_[places_[i]].stored);
    ids.push_back(i);
  }
  std::vector<uint8_t> equal(ids.size(), 1);
  const auto count = static_cast<uint32_t>(ids.size());
  if (count > 0)
    CompareColumns(results, results_, table_->layout(), {stored.data(), ids.data(), count},
                   equal.data());
  std::vector<uint32_t> updated;
  for (uint32_t i = 0; i < count; ++i) {
    if (equal[i] == 0) updated.push_back(ids[i]);
  }
  return updated;
}

Result<Batch> OverRecompute::OldRows(const Batch& batch, std::span<std::byte* const> stored) const {
  Batch rows;
  rows.row_count = static_cast<uint32_t>(stored.size());
  for (int column = 0; column < static_cast<int>(types_.size()); ++column)
    rows.columns.push_back(TRY(rows_.ValuesOf(batch, column, stored)));
  for (size_t call = 0; call < results_.size(); ++call)
    rows.columns.push_back(TRY(LoadColumn(table_->layout(), call, stored)));
  return rows;
}

Status OverRecompute::Give(const Batch& batch, const Batch& results,
                           std::span<const uint32_t> updated) {
  if (!rows_.removed().empty()) {
    AddChanges(TRY(OldRows(batch, rows_.removed())), RowKind::kDelete, RowKind::kDelete);
    origins_.insert(origins_.end(), rows_.removed().size(), Origin{partition_, 0});
  }
  return updated.empty() ? Status() : GiveUpdates(batch, results, updated);
}

// Each new row behind the old one.
Status OverRecompute::GiveUpdates(const Batch& batch, const Batch& results,
                                  std::span<const uint32_t> updated) {
  std::vector<std::byte*> stored;
  for (const uint32_t i : updated) {
    stored.push_back(rows_[places_[i]].stored);
    origins_.insert(origins_.end(), spec_.emit_update_before ? 2 : 1,
                    Origin{partition_, places_[i] + 1});
  }
  const Batch before = TRY(OldRows(batch, stored));
  const uint32_t count = before.row_count;
  Batch changes;
  changes.row_count = spec_.emit_update_before ? 2 * count : count;
  if (!spec_.emit_update_before) {
    changes.columns.assign(before.columns.begin(),
                           before.columns.begin() + static_cast<std::ptrdiff_t>(types_.size()));
    for (const ColumnPtr& column : results.columns)
      changes.columns.push_back(GatherColumn(*column, updated.data(), count));
    AddChanges(std::move(changes), RowKind::kUpdateAfter, RowKind::kUpdateAfter);
    return {};
  }
  std::vector<uint32_t> twice;
  std::vector<uint32_t> by_turns;
  for (uint32_t i = 0; i < count; ++i) {
    twice.insert(twice.end(), {i, i});
    by_turns.insert(by_turns.end(), {i, count + updated[i]});
  }
  for (size_t column = 0; column < types_.size(); ++column)
    changes.columns.push_back(GatherColumn(*before.columns[column], twice.data(), 2 * count));
  Batch old_results;
  old_results.row_count = count;
  old_results.columns.assign(before.columns.begin() + static_cast<std::ptrdiff_t>(types_.size()),
                             before.columns.end());
  for (const ColumnPtr& column : Concatenate(old_results, results).columns)
    changes.columns.push_back(GatherColumn(*column, by_turns.data(), 2 * count));
  AddChanges(std::move(changes), RowKind::kUpdateBefore, RowKind::kUpdateAfter);
  return {};
}

// Writes what Give has told. The table's row pointers end on the way.
void OverRecompute::Save(const Batch& results, std::span<const uint32_t> updated) {
  if (!updated.empty()) {
    std::vector<std::byte*> stored;
    for (const uint32_t i : updated) stored.push_back(rows_[places_[i]].stored);
    table_->MarkChanged(stored);
    StoreColumns(results, results_, table_->layout(),
                 {stored.data(), updated.data(), static_cast<uint32_t>(updated.size())}, *table_);
  }
  if (!rows_.removed().empty()) table_->Erase(rows_.removed());
}

void OverRecompute::NoteAdded(const Batch& results) {
  std::vector<uint32_t> of_results;
  for (uint32_t i = 0; i < places_.size(); ++i) {
    const OrderedRow& row = rows_[places_[i]];
    if (row.stored != nullptr) continue;
    added_.push_back(row.row);
    copies_.push_back(row.copy);
    added_origins_.push_back({partition_, places_[i] + 1});
    of_results.push_back(i);
  }
  if (of_results.empty()) return;
  added_results_.push_back(
      GatherBatch(results, of_results.data(), static_cast<uint32_t>(of_results.size())));
}

// A batch has few new rows of each partition, so those of all are written at once.
Status OverRecompute::GiveAdded(const Batch& batch, const uint64_t* hashes) {
  if (added_.empty()) return {};
  const Batch results = ConcatenateAll(std::exchange(added_results_, {}));
  Batch added;
  added.row_count = static_cast<uint32_t>(added_.size());
  for (const ColumnPtr& column : batch.columns)
    added.columns.push_back(GatherColumn(*column, added_.data(), added.row_count));
  added.columns.insert(added.columns.end(), results.columns.begin(), results.columns.end());
  AddChanges(std::move(added), RowKind::kInsert, RowKind::kInsert);
  origins_.insert(origins_.end(), added_origins_.begin(), added_origins_.end());
  RETURN_IF_ERROR(SaveAdded(batch, hashes, results));
  added_.clear();
  copies_.clear();
  added_origins_.clear();
  return {};
}

Status OverRecompute::SaveAdded(const Batch& batch, const uint64_t* hashes, const Batch& results) {
  std::vector<uint64_t> row_hashes;
  for (const uint32_t row : added_) row_hashes.push_back(hashes[row]);
  Batch part = keys_.WithKeys(batch, added_, copies_);
  const auto width = static_cast<int>(types_.size());
  const int sub_key[] = {width, width + 1, width + 2};
  std::vector<std::byte*> rows(added_.size());
  std::vector<uint8_t> created(added_.size(), 0);
  RETURN_IF_ERROR(table_->FindOrCreate({&part, spec_.partition, row_hashes.data()}, sub_key,
                                       rows.data(), created.data()));
  std::vector<int> columns;
  for (const ColumnPtr& column : results.columns) {
    columns.push_back(static_cast<int>(part.columns.size()));
    part.columns.push_back(column);
  }
  columns.insert(columns.end(), kept_.begin(), kept_.end());
  std::vector<uint32_t> all(added_.size());
  std::iota(all.begin(), all.end(), 0U);
  StoreColumns(part, columns, table_->layout(), {rows.data(), all.data(), part.row_count}, *table_);
  return {};
}

void OverRecompute::AddChanges(Batch rows, RowKind even, RowKind odd) {
  rows.row_kinds = MakeBuffer<uint8_t>(rows.row_count);
  for (uint32_t i = 0; i < rows.row_count; ++i)
    rows.row_kinds->as<uint8_t>()[i] = static_cast<uint8_t>(i % 2 == 0 ? even : odd);
  changes_.push_back(std::move(rows));
}

Status OverRecompute::EmitChanges(const Batch& run, Output& out) {
  if (changes_.empty()) return {};
  Batch result = ConcatenateAll(std::exchange(changes_, {}));
  if (!std::ranges::is_sorted(origins_)) {
    std::vector<uint32_t> order(origins_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(order, {}, [this](uint32_t row) { return origins_[row]; });
    result = GatherBatch(result, order.data(), result.row_count);
  }
  origins_.clear();
  partition_ = 0;
  runs_.CopyMarks(run, spec_.partition, result);
  return EmitInPieces(std::move(result), batch_rows_, out);
}

}  // namespace

Result<OperatorPtr> MakeOverRecompute(const graph::Node& node) {
  return OperatorPtr(
      std::make_unique<OverRecompute>(std::get<graph::OverRecomputeSpec>(node.spec)));
}

}  // namespace weir::operators
