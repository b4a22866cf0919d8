#include "runtime/graph/aggregate_state.h"

#include <algorithm>

#include "runtime/base/names.h"

namespace weir::graph {

CallTexts TextsOfCall(const std::string& state_name) {
  const size_t open = state_name.find('(');
  if (open == std::string::npos) return {state_name, ""};
  size_t close = open;
  for (int depth = 0; close < state_name.size(); ++close) {
    if (state_name[close] == '(') ++depth;
    if (state_name[close] == ')' && --depth == 0) break;
  }
  CallTexts texts;
  texts.argument = state_name.substr(open + 1, close - open - 1);
  constexpr std::string_view kDistinct = "distinct ";
  texts.distinct =
      EqualsIgnoreCase(std::string_view(texts.argument).substr(0, kDistinct.size()), kDistinct);
  if (texts.distinct) texts.argument.erase(0, kDistinct.size());
  if (close < state_name.size()) texts.filter = state_name.substr(close + 1);
  return texts;
}

bool CanSplit(std::span<const expr::AggregateCall> calls, bool input_retracts) {
  return std::none_of(calls.begin(), calls.end(), [&](const expr::AggregateCall& call) {
    const std::vector<Field> fields = expr::StateFields(call, input_retracts);
    // Nested values are bytes in a row, and no columns between two phases.
    return expr::NeedsValueMap(call, input_retracts) ||
           std::ranges::any_of(fields, [](const Field& field) { return field.type.is_nested(); });
  });
}

bool MaySplit(std::span<const expr::AggregateCall> calls, bool input_retracts) {
  if (input_retracts && std::ranges::any_of(calls, expr::LeavesResidue)) return false;
  return CanSplit(calls, input_retracts);
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
