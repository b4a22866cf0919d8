// What a restore does to the state of every operator, decided before anything is started: identity
// (which saved operator goes on as which), layout and meaning are checked apart
// (docs/design/language-rules.md, "What a restore decides"). Pure: EXPLAIN RESTORE prints the plan,
// RESTORE prints and carries out the same one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/checkpoint/compare_state.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::checkpoint {

// What the user said in RESTORE JOB.
// Persisted as texts in the job's record (shell/engine/jobs/restore_clauses.h) until its first
// checkpoint.
struct RestoreClauses {
  bool allow_non_restored = false;      // ALLOW NON RESTORED STATE
  std::vector<std::string> allow_drop;  // ALLOW DROP ('uid', …): saved uids
  bool allow_partial = false;
  std::vector<std::string> accept_changes;  // uids of the new query
  // WITH STATE MAPPING: old uid to new uid; "old/*" to "new/*" for all below. Applied at once, so
  // that two can be swapped. "src:t.old" to "src:t.new": a column of a table.
  std::vector<std::pair<std::string, std::string>> mappings;
  bool match_unique = true;  // state.mapping.auto = unique
  // That relative paths of tables are below, when the restore is judged; "" compares them as they
  // are. And what those of the savepoint were below; "": the same.
  std::string directory;
  std::string former_directory = {};
};

// Where state that goes on mixes what the old query put into it with what the new one will:
// accumulators that start late, a filter that was another one.
// Times are local milliseconds, as the windows are.
struct MixedValues {
  struct OpenWindow {
    window::Window window;  // local milliseconds
    uint64_t rows = 0;      // of state
  };
  std::vector<OpenWindow> windows;  // the earliest ones that are open, ascending by their ends
  uint64_t more_windows = 0;        // open ones behind them
  int64_t last_end = 0;             // of all open windows
  std::string_view rows_in_words;   // "existing groups", of operators without noted windows
  uint64_t rows = 0;                // 0: nothing is mixed
};
// The most windows that are listed one by one.
inline constexpr size_t kMostWindowsListed = 8;

// One a stateful operator of the new query, and one a saved one that has no home.
struct RestoreRow {
  std::string uid;        // in the new query; of a dropped one, the saved uid
  std::string saved_uid;  // "" for a new one
  std::string kind;
  Verdict verdict = Verdict::kFull;
  std::string reason;         // in words
  std::string to_type;        // the clause that is missing; "" when the row is allowed as it is
  std::string to_drop;        // what ALLOW DROP has to name, when that is missing
  bool starts_empty = false;  // state that does not fit is dropped, as the user allowed
  SourceSpan span;            // in the new query; empty for dropped ones
  bool gave = false;          // the saved one has put rows out, or nobody knows
  uint64_t rows = 0;          // saved
  uint64_t bytes = 0;
  std::string saved_schema;
  std::string schema;
  MixedValues mixed;
  int64_t watermark_millis = 0;  // of the saved operator; Timestamp::Min() when it had none
  int node = -1;                 // in the job graph; -1 for dropped ones
  // Of a new one: the uids of those whose results so far it is given first, and how many rows that
  // is, once somebody has counted them (task/count_seeds.h). Empty: it begins with new rows.
  std::vector<std::string> seeded_from;
  uint64_t seeded_rows = 0;
  std::vector<int> key_order;     // as in Comparison
  std::vector<TableMove> tables;  // as in Comparison; empty when nothing goes on
};

// A value; printing it changes nothing.
struct RestorePlan {
  std::vector<RestoreRow> rows;  // the new query's in its order, then dropped ones
  bool allowed = true;
  // What to add to the statement, in its order: "ALLOW PARTIAL", "ACCEPT CHANGES ('…')"; pairs that
  // look like renames come first. Empty when it is allowed, or when nothing that could be added
  // helps.
  std::vector<std::string> missing_clauses;
  // Clauses that name what is not there (E7002); then nothing else counts. The message ends with
  // the uid in quotes.
  Status clauses;
  // What stands in the way besides the verdicts, and no clause helps against: the backend, say. Set
  // by whoever knows; ok when nothing does.
  Status obstacle;
};

// Identity is decided in this order: mappings, equal uids, alternative uids (`also`), and, unless
// it is off, the one operator left of its kind and layout on both sides. Never fails: what is wrong
// is in the plan.
RestorePlan PlanRestore(const CheckpointMetadata& saved, const graph::JobGraph& graph,
                        const RestoreClauses& clauses);

// What the table of verdicts says: the verdict's name, and of one that is seeded "NEW (seeded, 12
// rows)", the digits as a SELECT prints them.
std::string VerdictText(const RestoreRow& row);

// kRestoreRefused E7002 with what to type, or the obstacle; ok when the plan is allowed.
Status Refusal(const RestorePlan& plan);

// The checkpoint as the new job sees it: operators under their new uids, dropped ones gone, and
// `moves` for the backend. REQUIRES: plan.allowed.
// Files are not touched; the backend moves tables when it opens.
CheckpointMetadata ApplyPlan(const RestorePlan& plan, CheckpointMetadata saved);

// Aggregates group by their keys in the saved order, with a projection behind that restores the new
// one. REQUIRES: `plan` is of this graph.
void PinKeyOrder(const RestorePlan& plan, graph::JobGraph& graph);

}  // namespace weir::checkpoint
