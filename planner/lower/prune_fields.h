// Prunes fields of ROW columns that nobody reads.
#pragma once

#include "runtime/graph/job_graph.h"

namespace weir::lower {

// Tells every scan which fields of its ROW columns the graph reads (ScanSpec::fields), so that
// sources need not decode the others.
//
//   SELECT bid.price FROM events WHERE event_type = 2     =>  Scan(event_type, bid.price alone)
//
// Columns are followed through Calc, Watermark and WindowAssign; any other operator reads a ROW as
// a whole.
void PruneFields(graph::JobGraph& graph);

}  // namespace weir::lower
