// Traces window_start, window_end and window_time through a plan.
#pragma once

#include <optional>

#include "planner/logical/plan.h"

namespace weir::logical {

// window_start, window_end and window_time; the last is a time attribute, a millisecond before the
// end.
enum class WindowPart : uint8_t { kStart, kEnd, kTime };

struct WindowColumn {
  const Node* table = nullptr;  // the WindowTable or WindowAggregate that makes it
  WindowPart part = WindowPart::kStart;
};

// Whether the columns of one side of a join may be NULL because a row has no match. They do not
// denote windows then, since such a row belongs to none.
bool MayBeMissing(const Join& join, bool left);

// The window column that column `column` of `node` is, seen through filters, plain projections and
// joins of windows; nothing for other columns. The result lives as long as `node`.
std::optional<WindowColumn> TraceWindowColumn(const Node& node, int column);

// Whether the windows of a WindowTable or WindowAggregate are over TIMESTAMP_LTZ and therefore lie
// on the wall clock of the session's zone.
bool OverInstants(const Node& table);
// The windows that a WindowTable or WindowAggregate makes.
const window::WindowSpec& WindowOf(const Node& node);

// The node that makes the windows whose start and end are both among `columns` of `node`; null if
// there is none. Behind a join of windows the last start and the last end count, and the result is
// null if they are of different sides.
const Node* FindGroupedWindow(const Node& node, const std::vector<int>& columns);

// The type of window_time, the last millisecond of a window over `rowtime`: it needs three digits
// even where the rowtime has fewer.
Type WindowTimeType(const Type& rowtime);

// E2015 for a STATE_TTL on a window: its state is dropped with the window, so the hint would have
// no effect.
Status RefuseTtlOfWindow(SourceSpan hint);

}  // namespace weir::logical
