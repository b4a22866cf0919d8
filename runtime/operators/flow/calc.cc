// Calc: filter, then project.
//
// Accepts every kind of change and passes kinds, late marks and order on; rows of a filter that is
// not TRUE are deselected, not copied. Watermarks pass unchanged. No state.
#include <utility>

#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

class Calc final : public Operator {
 public:
  explicit Calc(const graph::CalcSpec& spec) : spec_(spec) {}

  Status Open(OperatorContext& ctx) override {
    evaluator_ = TRY(expr::MakeEvaluator(spec_.projections, *ctx.evaluation, spec_.filter));
    return {};
  }

  Status OnBatch(int, Batch batch, Output& out) override {
    Batch result;
    RETURN_IF_ERROR(evaluator_->FilterAndEvaluate(batch, result.columns));
    if (batch.empty()) return {};
    result.row_count = batch.row_count;
    result.selection = std::move(batch.selection);
    result.row_kinds = std::move(batch.row_kinds);
    result.late_marks = std::move(batch.late_marks);
    return out.Emit(std::move(result));
  }

 private:
  const graph::CalcSpec& spec_;
  std::unique_ptr<expr::Evaluator> evaluator_;
};

}  // namespace

Result<OperatorPtr> MakeCalc(const graph::Node& node) {
  return OperatorPtr(std::make_unique<Calc>(std::get<graph::CalcSpec>(node.spec)));
}

}  // namespace weir::operators
