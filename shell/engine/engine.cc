#include "shell/engine/engine.h"

#include "planner/parse/parse.h"
#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/fault_point.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {

Result<std::unique_ptr<Engine>> Engine::Open(EngineOptions options) {
  KeepMemoryReserve();
  ApplyFileMode(options.settings);
  auto directory = std::make_unique<DataDirectory>(*options.ports.files, options.data_directory);
  return std::unique_ptr<Engine>(new Engine(std::move(options), std::move(directory)));
}

std::unique_ptr<EngineSession> Engine::NewSession(SessionCatalog catalog) {
  return std::make_unique<EngineSession>(parts_, settings_, SessionOf::kGuest, catalog);
}

Result<Answer> EngineSession::Execute(const ast::Statement& statement, std::string_view text,
                                      QueryView& view) {
  KeepMemoryReserve();
  const InterruptedBy cancel(CancelUnless("planning-uninterrupted"));
  session_.catalog().Refresh();
  return Fenced([&] { return StatementExecutor(session_, text, view).Execute(statement); });
}

const std::atomic<bool>& EngineSession::CancelUnless(std::string_view defect) {
  static const std::atomic<bool> never = false;
  return DefectPlanted(defect) ? never : session_.cancel();
}

Result<std::vector<SourceSpan>> EngineSession::Split(std::string_view script) {
  const InterruptedBy cancel(CancelUnless("parsing-uninterrupted"));
  return Fenced([&]() -> Result<std::vector<SourceSpan>> { return parse::SplitScript(script); });
}

Result<ast::StatementPtr> EngineSession::Parse(std::string_view script, SourceSpan part) {
  const InterruptedBy cancel(CancelUnless("parsing-uninterrupted"));
  return Fenced([&] { return parse::ParseStatementAt(script, part); });
}

std::vector<JobNow> EngineSession::JobsThat(const std::function<bool(task::JobState)>& wanted) {
  std::vector<JobNow> jobs;
  for (const RunningJobPtr& job : session_.jobs().jobs()) {
    if (wanted(job->job->state())) jobs.push_back(NowOf(*job));
  }
  return jobs;
}

std::vector<JobNow> EngineSession::FailedJobs() {
  return JobsThat([](task::JobState state) { return state == task::JobState::kFailed; });
}

std::vector<JobNow> EngineSession::EndedJobs() {
  return JobsThat([](task::JobState state) { return task::IsTerminal(state); });
}

size_t EngineSession::RunningJobs() {
  return Running(session_.jobs()).size();
}

bool EngineSession::AwaitJob() {
  const std::vector<RunningJobPtr> running = Running(session_.jobs());
  return running.empty() ||
         session_.Await(*running.front(), task::WaitTarget::kFinished, std::nullopt);
}

Status EngineSession::StopJobs(std::vector<JobNow>& stopped) {
  const std::vector<RunningJobPtr> running = Running(session_.jobs());
  Status status = session_.jobs().StopAll();
  for (const RunningJobPtr& job : running) stopped.push_back(NowOf(*job));
  return status;
}

}  // namespace weir::shell
