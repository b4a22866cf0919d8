// ChangelogNormalize: a complete changelog out of upserts, or of events that may come twice.
//
// Accepts +I and +U as the new row of their key, and -D as its deletion, whatever the other columns
// contain; -U is ignored. Gives, per batch and key, the net change: +I for a new key, -U and +U
// (only +U when nobody needs -U) for one that was there, nothing when the row is the same (unless
// rows expire: it then counts as sent again), -D of the row that was there. State: "rows", one row
// per key. Changes of one key keep their order. Watermarks pass unchanged.
//
// Where late rows count behind it, every change is given: see DistinctRuns.
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

namespace weir::operators {
namespace {

class ChangelogNormalize final : public Operator {
 public:
  explicit ChangelogNormalize(const graph::ChangelogNormalizeSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status Seed(Output&, Output& seeded) override {
    return EmitStoredRows(*table_, ranked_.layout(), batch_rows_, seeded);
  }
  Status OnBatch(int port, Batch batch, Output& out) override;

 private:
  // The final change of one key.
  struct Outcome {
    std::byte* place;
    uint32_t row;  // of the batch: the new row, or any of the key
    bool existed;
    bool stays;
  };

  Status OnKeys(const Batch& batch, const uint64_t* hashes, Output& out);
  void FoldGroup(const Batch& batch, size_t group);
  // Drops outcomes whose row is already the stored one.
  void DropEqual(const Batch& batch);
  void ListChanges();

  const graph::ChangelogNormalizeSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  ValueTable* table_ = nullptr;
  std::vector<int> kept_;
  RankedRows ranked_;
  DistinctRuns runs_;

  // Scratch of the current batch.
  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
  std::vector<Outcome> outcomes_;
  std::vector<std::byte*> stored_;   // places that take a row
  std::vector<uint32_t> stored_of_;  // rows of the batch that they take
  std::vector<std::byte*> erased_;
  std::vector<uint8_t> equal_;
  std::vector<RankChange> changes_;
};

Status ChangelogNormalize::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  runs_.Open(ctx.node->late_marks);
  const Schema& input = *ctx.inputs[0];
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  table_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[0]));
  kept_ = graph::KeptColumns(spec_.keys, input);
  ranked_.Open({spec_.keys, kept_, input.types()}, table_->layout());
  return {};
}

Status ChangelogNormalize::OnBatch(int, Batch batch, Output& out) {
  batch = Compact(std::move(batch));
  const uint64_t* hashes = KeyHashes(batch, spec_.keys, hashes_);
  return runs_.ForEach(batch, hashes, [&](const Batch& run, const uint64_t* run_hashes) {
    return OnKeys(run, run_hashes, out);
  });
}

Status ChangelogNormalize::OnKeys(const Batch& batch, const uint64_t* hashes, Output& out) {
  rows_.resize(batch.row_count);
  created_.assign(batch.row_count, 0);
  RETURN_IF_ERROR(
      table_->FindOrCreate({&batch, spec_.keys, hashes}, rows_.data(), created_.data()));
  groups_.Collect(rows_);
  outcomes_.clear();
  erased_.clear();
  for (size_t group = 0; group < groups_.size(); ++group) FoldGroup(batch, group);
  if (spec_.ttl_millis == 0) DropEqual(batch);
  ranked_.Begin(batch);
  ListChanges();
  Batch result = TRY(ranked_.Gather(changes_, false));
  runs_.CopyMarks(batch, spec_.keys, result);
  StoreColumns(batch, kept_, table_->layout(),
               {stored_.data(), stored_of_.data(), static_cast<uint32_t>(stored_.size())}, *table_);
  if (!erased_.empty()) table_->Erase(erased_);
  return EmitInPieces(std::move(result), batch_rows_, out);
}

void ChangelogNormalize::FoldGroup(const Batch& batch, size_t group) {
  const uint32_t first = groups_.firsts()[group];
  const bool existed = created_[first] == 0;
  const std::span<const uint32_t> rows = groups_.RowsOf(group);
  uint32_t last = kNoRow;
  for (const uint32_t row : rows) {
    if (batch.kind(row) != RowKind::kUpdateBefore) last = row;
  }
  const bool stays = last != kNoRow && IsAddition(batch.kind(last));
  if (last == kNoRow ? !existed : !stays) erased_.push_back(rows_[first]);
  if (stays || (existed && last != kNoRow)) {
    outcomes_.push_back({rows_[first], last, existed, stays});
  }
}

void ChangelogNormalize::DropEqual(const Batch& batch) {
  stored_.clear();
  stored_of_.clear();
  equal_.clear();
  for (const Outcome& outcome : outcomes_) {
    stored_.push_back(outcome.place);
    stored_of_.push_back(outcome.row);
    equal_.push_back(outcome.existed && outcome.stays ? 1 : 0);
  }
  CompareColumns(batch, kept_, table_->layout(),
                 {stored_.data(), stored_of_.data(), static_cast<uint32_t>(stored_.size())},
                 equal_.data());
  size_t left = 0;
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    if (equal_[i] == 0) outcomes_[left++] = outcomes_[i];
  }
  outcomes_.resize(left);
}

void ChangelogNormalize::ListChanges() {
  changes_.clear();
  stored_.clear();
  stored_of_.clear();
  for (const Outcome& outcome : outcomes_) {
    const bool old = outcome.existed && (!outcome.stays || spec_.emit_update_before);
    if (old) ranked_.AddStored(outcome.place, outcome.row);
    if (!outcome.stays) continue;
    stored_.push_back(outcome.place);
    stored_of_.push_back(outcome.row);
  }
  uint32_t old = 0;
  for (const Outcome& outcome : outcomes_) {
    if (!outcome.stays) {
      changes_.push_back({old++, RowKind::kDelete, 0});
      continue;
    }
    const uint32_t id = ranked_.IdOfNew(outcome.row);
    if (!outcome.existed) {
      changes_.push_back({id, RowKind::kInsert, 0});
      continue;
    }
    if (spec_.emit_update_before) changes_.push_back({old++, RowKind::kUpdateBefore, 0});
    changes_.push_back({id, RowKind::kUpdateAfter, 0});
  }
}

}  // namespace

Result<OperatorPtr> MakeChangelogNormalize(const graph::Node& node) {
  return OperatorPtr(
      std::make_unique<ChangelogNormalize>(std::get<graph::ChangelogNormalizeSpec>(node.spec)));
}

}  // namespace weir::operators
