#include "runtime/operators/over/completion.h"

#include <algorithm>
#include <limits>

#include "runtime/graph/over_state.h"

namespace weir::operators {
namespace {

using graph::OverCall;
using graph::OverFunction;

constexpr int64_t kEndOfTime = std::numeric_limits<int64_t>::max();

int64_t Minus(int64_t time, int64_t millis) {
  int64_t result = 0;
  if (!__builtin_sub_overflow(time, millis, &result)) return result;
  return millis > 0 ? std::numeric_limits<int64_t>::min() : kEndOfTime;
}

// Whether the call reads the rows of its frame, rather than some around the row.
bool HasFrame(const OverCall& call) {
  return call.function == OverFunction::kAggregate || call.function == OverFunction::kNthValue;
}

// Whether the call needs the number of all rows.
bool CountsAll(const OverCall& call) {
  return call.function == OverFunction::kPercentRank || call.function == OverFunction::kCumeDist ||
         call.function == OverFunction::kNtile;
}

Reach ReachOf(const graph::OverFrame& frame) {
  if (!frame.following) return {.to_end = true};
  if (*frame.following <= 0) return {};
  return frame.rows ? Reach{.rows = true} : Reach{.millis = *frame.following};
}

Reach ReachOf(const graph::OverFrame& frame, const OverCall& call) {
  if (HasFrame(call)) return ReachOf(frame);
  return {.to_end = CountsAll(call), .rows = call.function == OverFunction::kLead};
}

// How many rows have times up to `time`.
uint32_t RowsUpTo(const AheadRows& rows, int64_t time) {
  size_t first = 0;
  size_t last = rows.size();
  while (first < last) {
    const size_t middle = (first + last) / 2;
    if (rows.TimeAt(middle) <= time) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return static_cast<uint32_t>(first);
}

uint32_t Less(uint32_t place, int64_t rows) {
  if (rows < 0) return place;
  return rows >= place ? 0 : place - static_cast<uint32_t>(rows);
}

// The place of the row with the `offset`-th value that is not NULL in front of `end`, from behind;
// 0 where there are not so many.
Result<uint32_t> PlaceOfValue(const OverCall& call, const KnownRows& at, uint32_t end) {
  if (end == 0) return 0U;
  const ColumnPtr values = TRY(at.rows.Values(at.batch, call.call.arguments[0], 0, end));
  int64_t found = 0;
  for (uint32_t place = end; place-- > 0;) {
    if (!values->IsNull(place) && ++found == call.offset) return place;
  }
  return 0U;
}

Result<uint32_t> CompleteOf(const graph::OverFrame& frame, const OverCall& call,
                            const KnownRows& at) {
  const auto count = static_cast<uint32_t>(at.rows.size());
  const Reach reach = ReachOf(frame, call);
  if (reach.to_end) return 0U;
  if (reach.millis > 0) return RowsUpTo(at.rows, Minus(at.known, reach.millis));
  if (!reach.rows) return count;
  if (call.function != OverFunction::kLead) return Less(count, *frame.following);
  return call.ignore_nulls ? PlaceOfValue(call, at, count) : Result(Less(count, call.offset));
}

// As UnreadRows, for the rows that frames from the row at `next` on have.
uint32_t UnreadByFrames(const graph::OverAheadPart& part, const KnownRows& at, uint32_t next) {
  const graph::OverFrame& frame = part.frame;
  // A later row comes behind the watermark.
  const int64_t time = next < at.rows.size() ? at.rows.TimeAt(next) : Minus(at.known, -1);
  if (frame.preceding) {
    if (frame.rows) return Less(next, *frame.preceding);
    const int64_t first = Minus(time, *frame.preceding);
    return first > std::numeric_limits<int64_t>::min() ? RowsUpTo(at.rows, first - 1) : 0;
  }
  if (!graph::AddsUp(part)) return 0;
  // Rows that are in all of these frames.
  if (frame.following.value_or(0) >= 0) return next;
  return frame.rows ? Less(next, -*frame.following - 1)
                    : RowsUpTo(at.rows, Minus(time, -*frame.following));
}

}  // namespace

Reach ReachOf(const graph::OverAheadSpec& spec) {
  Reach all;
  for (const graph::OverAheadPart& part : spec.parts) {
    for (const OverCall& call : part.calls) {
      const Reach reach = ReachOf(part.frame, call);
      all.to_end = all.to_end || reach.to_end;
      all.rows = all.rows || reach.rows;
      all.millis = std::max(all.millis, reach.millis);
    }
  }
  return all;
}

std::optional<int64_t> StaysFor(const graph::OverAheadSpec& spec) {
  int64_t longest = 0;
  for (const graph::OverAheadPart& part : spec.parts) {
    for (const OverCall& call : part.calls) {
      if (call.function == OverFunction::kLead) continue;
      if (!HasFrame(call)) return std::nullopt;
      if (graph::AddsUp(part)) {
        if (part.frame.following.value_or(0) >= 0) continue;
        if (part.frame.rows) return std::nullopt;
        longest = std::max(longest, -*part.frame.following);
        continue;
      }
      if (!part.frame.preceding) return std::nullopt;
      if (part.frame.rows && *part.frame.preceding > 0) return std::nullopt;
      if (!part.frame.rows) longest = std::max(longest, *part.frame.preceding);
    }
  }
  return longest;
}

Result<uint32_t> CompleteRows(const graph::OverAheadSpec& spec, const KnownRows& at) {
  auto complete = static_cast<uint32_t>(at.rows.size());
  if (at.known == kEndOfTime) return complete;
  for (const graph::OverAheadPart& part : spec.parts) {
    for (const OverCall& call : part.calls)
      complete = std::min(complete, TRY(CompleteOf(part.frame, call, at)));
  }
  return complete;
}

Result<uint32_t> UnreadRows(const graph::OverAheadSpec& spec, const KnownRows& at, uint32_t next) {
  if (at.known == kEndOfTime) return static_cast<uint32_t>(at.rows.size());
  uint32_t unread = next;
  for (const graph::OverAheadPart& part : spec.parts) {
    for (const OverCall& call : part.calls) {
      uint32_t of_call = next;
      if (CountsAll(call)) {
        of_call = 0;
      } else if (HasFrame(call)) {
        of_call = UnreadByFrames(part, at, next);
      } else if (call.function == OverFunction::kLag) {
        of_call = call.ignore_nulls ? TRY(PlaceOfValue(call, at, next)) : Less(next, call.offset);
      }
      unread = std::min(unread, of_call);
    }
  }
  return unread;
}

}  // namespace weir::operators
