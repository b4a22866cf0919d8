// Statements about jobs, checkpoints and savepoints (docs/sql-reference.md, "Jobs").
#pragma once

#include <optional>
#include <vector>

#include "planner/ast/change.h"

namespace weir::ast {

// CREATE JOB name [WITH (…)] AS {INSERT … | STATEMENT SET BEGIN … END}.
struct CreateJob {
  // Always a name: a job has no id before it exists.
  Reference job;
  bool if_not_exists = false;
  // Settings of this job only, which take precedence over those of the session.
  Properties options;
  StatementPtr statement;  // an Insert or a StatementSet
  friend bool operator==(const CreateJob&, const CreateJob&) = default;
};

// {STOP | CANCEL} JOB j [WITH SAVEPOINT ['dir']] [WITH DRAIN].
struct StopJob {
  // CANCEL, not STOP: without a last checkpoint.
  bool cancel = false;
  Reference job;
  bool savepoint = false;
  // Absent: execution.checkpointing.savepoint-dir decides.
  std::optional<Text> directory;
  // WITH DRAIN: every window fires before the savepoint, as if the input had ended.
  bool drain = false;
  friend bool operator==(const StopJob&, const StopJob&) = default;
};

// DROP JOB [IF EXISTS] j.
struct DropJob {
  bool if_exists = false;
  Reference job;
  friend bool operator==(const DropJob&, const DropJob&) = default;
};

// SAVEPOINT JOB j [AS name] [TO 'dir'] [FORMAT {CANONICAL | NATIVE}].
enum class SavepointFormat : uint8_t { kUnsaid, kCanonical, kNative };
// The job runs on. Canonical savepoints can be read by every backend, native ones are written
// faster.
struct SavepointJob {
  Reference job;
  // The name by which RESTORE and DROP find it; if absent, it is only found by its path.
  std::optional<Identifier> name;
  std::optional<Text> directory;
  // kUnsaid is CANONICAL.
  SavepointFormat format = SavepointFormat::kUnsaid;
  friend bool operator==(const SavepointJob&, const SavepointJob&) = default;
};

// DROP SAVEPOINT [IF EXISTS] {name | 'path'}.
struct DropSavepoint {
  bool if_exists = false;
  Reference savepoint;
  friend bool operator==(const DropSavepoint&, const DropSavepoint&) = default;
};

// CHECKPOINT JOB j.
struct CheckpointJob {
  Reference job;
  friend bool operator==(const CheckpointJob&, const CheckpointJob&) = default;
};

// 'path', SAVEPOINT name, LATEST CHECKPOINT.
enum class RestoreSource : uint8_t { kPath, kSavepoint, kLatestCheckpoint };
// 'old uid' TO 'new uid': state saved under one uid becomes that of the operator with the other.
struct StateMapping {
  Text from;
  Text to;
  friend bool operator==(const StateMapping&, const StateMapping&) = default;
};
// RESTORE JOB j FROM … with all its clauses; EXPLAIN RESTORE is an Explain around it.
// runtime/checkpoint/restore_plan.h says what it does to the state of each operator.
struct RestoreJob {
  // The name of the new job, which may be that of a stopped one.
  Reference job;
  RestoreSource source = RestoreSource::kPath;
  Reference savepoint;              // a string for kPath, a name for kSavepoint
  bool allow_non_restored = false;  // ALLOW NON RESTORED STATE
  std::vector<Text> allow_drop;     // ALLOW DROP ('uid', …)
  // ALLOW PARTIAL: rows may continue from what an older query had aggregated.
  bool allow_partial = false;
  std::vector<Text> accept_changes;    // ACCEPT CHANGES ('uid', …)
  std::vector<StateMapping> mappings;  // WITH STATE MAPPING (…)
  Properties options;                  // WITH (…)
  StatementPtr statement;              // null: the SQL in the savepoint
  friend bool operator==(const RestoreJob&, const RestoreJob&) = default;
};

// WAIT FOR JOB j UNTIL {FINISHED | IDLE | CHECKPOINT} [TIMEOUT interval].
// task::WaitTarget says what each waits for.
enum class WaitCondition : uint8_t { kFinished, kIdle, kCheckpoint };
struct WaitForJob {
  Reference job;
  WaitCondition until = WaitCondition::kFinished;
  ExprPtr timeout;  // an interval literal; may be null
  friend bool operator==(const WaitForJob&, const WaitForJob&) = default;
};

}  // namespace weir::ast
