// A range of bytes in the text of one SQL statement or script.
#pragma once

#include <cstdint>

namespace weir {

// A half-open byte range [begin, end) into the text that was parsed. An empty range means
// "unknown". 32 bits suffice: statements have at most kMaxStatementBytes (planner/parse/parse.h),
// scripts less than 4 GiB.
struct SourceSpan {
  uint32_t begin = 0;
  uint32_t end = 0;

  bool empty() const { return begin >= end; }
  friend bool operator==(const SourceSpan&, const SourceSpan&) = default;
};

// The smallest range that covers both; an empty range covers nothing.
constexpr SourceSpan Cover(SourceSpan a, SourceSpan b) {
  if (a.begin >= a.end) return b;
  if (b.begin >= b.end) return a;
  return {a.begin < b.begin ? a.begin : b.begin, a.end > b.end ? a.end : b.end};
}

}  // namespace weir
