// A session of the process that has the data directory open; where none has, of this process, for
// as long as that is all it needs, and of the one that has it by the statement that needs it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
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
//
// A process that ends as a session comes to it takes no more statements. Until it has begun one of
// this session, which nothing but what was executed here belongs to, the session leaves it again
// and goes on as if that process had not been there. Later the session may have settings and
// temporary objects that are there alone: then the statement fails (E4007, not executed) rather
// than run without them.
class AttachingSession final : public EngineSession {
 public:
  using Attach = std::function<Result<std::unique_ptr<RemoteSession>>()>;
  // `local` outlives it. `remote` is where it begins; null: in this process.
  AttachingSession(LocalSession& local, Attach attach, std::unique_ptr<RemoteSession> remote);

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
  // Executes in the other process; nothing if that does not begin it and the session can leave.
  std::optional<Result<Answer>> ExecuteThere(std::string_view script, SourceSpan part,
                                             QueryView& view);
  // Goes on in this process, where everything is that the session consists of.
  void MoveBack();
  void MakeCurrent(EngineSession& session);

  LocalSession& local_;
  const Attach attach_;
  bool settled_ = false;
  bool begun_there_ = false;        // a statement that was not executed here
  std::vector<Executed> executed_;  // here
  std::unique_ptr<RemoteSession> remote_;
  std::vector<std::unique_ptr<RemoteSession>> left_;  // a signal handler may still use them
  std::atomic<EngineSession*> current_;               // read by signal handlers
};

}  // namespace weir::shell
