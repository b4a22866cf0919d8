// GroupAggregate: GROUP BY without a window, and DISTINCT (no calls); phases kSingle and kGlobal.
//
// Accepts every kind of change when the spec says that the input retracts, else +I and +U. Gives, a
// batch and key, at most one net change: +I for a new group, -U and +U for a changed result (only
// +U when nobody needs -U), -D when the group's last row goes; nothing when the result is as
// before. Changes of one key keep their order. Watermarks pass unchanged; late marks end here.
// Folding into a list (LISTAGG, ARRAY_AGG) and showing it cost as much as the list is long: next to
// a long one batches wait until they have a part of its values, or for a moment, so that n values
// cost as much as n, not as its square. Nothing waits across a barrier.
// A retraction from a group without rows (it has expired, or never was) is ignored, as in Flink.
// State: "groups", one row per key, erased with the -D; "values(…)", the values of DISTINCT calls
// and of retractable MIN and MAX, erased with their last copy.
#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "runtime/expr/kernel.h"
#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/operators/aggregate/held_batches.h"
#include "runtime/operators/aggregate/value_map.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/touched_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

constexpr size_t kRowCount = 0;               // the field with a group's number of rows
constexpr uint64_t kLongListBytes = 1 << 20;  // the size of a list from which on rows are held
constexpr uint64_t kPartOfList = 4;  // waiting for a fourth of the list's values is worth it
// Rows wait for as long as kFoldsToWait folds take, but not less than kLeastWaitMillis.
constexpr int64_t kFoldsToWait = 8;
constexpr int64_t kLeastWaitMillis = 50;

class GroupAggregate final : public Operator {
 public:
  explicit GroupAggregate(const graph::GroupAggregateSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status Seed(Output& others, Output& seeded) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp now, Output& out) override {
    return now >= deadline_ ? Flush(out) : Status();
  }
  Timestamp NextProcessingTime() const override { return deadline_; }
  bool HoldsRows() const override { return !held_.empty(); }
  Status Flush(Output& out) override;
  Status OnEndOfInput(Output& out) override { return Flush(out); }

 private:
  // A row of the output: the result of a touched group, before or after the batch, and its kind.
  struct Change {
    uint32_t group;
    bool updated;  // the result after the batch, else the one before
    RowKind kind;
  };

  // The groups of `run` that have rows, with their results, as inserts.
  Result<Batch> ResultOf(const ScannedRows& run);
  Status FoldAndEmit(Batch batch, Output& out);
  Status FindGroups(const Batch& batch);
  // Deselects retractions that find their group without rows. Groups that only such rows created
  // are left in orphans_.
  void DropUnmatchedRetractions(Batch& batch);
  void DropUnmatched(Batch& batch);
  Status Fold(const Batch& batch);
  Status MergePartials(const Batch& batch);
  // Sets changed_ for each touched group whose result differs from before.
  void CompareResults(const PoolVector<ColumnPtr>& before, const PoolVector<ColumnPtr>& after);
  void ListChanges();
  // Emits -U and +U in a batch each, where only one group was touched: its result may be a long
  // list, which putting both into one column would copy.
  Status EmitApart(const Batch& batch, const PoolVector<ColumnPtr>& before,
                   const PoolVector<ColumnPtr>& after, Output& out);
  Result<Batch> MakeOutput(const Batch& batch, const PoolVector<ColumnPtr>& before,
                           const PoolVector<ColumnPtr>& after);

  const graph::GroupAggregateSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  bool keys_are_times_ = false;
  ValueTable* groups_ = nullptr;
  AggregateSet set_;
  std::vector<ValueMap> maps_;
  std::vector<Type> key_types_;

  HeldBatches held_;
  expr::KeptList longest_;  // of the lists that the last fold touched
  int64_t fold_nanos_ = 0;  // how long it took
  Timestamp deadline_ = Timestamp::Max();

  // Scratch that belongs to the current batch.
  std::vector<uint64_t> hash_scratch_;
  const uint64_t* hashes_ = nullptr;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<int8_t> sign_scratch_;
  TouchedRows touched_;
  std::vector<uint8_t> existed_;  // one per touched group
  std::vector<uint8_t> changed_;
  std::vector<Change> changes_;
  std::vector<uint32_t> ids_;
  std::vector<std::byte*> dead_;
  std::vector<uint8_t> unmatched_;
  std::vector<std::byte*> orphans_;
};

Status GroupAggregate::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  key_types_.clear();
  for (const int key : spec_.keys) {
    key_types_.push_back(ctx.inputs[0]->fields[static_cast<size_t>(key)].type);
    keys_are_times_ |= key_types_.back().is_timestamp();
  }
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, *ctx.inputs[0]);
  groups_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[0]));
  set_ = TRY(AggregateSet::Make(spec_.calls, spec_.input_retracts, groups_->layout()));
  maps_ = TRY(OpenValueMaps(*ctx.node, spec_.calls, set_, {*ctx.inputs[0], *ctx.state, -1}));
  return {};
}

Status GroupAggregate::Seed(Output&, Output& seeded) {
  return groups_->Scan([&](const ScannedRows& run) -> Status {
    return EmitInPieces(TRY(ResultOf(run)), batch_rows_, seeded);
  });
}

Result<Batch> GroupAggregate::ResultOf(const ScannedRows& run) {
  std::vector<std::string_view> keys;
  rows_.clear();
  for (size_t i = 0; i < run.rows.size(); ++i) {
    if (!set_.IsAlive(run.rows[i])) continue;
    keys.push_back(run.keys[i]);
    rows_.push_back(run.rows[i]);
  }
  PoolVector<ColumnPtr> results;
  RETURN_IF_ERROR(set_.AppendResults(rows_, results));
  Batch batch;
  batch.row_count = static_cast<uint32_t>(rows_.size());
  const std::vector<ColumnPtr> columns = TRY(DecodeKeys(keys, key_types_));
  batch.columns.assign(columns.begin(), columns.end());
  batch.columns.insert(batch.columns.end(), results.begin(), results.end());
  return batch;
}

Status GroupAggregate::OnBatch(int, Batch batch, Output& out) {
  // Nothing waits while all lists are short. Folding into a long list costs as much as the list is
  // long, so that it is worth collecting more rows for each fold.
  if (longest_.bytes < kLongListBytes || clock_ == nullptr) {
    return FoldAndEmit(std::move(batch), out);
  }
  if (held_.empty()) {
    const int64_t wait = std::max(kLeastWaitMillis, fold_nanos_ * kFoldsToWait / 1'000'000);
    deadline_ = {clock_->Now().millis + wait};
  }
  held_.Add(std::move(batch));
  return held_.rows() >= longest_.values / kPartOfList ? Flush(out) : Status();
}

Status GroupAggregate::Flush(Output& out) {
  deadline_ = Timestamp::Max();
  return held_.empty() ? Status() : FoldAndEmit(held_.Take(), out);
}

// Flushes where keys are times, since a result with such a key would be late behind the watermark.
Status GroupAggregate::OnWatermark(Timestamp watermark, Output& out) {
  if (keys_are_times_ || watermark == Timestamp::Max()) RETURN_IF_ERROR(Flush(out));
  return out.EmitWatermark(watermark);
}

Status GroupAggregate::FoldAndEmit(Batch batch, Output& out) {
  const int64_t begin = clock_ == nullptr ? 0 : clock_->MonotonicNanos();
  RETURN_IF_ERROR(FindGroups(batch));
  orphans_.clear();
  // Not in the global phase: partial results of different subtasks arrive in any order, so a
  // retraction may precede its addition.
  if (spec_.input_retracts && spec_.phase != graph::AggregatePhase::kGlobal)
    DropUnmatchedRetractions(batch);
  touched_.Collect(rows_);
  PoolVector<ColumnPtr> before;
  RETURN_IF_ERROR(set_.AppendResults(touched_.rows(), before));
  existed_.resize(touched_.size());
  for (size_t i = 0; i < touched_.size(); ++i) {
    // Only the first row of a group in the batch can have created it.
    const bool created = created_[touched_.first()[i]] != 0;
    existed_[i] = !created && set_.IsAlive(touched_.rows()[i]) ? 1 : 0;
  }

  RETURN_IF_ERROR(spec_.phase == graph::AggregatePhase::kGlobal ? MergePartials(batch)
                                                                : Fold(batch));
  PoolVector<ColumnPtr> after;
  RETURN_IF_ERROR(set_.AppendResults(touched_.rows(), after));
  CompareResults(before, after);
  ListChanges();
  dead_.insert(dead_.end(), orphans_.begin(), orphans_.end());
  longest_ = set_.LongestList(touched_.rows());
  if (longest_.bytes >= kLongListBytes && clock_ != nullptr) {
    fold_nanos_ = clock_->MonotonicNanos() - begin;
  }
  const bool apart = touched_.size() == 1 && longest_.bytes >= kLongListBytes;
  Batch result;
  if (!changes_.empty() && !apart) result = TRY(MakeOutput(batch, before, after));
  if (!dead_.empty()) groups_->Erase(dead_);
  if (changes_.empty()) return {};
  return apart ? EmitApart(batch, before, after, out)
               : EmitInPieces(std::move(result), batch_rows_, out);
}

Status GroupAggregate::FindGroups(const Batch& batch) {
  hashes_ = KeyHashes(batch, spec_.keys, hash_scratch_);
  rows_.resize(batch.size());
  created_.assign(batch.size(), 0);
  RETURN_IF_ERROR(
      groups_->FindOrCreate({&batch, spec_.keys, hashes_}, rows_.data(), created_.data()));
  set_.InitializeCreated(rows_.data(), created_.data(), batch.size());
  return {};
}

void GroupAggregate::DropUnmatchedRetractions(Batch& batch) {
  const int8_t* signs = SignsOf(batch, sign_scratch_);
  if (signs == nullptr) return;
  // The counts in the groups' rows are changed while running through the batch, and then restored.
  const RowLayout& layout = groups_->layout();
  unmatched_.assign(rows_.size(), 0);
  bool any = false;
  for (size_t i = 0; i < rows_.size(); ++i) {
    const auto count = layout.Load<int64_t>(rows_[i], kRowCount);
    if (count <= 0 && signs[i] < 0) {
      unmatched_[i] = 1;
      any = true;
    } else {
      layout.Store<int64_t>(rows_[i], kRowCount, count + signs[i]);
    }
  }
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (unmatched_[i] != 0) continue;
    layout.Store<int64_t>(rows_[i], kRowCount,
                          layout.Load<int64_t>(rows_[i], kRowCount) - signs[i]);
  }
  if (any) DropUnmatched(batch);
}

void GroupAggregate::DropUnmatched(Batch& batch) {
  ids_.clear();
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (unmatched_[i] != 0) {
      if (created_[i] != 0) orphans_.push_back(rows_[i]);
      continue;
    }
    created_[ids_.size()] = created_[i];
    rows_[ids_.size()] = rows_[i];
    ids_.push_back(batch.RowAt(static_cast<uint32_t>(i)));
  }
  rows_.resize(ids_.size());
  created_.resize(ids_.size());
  batch = Select(batch, ids_.data(), static_cast<uint32_t>(ids_.size()));
  // A group whose first row was dropped counts as created by its first remaining row, if there is
  // one.
  std::erase_if(orphans_, [this](std::byte* orphan) {
    const auto first = std::find(rows_.begin(), rows_.end(), orphan);
    if (first == rows_.end()) return false;
    created_[static_cast<size_t>(first - rows_.begin())] = 1;
    return true;
  });
}

Status GroupAggregate::Fold(const Batch& batch) {
  const int8_t* signs = spec_.input_retracts ? SignsOf(batch, sign_scratch_) : nullptr;
  RETURN_IF_ERROR(set_.Update(batch, rows_.data(), signs, *groups_));
  return ValueMap::Apply(maps_, {&batch, spec_.keys, hashes_, &set_.filtered(), signs != nullptr},
                         *groups_);
}

Status GroupAggregate::MergePartials(const Batch& batch) {
  const auto partial = std::span(batch.columns).subspan(spec_.keys.size());
  const uint32_t* ids = batch.selection.all() ? nullptr : batch.selection.ids();
  return set_.Merge(partial, {batch.size(), rows_.data(), ids, nullptr}, *groups_);
}

template <typename T>
bool SameValue(const T& a, const T& b) {
  return a == b;
}
// Results are compared by their bits: NaN equals NaN, so that it is not sent again and again, and
// 0.0 differs from -0.0, as it prints differently.
template <>
bool SameValue(const double& a, const double& b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}
template <>
bool SameValue(const float& a, const float& b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

void GroupAggregate::CompareResults(const PoolVector<ColumnPtr>& before,
                                    const PoolVector<ColumnPtr>& after) {
  changed_.assign(touched_.size(), 0);
  for (size_t call = 0; call < before.size(); ++call) {
    const Column& old_values = *before[call];
    const Column& new_values = *after[call];
    if (old_values.type().is_nested()) {
      for (uint32_t i = 0; i < changed_.size(); ++i) {
        if (!expr::ValuesEqual(old_values, i, new_values, i)) changed_[i] = 1;
      }
      continue;
    }
    const bool nulls = old_values.has_validity() || new_values.has_validity();
    DispatchPhysical(old_values.type().physical(), [&]<typename T>() {
      const T* a = old_values.data<T>();
      const T* b = new_values.data<T>();
      for (uint32_t i = 0; i < changed_.size(); ++i) {
        if (nulls && (old_values.IsNull(i) || new_values.IsNull(i))) {
          if (old_values.IsNull(i) != new_values.IsNull(i)) changed_[i] = 1;
        } else if (!SameValue(a[i], b[i])) {
          changed_[i] = 1;
        }
      }
    });
  }
}

void GroupAggregate::ListChanges() {
  changes_.clear();
  dead_.clear();
  for (uint32_t i = 0; i < touched_.size(); ++i) {
    const bool existed = existed_[i] != 0;
    if (!set_.IsAlive(touched_.rows()[i])) {
      if (set_.IsEmpty(touched_.rows()[i])) dead_.push_back(touched_.rows()[i]);
      if (existed) changes_.push_back({i, false, RowKind::kDelete});
    } else if (!existed) {
      changes_.push_back({i, true, RowKind::kInsert});
    } else if (changed_[i] != 0) {
      if (spec_.emit_update_before) changes_.push_back({i, false, RowKind::kUpdateBefore});
      changes_.push_back({i, true, RowKind::kUpdateAfter});
    }
  }
}

Status GroupAggregate::EmitApart(const Batch& batch, const PoolVector<ColumnPtr>& before,
                                 const PoolVector<ColumnPtr>& after, Output& out) {
  const uint32_t row = batch.RowAt(touched_.first()[0]);
  for (const Change& change : changes_) {
    Batch one;
    one.row_count = 1;
    for (const int key : spec_.keys) {
      one.columns.push_back(
          TRY(GatherKey(*batch.columns[static_cast<size_t>(key)], std::span(&row, 1))));
    }
    const PoolVector<ColumnPtr>& results = change.updated ? after : before;
    one.columns.insert(one.columns.end(), results.begin(), results.end());
    one.row_kinds = MakeBuffer<uint8_t>(1);
    *one.row_kinds->as<uint8_t>() = static_cast<uint8_t>(change.kind);
    RETURN_IF_ERROR(out.Emit(std::move(one)));
  }
  return {};
}

Result<Batch> GroupAggregate::MakeOutput(const Batch& batch, const PoolVector<ColumnPtr>& before,
                                         const PoolVector<ColumnPtr>& after) {
  const auto count = static_cast<uint32_t>(changes_.size());
  Batch result;
  result.row_count = count;
  ids_.clear();
  bool all_inserts = true;
  bool all_updated = true;
  for (const Change& change : changes_) {
    ids_.push_back(batch.RowAt(touched_.first()[change.group]));
    all_inserts &= change.kind == RowKind::kInsert;
    all_updated &= change.updated;
  }
  for (const int key : spec_.keys) {
    result.columns.push_back(
        TRY(GatherKey(*batch.columns[static_cast<size_t>(key)], std::span(ids_.data(), count))));
  }
  const auto groups = static_cast<uint32_t>(touched_.size());
  Batch results;
  results.columns = after;
  results.row_count = groups;
  if (!all_updated) {
    Batch old;
    old.columns = before;
    old.row_count = groups;
    results = Concatenate(results, old);
  }
  for (uint32_t i = 0; i < count; ++i) {
    ids_[i] = changes_[i].group + (changes_[i].updated ? 0 : groups);
  }
  for (const ColumnPtr& column : results.columns) {
    result.columns.push_back(GatherColumn(*column, ids_.data(), count));
  }
  if (all_inserts) return result;
  result.row_kinds = KindsOf(changes_, &Change::kind);
  return result;
}

}  // namespace

Result<OperatorPtr> MakeGroupAggregate(const graph::Node& node) {
  return OperatorPtr(
      std::make_unique<GroupAggregate>(std::get<graph::GroupAggregateSpec>(node.spec)));
}

}  // namespace weir::operators
