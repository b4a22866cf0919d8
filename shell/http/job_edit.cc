#include "shell/http/job_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "runtime/base/fence.h"
#include "shell/engine/session/restore_report.h"
#include "shell/engine/text/quantity.h"
#include "shell/http/script_trial.h"

namespace weir::shell {
namespace {

using ast::QuoteIdentifier;
using ast::QuoteString;

constexpr std::string_view kDirectoryKey = "execution.checkpointing.savepoint-dir";
constexpr std::string_view kLatest = "LATEST CHECKPOINT";
constexpr std::chrono::milliseconds kPoll{100};
// A new query of which no row has come for so long counts as running: whoever edits it waits for
// the answer (CarryOut: up to half a minute), and nothing is committed meanwhile that could not be
// taken back.
constexpr int64_t kLongestWatchNanos = 20'000'000'000;

// A RESTORE JOB … AS the last statement of a script, and where that statement is in both.
struct RestoreStatement {
  std::string text;
  size_t offset = 0;  // of the job in `text`
  SourceSpan job;     // in the script

  // The place in the script of a span in `text`; nothing for the part in front of the job, which is
  // not the user's.
  std::optional<SourceSpan> InScript(SourceSpan span) const {
    if (span.empty() || span.begin < offset) return std::nullopt;
    const size_t begin = span.begin - offset + job.begin;
    return SourceSpan{static_cast<uint32_t>(begin),
                      static_cast<uint32_t>(begin + span.end - span.begin)};
  }
  Status InScript(const Status& failure) const {
    const Status bare =
        Status(failure.code(), failure.message()).WithId(failure.id()).WithHint(failure.hint());
    const std::optional<SourceSpan> place =
        failure.span() ? InScript(*failure.span()) : std::nullopt;
    return place ? Status(bare).WithSpan(*place) : bare;
  }
};

// E1001 unless it is one statement and the right one: clauses come from outside.
Result<RestoreStatement> RestoreOf(std::string_view explain, const std::string& name,
                                   std::string_view from, const JobEdit& edit, SourceSpan job) {
  RestoreStatement made{.job = job};
  made.text = fmt::format("{}RESTORE JOB {} FROM {}\n{}\nAS ", explain, QuoteIdentifier(name), from,
                          edit.clauses);
  made.offset = made.text.size();
  made.text += edit.script.substr(job.begin, job.end - job.begin);
  const Result<ast::StatementPtr> parsed = Fenced([&] { return parse::ParseStatement(made.text); });
  if (!parsed.ok()) return made.InScript(parsed.status());
  const ast::Statement* statement = parsed->get();
  if (const auto* outer = statement->As<ast::Explain>()) statement = outer->statement.get();
  const auto* restore = statement->As<ast::RestoreJob>();
  if (restore != nullptr && restore->job.text == name && restore->statement) return made;
  return Status::InvalidSql("the clauses hold something else than clauses of RESTORE JOB")
      .WithId("E1001");
}

Result<Answer> ExecuteWhole(LocalSession& session, const std::string& text) {
  NoRows none;
  return session.Execute(text, {0, static_cast<uint32_t>(text.size())}, none);
}

// Rows that have reached a sink, and may be committed by the next checkpoint.
uint64_t RowsGiven(const task::JobSnapshot& job) {
  uint64_t rows = 0;
  for (const task::OperatorSnapshot& node : job.operators) {
    if (node.kind == "Sink") rows += node.rows_in;
  }
  return rows;
}

// What came out of the first seconds of a new query.
struct FirstSeconds {
  bool up = false;
  bool exact = true;   // of one that is not up: nothing of it was committed
  bool ended = false;  // by somebody
  std::string text;
  Status failure;
};

// Watches the job until it is known to work: rows went through all of it, and a checkpoint holds
// what they did.
FirstSeconds Watch(RunningJob& job, const std::atomic<bool>& stopping) {
  Clock& clock = Clock::System();
  const int64_t end = clock.MonotonicNanos() + kLongestWatchNanos;
  uint64_t clean = 0;  // checkpoints that hold no row of the new query
  while (true) {
    const task::JobSnapshot now = job.job->Snapshot();
    using State = task::JobState;
    const uint64_t completed = now.checkpoints.completed;
    if (now.state == State::kFailed || now.state == State::kRestarting || now.restarts > 0)
      return {.exact = completed <= clean,
              .text = completed <= clean ? "it failed"
                                         : "it failed after a checkpoint had committed rows of it",
              .failure = now.failure};
    if (now.state == State::kFinished) return {.up = true, .text = "it has finished"};
    if (task::IsTerminal(now.state)) return {.ended = true, .text = "somebody ended it"};
    if (RowsGiven(now) == 0) clean = completed;
    if (now.source_rows > 0) {
      if (const Result<uint64_t> id = job.job->TriggerCheckpoint(); id.ok())
        return {.up = true,
                .text = fmt::format("{} went through it, and checkpoint {} is complete",
                                    Plural(now.source_rows, "row"), *id)};
    }
    if (stopping.load() || clock.MonotonicNanos() > end)
      return {.up = true, .text = now.source_rows > 0 ? "it runs" : "it runs; no row has come yet"};
    clock.Sleep(kPoll);
  }
}

// Carries out one edit, step by step, on one thread.
class Editing {
 public:
  Editing(Engine& engine, const JobEdit& edit, const std::atomic<bool>& stopping,
          EditProgress& progress)
      : engine_(engine),
        edit_(edit),
        stopping_(stopping),
        progress_(progress),
        trial_(engine, edit.who) {}

  void Run();

 private:
  Status Check();
  // Stops the job with a savepoint. A job that waits for its next try is stopped as it is, and its
  // latest checkpoint goes on.
  Status Stop(RunningJob& job);
  // Null where it does not run.
  RunningJobPtr Running(const std::string& name_or_id);
  void StartAndWatch();
  // The end of an edit that does not go back by itself.
  void EndThere(EditOutcome outcome, Status failure, std::string job_id);
  void GoBack(Status why);
  Status RestoreOld();
  // Has the old job recorded so that the next server starts it, should this one die before the job
  // runs again.
  Status MarkForServer();
  void Begin(std::string step) { progress_.Begin(std::move(step), Clock::System().Now().millis); }
  JobRunner& jobs() { return trial_.session().session().jobs(); }
  JobRegistry& registry() { return trial_.session().session().registry(); }

  Engine& engine_;
  const JobEdit& edit_;
  const std::atomic<bool>& stopping_;
  EditProgress& progress_;
  ScriptTrial trial_;
  JobRecord old_;
  SourceSpan job_;         // in the script
  std::string savepoint_;  // "" where the job did not run, or was failing
};

Status Editing::Check() {
  old_ = TRY(registry().Find(edit_.job));
  job_ = TRY(trial_.DefineFor(edit_.script, old_));
  const RestoreStatement explain = TRY(RestoreOf("EXPLAIN ", old_.name, kLatest, edit_, job_));
  const Result<Answer> answer = ExecuteWhole(trial_.session(), explain.text);
  if (!answer.ok()) return explain.InScript(answer.status());
  return Refusal(answer->restore->plan);
}

Status Editing::MarkForServer() {
  JobRecord record = TRY(registry().Find(old_.id));
  if (record.state != RecordedState::kSuspended) return {};
  record.resumes = true;
  return registry().directory().Save(record);
}

RunningJobPtr Editing::Running(const std::string& name_or_id) {
  Result<RunningJobPtr> job = jobs().FindRunning(name_or_id);
  return job.ok() && !(*job)->ended() ? *std::move(job) : nullptr;
}

Status Editing::Stop(RunningJob& job) {
  if (job.job->Suspend()) {
    RETURN_IF_ERROR(jobs().RecordEndings());
    RETURN_IF_ERROR(MarkForServer());
    progress_.Done("it waited for its next try after a failure: its latest checkpoint goes on");
    return {};
  }
  const bool said = !trial_.session().settings().Get(kDirectoryKey).empty() ||
                    old_.options.contains(std::string(kDirectoryKey));
  const std::string directory =
      said ? "" : " " + QuoteString(JoinPath(registry().directory().path(), "edits"));
  const Answer stopped =
      TRY(ExecuteWhole(trial_.session(), fmt::format("STOP JOB {} WITH SAVEPOINT{}",
                                                     QuoteString(old_.id), directory)));
  savepoint_ = stopped.path.value_or("");
  progress_.SetSavepoint(savepoint_);
  RETURN_IF_ERROR(MarkForServer());
  progress_.Done(stopped.message);
  return {};
}

void Editing::StartAndWatch() {
  Begin("start");
  const std::string from = savepoint_.empty() ? std::string(kLatest) : QuoteString(savepoint_);
  const Result<RestoreStatement> restore = RestoreOf("", old_.name, from, edit_, job_);
  if (!restore.ok()) return GoBack(restore.status());
  const Result<Answer> started = ExecuteWhole(trial_.session(), restore->text);
  if (!started.ok()) return GoBack(restore->InScript(started.status()));
  progress_.Done(started->message);
  Begin("watch");
  const Result<RunningJobPtr> job = jobs().FindRunning(old_.name);
  if (!job.ok()) return GoBack(job.status());
  const FirstSeconds first = Watch(**job, stopping_);
  progress_.Done(first.text);
  const std::string id = (*job)->record.id;
  if (first.up) return EndThere(EditOutcome::kEdited, {}, id);
  const RestoreStatement& said = *restore;
  const Status failure = said.InScript(first.failure);
  if (first.ended || !first.exact) return EndThere(EditOutcome::kLeft, failure, id);
  GoBack(failure);
}

void Editing::EndThere(EditOutcome outcome, Status failure, std::string job_id) {
  if (!savepoint_.empty()) {
    const std::string name = QuoteIdentifier(old_.name);
    progress_.SetWayBack(
        fmt::format("{}RESTORE JOB {} FROM {};",
                    Running(old_.name) != nullptr ? fmt::format("CANCEL JOB {};\n", name) : "",
                    name, QuoteString(savepoint_)));
  }
  progress_.End(outcome, std::move(failure), std::move(job_id));
}

Status Editing::RestoreOld() {
  const std::unique_ptr<LocalSession> session = engine_.NewSession();
  // The new query may be waiting for its next try. If it ends meanwhile CANCEL JOB fails, which
  // does no harm.
  if (Running(old_.name) != nullptr)
    (void)ExecuteWhole(*session, "CANCEL JOB " + QuoteString(old_.name));
  const Answer answer =
      TRY(ExecuteWhole(*session, fmt::format("RESTORE JOB {} FROM {}", QuoteIdentifier(old_.name),
                                             QuoteString(savepoint_))));
  progress_.Done(answer.message);
  return {};
}

void Editing::GoBack(Status why) {
  if (savepoint_.empty()) return progress_.End(EditOutcome::kLeft, std::move(why), old_.id);
  Begin("back");
  Status restored = RestoreOld();
  if (!restored.ok()) restored = RestoreOld();  // what kept it may have been the end of the other
  const Result<JobRecord> now = registry().Find(old_.name);
  const std::string id = now.ok() ? now->id : old_.id;
  if (restored.ok()) return progress_.End(EditOutcome::kReverted, std::move(why), id);
  progress_.Done(restored.message());
  EndThere(EditOutcome::kDown, std::move(why), id);
}

void Editing::Run() {
  Begin("check");
  if (const Status checked = Check(); !checked.ok())
    return progress_.End(EditOutcome::kRefused, checked, old_.id);
  progress_.Done("the state of every operator goes on as said");
  if (const RunningJobPtr job = Running(old_.id); job != nullptr) {
    Begin("stop");
    if (const Status stopped = Stop(*job); !stopped.ok())
      return progress_.End(EditOutcome::kRefused, stopped, old_.id);
  }
  StartAndWatch();
}

}  // namespace

std::string_view EditOutcomeName(EditOutcome outcome) {
  switch (outcome) {
    case EditOutcome::kUnderWay:
      return "under-way";
    case EditOutcome::kRefused:
      return "refused";
    case EditOutcome::kEdited:
      return "edited";
    case EditOutcome::kReverted:
      return "reverted";
    case EditOutcome::kLeft:
      return "left";
    case EditOutcome::kDown:
      return "down";
  }
  return "";
}

EditNow EditProgress::Now() const {
  const MutexLock lock(mutex_);
  return now_;
}

void EditProgress::Begin(std::string step, int64_t now_millis) {
  const MutexLock lock(mutex_);
  now_.steps.push_back({.name = std::move(step), .millis = now_millis});
}

void EditProgress::Done(std::string text) {
  const MutexLock lock(mutex_);
  now_.steps.back().done = true;
  now_.steps.back().text = std::move(text);
}

void EditProgress::SetSavepoint(std::string path) {
  const MutexLock lock(mutex_);
  now_.savepoint = std::move(path);
}

void EditProgress::SetWayBack(std::string statements) {
  const MutexLock lock(mutex_);
  now_.way_back = std::move(statements);
}

void EditProgress::End(EditOutcome outcome, Status failure, std::string job_id) {
  const MutexLock lock(mutex_);
  now_.outcome = outcome;
  now_.failure = std::move(failure);
  now_.job_id = std::move(job_id);
}

Result<Answer> ExplainEdit(Engine& engine, const JobEdit& edit) {
  ScriptTrial trial(engine, edit.who);
  const JobRecord record = TRY(trial.session().session().registry().Find(edit.job));
  const SourceSpan job = TRY(trial.DefineFor(edit.script, record));
  const RestoreStatement explain = TRY(RestoreOf("EXPLAIN ", record.name, kLatest, edit, job));
  Result<Answer> answer = ExecuteWhole(trial.session(), explain.text);
  if (!answer.ok()) return explain.InScript(answer.status());
  auto report = std::make_shared<RestoreReport>(*answer->restore);
  for (checkpoint::RestoreRow& row : report->plan.rows)
    row.span = explain.InScript(row.span).value_or(SourceSpan());
  answer->restore = std::move(report);
  return answer;
}

void CarryOut(Engine& engine, const JobEdit& edit, const std::atomic<bool>& stopping,
              EditProgress& progress) {
  const Status done = Fenced([&]() -> Status {
    Editing(engine, edit, stopping, progress).Run();
    return {};
  });
  if (!done.ok()) progress.End(EditOutcome::kDown, done, edit.job);
}

}  // namespace weir::shell
