#include "runtime/operators/rank/row_limit.h"

#include <utility>

namespace weir::operators {

void RowLimit::Open(const graph::RankSpec& spec, const OperatorContext& ctx) {
  const bool any_rows = spec.partition.empty() && spec.order.empty() && !spec.last_of_equal &&
                        spec.function == graph::RankFunction::kRowNumber && spec.ttl_millis == 0;
  if (!any_rows || ctx.parallelism != 1) return;
  last_ = static_cast<uint64_t>(spec.last);
  enough_ = ctx.enough;
}

void RowLimit::Note(const MapTable& rows) {
  if (enough_ && rows.row_count() >= last_) std::exchange(enough_, nullptr)();
}

}  // namespace weir::operators
