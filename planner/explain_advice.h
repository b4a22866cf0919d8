// EXPLAIN PLAN_ADVICE: properties of a job that may surprise its user.
#pragma once

#include <string>
#include <vector>

#include "planner/planner.h"

namespace weir::planner {

// A note about one operator of the plan. The place in words is added when it is printed.
struct Advice {
  bool warning = false;  // results may be wrong or lost; otherwise it is about state or speed
  std::string message;   // names the operator by its uid
  SourceSpan span;       // its clause
};

// In the order of the graph:
//   [WARNING] state under a generated uid, which an edit may lose;
//   [WARNING] an expression with another value at each call (RAND, UUID, NOW) over rows that are
//             taken back: the row taken back is not the row that was sent (Flink's
//             non-deterministic update);
//   [ADVICE]  state that grows with its keys for ever: an aggregate or join over unbounded input
//             without a time-to-live;
//   [ADVICE]  an aggregation that `one_phase` keeps in one phase though it could be two.
std::vector<Advice> AdviceOn(const PlannedJob& job, bool one_phase);

// "== Plan Advice ==" and a line for each note: "advice[1]: [WARNING] … (line 2, column 5)", or
// that there is none. Without `sql` there are no places.
std::string AdviceText(const std::vector<Advice>& advice, std::string_view sql);

}  // namespace weir::planner
