// Executes one statement against a session. There is one method for each kind of statement, in
// files by topic (execute_*.cc). A statement that the grammar knows but no method takes fails with
// E1002 and its place, so that nothing is ignored silently.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "shell/engine/session/query_view.h"
#include "shell/engine/session/session.h"

namespace weir::connectors {
class RowFile;
}

namespace weir::shell {

// The option with the savepoint that the next INSERT starts from.
inline constexpr std::string_view kStartPathKey = "execution.state-recovery.path";

// Created for one statement; `text` is what its spans point into. Statements that define or start
// something are checked completely before anything is changed. Answers are values (answer.h); only
// Watch and PrintAndCheck show something themselves, by functions of the session's context.
class StatementExecutor {
 public:
  StatementExecutor(Session& session, std::string_view text, QueryView& view)
      : session_(session), text_(text), view_(view) {}

  Result<Answer> Execute(const ast::Statement& statement);
  // Continues a job as it is recorded: from its newest checkpoint, or from the beginning if it
  // never had one; nothing if it need not (IsToResume). REQUIRES: `text` is the record's SQL.
  Result<std::optional<Answer>> Resume(const JobRecord& record);

 private:
  friend class ChangeExecutor;      // change_executor.h: UPDATE, DELETE, TRUNCATE TABLE
  friend class MaterializedTables;  // materialized_tables.h
  // Whatever the user's role is: for definitions recorded with a job, which a restore repeats.
  Result<Answer> ExecuteAllowed(const ast::Statement& statement);
  // execute_catalog.cc
  Result<Answer> Run(const ast::CreateTable& statement, SourceSpan span);
  Result<Answer> CreateTableLike(const ast::CreateTable& statement);
  Result<Answer> Add(const catalog::CatalogObject& object, bool replace, bool if_not_exists,
                     SourceSpan place);
  // Executes a statement that another one became; errors have places in `text`.
  Result<Answer> ExecuteText(const std::string& text);
  // The same; errors have the place `span` of the other one.
  Result<Answer> ExecuteMade(const std::string& text, SourceSpan span);
  Result<Answer> CreateTableAs(const ast::CreateTable& statement, SourceSpan span);
  Result<Answer> Run(const ast::CreateView& statement, SourceSpan span);
  Result<Answer> Run(const ast::CreateFunction& statement, SourceSpan span);
  Result<Answer> Run(const ast::CreateObject& statement, SourceSpan span);
  Result<Answer> Run(const ast::Drop& statement, SourceSpan span);
  Result<Answer> Run(const ast::Use& statement, SourceSpan span);
  Result<Answer> Run(const ast::Alter& statement, SourceSpan span);  // execute_alter.cc
  // execute_show.cc, execute_functions.cc
  Result<Answer> Run(const ast::Show& statement, SourceSpan span);
  Result<Answer> Run(const ast::Describe& statement, SourceSpan span);
  // A table, a view with the columns that it has now, or the files that Name::is_file names.
  Result<catalog::CatalogObject> FindRelation(const ast::Name& name);
  Result<Answer> DescribeJob(const ast::Reference& job);
  Result<Answer> AnalyzeJob(const ast::Reference& job);
  Result<Answer> ShowJobs(const catalog::NameFilter& filter);
  Result<Answer> ShowFunctions(const ast::Show& statement, SourceSpan span);
  Result<Answer> DescribeFunction(const ast::Name& name);
  // execute_checkpoints.cc
  Result<Answer> ShowCheckpoints(const ast::Show& statement, SourceSpan span);
  Result<std::vector<std::vector<Value>>> CheckpointRows(const JobRecord& record) const;
  Result<Answer> DescribeSavepoint(const ast::Reference& reference);
  // execute_state.cc
  Result<Answer> ShowState(const ast::Show& statement, const catalog::NameFilter& filter);
  Result<Answer> ShowStateDifference(const ast::Show& statement, SourceSpan span);
  // execute_recovery.cc
  Result<Answer> DescribeRecovery(const ast::Reference& job);
  // execute_jobs.cc
  Result<Answer> Run(const ast::Insert& statement, SourceSpan span);
  Result<Answer> Run(const ast::StatementSet& statement, SourceSpan span);
  Result<Answer> Run(const ast::BeginStatementSet& statement, SourceSpan span);
  Result<Answer> Run(const ast::EndStatementSet& statement, SourceSpan span);
  Result<Answer> Run(const ast::Execute& statement, SourceSpan span);
  Result<Answer> Run(const ast::CreateJob& statement, SourceSpan span);
  Result<Answer> Run(const ast::StopJob& statement, SourceSpan span);
  Result<Answer> Run(const ast::DropJob& statement, SourceSpan span);
  Result<Answer> Run(const ast::CheckpointJob& statement, SourceSpan span);
  Result<Answer> Run(const ast::WaitForJob& statement, SourceSpan span);
  // Plans the inserts as one job, starts or continues it; with table.dml-sync, awaits its end.
  Result<Answer> StartJob(const std::vector<const ast::Insert*>& inserts, std::string name,
                          const conf::Settings& settings);
  // Whether the user may read and write these tables: the errors of CheckPathsOf and
  // CheckSecretsOf. To be called before anything of the graph runs.
  Status CheckTablesOf(const graph::JobGraph& graph,
                       const std::vector<std::string>& definitions) const;
  // For paths in hints, as those of definitions were checked when they were defined. E2015 for a
  // relative path, if the session's directory is not the process's; E6004 for one that the user may
  // not name.
  Status CheckPathsOf(const graph::JobGraph& graph,
                      const std::vector<std::string>& definitions) const;
  // The same for snapshots whose state is read.
  Status CheckStatePathsOf(const graph::JobGraph& graph,
                           const std::vector<std::string>& definitions) const;
  // E6003 for secrets that the user may not use this way, and E6006 for those that nobody can use.
  Status CheckSecretsOf(const graph::JobGraph& graph,
                        const std::vector<std::string>& definitions) const;
  // Starts the job under the name in hold_, and releases the name.
  Result<RunningJobPtr> StartHeld(JobRequest request);
  // execute_edited.cc
  // As 'execution.restore-policy' says: continues with the state of the former SQL if all of it
  // fits, starts anew, or fails with E7002, the verdicts and what to type.
  Result<Answer> StartEdited(const std::vector<const ast::Insert*>& inserts, JobRequest request);
  // Whether the options, and not the SQL, have changed so that the state does not fit any more, and
  // the policy is to start anew.
  bool StartsAnewForOptions(const std::vector<const ast::Insert*>& inserts,
                            const JobRequest& request);
  // `statement` is the RESTORE that would have kept the state.
  Result<Answer> StartAfresh(const ast::RestoreJob& statement,
                             const std::vector<const ast::Insert*>& inserts,
                             const conf::Settings& settings);
  Result<Answer> Started(RunningJob& job);
  // How a job was started, with the warnings of its recovery.
  static Answer AnswerOfStart(const RunningJob& job);
  // The name for an INSERT that was given none. Holds it.
  Result<std::string> HoldNameFor(const ast::Insert& insert, SourceSpan span);
  Result<std::string> NameOf(const ast::Insert& insert, SourceSpan span);
  // Puts the WITH options of CREATE JOB and RESTORE JOB into `settings`.
  Status SetWith(const std::vector<ast::Property>& options, conf::Settings& settings) const;
  // execute_savepoints.cc
  Result<Answer> Run(const ast::SavepointJob& statement, SourceSpan span);
  Result<Answer> Run(const ast::DropSavepoint& statement, SourceSpan span);
  Result<Answer> StopWithSavepoint(const ast::StopJob& statement, RunningJob& job, SourceSpan span);
  Result<Answer> ShowSavepoints(const ast::Show& statement, const catalog::NameFilter& filter);
  // Reports the progress of transferring `what`.
  state::ByteProgress Watch(std::string what) const;
  // Reports the progress of a savepoint of this job from its barrier on.
  void WatchInto(SavepointTarget& target, const std::string& job) const;
  // The path that a statement names; E1002 at its place when it is not a local one.
  Result<std::string> PathOf(std::string_view written, SourceSpan span) const;
  // As PathOf; E6004 where the user may not name the path for a savepoint.
  Result<std::string> AllowedPathOf(std::string_view written, SourceSpan span) const;
  // Where a savepoint goes, as the statement or else the option says. E7003 if neither does.
  Result<std::string> SavepointDirectory(const std::optional<ast::Text>& said,
                                         const RunningJob& job, SourceSpan span) const;
  // execute_restore.cc
  struct Restore;  // everything that is known before anything is started
  Result<Answer> Run(const ast::RestoreJob& statement, SourceSpan span);
  Result<Answer> ExplainRestore(const ast::RestoreJob& statement);
  Result<Restore> PrepareRestore(const ast::RestoreJob& statement);
  // The path of the snapshot to restore. `fallback` becomes a warning about newer checkpoints that
  // are passed over. `verified`: every byte of a checkpoint is read, to see damage.
  Result<std::string> RestorePath(const ast::RestoreJob& statement, std::string& fallback,
                                  bool verified) const;
  Result<conf::Settings> RecordedSettings(const std::map<std::string, std::string>& options) const;
  Result<conf::Settings> RestoreSettings(const ast::RestoreJob& statement,
                                         const CheckpointMetadata& from) const;
  Result<planner::PlannedJob> PlanRestored(const ast::RestoreJob& statement,
                                           const CheckpointMetadata& from,
                                           const conf::Settings& settings,
                                           std::vector<uid::FormerName> names, std::string& sql);
  // Plans with recorded definitions in place of the session's catalog: anything, or recorded SQL.
  Result<planner::PlannedJob> WithDefinitions(
      const std::vector<std::string>& texts, RecordedPaths paths,
      const std::function<Result<planner::PlannedJob>()>& plan);
  Result<planner::PlannedJob> PlanRecorded(const std::string& sql,
                                           const std::vector<std::string>& texts,
                                           RecordedPaths paths, const conf::Settings& settings,
                                           std::vector<uid::FormerName> names);
  Status ReadSnapshot(const ast::RestoreJob& statement, Restore& restore);
  void PlanAndDescribe(Restore& restore, const std::string& name, std::string_view text,
                       size_t begin);
  Status PrintAndCheck(const Restore& restore);
  Result<Answer> Launch(Restore& restore, const std::string& name, SourceSpan span);
  Result<Answer> StartTimed(JobRequest request, const Restore& restore, uint64_t bytes,
                            std::vector<std::string> notices);
  // For an INSERT while kStartPathKey is set. nullopt if the job starts as any other.
  Result<std::optional<Answer>> StartFromPath(const std::vector<const ast::Insert*>& inserts,
                                              const std::string& name, const conf::Settings& said);
  // Warnings for RESTORE and EXPLAIN RESTORE: duplicates, drained savepoints, changed definitions.
  std::vector<std::string> RestoreWarnings(const Restore& restore) const;
  std::vector<std::string> ChangedDefinitions(
      const std::vector<catalog::CatalogObject>& saved) const;
  Result<Answer> ContinueJob(const ast::RestoreJob& statement, Restore& restore);
  // execute_query.cc
  Result<Answer> Run(const ast::QueryStatement& statement, SourceSpan span);
  Result<Answer> Run(const ast::Explain& statement, SourceSpan span);
  // Shows the rows of a query over the tables of `catalog`.
  Result<Answer> RunQuery(const ast::Query& query, const catalog::Catalog& catalog);
  Result<planner::PlannedJob> PlanForExplain(const ast::Statement& statement);
  Result<Answer> PlanText(const planner::PlannedJob& planned,
                          const std::vector<ast::ExplainDetail>& details);
  // REQUIRES: the context asks for plans.
  Result<Answer> PlanAsked(const planner::PlannedJob& planned);
  // execute_copy.cc
  Result<Answer> Run(const ast::Copy& statement, SourceSpan span);
  // E2011 for a query that changes its rows for ever, E2015 for one without an end, and the errors
  // of FormatOfCopy.
  Result<planner::PlannedJob> PlanCopy(const ast::Copy& statement, SourceSpan span);
  // Begins the file; E6004 if the user may not name it.
  Result<std::unique_ptr<connectors::RowFile>> BeginCopy(const ast::Copy& statement,
                                                         const Schema& columns);
  // execute_session.cc
  Result<Answer> Run(const ast::Jar& statement, SourceSpan span);
  Result<Answer> Run(const ast::LoadModule& statement, SourceSpan span);
  Result<Answer> Run(const ast::Set& statement, SourceSpan span);
  Result<Answer> Run(const ast::Reset& statement, SourceSpan span);
  Result<Answer> Run(const ast::Help& statement, SourceSpan span);
  Result<Answer> Run(const ast::Quit& statement, SourceSpan span);
  Result<Answer> Run(const ast::Clear& statement, SourceSpan span);
  Result<Answer> Run(const ast::Source& statement, SourceSpan span);
  // E1002 for a statement that does nothing here, or not yet.
  Status Refuse(SourceSpan span) const;
  // Catches every statement that the grammar knows and nothing executes.
  template <typename T>
  Result<Answer> Run(const T& statement, SourceSpan span);

  // The options of `settings` that planning depends on.
  Result<planner::PlannerOptions> OptionsOf(const conf::Settings& settings) const;
  JobRequest RequestOf(planner::PlannedJob planned, std::string name, std::string sql,
                       const conf::Settings& settings) const;
  // The error of a job that failed, without a span if that is not in this text.
  Status OutcomeHere(const RunningJob& job) const;

  Session& session_;
  std::string_view text_;
  QueryView& view_;
  bool plans_own_text_ = true;  // and not the SQL of a savepoint
  RecordedPaths paths_ = RecordedPaths::kNone;
  std::optional<NameHold> hold_;  // of the job that is about to start
};

// The inserts of an INSERT or statement set, in order.
std::vector<const ast::Insert*> InsertsOf(const ast::Statement& statement);
// E1002 "<construct> is not supported yet" at `span`.
Status NotSupportedYet(std::string_view construct, SourceSpan span);
// For messages, the first words of a statement up to the one that names its object: "DROP TEMPORARY
// SYSTEM FUNCTION" of "drop temporary system function f …".
std::string LeadingWords(std::string_view text, SourceSpan span);
Answer Say(std::string message);
// Adds `notice` to the answer, unless it is "".
void AddNotice(std::string notice, Answer& answer);

}  // namespace weir::shell
