// Moves the conditions of joins, and of filters above them, to where fewest rows reach them.
#pragma once

#include <optional>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::rules {

// Moves the conditions of filters above joins, and of joins themselves, to where they can be
// decided first: from above an inner join into its condition, and below a join if they read one
// input alone and no row is lost that the join would keep without a match. A join that keeps
// unmatched rows stops doing so if a condition above drops them. A condition that may fail on some
// rows (CannotFail) goes into an inner join, but not below; one that is not deterministic stays.
Result<logical::Plan> SinkIntoJoins(const logical::Plan& plan);

// The join with the keys, interval and window found in its condition; the result has the columns of
// `node`. Keys that are not columns are computed by projections below. E2015 for a lookup without a
// key, and for a hint STATE_TTL that would have no effect. REQUIRES: `node` is a Join as bound.
Result<logical::NodePtr> ResolveJoin(const logical::NodePtr& node);

// Two values that a join compares by = or IS NOT DISTINCT FROM, so that rows are found by them.
struct KeyPair {
  expr::ExprPtr left;   // over the left input
  expr::ExprPtr right;  // over the columns of both, but reads the right input alone
  bool null_safe = false;
};
// The pair of a condition over left, then right columns; nothing if it makes no keys.
std::optional<KeyPair> KeyPairOf(const expr::ExprPtr& condition, const logical::Node& join);
// An expression over the columns of both that reads the right input alone, as one over that input.
expr::ExprPtr OnRight(const expr::ExprPtr& expression, const logical::Node& join);

// An anti join that NOT IN makes of values that may be NULL, as two that find rows by keys
// (split_not_in.cc); they are resolved. Returns `node` itself where it is another join, where more
// than one pair of values may be NULL, or another condition makes no key, and where rows of the
// right input expire. REQUIRES: `node` is a Join as bound.
Result<logical::NodePtr> SplitNotIn(const logical::NodePtr& node);
// Whether the join is the second one of these, which asks for NULLs and for no equal values.
bool AsksForNulls(const logical::Node& join);

// Removes from `conditions` (over left, then right columns) those that bound the difference of two
// time attributes of the same kind, one from each input, from above and below. Only the pair that
// the first such condition compares is looked at. If a bound is missing, returns nothing and leaves
// `conditions` as they are.
std::optional<logical::JoinInterval> TakeInterval(const logical::Node& join,
                                                  std::vector<expr::ExprPtr>& conditions);
// Likewise removes the two conditions that window_start and window_end of equal windows are equal.
// Windows are equal if their kinds, lengths and offsets are.
std::optional<logical::JoinWindow> TakeWindow(const logical::Node& join,
                                              std::vector<expr::ExprPtr>& conditions);

// Removes the time-to-live of a join with a time bound: its rows are dropped when the watermark has
// passed their last possible match and not by the wall clock, so that results do not depend on
// timing.
void KeepWhileInTime(logical::Join& join);

// Turns a regular inner join of inserts into an interval join if its condition bounds the
// difference of two columns that follow the watermark (traits/event_time.h), such as a time
// attribute and a window_end. Rows that can have no more matches are then dropped. Other joins are
// returned as they are. Flink does not do this and keeps all rows; rows that are in time have the
// same matches. REQUIRES: a Join.
logical::NodePtr BoundByWatermark(const logical::NodePtr& node);

// Times that went through a regular join are not time attributes any more, since its rows come when
// their last match comes. E2010 where a window uses one.
Result<logical::Plan> DropJoinedTimes(const logical::Plan& plan);

}  // namespace weir::rules
