// Fields of ROW columns that nobody reads.
#pragma once

#include "runtime/graph/job_graph.h"

namespace weir::lower {

// Tells every scan which fields of its ROW columns the graph reads (ScanSpec::fields), so that
// sources need not decode the rest.
//
//   SELECT bid.price FROM events WHERE event_type = 2     =>  Scan(event_type, bid.price alone)
// Looks through what passes columns on: Calc, Watermark and WindowAssign. A ROW that anything else
// takes is read whole.
void PruneFields(graph::JobGraph& graph);

}  // namespace weir::lower
