#include "runtime/checkpoint/restore_rules.h"

#include <algorithm>

namespace weir::checkpoint {

std::span<const KindRules> AllKindRules() {
  static const std::vector<KindRules> kRules = {
      // Positions in files or generators mean nothing to a source of another kind.
      {.kind = "Scan", .fixed_parts = {"connector"}, .rows_in_words = "partitions"},
      {.kind = "Values"},
      {.kind = "Watermark", .fixed_parts = {"time"}, .rows_in_words = "partitions"},
      {.kind = "Calc"},
      {.kind = "GroupAggregate", .accumulates = true, .rows_in_words = "existing groups"},
      {.kind = "WindowAssign"},
      {.kind = "WindowAggregate",
       .fixed_parts = {"window", "time", "zone"},
       .accumulates = true,
       .rows_in_words = "open windows"},
      {.kind = "Union"},
      {.kind = "SortLimit"},
      {.kind = "Sink", .fixed_parts = {"connector"}},
      {.kind = "Collect"},
  };
  return kRules;
}

const KindRules* RulesOf(std::string_view kind) {
  const std::span<const KindRules> rules = AllKindRules();
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const KindRules& row) { return row.kind == kind; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace weir::checkpoint
