// The join of a logical plan, before and after its condition has been taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/source_span.h"
#include "runtime/expr/expr.h"
#include "runtime/graph/join_spec.h"
#include "runtime/graph/lookup_retry.h"

namespace weir::logical {

struct Node;

// left time in [right time + lower, right time + upper], as columns of the two inputs. Both bounds
// are inclusive, in milliseconds; lower_millis may be negative. With `processing_time` the columns
// are PROCTIME() columns.
struct JoinInterval {
  int left_time = -1;
  int right_time = -1;
  bool processing_time = false;
  int64_t lower_millis = 0;
  int64_t upper_millis = 0;
};

// Equal window_start and window_end of two inputs with windows, as columns of the inputs, both of
// which are append-only.
struct JoinWindow {
  int left_start = -1;
  int left_end = -1;
  int right_start = -1;
  int right_end = -1;
  bool processing_time = false;
  bool instants = false;  // windows over TIMESTAMP_LTZ, whose bounds are local times
};

// The times that say which version of the right input a row of the left one meets, as columns of
// the inputs.
struct JoinVersions {
  int left_time = -1;
  int right_time = -1;
  // Every row of the right input is a version, though it has no key, and inserts only.
  bool each_row = false;
};

// A join; its output has the columns of the left input, then (except for semi and anti joins) those
// of the right one. The binder puts the whole condition into `residual`; the rule join-conditions
// moves keys, intervals and windows out of it. With empty `left_keys` every row meets every row, on
// one subtask. The two TTLs are those of the sides' state (Flink: STATE_TTL hint); 0: never, as
// with an interval or a window.
struct Join {
  graph::JoinType type = graph::JoinType::kInner;
  std::vector<int> left_keys;  // columns of the left input, one per pair
  std::vector<int> right_keys;
  std::vector<uint8_t> null_safe;  // one per pair: NULL equals NULL
  expr::ExprPtr residual;          // over left columns, then right columns; null: TRUE
  std::optional<JoinInterval> interval;
  std::optional<JoinWindow> window;  // at most one of the two
  int64_t left_ttl_millis = 0;
  int64_t right_ttl_millis = 0;
  SourceSpan ttl_hint;  // the hint that gave a side its TTL; empty: none did
  // FOR SYSTEM_TIME AS OF processing time: every left row is joined with the right table as it is
  // then. The right input is a scan, possibly below filters and projections. kInner or kLeft; keeps
  // no state.
  bool lookup = false;
  // FOR SYSTEM_TIME AS OF event time: every left row is joined with the version that was valid
  // then, of which there is one at most, as the keys hold an upsert key of the right input, or each
  // of its rows is a version. kInner or kLeft; not with `interval` or `window`.
  std::optional<JoinVersions> versions;
  graph::LookupRetry retry;        // of a lookup
  std::vector<std::string> hints;  // "BROADCAST(t)", for people
};

// "Join(inner; keys: auction = id; where: …)" with columns by their names in the inputs of `node`,
// which contains `join`. For people and plan tests: nothing that is kept depends on it.
std::string JoinText(const Join& join, const Node& node);

}  // namespace weir::logical
