#include "runtime/graph/aggregate_state.h"

#include <algorithm>

namespace weir::graph {

bool CanSplit(std::span<const expr::AggregateCall> calls, bool input_retracts) {
  return std::none_of(calls.begin(), calls.end(), [&](const expr::AggregateCall& call) {
    return expr::NeedsValueMap(call, input_retracts) || expr::KeepsList(call, input_retracts);
  });
}

bool KeepsWholeWindows(const WindowAggregateSpec& spec) {
  return spec.window.kind == window::WindowKind::kTumble || spec.end_column >= 0 ||
         !CanSplit(spec.calls, spec.input_retracts);
}

bool KeepsSlicesAndWindows(const WindowAggregateSpec& spec) {
  return spec.end_column < 0 && (spec.window.kind == window::WindowKind::kHop ||
                                 spec.window.kind == window::WindowKind::kCumulate);
}

}  // namespace weir::graph
