// The join of a logical plan, before and after its condition has been taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/source_span.h"
#include "runtime/expr/expr.h"
#include "runtime/graph/join_spec.h"

namespace weir::logical {

struct Node;

// left time in [right time + lower, right time + upper]; columns of the two inputs.
// Both bounds are inclusive, in milliseconds; lower_millis may be negative. Columns are -1 over
// processing time.
struct JoinInterval {
  int left_time = -1;
  int right_time = -1;
  bool processing_time = false;
  int64_t lower_millis = 0;
  int64_t upper_millis = 0;
};

// Equal window_start and window_end of two windowed inputs; columns of the two inputs.
// Both inputs are append-only.
struct JoinWindow {
  int left_start = -1;
  int left_end = -1;
  int right_start = -1;
  int right_end = -1;
  bool processing_time = false;
};

// Output: columns of the left input, then (but for semi and anti joins) of the right one. As bound,
// the whole condition is in `residual`; the rule join-conditions finds keys, intervals and windows
// in it, which then are no part of it any more.
// An empty `left_keys` means that every row meets every row, on one subtask. The two TTLs are those
// of the sides' state (Flink: STATE_TTL hint); 0: never, as with an interval or a window.
struct Join {
  graph::JoinType type = graph::JoinType::kInner;
  std::vector<int> left_keys;  // columns of the left input, one a pair
  std::vector<int> right_keys;
  std::vector<uint8_t> null_safe;  // one a pair: NULL equals NULL
  expr::ExprPtr residual;          // over left columns, then right columns; null: TRUE
  std::optional<JoinInterval> interval;
  std::optional<JoinWindow> window;  // at most one of the two
  int64_t left_ttl_millis = 0;
  int64_t right_ttl_millis = 0;
  SourceSpan ttl_hint;  // the hint that gave a side its TTL; empty: none did
  // FOR SYSTEM_TIME AS OF processing time: every left row meets the right table, a scan seen
  // through filters and projections, as it is then. kInner or kLeft; keeps nothing.
  bool lookup = false;
};

// "Join(inner; keys: auction = id; where: …)", columns by their names in the inputs of `node`,
// which holds `join`.
std::string JoinText(const Join& join, const Node& node);

}  // namespace weir::logical
