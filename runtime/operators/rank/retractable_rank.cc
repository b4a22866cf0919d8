// Rank of strategy kRetract: Top-N over any changelog.
//
// Accepts every kind of change; a retraction removes the row that equals it in all columns, the
// earliest of several equal ones, and is ignored if there is none. Gives, per batch and partition,
// the net change of the ranks first..last: see RankDifference. Changes of one partition keep their
// order. Watermarks pass unchanged. Where late rows count behind it, every change is given: see
// DistinctRuns. State: "rows", every row; "places", by which a row is found by its columns;
// "bounds", one row per partition that has rows (older versions kept those of empty ones): a change
// behind it moves no rank that is emitted, so it only changes the state. A LIMIT ends what it
// reads: see RowLimit. Operator state: "sequence"; "ranks", those shown. Restored as a query with
// other ranks it first emits the difference: see RankRevision.
#include <algorithm>
#include <utility>

#include "runtime/graph/rank_state.h"
#include "runtime/operators/distinct_runs.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/rank_bound.h"
#include "runtime/operators/rank/rank_changes.h"
#include "runtime/operators/rank/rank_revision.h"
#include "runtime/operators/rank/rank_snapshot.h"
#include "runtime/operators/rank/row_limit.h"
#include "runtime/operators/rank/row_places.h"
#include "runtime/operators/rank/sort_order.h"
#include "runtime/operators/row_groups.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/operators/time/row_sequence.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

class RetractableRank final : public Operator {
 public:
  explicit RetractableRank(const graph::RankSpec& spec)
      : spec_(spec),
        difference_(
            {spec.first, spec.last, spec.by_place, spec.output_rank, spec.emit_update_before}) {}

  Status Open(OperatorContext& ctx) override;
  Status Seed(Output& others, Output& seeded) override { return revision_.Seed(others, seeded); }
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp, Output& out) override { return revision_.Emit(out); }
  Timestamp NextProcessingTime() const override { return revision_.due(); }
  Status Flush(Output& out) override { return revision_.Emit(out); }
  Status OnBarrier(uint64_t id, std::vector<OperatorStateEntry>& state) override;

 private:
  Status OnPartitions(const Batch& batch, const uint64_t* hashes, Output& out);
  Status FindGroups(const Batch& batch);
  Status EraseForgotten(const Batch& batch);
  bool Matters(size_t group, const Batch& batch) const;
  // `refreshes`: what they hold counts as written now.
  Status ReadSnapshots(const Batch& batch, std::vector<RankSnapshot>& snapshots, bool refreshes);
  Status Apply(const Batch& batch);
  Status Refresh(size_t group, const RankSnapshot& shown);
  void UpdateBounds();
  Result<Batch> MakeOutput(const Batch& batch);

  // Where the row of a change is: row `row` of the snapshot of group `index`, before or after the
  // batch.
  struct Source {
    size_t index;  // of snapshot
    uint32_t row;
    bool before;
  };

  const graph::RankSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  MapTable* rows_ = nullptr;
  ValueTable* bounds_ = nullptr;
  RowPlaces places_;
  RankSnapshotReader snapshot_reader_;
  std::vector<int> kept_;
  bool expires_ = false;  // rows do, or have, so that bounds cannot be relied on
  RankDifference difference_;
  RankRevision revision_;
  DistinctRuns runs_;
  RowLimit limit_;

  // Scratch of the current batch.
  std::vector<uint64_t> hash_scratch_;
  const uint64_t* hashes_ = nullptr;
  SortOrder order_;
  std::vector<std::byte*> bound_rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
  std::vector<size_t> changed_groups_;  // groups with a change that matters
  std::vector<RankSnapshot> before_;
  std::vector<RankSnapshot> after_;
};

Status RetractableRank::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  runs_.Open(ctx.node->late_marks);
  expires_ = spec_.ttl_millis > 0 || ctx.forgot;
  const Schema& input = *ctx.inputs[0];
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, input);
  rows_ = TRY(ctx.state->OpenMap(ctx.node->uid, schema.tables[0]));
  bounds_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[1]));
  MapTable* places = TRY(ctx.state->OpenMap(ctx.node->uid, schema.tables[2]));
  places_.Open(*places, spec_.partition, input.size());
  places_.set_sequence(TRY(RestoreSequence(ctx.restored)));
  kept_ = graph::KeptColumns(spec_.partition, input);
  snapshot_reader_.Open(spec_, input, kept_, *rows_);
  RETURN_IF_ERROR(revision_.Open(spec_, ctx, {rows_, bounds_}));
  limit_.Open(spec_, ctx);
  limit_.Note(*rows_);
  return {};
}

Status RetractableRank::OnBatch(int, Batch batch, Output& out) {
  RETURN_IF_ERROR(revision_.Emit(out));
  batch = Compact(std::move(batch));
  const uint64_t* hashes = KeyHashes(batch, spec_.partition, hash_scratch_);
  RETURN_IF_ERROR(runs_.ForEach(batch, hashes, [&](const Batch& run, const uint64_t* run_hashes) {
    return OnPartitions(run, run_hashes, out);
  }));
  limit_.Note(*rows_);
  return {};
}

Status RetractableRank::OnPartitions(const Batch& batch, const uint64_t* hashes, Output& out) {
  hashes_ = hashes;
  std::vector<ColumnPtr> columns;
  for (const graph::SortKey& key : spec_.order) {
    columns.push_back(batch.columns[static_cast<size_t>(key.column)]);
  }
  order_.Encode(columns, spec_.order, batch.row_count);
  RETURN_IF_ERROR(FindGroups(batch));
  if (RefreshesShown(spec_)) RETURN_IF_ERROR(EraseForgotten(batch));
  changed_groups_.clear();
  for (size_t group = 0; group < groups_.size(); ++group) {
    if (Matters(group, batch)) changed_groups_.push_back(group);
  }
  RETURN_IF_ERROR(ReadSnapshots(batch, before_, false));
  RETURN_IF_ERROR(Apply(batch));
  RETURN_IF_ERROR(ReadSnapshots(batch, after_, RefreshesShown(spec_)));
  UpdateBounds();
  Batch result = TRY(MakeOutput(batch));
  runs_.CopyMarks(batch, spec_.partition, result);
  return EmitInPieces(std::move(result), batch_rows_, out);
}

Status RetractableRank::FindGroups(const Batch& batch) {
  bound_rows_.resize(batch.row_count);
  created_.assign(batch.row_count, 0);
  RETURN_IF_ERROR(bounds_->FindOrCreate({&batch, spec_.partition, hashes_}, bound_rows_.data(),
                                        created_.data()));
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    if (created_[row] != 0) bounds_->layout().SetNull(bound_rows_[row], kRankBound);
  }
  groups_.Collect(bound_rows_);
  return {};
}

// A partition whose row of "bounds" has expired shows nothing any more, and what is left of it, as
// rows of a time when none expired, goes as well.
Status RetractableRank::EraseForgotten(const Batch& batch) {
  std::vector<uint32_t> fresh;
  for (const uint32_t row : groups_.firsts()) {
    if (created_[row] != 0) fresh.push_back(row);
  }
  if (fresh.empty()) return {};
  const Batch keys = Select(batch, fresh.data(), static_cast<uint32_t>(fresh.size()));
  const KeyView view{&keys, spec_.partition, hashes_};
  RETURN_IF_ERROR(rows_->EraseKeys(view));
  return places_.EraseKeys(view);
}

// Whether a row of the group can move a rank that is emitted.
bool RetractableRank::Matters(size_t group, const Batch& batch) const {
  const RowLayout& layout = bounds_->layout();
  const std::byte* row = bound_rows_[groups_.firsts()[group]];
  if (expires_ || layout.IsNull(row, kRankBound)) return true;
  const StringRef bound = layout.Load<StringRef>(row, kRankBound);
  const bool behind_equal =
      spec_.function == graph::RankFunction::kRowNumber && !spec_.last_of_equal;
  const std::span<const uint32_t> rows = groups_.RowsOf(group);
  return std::any_of(rows.begin(), rows.end(), [&](uint32_t i) {
    const int compared = order_[i].compare(bound.view());
    return compared < 0 || (compared == 0 && (!behind_equal || !IsAddition(batch.kind(i))));
  });
}

Status RetractableRank::ReadSnapshots(const Batch& batch, std::vector<RankSnapshot>& snapshots,
                                      bool refreshes) {
  snapshots.resize(changed_groups_.size());
  for (size_t i = 0; i < changed_groups_.size(); ++i) {
    RETURN_IF_ERROR(
        snapshot_reader_.Read(batch, groups_.firsts()[changed_groups_[i]], snapshots[i]));
    if (refreshes) RETURN_IF_ERROR(Refresh(changed_groups_[i], snapshots[i]));
  }
  return {};
}

// What is shown lives as long as the rows behind it, so that none of these takes its rank unseen;
// what finds it does, too. REQUIRES: `shown` was read last.
Status RetractableRank::Refresh(size_t group, const RankSnapshot& shown) {
  snapshot_reader_.Refresh(shown);
  Batch rows;
  rows.row_count = static_cast<uint32_t>(shown.ranks.size());
  rows.columns.assign(shown.columns.begin(), shown.columns.end());
  const std::vector<uint64_t> hashes(rows.row_count, hashes_[groups_.firsts()[group]]);
  return places_.Refresh(rows, hashes.data());
}

Status RetractableRank::Apply(const Batch& batch) {
  RETURN_IF_ERROR(places_.Fold(batch, hashes_));
  const auto rows_of = [&](const std::vector<RowPlace>& places, Batch& part,
                           std::vector<uint32_t>& ids) {
    ids.clear();
    for (const RowPlace& place : places) ids.push_back(place.row);
    part = places_.WithPlaces(batch, order_, places, spec_.last_of_equal);
  };
  Batch part;
  std::vector<uint32_t> ids;
  std::vector<std::byte*> rows;
  const auto width = static_cast<int>(batch.columns.size());
  const int sub_key[] = {width, width + 1};
  std::vector<uint64_t> hashes;
  const auto keys_of = [&]() -> KeyView {
    hashes.resize(ids.size());
    for (size_t i = 0; i < ids.size(); ++i) hashes[i] = hashes_[ids[i]];
    return {&part, spec_.partition, hashes.data()};
  };
  if (!places_.removed().empty()) {
    rows_of(places_.removed(), part, ids);
    rows.resize(ids.size());
    RETURN_IF_ERROR(rows_->Find(keys_of(), sub_key, rows.data()));
    std::erase(rows, nullptr);
    if (!rows.empty()) rows_->Erase(rows);
  }
  if (places_.added().empty()) return {};
  rows_of(places_.added(), part, ids);
  rows.resize(ids.size());
  created_.assign(ids.size(), 0);
  RETURN_IF_ERROR(rows_->FindOrCreate(keys_of(), sub_key, rows.data(), created_.data()));
  const auto count = static_cast<uint32_t>(ids.size());
  for (uint32_t i = 0; i < count; ++i) ids[i] = i;
  StoreColumns(part, kept_, rows_->layout(), {rows.data(), ids.data(), count}, *rows_);
  return {};
}

// A partition that is left without rows gives its row of "bounds" back, so that the state does not
// grow with every partition that ever was. Ends all pointers to rows of the table.
void RetractableRank::UpdateBounds() {
  std::vector<std::byte*> empty;
  for (size_t i = 0; i < changed_groups_.size(); ++i) {
    std::byte* row = bound_rows_[groups_.firsts()[changed_groups_[i]]];
    if (after_[i].ranks.empty()) {
      empty.push_back(row);
    } else {
      SetRankBound(spec_, after_[i], row, *bounds_);
    }
  }
  if (!empty.empty()) bounds_->Erase(empty);
}

Result<Batch> RetractableRank::MakeOutput(const Batch& batch) {
  std::vector<RankChange> changes;
  std::vector<Source> sources;
  std::vector<RankedRow> before;
  std::vector<RankedRow> after;
  for (size_t i = 0; i < changed_groups_.size(); ++i) {
    PairRows(before_[i], after_[i], before, after);
    const size_t begin = changes.size();
    difference_.Append({before, before_[i].ranks}, {after, after_[i].ranks}, changes);
    const auto had = static_cast<uint32_t>(before.size());
    for (size_t change = begin; change < changes.size(); ++change) {
      const uint32_t id = changes[change].id;
      sources.push_back(id < had ? Source{i, id, true} : Source{i, id - had, false});
    }
  }
  Batch result;
  result.row_count = static_cast<uint32_t>(changes.size());
  if (changes.empty()) return result;
  for (size_t column = 0; column < batch.columns.size(); ++column) {
    ColumnBuilder builder(batch.columns[column]->type(), result.row_count);
    for (const Source& source : sources) {
      const RankSnapshot& snapshot = source.before ? before_[source.index] : after_[source.index];
      builder.AppendFrom(*snapshot.columns[column], source.row);
    }
    result.columns.push_back(builder.Finish());
  }
  if (spec_.output_rank) {
    const MutableColumnPtr ranks =
        Column::Make(Type::BigInt().WithNullable(false), result.row_count);
    for (uint32_t i = 0; i < result.row_count; ++i) {
      ranks->mutable_data<int64_t>()[i] = changes[i].rank;
    }
    result.columns.push_back(ranks);
  }
  result.row_kinds = KindsOf(changes, &RankChange::kind);
  return result;
}

Status RetractableRank::OnWatermark(Timestamp watermark, Output& out) {
  RETURN_IF_ERROR(revision_.Emit(out));
  return out.EmitWatermark(watermark);
}

Status RetractableRank::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(SaveSequence(places_.sequence()));
  state.push_back(revision_.Save());
  return {};
}

}  // namespace

Result<OperatorPtr> MakeRetractableRank(const graph::Node& node) {
  return OperatorPtr(std::make_unique<RetractableRank>(std::get<graph::RankSpec>(node.spec)));
}

}  // namespace weir::operators
