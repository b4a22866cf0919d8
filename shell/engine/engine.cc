#include "shell/engine/engine.h"

#include <algorithm>

#include "planner/bind/bind.h"
#include "planner/parse/parse.h"
#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/base/names.h"
#include "runtime/memory_files.h"
#include "shell/engine/statements/definition_hold.h"
#include "shell/engine/statements/materialized_tables.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {

std::vector<logical::Column> ColumnsOfRelation(const catalog::CatalogObject& object,
                                               const catalog::Catalog& catalog) {
  if (object.table) return object.table->QueryColumns();
  if (!object.view->columns.empty()) return object.view->columns;
  const Result<std::vector<logical::Column>> columns =
      bind::ColumnsOfView(*object.view, catalog, {});
  return columns.ok() ? *columns : std::vector<logical::Column>();
}

Result<std::unique_ptr<Engine>> Engine::Open(EngineOptions options) {
  KeepMemoryReserve();
  ApplyFileMode(options.settings);
  auto directory = std::make_unique<DataDirectory>(*options.ports.files, options.data_directory,
                                                   std::move(options.owned));
  return std::unique_ptr<Engine>(new Engine(std::move(options), std::move(directory)));
}

std::unique_ptr<LocalSession> Engine::NewSession(SessionCatalog catalog) {
  return NewSession({SessionOf::kGuest, catalog, settings_, "", nullptr});
}

std::unique_ptr<LocalSession> Engine::NewSession(SessionOptions options) {
  return std::make_unique<LocalSession>(parts_, std::move(options));
}

Result<ast::StatementPtr> LocalSession::Parse(std::string_view script, SourceSpan part) {
  const InterruptedBy interrupted(CancelUnless("parsing-uninterrupted"));
  return Fenced([&] { return parse::ParseStatementAt(script, part); });
}

Result<Answer> LocalSession::Execute(std::string_view script, SourceSpan part, QueryView& view) {
  const ast::StatementPtr statement = TRY(Parse(script, part));
  return Execute(*statement, script, view);
}

Result<Answer> LocalSession::Execute(const ast::Statement& statement, std::string_view script,
                                     QueryView& view) {
  KeepMemoryReserve();
  const InterruptedBy interrupted(CancelUnless("planning-uninterrupted"));
  Result<Answer> answer = Fenced([&] {
    const std::optional<NameHold> alone = HoldDefinition(statement, session_.holds().definitions);
    session_.catalog().Refresh();
    return StatementExecutor(session_, script, view).Execute(statement);
  });
  session_.states().Clear();
  return answer;
}

Result<std::optional<Answer>> LocalSession::Resume(const JobRecord& record) {
  KeepMemoryReserve();
  const InterruptedBy interrupted(cancel());
  NoRows none;
  Result<std::optional<Answer>> resumed =
      Fenced([&] { return StatementExecutor(session_, record.sql, none).Resume(record); });
  if (resumed.ok()) return resumed;
  const NameHold hold = session_.holds().names.TakeSurely(record.name);
  if (!TRY(session_.jobs().IsToResume(record))) return std::optional<Answer>();
  RETURN_IF_ERROR(session_.registry().NoteUnresumed(record.id, resumed.status(),
                                                    session_.ports().clock->Now().millis));
  return resumed;
}

RefreshOutcome LocalSession::Refresh(const std::string& job) {
  KeepMemoryReserve();
  const auto begin = [&]() -> Result<RefreshOutcome> {
    RETURN_IF_ERROR(session_.jobs().RecordEndings());
    const JobRecord record = TRY(session_.registry().Find(job));
    if (RefreshMillis(record) == 0) return RefreshOutcome::kGone;
    if (session_.jobs().running().Named(job) != nullptr) return RefreshOutcome::kBusy;
    // One that somebody has stopped or cancelled waits for RESUME.
    if (!record.ended()) return RefreshOutcome::kGone;
    NoRows none;
    StatementExecutor executor(session_, record.sql, none);
    RETURN_IF_ERROR(MaterializedTables(executor).BeginAgain(record).status());
    return RefreshOutcome::kBegun;
  };
  const Result<RefreshOutcome> outcome = Fenced(begin);
  if (outcome.ok()) return *outcome;
  if (outcome.status().id() == "E5001") return RefreshOutcome::kGone;
  if (outcome.status().id() == "E5002") return RefreshOutcome::kBusy;
  if (session_.ports().listener != nullptr) {
    session_.ports().listener->OnRemark(
        {job, ""}, {Severity::kWarning,
                    "its table is not refreshed: " + std::string(outcome.status().message())});
  }
  return RefreshOutcome::kBegun;
}

Result<size_t> Engine::ScheduleRefreshes() {
  size_t scheduled = 0;
  for (const JobRecord& record : TRY(parts_.registry().directory().Jobs())) {
    // Those that run again have noted themselves.
    if (!record.damage.empty() || !record.ended() || RefreshMillis(record) == 0) continue;
    RETURN_IF_ERROR(parts_.refreshes().Note(record));
    ++scheduled;
  }
  return scheduled;
}

Result<std::vector<JobRecord>> Engine::JobsToResume() {
  const std::vector<JobRecord> all = TRY(parts_.registry().directory().Jobs());
  std::vector<JobRecord> records;
  for (auto record = all.begin(); record != all.end(); ++record) {
    // Of two jobs with one name, the later one was restored from the other by a process that died
    // before it could record that. A later one that is SUSPENDED or FAILED counts as well, so it
    // may be that neither of the two starts.
    const bool superseded = std::any_of(record + 1, all.end(), [&](const JobRecord& later) {
      return later.damage.empty() && later.unfinished() &&
             EqualsIgnoreCase(later.name, record->name);
    });
    if (record->runs_in_servers() && !superseded) records.push_back(*record);
  }
  return records;
}

std::vector<JobNow> LocalSession::JobsThat(const std::function<bool(task::JobState)>& wanted) {
  std::vector<JobNow> jobs;
  for (const RunningJobPtr& job : session_.jobs().running().All()) {
    if (session_.IsOurs(*job) && wanted(job->job->state())) jobs.push_back(NowOf(*job));
  }
  return jobs;
}

std::vector<JobNow> LocalSession::FailedJobs() {
  return JobsThat([](task::JobState state) { return state == task::JobState::kFailed; });
}

std::vector<JobNow> LocalSession::EndedJobs() {
  return JobsThat([](task::JobState state) { return task::IsTerminal(state); });
}

std::vector<RunningJobPtr> LocalSession::OurRunning() {
  std::vector<RunningJobPtr> running = session_.jobs().running().NotEnded();
  std::erase_if(running, [this](const RunningJobPtr& job) { return !session_.IsOurs(*job); });
  return running;
}

Result<std::vector<std::string>> LocalSession::RunningJobs() {
  std::vector<std::string> names;
  for (const RunningJobPtr& job : OurRunning()) names.push_back(job->record.name);
  return names;
}

Result<bool> LocalSession::AwaitJob() {
  const std::vector<RunningJobPtr> running = OurRunning();
  return running.empty() ||
         session_.Await(*running.front(), task::WaitTarget::kFinished, std::nullopt);
}

Status LocalSession::StopJobs(std::vector<JobNow>& stopped) {
  const std::vector<RunningJobPtr> running = session_.jobs().running().NotEnded();
  Status status = session_.jobs().StopAll();
  for (const RunningJobPtr& job : running) {
    stopped.push_back(NowOf(*job));
    stopped.back().forgets = IsInMemory(session_.registry().places().Of(job->record).front());
  }
  return status;
}

Result<std::vector<SuspendedJob>> LocalSession::SuspendedJobs() {
  std::vector<SuspendedJob> suspended;
  for (const JobSummary& job : TRY(session_.jobs().List())) {
    const bool goes_on = job.record.state == RecordedState::kSuspended ||
                         job.record.state == RecordedState::kRunning;
    if (goes_on && !job.snapshot)
      suspended.push_back({job.record.name, session_.registry().WaysOn(job.record)});
  }
  return suspended;
}

std::vector<std::string> LocalSession::Names(Named what) {
  std::vector<std::string> found;
  const auto keep = [&](const auto& all, const auto& name_of) {
    if (!all.ok()) return;
    for (const auto& one : *all) found.push_back(name_of(one));
  };
  const auto itself = [](const std::string& name) { return name; };
  const catalog::Catalog& catalog = session_.catalog();
  switch (what) {
    case Named::kRelations:
      keep(catalog.AllNames(), [](const catalog::ObjectName& name) { return name.object; });
      break;
    case Named::kJobs:
      keep(session_.jobs().List(), [](const JobSummary& job) { return job.record.name; });
      break;
    case Named::kSavepoints:
      keep(session_.registry().savepoints().All(),
           [](const SavepointEntry& entry) { return entry.name; });
      break;
    case Named::kDatabases:
      keep(catalog.ListDatabases("", {}, {}), itself);
      break;
    case Named::kCatalogs:
      keep(catalog.ListCatalogs({}), itself);
      break;
    case Named::kFunctions:
      keep(catalog.ListFunctions({}, {}, {}), itself);
      break;
  }
  return found;
}

std::vector<std::string> LocalSession::ColumnsOf(const std::vector<std::string>& relations) {
  std::vector<std::string> found;
  for (const std::string& one : relations) {
    if (one.size() < 3 || one.front() != '\'' || one.back() != '\'') continue;
    const Result<catalog::TablePtr> files =
        session_.catalog().FindFiles(one.substr(1, one.size() - 2), {});
    if (!files.ok()) continue;
    for (const logical::Column& column : (*files)->QueryColumns()) found.push_back(column.name);
  }
  const Result<std::vector<catalog::ObjectName>> names = session_.catalog().AllNames();
  if (!names.ok()) return found;
  for (const catalog::ObjectName& name : *names) {
    const bool wanted = std::ranges::any_of(
        relations, [&](const std::string& one) { return EqualsIgnoreCase(one, name.object); });
    if (!wanted) continue;
    const Result<std::optional<catalog::CatalogObject>> object =
        session_.catalog().FindExactly(name);
    if (!object.ok() || !*object) continue;
    for (const logical::Column& column : ColumnsOfRelation(**object, session_.catalog()))
      found.push_back(column.name);
  }
  return found;
}

}  // namespace weir::shell
