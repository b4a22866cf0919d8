// What a restore does to the state of every operator, decided before anything is started. Identity
// (which saved operator continues as which), layout and meaning are checked separately
// (docs/design/language-rules.md, "What a restore decides"). Pure: EXPLAIN RESTORE prints the plan,
// RESTORE prints the same plan and carries it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/checkpoint/compare_state.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/graph/job_graph.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::checkpoint {

// The clauses of RESTORE JOB. Persisted as texts in the job's record
// (shell/engine/jobs/restore_clauses.h) until its first checkpoint.
struct RestoreClauses {
  bool allow_non_restored = false;      // ALLOW NON RESTORED STATE
  std::vector<std::string> allow_drop;  // ALLOW DROP ('uid', …): saved uids
  bool allow_partial = false;
  std::vector<std::string> accept_changes;  // uids of the new query
  // WITH STATE MAPPING: old uid to new uid, "old/*" to "new/*" for everything below, "src:t.old" to
  // "src:t.new" for a column of a table. All are applied at once, so that two can be swapped.
  std::vector<std::pair<std::string, std::string>> mappings;
  bool match_unique = true;  // state.mapping.auto = unique
  // The base of relative paths of tables now; "" compares paths as they are. The second is the base
  // of those in the savepoint; "" means the same.
  std::string directory;
  std::string former_directory = {};
};

// How far restored state will mix values of the old query with values of the new one, because
// accumulators start late or a filter has changed. Times are local milliseconds, as windows are.
struct MixedValues {
  struct OpenWindow {
    window::Window window;  // local milliseconds
    uint64_t rows = 0;      // of state
  };
  std::vector<OpenWindow> windows;  // the earliest open ones, ascending by their ends
  uint64_t more_windows = 0;        // open windows behind those
  int64_t last_end = 0;             // of all open windows
  std::string_view rows_in_words;   // "existing groups", for operators without recorded windows
  uint64_t rows = 0;                // 0: nothing is mixed
};
// The most open windows that are listed one by one, so that a plan stays readable.
inline constexpr size_t kMostWindowsListed = 8;

// One row for each stateful operator of the new query, and one for each saved operator that nothing
// continues.
struct RestoreRow {
  std::string uid;        // in the new query; the saved uid of a dropped one
  std::string saved_uid;  // "" for a new one
  std::string kind;
  Verdict verdict = Verdict::kFull;
  std::string reason;         // in words
  std::string to_type;        // the missing clause; "" when the row is allowed as it is
  std::string to_drop;        // what ALLOW DROP must name if that is missing
  bool starts_empty = false;  // state that does not fit is dropped, as the user allowed
  SourceSpan span;            // in the new query; empty for dropped ones
  bool gave = false;          // the saved one has emitted rows, or that is not known
  uint64_t rows = 0;          // saved
  uint64_t bytes = 0;
  std::string saved_schema;
  std::string schema;
  MixedValues mixed;
  int64_t watermark_millis = 0;  // of the saved operator; Timestamp::Min() when it had none
  int node = -1;                 // in the job graph; -1 for dropped ones
  // For one that is new or starts empty: the uids of the operators whose results so far it is sent
  // first, and the number of those rows once it was counted (task/count_seeds.h). Empty: it starts
  // with new rows.
  std::vector<std::string> seeded_from;
  std::optional<uint64_t> seeded_rows;
  std::vector<int> key_order;     // as in Comparison
  std::vector<TableMove> tables;  // as in Comparison; empty when nothing is continued
};

// A value; printing it changes nothing.
struct RestorePlan {
  std::vector<RestoreRow> rows;  // the new query's in its order, then dropped ones
  bool allowed = true;
  // What to add to the statement, in its order: "ALLOW PARTIAL", "ACCEPT CHANGES ('…')"; pairs that
  // look like renames come first. Empty when the restore is allowed, or when no clause could help.
  std::vector<std::string> missing_clauses;
  // The failure of a clause that names something unknown (E7002), in which case nothing else
  // counts. The message ends with the uid in quotes.
  Status clauses;
  // The job's number of key groups, set by the caller; 0: that of the snapshot. If it is another
  // one, all rows that are kept are dealt anew.
  uint32_t key_groups = 0;
  // An obstacle that no clause helps against: rows in flight that another query has no place for,
  // or what the caller finds, such as another backend. Ok when there is none.
  Status obstacle;
};

// Identity is decided in this order: mappings, equal uids, alternative uids (`also`) and, unless it
// is off, the only operator left of its kind and layout on both sides. Never fails: what is wrong
// is part of the plan.
RestorePlan PlanRestore(const CheckpointMetadata& saved, const graph::JobGraph& graph,
                        const RestoreClauses& clauses);

// The text in the table of verdicts: the verdict's name or, for a seeded operator, "NEW (seeded, 12
// rows)" with digits as a SELECT prints them, "NEW (seeded)" where they were not counted.
std::string VerdictText(const RestoreRow& row);

// kRestoreRefused E7002 with what to type, or the obstacle; ok when the plan is allowed.
Status Refusal(const RestorePlan& plan);

// The operators that need a clause which is not given: "sink:s/agg is SEMANTIC, …".
std::string ObjectionsOf(const RestorePlan& plan);

// The checkpoint as the new job sees it: operators have their new uids, dropped ones are gone, and
// `moves` tells the backend which tables to move when it opens. Files are not touched. REQUIRES:
// plan.allowed.
CheckpointMetadata ApplyPlan(const RestorePlan& plan, CheckpointMetadata saved);

// Makes aggregates group by their keys in the saved order, and adds projections that restore the
// new order. REQUIRES: `plan` belongs to this graph.
void PinKeyOrder(const RestorePlan& plan, graph::JobGraph& graph);

}  // namespace weir::checkpoint
