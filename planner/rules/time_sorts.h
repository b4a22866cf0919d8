// ORDER BY without LIMIT over input that never ends: which is by time, and which nobody sees.
#pragma once

#include "planner/logical/plan.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::rules {

// An order is seen if the rows go on as they come, through filters, projections and LIMIT, to the
// end of the plan. That of a query inside of another one is not: SQL promises none, and Flink drops
// it as well. Sorts whose order is not seen are removed over input that never ends. A sort that is
// seen is by time (logical::Sort::time) where its first key is a time attribute, ascending; another
// one is left for traits::Infer to refuse. Sorts over input that ends stay as they are. Must run
// before uids are assigned: what is dropped has none.
Result<logical::Plan> FindTimeSorts(const logical::Plan& plan,
                                    const graph::ConnectorCatalog& connectors);

}  // namespace weir::rules
