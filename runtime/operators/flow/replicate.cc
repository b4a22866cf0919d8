// Replicate: every change as often as the number in its last column says, without that column
// (Flink: the table function replicate_rows of INTERSECT ALL and EXCEPT ALL).
//
// Accepts every kind of change and gives the same kinds, in order. Watermarks pass unchanged; late
// marks end here, as those of an aggregate do. No state.
#include <utility>

#include "runtime/operators/emit.h"
#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

class Replicate final : public Operator {
 public:
  Status Open(OperatorContext& ctx) override {
    batch_rows_ = ctx.batch_rows;
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    const ColumnPtr counts = batch.columns.back();
    batch.columns.pop_back();
    batch.key_hashes = nullptr;
    batch.late_marks = nullptr;
    rows_.clear();
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      if (counts->IsNull(row)) continue;
      for (int64_t copies = counts->ValueAt<int64_t>(row); copies > 0; --copies) {
        rows_.push_back(row);
        if (rows_.size() == batch_rows_) RETURN_IF_ERROR(Send(batch, out));
      }
    }
    return Send(batch, out);
  }

 private:
  Status Send(const Batch& batch, Output& out) {
    if (rows_.empty()) return {};
    Batch copies = GatherBatch(batch, rows_.data(), static_cast<uint32_t>(rows_.size()));
    rows_.clear();
    return out.Emit(std::move(copies));
  }

  uint32_t batch_rows_ = kDefaultBatchRows;
  std::vector<uint32_t> rows_;
};

}  // namespace

Result<OperatorPtr> MakeReplicate(const graph::Node&) {
  return OperatorPtr(std::make_unique<Replicate>());
}

}  // namespace weir::operators
