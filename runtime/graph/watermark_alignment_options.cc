#include "runtime/graph/watermark_alignment_options.h"

#include "runtime/graph/any_table_options.h"
#include "runtime/graph/typed_options.h"

namespace weir::graph {

std::optional<AlignmentRule> AlignmentRuleOf(const TableOptions& options) {
  const TypedOptions typed(AnySourceOptions(), options);
  if (!typed.Has(kAlignmentGroup)) return std::nullopt;
  return AlignmentRule{.group = std::string(typed.Text(kAlignmentGroup)),
                       .max_drift_millis = typed.Millis(kAlignmentDrift).value(),
                       .update_interval_millis = typed.Millis(kAlignmentInterval).value()};
}

}  // namespace weir::graph
