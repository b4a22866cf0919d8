// LocalGroupAggregate: the half of GROUP BY before the exchange (GroupAggregateSpec, kLocal).
//
// Accepts every kind of change when the spec says that the input retracts (partial results are
// signed), else +I and +U. Gives inserts: graph::PartialSchema, one row per key that was seen since
// the last flush. It flushes before every watermark and barrier, when it has grown large, and a
// moment after its first row; watermarks pass unchanged, late marks end here. No state.
#include <utility>

#include "runtime/operators/aggregate/aggregate_set.h"
#include "runtime/operators/aggregate/partial_table.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

class LocalGroupAggregate final : public Operator {
 public:
  explicit LocalGroupAggregate(const graph::GroupAggregateSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override {
    batch_rows_ = ctx.batch_rows;
    clock_ = ctx.clock;
    std::vector<Type> types = graph::PartialSchema(ctx.node->spec, *ctx.inputs[0]).types();
    layout_ = RowLayout({types.begin() + static_cast<ptrdiff_t>(spec_.keys.size()), types.end()});
    table_ = std::make_unique<PartialTable>(layout_);
    set_ = TRY(AggregateSet::Make(spec_.calls, spec_.input_retracts, layout_));
    key_types_.assign(types.begin(), types.begin() + static_cast<ptrdiff_t>(spec_.keys.size()));
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    if (table_->size() == 0 && clock_ != nullptr) {
      deadline_ = {clock_->Now().millis + PartialTable::kMaxDelayMillis};
    }
    hashes_.resize(batch.row_count);
    HashKeys(batch, spec_.keys, hashes_.data());
    rows_.resize(batch.size());
    created_.assign(batch.size(), 0);
    table_->FindOrCreate({&batch, spec_.keys, hashes_.data()}, 0, rows_.data(), created_.data());
    set_.InitializeCreated(rows_.data(), created_.data(), batch.size());
    const int8_t* signs = spec_.input_retracts ? SignsOf(batch, sign_scratch_) : nullptr;
    RETURN_IF_ERROR(set_.Update(batch, rows_.data(), signs, *table_));
    return table_->full() ? Flush(out) : Status();
  }

  Status OnWatermark(Timestamp watermark, Output& out) override {
    RETURN_IF_ERROR(Flush(out));
    return out.EmitWatermark(watermark);
  }

  Status OnProcessingTime(Timestamp now, Output& out) override {
    return now >= deadline_ ? Flush(out) : Status();
  }
  Timestamp NextProcessingTime() const override { return deadline_; }
  bool HoldsRows() const override { return table_->size() != 0; }
  Status OnEndOfInput(Output& out) override { return Flush(out); }

  Status Flush(Output& out) override {
    deadline_ = Timestamp::Max();
    for (size_t begin = 0; begin < table_->size(); begin += batch_rows_) {
      const size_t count = std::min<size_t>(batch_rows_, table_->size() - begin);
      Batch batch;
      batch.row_count = static_cast<uint32_t>(count);
      RETURN_IF_ERROR(table_->AppendKeys(begin, count, key_types_, batch.columns));
      set_.AppendFields(table_->rows().subspan(begin, count), true, batch.columns);
      RETURN_IF_ERROR(out.Emit(std::move(batch)));
    }
    table_->Clear();
    return {};
  }

 private:
  const graph::GroupAggregateSpec& spec_;
  uint32_t batch_rows_ = kDefaultBatchRows;
  Clock* clock_ = nullptr;
  Timestamp deadline_ = Timestamp::Max();
  RowLayout layout_;
  std::unique_ptr<PartialTable> table_;
  AggregateSet set_;
  std::vector<Type> key_types_;

  std::vector<uint64_t> hashes_;
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  std::vector<int8_t> sign_scratch_;
};

}  // namespace

Result<OperatorPtr> MakeLocalGroupAggregate(const graph::Node& node) {
  const auto& spec = std::get<graph::GroupAggregateSpec>(node.spec);
  if (!graph::MaySplit(spec.calls, spec.input_retracts)) {
    return Status::Internal("an aggregate with a value map cannot be split: " + node.uid);
  }
  return OperatorPtr(std::make_unique<LocalGroupAggregate>(spec));
}

}  // namespace weir::operators
