#include "planner/traits/late_marks.h"

#include <algorithm>

namespace weir::traits {
namespace {

using graph::LateMarks;

// How an operator treats the rows of its input.
struct Role {
  bool tells_late = false;  // watermarks end its windows or matches
  bool hands_on = false;    // its output is those rows, as they come
  bool replaces = false;    // its output is those rows, until others take their place
};

struct RoleOf {
  Role operator()(const logical::Filter&) const { return {.hands_on = true}; }
  Role operator()(const logical::Project&) const { return {.hands_on = true}; }
  Role operator()(const logical::Union&) const { return {.hands_on = true}; }
  Role operator()(const logical::WindowTable& table) const {
    return {.tells_late = table.window.kind == window::WindowKind::kSession, .hands_on = true};
  }
  Role operator()(const logical::WindowAggregate&) const { return {.tells_late = true}; }
  Role operator()(const logical::WindowRank&) const { return {.tells_late = true}; }
  Role operator()(const logical::Join& join) const {
    return {.tells_late = join.interval || join.window || join.versions,
            .hands_on = join.interval || join.lookup || join.versions};
  }
  Role operator()(const logical::Deduplicate& deduplicate) const {
    if (deduplicate.keep_last) return {.replaces = true};
    return {.tells_late = deduplicate.time_column >= 0, .hands_on = true};
  }
  Role operator()(const logical::OverAggregate& over) const {
    if (over.recomputed) return {.replaces = true};
    return {.tells_late = !over.by_clock};
  }
  Role operator()(const logical::Replicate&) const { return {.hands_on = true}; }
  Role operator()(const logical::Match&) const { return {.tells_late = true}; }
  Role operator()(const logical::Rank&) const { return {.replaces = true}; }
  Role operator()(const logical::Normalize&) const { return {.replaces = true}; }
  Role operator()(const logical::Sort& sort) const {
    if (sort.time == logical::TimeAttribute::kNone) return {.replaces = true};
    return {.tells_late = sort.time == logical::TimeAttribute::kEvent, .hands_on = true};
  }
  template <typename Other>
  Role operator()(const Other&) const {
    return {};
  }
};

}  // namespace

LateMarks LateMarksNeeded(const logical::Node& consumer, LateMarks own) {
  const Role role = std::visit(RoleOf{}, consumer.operation);
  if (role.replaces) return own == LateMarks::kUnused ? own : LateMarks::kEveryRow;
  const LateMarks needed = role.tells_late ? LateMarks::kLateRows : LateMarks::kUnused;
  return role.hands_on ? std::max(needed, own) : needed;
}

}  // namespace weir::traits
