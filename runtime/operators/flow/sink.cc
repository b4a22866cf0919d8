// Sink: checks NOT NULL columns and hands rows to the connector's writer.
//
// Accepts the kinds of change that the connector takes (checked at planning), in order; puts no
// rows out. Watermarks reach the writer before they are forwarded. Operator state: "committables",
// what the writer pre-committed at the barrier, one entry each; they become durable off the task's
// thread, and the checkpoint's completion commits them.
#include <fmt/format.h>

#include <utility>

#include "runtime/base/quoting.h"
#include "runtime/operators/operator_list.h"
#include "runtime/types/batch_text.h"

namespace weir::operators {
namespace {

class SinkOperator final : public Operator {
 public:
  SinkOperator(const graph::SinkSpec& spec, std::unique_ptr<SinkWriter> writer)
      : spec_(spec), writer_(std::move(writer)) {}

  Status Open(OperatorContext&) override {
    for (const std::string& name : spec_.not_null_columns) {
      const std::optional<size_t> column = spec_.schema.Find(name);
      if (!column) return Status::Internal("a NOT NULL column is not in the table: " + name);
      not_null_.push_back(*column);
    }
    return {};
  }

  Status OnBatch(int, Batch batch, Output&) override {
    for (const size_t column : not_null_) RETURN_IF_ERROR(CheckNotNull(batch, column));
    return writer_->Write(batch).WithContext(spec_.table);
  }

  Status OnWatermark(Timestamp watermark, Output& out) override {
    RETURN_IF_ERROR(writer_->OnWatermark(watermark));
    return out.EmitWatermark(watermark);
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
  Status CheckNotNull(const Batch& batch, size_t column) const {
    const Column& values = *batch.columns[column];
    if (!values.has_validity() && values.type().kind() != TypeKind::kNull) return {};
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      if (!values.IsNull(row)) continue;
      std::string text;
      FormatRow(batch, row, text);
      return Status::DataError(fmt::format("NULL in a NOT NULL column: '{}' of table {}, row {}",
                                           spec_.schema.fields[column].name, spec_.table,
                                           Quotable(text)))
          .WithId("E3004");
    }
    return {};
  }

  const graph::SinkSpec& spec_;
  std::unique_ptr<SinkWriter> writer_;
  std::function<Status()> sync_;  // of the last barrier, until it is taken
  std::vector<size_t> not_null_;
};

}  // namespace

Result<OperatorPtr> MakeSink(const graph::Node& node, std::unique_ptr<SinkWriter> writer) {
  if (writer == nullptr) return Status::Internal("a sink has no writer: " + node.uid);
  return OperatorPtr(
      std::make_unique<SinkOperator>(std::get<graph::SinkSpec>(node.spec), std::move(writer)));
}

}  // namespace weir::operators
