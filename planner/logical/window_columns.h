// Following window_start, window_end and window_time through a plan.
#pragma once

#include <optional>

#include "planner/logical/plan.h"

namespace weir::logical {

// window_start, window_end and window_time; the last is the end less a millisecond, and a time
// attribute.
enum class WindowPart : uint8_t { kStart, kEnd, kTime };

struct WindowColumn {
  const Node* table = nullptr;  // the WindowTable or WindowAggregate that makes it
  WindowPart part = WindowPart::kStart;
};

// Whether rows without a match leave the columns of one side of a join NULL: then they are no
// windows, since such a row belongs to none.
bool MayBeMissing(const Join& join, bool left);

// What column `column` of `node` is, seen through filters, plain projections and joins of windows;
// nothing when it is not a window's. The node lives as long as `node`.
std::optional<WindowColumn> TraceWindowColumn(const Node& node, int column);

// Whether the windows of a WindowTable or WindowAggregate are those of a TIMESTAMP_LTZ, so that
// they lie on the wall clock of the session's zone.
bool OverInstants(const Node& table);
// The windows that a WindowTable or WindowAggregate makes.
const window::WindowSpec& WindowOf(const Node& node);

// The node that makes the windows whose start and end are both among `columns` of `node`; null when
// there is none. Behind a join of windows the last start and the last end count, and null where
// they are of different sides.
const Node* FindGroupedWindow(const Node& node, const std::vector<int>& columns);

// E2015: what a window keeps goes with the window, so that a STATE_TTL would go unnoticed.
Status RefuseTtlOfWindow(SourceSpan hint);

}  // namespace weir::logical
