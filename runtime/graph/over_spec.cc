#include "runtime/graph/over_spec.h"

#include <fmt/format.h>

namespace weir::graph {

std::string ToString(const OverFrame& frame) {
  const std::string_view unit = frame.rows ? "ROWS" : "RANGE";
  if (!frame.preceding) return fmt::format("{} UNBOUNDED PRECEDING", unit);
  return fmt::format("{} {}{} PRECEDING", unit, *frame.preceding, frame.rows ? "" : " ms");
}

std::string ToString(const OverCall& call) {
  switch (call.function) {
    case OverFunction::kAggregate:
      return call.call.state_name;
    case OverFunction::kRowNumber:
      return "row_number()";
    case OverFunction::kRank:
      return "rank()";
    case OverFunction::kDenseRank:
      return "dense_rank()";
    case OverFunction::kLag:
      return fmt::format("{}, {} back", call.call.state_name, call.offset);
  }
  return "";
}

}  // namespace weir::graph
