// Whether the saved state of one operator can go on as the state of another, and what becomes of
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"
#include "runtime/window/window_spec.h"

namespace weir::checkpoint {

// In order of severity.
// kFull: goes on as it is. kNew: nothing saved. kMigrate: rows are rewritten, values keep their
// meaning. kPartial: something starts late (ALLOW PARTIAL). kDrop: saved state has no home (ALLOW
// DROP). kSemantic: the clause means something else (ACCEPT CHANGES). kIncompatible: cannot go on.
enum class Verdict : uint8_t { kFull, kNew, kMigrate, kPartial, kDrop, kSemantic, kIncompatible };
// "FULL", "NEW", …
std::string_view VerdictName(Verdict verdict);

// An operator of the new query that keeps state.
// Taken from a graph::Node; owns copies.
struct WantedOperator {
  int node = -1;  // in the job graph
  std::string uid;
  std::vector<std::string> also;
  std::string kind;
  bool uid_stable = true;
  std::string fingerprint;
  OperatorStateSchema schema;
  bool input_retracts = false;  // rows of its input are taken back
  SourceSpan span;
  std::optional<window::WindowSpec> window;  // of aggregates by window
};
// Those of the graph that keep keyed rows or other state, in its order.
std::vector<WantedOperator> StatefulOperators(const graph::JobGraph& graph);
// Whether a saved operator has anything that could be lost.
// Rows, operator state, splits or committables.
bool KeepsState(const OperatorCheckpoint& saved);

// The verdict is the severest of what was found.
struct Comparison {
  Verdict verdict = Verdict::kFull;
  std::vector<std::string> reasons;  // in words; for kFull what is worth saying
  bool needs_partial = false;        // ALLOW PARTIAL
  bool needs_accept = false;         // ACCEPT CHANGES (uid)
  // Of each key column in the saved order, which of the wanted ones it is; empty when no table has
  // keys.
  std::vector<int> key_order;
  // Saved tables that go on, and their names now.
  std::vector<std::pair<std::string, std::string>> tables;
  // Values whose names differ although they are the same, and their names now (union_names.h).
  std::vector<std::pair<std::string, std::string>> fields;
};
// Pure. A checkpoint without a fingerprint is compared by its layout alone. Fields are matched by
// names, types by widening (runtime/types/widening.h).
Comparison CompareState(const OperatorCheckpoint& saved, const WantedOperator& wanted);

// Which of the wanted key columns each saved one is: by name, else by what it is made from. Empty
// when the sets differ.
std::vector<int> MatchKeys(const OperatorCheckpoint& saved, const WantedOperator& wanted);

// "key: a BIGINT, b STRING; row_count BIGINT, sum(x) BIGINT", one table after the other.
std::string SchemaInWords(const OperatorStateSchema& schema);

}  // namespace weir::checkpoint
