#include "planner/traits/late_marks.h"

#include <algorithm>

namespace weir::traits {
namespace {

using graph::LateMarks;

// Watermarks end its windows or matches.
struct TellsLateRows {
  bool operator()(const logical::WindowAggregate&) const { return true; }
  bool operator()(const logical::WindowRank&) const { return true; }
  bool operator()(const logical::WindowTable& table) const {
    return table.window.kind == window::WindowKind::kSession;
  }
  bool operator()(const logical::Join& join) const { return join.interval || join.window; }
  bool operator()(const logical::Deduplicate& deduplicate) const {
    return !deduplicate.keep_last && deduplicate.time_column >= 0;
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

// Its output is rows of its input, as they come.
struct HandsOn {
  bool operator()(const logical::Filter&) const { return true; }
  bool operator()(const logical::Project&) const { return true; }
  bool operator()(const logical::WindowTable&) const { return true; }
  bool operator()(const logical::Union&) const { return true; }
  bool operator()(const logical::Join& join) const { return join.interval || join.lookup; }
  bool operator()(const logical::Deduplicate& deduplicate) const { return !deduplicate.keep_last; }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

// Its output is rows of its input until others take their place.
struct Replaces {
  bool operator()(const logical::Rank&) const { return true; }
  bool operator()(const logical::Normalize&) const { return true; }
  bool operator()(const logical::Sort&) const { return true; }
  bool operator()(const logical::Deduplicate& deduplicate) const { return deduplicate.keep_last; }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

}  // namespace

LateMarks LateMarksNeeded(const logical::Node& consumer, LateMarks own) {
  LateMarks needed = LateMarks::kUnused;
  if (std::visit(TellsLateRows{}, consumer.operation)) needed = LateMarks::kLateRows;
  if (std::visit(HandsOn{}, consumer.operation)) needed = std::max(needed, own);
  if (own != LateMarks::kUnused && std::visit(Replaces{}, consumer.operation)) {
    needed = LateMarks::kEveryRow;
  }
  return needed;
}

}  // namespace weir::traits
