// Rank of strategies kAppend and kUpdate: Top-N over input whose rows never get worse.
//
// kAppend accepts inserts; kUpdate +I and +U by `input_key`, and ignores -U. Gives, per batch and
// partition, the net change of the ranks first..last: see RankDifference. Changes of one partition
// keep their order. Watermarks pass unchanged. Where late rows count behind it, every change is
// given: see DistinctRuns. State: "top", the rows of ranks up to `last` (with RANK and DENSE_RANK
// all that have the last rank), erased when others take their ranks; "bounds", one row per
// partition. A LIMIT ends what it reads: see RowLimit. Operator state: "sequence"; "ranks", those
// shown. Restored as a query with other ranks it first emits the difference: see RankRevision.
#include <utility>

#include "runtime/operators/distinct_runs.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/rank/rank_revision.h"
#include "runtime/operators/rank/row_limit.h"
#include "runtime/operators/rank/top_rows.h"
#include "runtime/operators/time/row_sequence.h"

namespace weir::operators {
namespace {

class Rank final : public Operator {
 public:
  explicit Rank(const graph::RankSpec& spec)
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

  const graph::RankSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  MapTable* top_ = nullptr;
  ValueTable* bounds_ = nullptr;
  TopRows rows_;
  RankDifference difference_;
  RankRevision revision_;
  DistinctRuns runs_;
  RowLimit limit_;
  std::vector<uint64_t> hashes_;
  std::vector<uint32_t> additions_;
};

Status Rank::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  runs_.Open(ctx.node->late_marks);
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, *ctx.inputs[0]);
  top_ = TRY(ctx.state->OpenMap(ctx.node->uid, schema.tables[0]));
  bounds_ = TRY(ctx.state->OpenValue(ctx.node->uid, schema.tables[1]));
  RETURN_IF_ERROR(
      rows_.Open({.function = spec_.function,
                  .keys = spec_.partition,
                  .order = spec_.order,
                  .last = spec_.last,
                  .last_of_equal = spec_.last_of_equal,
                  .ranks_are_equal = !spec_.output_rank && !spec_.by_place && spec_.first == 1,
                  .input_key = spec_.input_key,
                  .expires = spec_.ttl_millis > 0 || ctx.forgot,
                  .refreshes = RefreshesShown(spec_)},
                 *top_, *ctx.inputs[0]));
  rows_.set_sequence(TRY(RestoreSequence(ctx.restored)));
  RETURN_IF_ERROR(revision_.Open(spec_, ctx, {top_, bounds_}));
  limit_.Open(spec_, ctx);
  limit_.Note(*top_);
  return {};
}

Status Rank::OnBatch(int, Batch batch, Output& out) {
  RETURN_IF_ERROR(revision_.Emit(out));
  if (batch.row_kinds != nullptr) {
    additions_.clear();
    ForEachRow(batch, [&](uint32_t row) {
      if (IsAddition(batch.kind(row))) additions_.push_back(row);
    });
    if (additions_.empty()) return {};
    batch = Select(batch, additions_.data(), static_cast<uint32_t>(additions_.size()));
  }
  batch = Compact(std::move(batch));
  const uint64_t* hashes = KeyHashes(batch, spec_.partition, hashes_);
  RETURN_IF_ERROR(runs_.ForEach(batch, hashes, [&](const Batch& run, const uint64_t* run_hashes) {
    return OnPartitions(run, run_hashes, out);
  }));
  limit_.Note(*top_);
  return {};
}

Status Rank::OnPartitions(const Batch& batch, const uint64_t* hashes, Output& out) {
  RETURN_IF_ERROR(rows_.Fold(batch, hashes, *bounds_, &difference_));
  if (rows_.changes().empty()) return rows_.Store();
  Batch result = TRY(rows_.rows().Gather(rows_.changes(), spec_.output_rank));
  RETURN_IF_ERROR(rows_.Store());
  runs_.CopyMarks(batch, spec_.partition, result);
  return EmitInPieces(std::move(result), batch_rows_, out);
}

Status Rank::OnWatermark(Timestamp watermark, Output& out) {
  RETURN_IF_ERROR(revision_.Emit(out));
  return out.EmitWatermark(watermark);
}

Status Rank::OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) {
  state.push_back(SaveSequence(rows_.sequence()));
  state.push_back(revision_.Save());
  return {};
}

}  // namespace

Result<OperatorPtr> MakeRank(const graph::Node& node) {
  return OperatorPtr(std::make_unique<Rank>(std::get<graph::RankSpec>(node.spec)));
}

}  // namespace weir::operators
