// Decides whether the saved state of one operator can be used as the state of another, and what
// must happen to it.
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

// In the order of severity. kFull: used as it is. kNew: nothing was saved. kMigrate: rows are
// rewritten, and values keep their meaning. kPartial: something starts late (ALLOW PARTIAL). kDrop:
// saved state has no operator any more (ALLOW DROP). kReset: it could be used but starts empty, as
// the user asked for (ALLOW DROP). kSemantic: the clause means something else now (ACCEPT CHANGES).
// kIncompatible: cannot be used.
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

// An operator with state of the new query. Holds copies of what a graph::Node says.
struct WantedOperator {
  int node = -1;  // in the job graph
  std::string uid;
  std::vector<std::string> also;
  std::string kind;
  bool uid_stable = true;
  std::string fingerprint;
  std::string former_fingerprint;  // for saved ones of version 1
  std::string third_fingerprint;   // for those of versions 2 and 3
  // The fingerprint with the names that columns of tables have in the savepoint; "" where they are
  // the same.
  std::string renamed_fingerprint;
  OperatorStateSchema schema;
  bool input_retracts = false;  // rows of its input are taken back
  SourceSpan span;
  std::optional<window::WindowSpec> window;  // of aggregates by window
  std::string directory = {};                // base of relative paths of tables
  std::string former_directory = {};         // the same for the saved operator
  // Of a join: what was its left input is the right one now, although both look alike.
  bool exchanged = false;
};
// REQUIRES: node is one of the graph's. Both directories are left "".
WantedOperator WantedOf(const graph::JobGraph& graph, const graph::Node& node);
// The operators of the graph that keep keyed rows or other state, in its order.
std::vector<WantedOperator> StatefulOperators(const graph::JobGraph& graph);
// Whether a saved operator has anything that could be lost: rows, operator state, splits or
// committables.
bool KeepsState(const OperatorCheckpoint& saved);

// A saved table that stays in use: its new name, and the value fields that are renamed.
struct TableMove {
  std::string from;
  std::string to;
  Renames fields = {};
  int64_t ended_ttl_millis = 0;  // EndedTimeToLive of the two
};

// The time-to-live (ms) under which rows of the saved table may have expired that the wanted one
// would call alive, as it has a longer one or none; 0 if there are no such rows.
int64_t EndedTimeToLive(const StateSchema& saved, const StateSchema& wanted);
// StateMove::expired_before of a table with such a time-to-live in the checkpoint.
int64_t ExpiredBefore(const CheckpointMetadata& saved, int64_t ended_ttl_millis);

// The result of a comparison; its verdict is the severest that was found.
struct Comparison {
  Verdict verdict = Verdict::kFull;
  std::vector<std::string> reasons;  // in words; for kFull what is worth saying
  bool needs_partial = false;        // ALLOW PARTIAL
  bool needs_accept = false;         // ACCEPT CHANGES (uid)
  // For each key column in the saved order, which wanted column it is; empty when no table has
  // keys.
  std::vector<int> key_order;
  std::vector<TableMove> tables;
};
// Compares a saved operator with a wanted one. Pure. A checkpoint without a fingerprint is compared
// by its layout alone. With a fingerprint of version 1, columns of kept rows are the same if they
// have the same name; since version 2, if they mean the same, whatever they are called. Types are
// compared by runtime/types/widening.h.
Comparison CompareState(const OperatorCheckpoint& saved, const WantedOperator& wanted);

// Whether both mean the same in every part, whichever build has written it down, and however paths
// are spelled. Stricter than a CompareState that is kFull, which allows what changes no state.
bool SameMeaning(const OperatorCheckpoint& saved, const WantedOperator& wanted);

// OperatorCheckpoint::inexact of an operator of this schema that goes on from `saved`: the calls
// whose sums were rounded then or before; none where it has no such calls.
std::vector<std::string> InexactCalls(const OperatorCheckpoint& saved,
                                      const OperatorStateSchema& schema);
// Whether rows of a state of this schema expire.
bool Expires(const OperatorStateSchema& schema);
// Whether rows of `saved` may have expired, under the time-to-live that it has or one of before.
bool Forgot(const OperatorCheckpoint& saved);
// A line for users that says that the sums of these calls of operator `uid` were rounded; "" where
// `names` is empty.
std::string InexactInWords(const std::string& uid, const std::vector<std::string>& names);

// The tables of a schema one after another: "key: a BIGINT, b STRING; row_count BIGINT, sum(x)
// BIGINT".
std::string SchemaInWords(const OperatorStateSchema& schema);

}  // namespace weir::checkpoint
