#include "runtime/operators/operator.h"

namespace weir::operators {

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
