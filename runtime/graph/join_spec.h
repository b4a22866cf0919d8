// Joins as data: what the three kinds of join have in common, and what distinguishes them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/expr/expr.h"
#include "runtime/types/schema.h"

namespace weir::graph {

// kSemi returns left rows with a match, kAnti left rows without one. Both return the columns of the
// left input only.
enum class JoinType : uint8_t { kInner, kLeft, kRight, kFull, kSemi, kAnti };
// "inner", "left", …
std::string_view JoinTypeName(JoinType type);

// Whether rows of the left (right) input come out without a match, the other columns NULL.
constexpr bool KeepsLeft(JoinType type) {
  return type == JoinType::kLeft || type == JoinType::kFull;
}
constexpr bool KeepsRight(JoinType type) {
  return type == JoinType::kRight || type == JoinType::kFull;
}
constexpr bool GivesLeftOnly(JoinType type) {
  return type == JoinType::kSemi || type == JoinType::kAnti;
}

// One side of a join. Without keys every row of the other side is a candidate.
struct JoinInput {
  Schema schema;
  std::vector<int> keys;        // as many as the other side's, of equal types but for nullability
  std::vector<int> unique_key;  // columns that identify a row at any moment; empty: none known
  bool retracts = false;        // rows are updated or deleted
  int64_t ttl_millis = 0;       // 0: rows never expire
};

// Rows match where all keys are equal and `residual` is TRUE.
struct JoinShape {
  JoinType type = JoinType::kInner;
  JoinInput left;
  JoinInput right;
  // For each key, 1 if NULL equals NULL (IS NOT DISTINCT FROM), 0 if NULL matches nothing.
  std::vector<uint8_t> null_safe;
  expr::ExprPtr residual;          // BOOLEAN over left columns, then right columns; null: none
  std::vector<std::string> hints;  // "BROADCAST(t)", for people; without effect

  const JoinInput& side(int port) const { return port == 0 ? left : right; }
};

// A join without a time bound. It keeps both inputs in state and emits changes.
struct JoinSpec {
  JoinShape shape;
};

// Rows match only where left time is in [right time + lower, right time + upper]. Both inputs are
// append-only.
struct IntervalJoinSpec {
  JoinShape shape;
  int left_time = -1;  // event time columns; -1 on both sides for processing time
  int right_time = -1;
  int64_t lower_millis = 0;
  int64_t upper_millis = 0;
};

// Rows match only within one window; each window is joined when it fires. Both inputs are
// append-only and carry the same windows. The columns named here are window_end.
struct WindowJoinSpec {
  JoinShape shape;
  int left_window_end = -1;
  int right_window_end = -1;
  bool processing_time = false;
  std::string time_zone;  // of windows over TIMESTAMP_LTZ; empty for TIMESTAMP
};

// Every left row meets the version of the right side that is valid at its time: the last one of its
// key whose time is not after it. Inner or left; both times are event time.
struct TemporalJoinSpec {
  JoinShape shape;
  int left_time = -1;
  int right_time = -1;
  // Whether the old rows of the right side's updates say that a version ends: else new ones follow.
  bool ends_by_old_rows = false;
};

}  // namespace weir::graph
