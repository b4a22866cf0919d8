// Deduplicate that keeps the last row of a key, and that which keeps the first by processing time.
// The input has inserts only. By event time the first row is kept by first_by_time.cc.
//
// Keep last: gives, per batch and key, +I for a new key, else -U and +U (only +U when nobody needs
// -U). By processing time a row that equals the kept one is not sent, unless rows expire. By event
// time a row takes over when its time is not before the kept one's. State: "rows", one row per key.
// Keep first: gives +I for each new key. State: "seen", one row per key.
// Changes of one key keep their order. Watermarks pass unchanged. Where late rows count behind it,
// keep last gives every change: see DistinctRuns. Keep first hands on late marks.
#include <algorithm>
#include <utility>

#include "runtime/graph/rank_state.h"
#include "runtime/operators/distinct_runs.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/ranked_rows.h"
#include "runtime/operators/rank/stored_result.h"
#include "runtime/operators/row_groups.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/slice_assignment.h"
#include "runtime/operators/time/stored_time.h"

namespace weir::operators {
namespace {

class KeepFirst final : public Operator {
 public:
  explicit KeepFirst(const graph::DeduplicateSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override {
    batch_rows_ = ctx.batch_rows;
    const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, *ctx.inputs[0]);
    seen_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[0]));
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    batch = Compact(std::move(batch));
    const uint64_t* hashes = KeyHashes(batch, spec_.keys, hashes_);
    rows_.resize(batch.row_count);
    RETURN_IF_ERROR(seen_->Find({&batch, spec_.keys, hashes}, rows_.data()));
    // Known keys are only looked up, so that they are not marked as changed and written again.
    ids_.clear();
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      if (rows_[row] == nullptr) ids_.push_back(row);
    }
    if (ids_.empty()) return {};
    Batch part = Select(batch, ids_.data(), static_cast<uint32_t>(ids_.size()));
    created_.assign(ids_.size(), 0);
    RETURN_IF_ERROR(
        seen_->FindOrCreate({&part, spec_.keys, hashes}, rows_.data(), created_.data()));
    size_t fresh = 0;
    for (size_t i = 0; i < ids_.size(); ++i) {
      if (created_[i] == 0) continue;
      seen_->layout().Store<uint8_t>(rows_[i], 0, 1);
      ids_[fresh++] = ids_[i];
    }
    if (fresh == 0) return {};
    batch.key_hashes = nullptr;
    const auto count = static_cast<uint32_t>(fresh);
    return EmitInPieces(Select(batch, ids_.data(), count), batch_rows_, out);
  }

 private:
  const graph::DeduplicateSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  ValueTable* seen_ = nullptr;
  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<uint32_t> ids_;
};

class KeepLast final : public Operator {
 public:
  explicit KeepLast(const graph::DeduplicateSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status Seed(Output&, Output& seeded) override {
    return EmitStoredRows(*table_, ranked_.layout(), batch_rows_, seeded);
  }
  Status OnBatch(int port, Batch batch, Output& out) override;

 private:
  Status OnKeys(const Batch& batch, const uint64_t* hashes, Output& out);
  // Appends to winners_ and places_ the row of the batch that replaces a group's kept row, if any.
  void FindWinner(size_t group);
  // Drops winners that equal the kept row.
  void DropEqual(const Batch& batch);
  void ListChanges();

  const graph::DeduplicateSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  ValueTable* table_ = nullptr;
  std::vector<int> kept_;
  int time_field_ = -1;  // of the table; -1: by arrival
  RankedRows ranked_;
  DistinctRuns runs_;

  // Scratch of the current batch.
  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<int64_t> times_;
  RowGroups groups_;
  std::vector<uint32_t> winners_;   // rows of the batch
  std::vector<std::byte*> places_;  // where each goes
  std::vector<uint8_t> existed_;    // whether a row was there
  std::vector<uint8_t> equal_;
  std::vector<RankChange> changes_;
};

Status KeepLast::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  runs_.Open(ctx.node->late_marks);
  const Schema& input = *ctx.inputs[0];
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  table_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[0]));
  kept_ = graph::KeptColumns(spec_, input);
  ranked_.Open({spec_.keys, kept_, input.types()}, table_->layout());
  const auto time = std::find(kept_.begin(), kept_.end(), spec_.time_column);
  if (time != kept_.end()) {
    time_field_ = static_cast<int>(time - kept_.begin());
  }
  return {};
}

Status KeepLast::OnBatch(int, Batch batch, Output& out) {
  batch = Compact(std::move(batch));
  const uint64_t* hashes = KeyHashes(batch, spec_.keys, hashes_);
  return runs_.ForEach(batch, hashes, [&](const Batch& run, const uint64_t* run_hashes) {
    return OnKeys(run, run_hashes, out);
  });
}

Status KeepLast::OnKeys(const Batch& batch, const uint64_t* hashes, Output& out) {
  if (spec_.time_column >= 0) {
    RETURN_IF_ERROR(LocalTimes(batch, spec_.time_column, TimeZone(), times_));
  }
  rows_.resize(batch.row_count);
  created_.assign(batch.row_count, 0);
  RETURN_IF_ERROR(
      table_->FindOrCreate({&batch, spec_.keys, hashes}, rows_.data(), created_.data()));
  groups_.Collect(rows_);
  winners_.clear();
  places_.clear();
  existed_.clear();
  for (size_t group = 0; group < groups_.size(); ++group) FindWinner(group);
  if (spec_.time_column < 0 && spec_.ttl_millis == 0) DropEqual(batch);
  if (winners_.empty()) return {};
  ranked_.Begin(batch);
  ListChanges();
  Batch result = TRY(ranked_.Gather(changes_, false));
  runs_.CopyMarks(batch, spec_.keys, result);
  StoreColumns(batch, kept_, table_->layout(),
               {places_.data(), winners_.data(), static_cast<uint32_t>(winners_.size())}, *table_);
  return EmitInPieces(std::move(result), batch_rows_, out);
}

void KeepLast::FindWinner(size_t group) {
  const uint32_t first = groups_.firsts()[group];
  const bool existed = created_[first] == 0;
  const std::span<const uint32_t> rows = groups_.RowsOf(group);
  uint32_t winner = kNoRow;
  if (time_field_ < 0) {
    winner = rows.back();
  } else {
    const auto field = static_cast<size_t>(time_field_);
    int64_t best = existed ? StoredMillis(table_->layout(), field, rows_[first]) : INT64_MIN;
    for (const uint32_t row : rows) {
      if (times_[row] < best) continue;
      best = times_[row];
      winner = row;
    }
  }
  if (winner == kNoRow) return;
  winners_.push_back(winner);
  places_.push_back(rows_[first]);
  existed_.push_back(existed ? 1 : 0);
}

void KeepLast::DropEqual(const Batch& batch) {
  equal_ = existed_;
  CompareColumns(batch, kept_, table_->layout(),
                 {places_.data(), winners_.data(), static_cast<uint32_t>(winners_.size())},
                 equal_.data());
  size_t left = 0;
  for (size_t i = 0; i < winners_.size(); ++i) {
    if (equal_[i] != 0) continue;
    winners_[left] = winners_[i];
    places_[left] = places_[i];
    existed_[left++] = existed_[i];
  }
  winners_.resize(left);
  places_.resize(left);
  existed_.resize(left);
}

void KeepLast::ListChanges() {
  changes_.clear();
  uint32_t stored = 0;
  for (size_t i = 0; i < winners_.size(); ++i) {
    if (existed_[i] == 0 || !spec_.emit_update_before) continue;
    ranked_.AddStored(places_[i], winners_[i]);
  }
  for (size_t i = 0; i < winners_.size(); ++i) {
    const uint32_t id = ranked_.IdOfNew(winners_[i]);
    if (existed_[i] == 0) {
      changes_.push_back({id, RowKind::kInsert, 0});
      continue;
    }
    if (spec_.emit_update_before) changes_.push_back({stored++, RowKind::kUpdateBefore, 0});
    changes_.push_back({id, RowKind::kUpdateAfter, 0});
  }
}

}  // namespace

Result<OperatorPtr> MakeDeduplicate(const graph::Node& node) {
  const auto& spec = std::get<graph::DeduplicateSpec>(node.spec);
  if (spec.keep_last) return OperatorPtr(std::make_unique<KeepLast>(spec));
  if (spec.time_column >= 0) return MakeFirstByTime(node);
  return OperatorPtr(std::make_unique<KeepFirst>(spec));
}

}  // namespace weir::operators
