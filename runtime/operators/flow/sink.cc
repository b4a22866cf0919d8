// Sink: enforces the constraints of columns and hands rows to the connector's writer, and the time
// to one that acts by it.
//
// Accepts the kinds of change that the connector takes (checked at planning), in order, and -U
// where SinkSpec says what becomes of it; puts no rows out. Watermarks reach the writer before they
// are forwarded. Operator state: "committables", what the writer pre-committed at the barrier, one
// entry each; they become durable off the task's thread, and the checkpoint's completion commits
// them.
#include <optional>
#include <utility>

#include "runtime/operators/flow/as_upserts.h"
#include "runtime/operators/flow/sink_constraints.h"
#include "runtime/operators/operator_list.h"
#include "runtime/timed_sink_writer.h"

namespace weir::operators {
namespace {

class SinkOperator final : public Operator {
 public:
  SinkOperator(const graph::SinkSpec& spec, std::unique_ptr<SinkWriter> writer)
      : spec_(spec),
        writer_(std::move(writer)),
        timed_(dynamic_cast<TimedSinkWriter*>(writer_.get())) {}

  Status Open(OperatorContext&) override {
    constraints_ = TRY(SinkConstraints::Make(spec_));
    return {};
  }

  Status OnBatch(int, Batch batch, Output&) override {
    RETURN_IF_ERROR(constraints_->Apply(batch));
    if (batch.empty()) return {};  // every row was dropped
    if (spec_.old_rows != graph::OldRows::kWritten && batch.row_kinds != nullptr) {
      batch = AsUpserts(std::move(batch), spec_);
      if (batch.empty()) return {};
    }
    return writer_->Write(batch).WithContext(spec_.table);
  }

  Status OnWatermark(Timestamp watermark, Output& out) override {
    RETURN_IF_ERROR(writer_->OnWatermark(watermark));
    return out.EmitWatermark(watermark);
  }

  Status OnProcessingTime(Timestamp now, Output&) override {
    if (timed_ == nullptr) return {};
    return timed_->OnProcessingTime(now).WithContext(spec_.table);
  }
  Timestamp NextProcessingTime() const override {
    return timed_ == nullptr ? Timestamp::Max() : timed_->NextProcessingTime();
  }

  Status OnBarrier(uint64_t checkpoint_id, std::vector<OperatorStateEntry>& state) override {
    PreCommitted handed = TRY(writer_->PreCommit(checkpoint_id));
    for (std::string& bytes : handed.committables)
      state.push_back({"committables", std::move(bytes)});
    sync_ = std::move(handed.sync);
    return {};
  }

  std::function<Status()> TakeSync() override { return std::exchange(sync_, nullptr); }

  Status OnEndOfInput(Output&) override { return writer_->Finish(); }

 private:
  const graph::SinkSpec& spec_;
  std::unique_ptr<SinkWriter> writer_;
  TimedSinkWriter* const timed_;                // writer_, if it is one
  std::function<Status()> sync_;                // of the last barrier, until it is taken
  std::optional<SinkConstraints> constraints_;  // from Open on
};

}  // namespace

Result<OperatorPtr> MakeSink(const graph::Node& node, std::unique_ptr<SinkWriter> writer) {
  if (writer == nullptr) return Status::Internal("a sink has no writer: " + node.uid);
  return OperatorPtr(
      std::make_unique<SinkOperator>(std::get<graph::SinkSpec>(node.spec), std::move(writer)));
}

}  // namespace weir::operators
