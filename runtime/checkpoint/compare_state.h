// Whether the saved state of one operator can go on as the state of another, and what becomes of
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/checkpoint/union_names.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"
#include "runtime/window/window_spec.h"

namespace weir::checkpoint {

// In order of severity.
// kFull: goes on as it is. kNew: nothing saved. kMigrate: rows are rewritten, values keep their
// meaning. kPartial: something starts late (ALLOW PARTIAL). kDrop: saved state has no home (ALLOW
// DROP). kReset: it would go on, and starts empty because the user said so (ALLOW DROP). kSemantic:
// the clause means something else (ACCEPT CHANGES). kIncompatible: cannot go on.
enum class Verdict : uint8_t {
  kFull,
  kNew,
  kMigrate,
  kPartial,
  kDrop,
  kReset,
  kSemantic,
  kIncompatible
};
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
  std::string former_fingerprint;  // for saved ones of version 1
  std::string third_fingerprint;   // for those of versions 2 and 3
  // In the names that columns of tables have in the savepoint; "" where they are the same.
  std::string renamed_fingerprint;
  OperatorStateSchema schema;
  bool input_retracts = false;  // rows of its input are taken back
  SourceSpan span;
  std::optional<window::WindowSpec> window;  // of aggregates by window
  std::string directory = {};                // that relative paths of tables are below
  std::string former_directory = {};         // that those of the saved one were below
};
// Those of the graph that keep keyed rows or other state, in its order.
std::vector<WantedOperator> StatefulOperators(const graph::JobGraph& graph);
// Whether a saved operator has anything that could be lost.
// Rows, operator state, splits or committables.
bool KeepsState(const OperatorCheckpoint& saved);

// A saved table that goes on: its name now, and value fields with other names now.
struct TableMove {
  std::string from;
  std::string to;
  Renames fields = {};
};

// The verdict is the severest of what was found.
struct Comparison {
  Verdict verdict = Verdict::kFull;
  std::vector<std::string> reasons;  // in words; for kFull what is worth saying
  bool needs_partial = false;        // ALLOW PARTIAL
  bool needs_accept = false;         // ACCEPT CHANGES (uid)
  // Of each key column in the saved order, which of the wanted ones it is; empty when no table has
  // keys.
  std::vector<int> key_order;
  std::vector<TableMove> tables;
};
// Pure. A checkpoint without a fingerprint is compared by its layout alone, one with a fingerprint
// of version 1 by the rules of that: columns of kept rows are the same when they have the same
// name. Since version 2 they are when they mean the same, whatever they are called. Types are
// matched by widening (runtime/types/widening.h).
Comparison CompareState(const OperatorCheckpoint& saved, const WantedOperator& wanted);

// "key: a BIGINT, b STRING; row_count BIGINT, sum(x) BIGINT", one table after the other.
std::string SchemaInWords(const OperatorStateSchema& schema);

}  // namespace weir::checkpoint
