// The node of the logical plan that calls with OVER become.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/source_span.h"
#include "runtime/graph/over_spec.h"
#include "runtime/graph/rank_spec.h"

namespace weir::logical {

// Aggregates, ranks and LAG with OVER, for every row (graph::OverAggregateSpec). The only key of
// the order is a time attribute, ascending, and the input has inserts only, unless it is
// `recomputed` (graph::OverRecomputeSpec). The output has the input's columns, then one for each
// call.
struct OverAggregate {
  std::vector<int> partition;
  std::vector<graph::SortKey> order;
  bool by_clock = false;  // the first key of `order` is a processing time
  // What was given is put right as rows come: in other orders, over updates, with frames that reach
  // behind the row.
  bool recomputed = false;
  // Rows wait for those that their calls read behind them (graph::OverAheadSpec): in the order of
  // an event time, over inserts. Several such calls over the same rows share a node, so that each
  // has a frame of its own, one of `frames`; `frame` means nothing then.
  bool ahead = false;
  graph::OverFrame frame;
  std::vector<graph::OverFrame> frames;  // empty unless `ahead`
  std::vector<graph::OverCall> calls;
  int64_t ttl_millis = 0;
  SourceSpan ttl_hint;  // where `ttl_millis` was written; empty: it is the session's

  const graph::OverFrame& FrameOf(size_t call) const { return ahead ? frames[call] : frame; }
};

}  // namespace weir::logical
