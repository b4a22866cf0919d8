#include "runtime/graph/over_spec.h"

#include <fmt/format.h>

namespace weir::graph {

namespace {

// A bound `distance` units before the row (negative: behind it).
std::string BoundText(int64_t distance, const OverFrame& frame) {
  if (distance == 0) return "CURRENT ROW";
  const std::string_view unit = frame.rows || frame.numbers ? "" : " ms";
  return distance > 0 ? fmt::format("{}{} PRECEDING", distance, unit)
                      : fmt::format("{}{} FOLLOWING", -distance, unit);
}

}  // namespace

std::string ToString(const OverFrame& frame) {
  const std::string_view unit = frame.rows ? "ROWS" : "RANGE";
  if (frame.following != 0 || frame.numbers || frame.preceding.value_or(0) < 0) {
    return fmt::format(
        "{} BETWEEN {} AND {}", unit,
        frame.preceding ? BoundText(*frame.preceding, frame) : "UNBOUNDED PRECEDING",
        frame.following ? BoundText(-*frame.following, frame) : "UNBOUNDED FOLLOWING");
  }
  if (!frame.preceding) return fmt::format("{} UNBOUNDED PRECEDING", unit);
  return fmt::format("{} {}{} PRECEDING", unit, *frame.preceding, frame.rows ? "" : " ms");
}

std::string ToString(const OverCall& call) {
  const std::string_view nulls = call.ignore_nulls ? ", NULLs aside" : "";
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
      return fmt::format("{}, {} back{}", call.call.state_name, call.offset, nulls);
    case OverFunction::kLead:
      return fmt::format("{}, {} ahead{}", call.call.state_name, call.offset, nulls);
    case OverFunction::kNthValue:
      return fmt::format("{}, number {}{}", call.call.state_name, call.offset, nulls);
    case OverFunction::kPercentRank:
      return "percent_rank()";
    case OverFunction::kCumeDist:
      return "cume_dist()";
    case OverFunction::kNtile:
      return fmt::format("ntile({})", call.offset);
  }
  return "";
}

}  // namespace weir::graph
