// The parts of the rule join-conditions.
#pragma once

#include <vector>

#include "planner/logical/plan.h"

namespace weir::rules {

// Conditions of filters above joins, and of joins themselves, move to where they are decided first:
// into the condition of an inner join, below a join where they read one input alone. A join that
// keeps unmatched rows no longer does where a condition above drops them.
// A condition that may fail on some rows (CannotFail) stays where it stands.
Result<logical::Plan> SinkIntoJoins(const logical::Plan& plan);

// The join with keys, an interval and a window found in its condition. Keys that are no columns are
// computed by projections below; the columns of the result are those of `node`.
// REQUIRES: `node` is a Join as bound.
Result<logical::NodePtr> ResolveJoin(const logical::NodePtr& node);

// Takes conditions that bound the difference of two time attributes, one an input, from above and
// below out of `conditions` (over left, then right columns). Nothing when one bound is missing.
// What it uses is erased from `conditions`; where it finds nothing they are as before.
std::optional<logical::JoinInterval> TakeInterval(const logical::Node& join,
                                                  std::vector<expr::ExprPtr>& conditions);
// Takes out the two conditions that window_start and window_end of equal windows are equal.
// As above. The windows are equal when kind, lengths and offset are.
std::optional<logical::JoinWindow> TakeWindow(const logical::Node& join,
                                              std::vector<expr::ExprPtr>& conditions);

// The join, which is bounded in time, without a time-to-live: its rows go when the watermark has
// passed their last match, not by the wall clock, so that results do not depend on timing.
void KeepWhileInTime(logical::Join& join);

// A regular inner join of inserts whose condition bounds the difference of two columns that follow
// the watermark (traits/event_time.h), such as a time attribute and a window_end, as an interval
// join: rows without a match to come are dropped. Other joins as they are. Not in Flink, which
// keeps all rows; rows in time have the same matches. REQUIRES: a Join.
logical::NodePtr BoundByWatermark(const logical::NodePtr& node);

// Times that went through a regular join are no time attributes any more: its rows come when their
// last match comes. E2010 where a window is made of one.
Result<logical::Plan> DropJoinedTimes(const logical::Plan& plan);

}  // namespace weir::rules
