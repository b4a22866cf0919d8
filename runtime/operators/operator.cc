#include "runtime/operators/operator.h"

namespace weir::operators {

Status Operator::Seed(Output&, Output&) {
  return Status::Internal("an operator was to give a result that its state does not hold");
}
Status Operator::OnWatermark(Timestamp watermark, Output& out) {
  return out.EmitWatermark(watermark);
}
Status Operator::OnProcessingTime(Timestamp, Output&) {
  return {};
}
Timestamp Operator::NextProcessingTime() const {
  return Timestamp::Max();
}
Status Operator::Flush(Output&) {
  return {};
}
Status Operator::OnBarrier(uint64_t, std::vector<OperatorStateEntry>&) {
  return {};
}
Status Operator::OnEndOfInput(Output&) {
  return {};
}

}  // namespace weir::operators
