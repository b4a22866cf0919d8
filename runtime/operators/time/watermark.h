// The watermark operator as seen by the factory and by its tests.
#pragma once

#include <memory>

#include "runtime/graph/operator_spec.h"
#include "runtime/operators/operator.h"

namespace weir::operators {

// Moves the current partition's watermark (OperatorContext::partitions, or a single partition of
// its own when that is null) row by row, marks rows that are behind it, and forwards the minimum
// over partitions after each batch. OnWatermark below Max() is the source's call that partitions
// became idle, active or finished: it forwards the combined watermark where that moved. `spec`
// outlives the operator.
std::unique_ptr<Operator> MakeWatermark(const graph::WatermarkSpec& spec);

}  // namespace weir::operators
