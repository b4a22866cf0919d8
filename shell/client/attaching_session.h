// A session of this process for as long as that is all it needs, and one of the process that has
// the data directory open from the statement on that needs the directory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shell/client/remote_session.h"
#include "shell/engine/engine.h"

namespace weir::shell {

// Two processes that start at once may both find nobody who listens; the one that takes the
// directory first owns it, and the other one attaches. What reads tables needs no directory and
// goes on here.
//
// When it attaches, the statements of this session so far that made something in it are executed
// there first; they succeeded here and concern nobody else.
class AttachingSession final : public EngineSession {
 public:
  using Attach = std::function<Result<std::unique_ptr<RemoteSession>>()>;
  // `local` outlives it.
  AttachingSession(LocalSession& local, Attach attach)
      : local_(local), attach_(std::move(attach)), current_(&local) {}

  // To be called when this process has taken the directory: the session does not attach any more.
  void Settle();

  Result<Answer> Execute(std::string_view script, SourceSpan part, QueryView& view) override;
  void RequestCancel() override;
  void ClearCancel() override;
  const conf::Settings& settings() override { return current_.load()->settings(); }
  StatementHooks& hooks() override { return current_.load()->hooks(); }
  std::optional<int64_t> owner() const override { return current_.load()->owner(); }
  std::vector<JobNow> FailedJobs() override { return current_.load()->FailedJobs(); }
  std::vector<JobNow> EndedJobs() override { return current_.load()->EndedJobs(); }
  Result<std::vector<std::string>> RunningJobs() override { return current_.load()->RunningJobs(); }
  size_t RunningInProcess() override { return current_.load()->RunningInProcess(); }
  Result<bool> AwaitJob() override { return current_.load()->AwaitJob(); }
  Status StopJobs(std::vector<JobNow>& stopped) override {
    return current_.load()->StopJobs(stopped);
  }
  Status RecordEndings() override { return current_.load()->RecordEndings(); }
  Result<std::vector<SuspendedJob>> SuspendedJobs() override {
    return current_.load()->SuspendedJobs();
  }
  std::map<std::string, uint64_t> Totals() override { return current_.load()->Totals(); }
  std::vector<std::string> Names(Named what) override { return current_.load()->Names(what); }
  std::vector<std::string> ColumnsOf(const std::vector<std::string>& relations) override {
    return current_.load()->ColumnsOf(relations);
  }

 private:
  struct Executed {
    std::string statement;
    std::string file;
  };

  void Remember(const Answer& answer, std::string_view statement);
  // Executes there what was executed here, and from now on everything. After a failure this session
  // stays here, and the next statement that needs the directory tries again.
  Status MoveTo(std::unique_ptr<RemoteSession> remote);

  LocalSession& local_;
  const Attach attach_;
  bool settled_ = false;
  std::vector<Executed> executed_;
  std::unique_ptr<RemoteSession> remote_;
  std::atomic<EngineSession*> current_;  // read by signal handlers
};

}  // namespace weir::shell
