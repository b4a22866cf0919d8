// A session in the process that has the data directory open (shell/server).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shell/engine/session/engine_session.h"
#include "shell/engine/session/session.h"

namespace weir::shell {

// What the other process is told of a session when it begins.
struct RemoteOptions {
  std::string data_directory;
  std::string directory;  // absolute: what relative paths of its statements are below
  SessionCatalog catalog = SessionCatalog::kOwn;
  bool detached = false;          // its jobs are to run on in the other process when this one ends
  conf::Settings settings;        // with the conf file's and command line's values as base
  std::vector<std::string> said;  // the options among them that the command line names
  // Lines for standard error about the session's jobs, and lines of `print`.
  std::function<void(const std::string&)> say;
  std::function<void(const std::string&)> print;
};

// Every call after the process has ended is kExternal E4007, which names it and says whether the
// statement may have been executed. Jobs outlive the session; a statement that it is executing does
// not.
class RemoteSession final : public EngineSession {
 public:
  // kNotFound when no process listens at the directory, or one that ends before it has answered, or
  // before jobs of a detached session would;
  // kExternal E4003 when one does that this program cannot talk to; E6001 for an option of the
  // process that it has otherwise; E6005 when it is another user's, and does not let this one in.
  static Result<std::unique_ptr<RemoteSession>> Open(const RemoteOptions& options);
  ~RemoteSession() override;

  Result<Answer> Execute(std::string_view script, SourceSpan part, QueryView& view) override;
  const conf::Settings& settings() override { return settings_; }
  StatementHooks& hooks() override { return hooks_; }
  std::optional<int64_t> owner() const override { return owner_; }
  // Whether the last call of Execute failed before the statement was begun, as the process ends or
  // has ended: it may be executed elsewhere.
  bool unbegun() const { return unbegun_; }
  std::vector<JobNow> FailedJobs() override;
  std::vector<JobNow> EndedJobs() override;
  Result<std::vector<std::string>> RunningJobs() override;
  size_t RunningInProcess() override { return 0; }  // in this one
  Result<bool> AwaitJob() override;
  Status StopJobs(std::vector<JobNow>& stopped) override;
  Status RecordEndings() override;
  Result<std::vector<SuspendedJob>> SuspendedJobs() override;
  std::map<std::string, uint64_t> Totals() override;
  std::vector<std::string> Names(Named what) override;
  std::vector<std::string> ColumnsOf(const std::vector<std::string>& relations) override;

 private:
  class Wire;  // the connection, and what only Thrift's headers know
  explicit RemoteSession(RemoteOptions options);
  // Takes over everything that was SET in the session.
  Status TakeSettings(const std::map<std::string, std::string>& set);

  std::unique_ptr<Wire> wire_;
  const RemoteOptions options_;
  conf::Settings settings_;
  StatementHooks hooks_;
  int64_t owner_ = 0;
  std::vector<JobNow> ended_;  // of this session's jobs
  bool executing_ = false;     // hooks may ask for jobs meanwhile
  bool unbegun_ = false;
  int64_t asked_nanos_ = 0;  // when it last asked for news between statements; monotonic
};

}  // namespace weir::shell
