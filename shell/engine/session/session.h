// What the statements of one user work on: a catalog and settings of its own, and what all sessions
// of the engine share. Statements are executed by shell/engine/statements.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "conf/settings.h"
#include "planner/ast/statement.h"
#include "planner/catalog/catalog.h"
#include "shell/engine/access/allowed_paths.h"
#include "shell/engine/catalog/scratch_catalog.h"
#include "shell/engine/session/answer.h"
#include "shell/engine/session/engine_parts.h"
#include "shell/engine/session/engine_session.h"
#include "shell/engine/session/script_inserts.h"
#include "shell/engine/session/state_definitions.h"

namespace weir::shell {

// A job of this process as it is now.
JobNow NowOf(const RunningJob& job);

// How a statement's plan is shown: as by EXPLAIN, or its graph alone as JSON.
struct PlanRequest {
  std::vector<ast::ExplainDetail> details;
  bool only_graph = false;
  std::function<void(const planner::PlannedJob&)> planned = {};  // given each plan; may be empty
  std::function<void(JobRequest)> requested = {};  // given each job as it would start; may be empty
};

// The surroundings of the current statement.
struct StatementContext : StatementHooks {
  // The inserts so far within BEGIN STATEMENT SET; … END.
  std::optional<std::vector<ast::StatementPtr>> open_set;
  // The INSERTs of the script that the statements are from.
  ScriptInserts inserts;
  // If set, nothing runs: what would start a job or a query is planned and answered with its plan,
  // tables and options are as the script makes them, and all that is about jobs, savepoints or the
  // session's answers does nothing.
  std::optional<PlanRequest> plans;
};

// Whose session it is. Only the owner, who opened the engine, sets options of the process.
enum class SessionOf : uint8_t { kOwner, kGuest };

// Where a session finds permanent tables and views, and puts those that it creates.
enum class SessionCatalog : uint8_t {
  kOwn,      // empty at first, and gone with the session: a query file means the same everywhere
  kShared,   // that of the data directory
  kScratch,  // the same, with changes that are gone with the session (scratch_catalog.h)
};

// What a session begins with.
struct SessionOptions {
  SessionOf whose = SessionOf::kGuest;
  SessionCatalog catalog = SessionCatalog::kOwn;
  conf::Settings settings;
  // Absolute: what its relative paths are below; "" for the working directory of the process.
  std::string directory;
  std::shared_ptr<JobOutlet> outlet;  // of its jobs; null: the engine's ports
  Principal who;                      // who executes statements in it
};

// Used by one thread.
class Session {
 public:
  // The parts outlive it, and `cancel`, which ends a running SELECT or WAIT (kCancelled E8001) when
  // any thread sets it.
  Session(EngineParts& parts, SessionOptions options, const std::atomic<bool>& cancel);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const EnginePorts& ports() const { return parts_.ports(); }
  const Principal& who() const { return who_; }
  // The session's options. A job copies them when it starts.
  conf::Settings& settings() { return settings_; }
  catalog::Catalog& catalog() { return catalog_; }
  // The jobs of the data directory: their records, those running here, and their savepoints.
  JobRegistry& registry() { return parts_.registry(); }
  JobRunner& jobs() { return parts_.jobs(); }
  JobHolds& holds() { return parts_.holds(); }
  RefreshSchedule& refreshes() { return parts_.refreshes(); }
  Savepoints& savepoints() { return parts_.savepoints(); }
  SavedStates& saved_states() { return parts_.states(); }
  StateDefinitions& states() { return states_; }
  const SnapshotReader& snapshots() const { return parts_.snapshots(); }
  StatementContext& context() { return context_; }
  const std::shared_ptr<JobOutlet>& outlet() const { return outlet_; }
  // Whether a job is the session's: of a guest, those that it started; of the owner, those of no
  // guest who is still there.
  bool IsOurs(const RunningJob& job) const;
  void NoteStarted(const RunningJob& job);
  // Whether relative paths mean the working directory of the process.
  bool is_here() const { return directory_.empty(); }
  // `path` as the process takes it: below the session's directory, where that is another one.
  std::string PathOf(const std::string& path) const;
  // The value of an option, with its paths as PathOf gives them.
  std::string OptionValue(std::string_view key, const std::string& value) const {
    return OptionBelow(directory_, key, value);
  }
  // The value of an option as a session takes it that has this working directory; as it is if that
  // is "".
  static std::string OptionBelow(const std::string& directory, std::string_view key,
                                 const std::string& value);
  const std::atomic<bool>& cancel() const { return cancel_; }

  // Whether CheckPath lets all pass.
  bool may_name_any_path() const { return who_.role == Role::kAdmin && !who_.remote; }
  // E6004 for a path that the user may not name; `path` is as PathOf gives it.
  Status CheckPath(PathUse use, const std::string& path) const;
  // The same for what an option is set to, where that is a path. E6003 for options that say which
  // program is executed, unless the user is an admin.
  Status CheckOptionPaths(std::string_view key, const std::string& value) const;
  // E6001 for an option of the process, unless this session is its owner's.
  Status CheckMaySet(std::string_view key) const;
  // Applies the options of the process, if this session is its owner's.
  void ApplyOptions();
  // Waits until the job reaches the target, reporting progress; false if it was cancelled or timed
  // out first. `look` is called with the progress function; may be empty.
  bool Await(RunningJob& job, task::WaitTarget target, std::optional<int64_t> timeout_millis,
             const std::function<void(RunningJob&)>& look = {});
  // The error of a job that did not end well; ok otherwise.
  Status Outcome(const RunningJob& job) const;

 private:
  EngineParts& parts_;
  const SessionOf whose_;
  const Principal who_;
  const std::string directory_;
  const std::shared_ptr<JobOutlet> outlet_;
  conf::Settings settings_;
  std::optional<ScratchCatalog> scratch_;  // of kScratch
  catalog::Catalog catalog_;
  std::set<std::string> started_;  // StartOf the jobs that it started
  StatementContext context_;
  StateDefinitions states_;
  const std::atomic<bool>& cancel_;
};

}  // namespace weir::shell
