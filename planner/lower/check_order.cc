#include "planner/lower/check_order.h"

#include "runtime/types/key_encoding.h"

namespace weir::lower {

Status CheckOrder(const std::vector<logical::Column>& columns,
                  const std::vector<graph::SortKey>& order, SourceSpan span) {
  for (const graph::SortKey& key : order) {
    const Type& type = columns[static_cast<size_t>(key.column)].type;
    RETURN_IF_ERROR(CheckHasOrder(type).WithId("E1002").WithSpan(span));
  }
  return {};
}

}  // namespace weir::lower
