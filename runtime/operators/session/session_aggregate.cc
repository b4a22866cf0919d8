// WindowAggregate over SESSION windows, phase kSingle: rows of a key that follow each other within
// the gap are one session (SessionWindows says which, and what is late).
//
// Accepts every kind of change when the spec says that the input retracts, else inserts. Gives
// inserts: each session once, in order of the sessions' ends, before the watermark that completes
// it is forwarded; nothing for sessions whose rows have all been taken back. Over processing time
// sessions end by the clock, all at the end of the input. State: "sessions" and "single",
// erased when a session fires. Operator state: "progress".
#include <memory>
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/key_hashes.h"
#include "runtime/operators/operator_list.h"
#include "runtime/operators/session/session_result.h"
#include "runtime/operators/session/session_windows.h"

namespace weir::operators {
namespace {

class SessionAggregate final : public Operator {
 public:
  explicit SessionAggregate(const graph::WindowAggregateSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override;
  Status OnBatch(int port, Batch batch, Output& out) override;
  Status OnWatermark(Timestamp watermark, Output& out) override;
  Status OnProcessingTime(Timestamp now, Output& out) override {
    return windows_.OnProcessingTime(now, EmitTo(out));
  }
  Timestamp NextProcessingTime() const override { return windows_.NextProcessingTime(); }
  Status OnBarrier(uint64_t, std::vector<OperatorStateEntry>& state) override {
    state.push_back(windows_.SaveProgress());
    return {};
  }
  Status OnEndOfInput(Output& out) override { return windows_.FireAll(EmitTo(out)); }

 private:
  SessionWindows::Emit EmitTo(Output& out) {
    return [this, &out](const Batch& keys, std::vector<FiredSession>& fired) -> Status {
      return EmitInPieces(TRY(result_->Make(windows_.aggregates(), keys, fired)), batch_rows_, out);
    };
  }

  const graph::WindowAggregateSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  SessionWindows windows_;
  std::unique_ptr<SessionResult> result_;
  std::vector<uint64_t> hash_scratch_;
};

Status SessionAggregate::Open(OperatorContext& ctx) {
  batch_rows_ = ctx.batch_rows;
  clock_ = ctx.clock;
  const OperatorStateSchema schema = graph::StateOf(ctx.node->spec, *ctx.inputs[0]);
  RETURN_IF_ERROR(windows_.Open(ctx,
                                {spec_.window, spec_.time_column, spec_.keys, spec_.calls,
                                 spec_.input_retracts, spec_.time_zone},
                                schema.tables));
  result_ = std::make_unique<SessionResult>(spec_, ctx.node->output, windows_.zone());
  return {};
}

Status SessionAggregate::OnBatch(int, Batch batch, Output& out) {
  RETURN_IF_ERROR(OnProcessingTime(clock_->Now(), out));
  batch = Compact(std::move(batch));
  return windows_.Fold(batch, KeyHashes(batch, spec_.keys, hash_scratch_));
}

Status SessionAggregate::OnWatermark(Timestamp watermark, Output& out) {
  RETURN_IF_ERROR(windows_.OnWatermark(watermark, EmitTo(out)));
  return out.EmitWatermark(watermark);
}

}  // namespace

Result<OperatorPtr> MakeSessionAggregate(const graph::Node& node) {
  return OperatorPtr(
      std::make_unique<SessionAggregate>(std::get<graph::WindowAggregateSpec>(node.spec)));
}

}  // namespace weir::operators
