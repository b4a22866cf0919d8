// Collect: hands the result of a SELECT to a listener.
//
// Accepts every kind of change, in order; puts nothing out. No state.
#include "runtime/operators/operator_list.h"

namespace weir::operators {
namespace {

class Collect final : public Operator {
 public:
  explicit Collect(ResultListener& listener) : listener_(listener) {}

  Status Open(OperatorContext&) override { return {}; }
  Status OnBatch(int, Batch batch, Output&) override { return listener_.OnBatch(batch); }
  Status OnWatermark(Timestamp watermark, Output& out) override {
    RETURN_IF_ERROR(listener_.OnWatermark(watermark));
    return out.EmitWatermark(watermark);
  }

 private:
  ResultListener& listener_;
};

}  // namespace

Result<OperatorPtr> MakeCollect(const graph::Node& node, ResultListener* listener) {
  if (listener == nullptr) return Status::Internal("a result has nobody to take it: " + node.uid);
  return OperatorPtr(std::make_unique<Collect>(*listener));
}

}  // namespace weir::operators
