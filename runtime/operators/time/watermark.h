// The watermark operator as seen by the factory and by its tests.
#pragma once

#include <memory>

#include "runtime/graph/operator_spec.h"
#include "runtime/operators/operator.h"

namespace weir::operators {

// Creates the operator that moves the watermark of the current partition row by row
// (OperatorContext::partitions, or a single partition of its own when that is null), marks rows
// that are behind it, and forwards the minimum over partitions after each batch. The source calls
// OnWatermark with a value below Max() when partitions became idle, active or finished; the
// operator then forwards the combined watermark if it has moved. Max() means that no row will come
// any more: the partitions end, and it is forwarded at once. `spec` outlives the operator.
std::unique_ptr<Operator> MakeWatermark(const graph::WatermarkSpec& spec);

}  // namespace weir::operators
