// The engine in one process: what its sessions share, and the sessions, each of which executes
// statements, one at a time. Shells, scripts and the server (shell/server) sit on top of sessions;
// they see jobs as values.
//
//   main ─▶ cli ─┬─▶ terminal ─┐
//                └─▶ output ───┴─▶ LocalSession ─▶ StatementExecutor ─┬─▶ planner (pure)
//                                                                     ├─▶ JobRunner ─▶ task::Job
//                                                                     └─▶ Savepoints
//
// Jobs run on threads of their own; the engine itself has none but the one that begins the runs of
// materialized tables that are refreshed on a schedule.
//
// What a statement answers is a value: who called shows it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shell/engine/session/query_view.h"
#include "shell/engine/session/session.h"

namespace weir::shell {

// What an engine is opened with. The ports outlive the engine.
struct EngineOptions {
  EnginePorts ports;
  std::string data_directory = "weir-data";
  conf::Settings settings;  // with the conf file's and command line's values as base
  SessionCatalog catalog = SessionCatalog::kOwn;  // of the session of who opens the engine
  // Called once, when this process has taken the data directory, by the thread that needed it.
  std::function<void()> owned;
};

// A session in this process.
class LocalSession final : public EngineSession {
 public:
  // The parts outlive it.
  LocalSession(EngineParts& parts, SessionOptions options)
      : session_(parts, std::move(options), cancel()) {}

  Result<Answer> Execute(std::string_view script, SourceSpan part, QueryView& view) override;
  // A statement of `script`, for the other Execute. Whoever cancels the session ends it.
  Result<ast::StatementPtr> Parse(std::string_view script, SourceSpan part);
  // Executes a statement that was parsed from `script`.
  Result<Answer> Execute(const ast::Statement& statement, std::string_view script, QueryView& view);

  const conf::Settings& settings() override { return session_.settings(); }
  StatementHooks& hooks() override { return session_.context(); }
  std::optional<int64_t> owner() const override { return std::nullopt; }
  std::vector<JobNow> FailedJobs() override;
  std::vector<JobNow> EndedJobs() override;
  Result<std::vector<std::string>> RunningJobs() override;
  size_t RunningInProcess() override { return session_.jobs().running().NotEnded().size(); }
  Result<bool> AwaitJob() override;
  Status StopJobs(std::vector<JobNow>& stopped) override;
  Status RecordEndings() override { return session_.jobs().RecordEndings(); }
  Result<std::vector<SuspendedJob>> SuspendedJobs() override;
  std::map<std::string, uint64_t> Totals() override { return session_.jobs().running().Totals(); }
  std::vector<std::string> Names(Named what) override;
  std::vector<std::string> ColumnsOf(const std::vector<std::string>& relations) override;

  // Runs a recorded job on, as a server does that begins; nothing where somebody has dropped, ended
  // or started it since it was listed. Where it cannot, the job is FAILED for the reason that is
  // returned, and the next server tries again.
  Result<std::optional<Answer>> Resume(const JobRecord& record);

  // Begins the next run of a job on the schedule. What keeps it from that is said as a warning
  // about the job.
  RefreshOutcome Refresh(const std::string& job);

  // What statements work on, for tests.
  Session& session() { return session_; }

 private:
  std::vector<JobNow> JobsThat(const std::function<bool(task::JobState)>& wanted);
  std::vector<RunningJobPtr> OurRunning();

  Session session_;
};

// The columns that queries see. None of a view whose tables are gone.
std::vector<logical::Column> ColumnsOfRelation(const catalog::CatalogObject& object,
                                               const catalog::Catalog& catalog);

// Thread-safe, except for its owner's session. Destroying it stops running jobs with a last
// checkpoint.
class Engine {
 public:
  // E4003, by the first statement about jobs, when another process has the data directory open.
  static Result<std::unique_ptr<Engine>> Open(EngineOptions options);
  ~Engine() { parts_.refreshes().Close(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // The session of who opened the engine.
  LocalSession& own() { return own_; }
  // One for somebody else, who must be gone before the engine. It begins with the settings of the
  // engine, or with those given.
  std::unique_ptr<LocalSession> NewSession(SessionCatalog catalog = SessionCatalog::kOwn);
  std::unique_ptr<LocalSession> NewSession(SessionOptions options);
  // Takes the data directory, if that was not done. E4003.
  Status Own() { return parts_.registry().directory().Attach(); }
  // The jobs that a server which begins starts again, oldest first, one of a name.
  Result<std::vector<JobRecord>> JobsToResume();
  // Stops what runs with a last checkpoint; the next server starts it again. The first failure.
  Status StopForNextServer() {
    parts_.refreshes().Close();
    return parts_.jobs().StopAll(StoppedBy::kServer);
  }
  // Puts the jobs on the schedule that were on that of the last server and do not run; how many.
  Result<size_t> ScheduleRefreshes();
  // What a session begins with.
  const conf::Settings& settings() const { return settings_; }
  bool is_server() const { return parts_.ports().is_server; }

 private:
  Engine(EngineOptions options, std::unique_ptr<DataDirectory> directory)
      : settings_(std::move(options.settings)),
        parts_(options.ports, std::move(directory)),
        own_(parts_, {SessionOf::kOwner, options.catalog, settings_, "", nullptr}) {
    parts_.begin_refresh = [this](const std::string& job) { return NewSession()->Refresh(job); };
  }

  const conf::Settings settings_;  // that a session begins with
  EngineParts parts_;
  LocalSession own_;
};

}  // namespace weir::shell
