// CREATE, ALTER, DROP and SHOW of materialized tables. Each is a table and a job that writes it,
// "materialized-table_<its name>": with REFRESH_MODE = CONTINUOUS one without end, whose
// checkpoints are FRESHNESS apart; with FULL one in batch mode that replaces all rows, and that the
// schedule begins again (jobs/refresh_schedule.h). Whether the table is suspended is to be seen by
// its job alone: a continuous one does not run, and one of FULL does not exist.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/bind/materialized_table.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {

inline constexpr std::string_view kRestoreClausesKey = "execution.restore-clauses";

// The materialized table of this name. E2001 where there is none, or something else.
Result<catalog::TablePtr> FindMaterialized(const catalog::Catalog& catalog, const ast::Name& name);
// E2001 with the hint for a materialized table, which is not a table to all statements.
Status CheckOrdinary(const catalog::Catalog& catalog, const ast::Name& name, std::string_view hint);
// The name of the job that writes the table.
std::string RefreshJobOf(const catalog::ObjectName& table);
// The INSERT of that job, with OPTIONS hints for its table where there are some. One that runs on a
// schedule replaces the whole table, also partitions that the query has no rows of any more, unless
// the table says otherwise ('sink.overwrite').
std::string RefreshInsert(const catalog::TableDefinition& table, ast::Properties hints = {});
// The same of some of its rows. `query` is SQL.
std::string RefreshInsertOf(const catalog::TableDefinition& table, const std::string& query,
                            const ast::Properties& hints = {});
// The RESTORE JOB that goes on with this INSERT from the job's last checkpoint, with these clauses.
std::string RefreshRestore(const std::string& job, const std::string& clauses,
                           const std::string& insert);
// The statement that the catalog keeps of it.
Result<ast::CreateMaterializedTable> CreateOf(const catalog::TableDefinition& table);

// A part of the executor of one statement, which outlives it.
class MaterializedTables {
 public:
  explicit MaterializedTables(StatementExecutor& statement)
      : statement_(statement), session_(statement.session_) {}

  // The errors of the query, of CREATE TABLE and of INSERT; a table whose job cannot start is not
  // created.
  Result<Answer> Run(const ast::CreateMaterializedTable& create, SourceSpan span);
  // A query, options or a FRESHNESS in the place of others: the job is stopped and goes on with its
  // state. Where that cannot be, E7002, and all stays as it was. E1002 for what else ALTER takes.
  Result<Answer> Run(const ast::Alter& alter);
  // Cancels and forgets the job; the rows stay.
  Result<Answer> Drop(const ast::Drop& drop);
  // The jobs of a database's tables, which go with it; none where it is not there. EndRefreshes
  // cancels and forgets them.
  std::vector<std::string> RefreshJobsIn(const std::vector<std::string>& database,
                                         SourceSpan place) const;
  Status EndRefreshes(const std::vector<std::string>& jobs, SourceSpan place);
  Result<Answer> ShowCreate(const ast::Show& show) const;
  Result<std::vector<std::string>> Names(const ast::Show& show, const catalog::NameFilter& filter,
                                         SourceSpan span) const;
  // Begins the next run of a job on the schedule. REQUIRES: the executor's text is the record's
  // SQL; the job has ended.
  // The job of a FAILED run is FINISHED from then on: the next one begins anew, as its input may
  // have changed.
  Result<Answer> BeginAgain(const JobRecord& record);

 private:
  struct Change;      // what an ALTER makes of a table
  struct RefreshRun;  // a run of a table's job
  // What CREATE and CREATE OR ALTER say about the refresh, with what they leave to the options.
  Status SayRefresh(ast::CreateMaterializedTable& create) const;
  // The settings of its job.
  Result<conf::Settings> SettingsOf(const catalog::Materialization& made, bool scheduled) const;
  // The columns of the query. E2015 where a table that is to be replaced reads without end.
  Result<std::vector<ast::TableElement>> ColumnsOf(const ast::CreateMaterializedTable& create);
  Result<catalog::TablePtr> Define(ast::CreateMaterializedTable create,
                                   std::vector<std::string>& notices);
  Result<Answer> CreateOrAlter(ast::CreateMaterializedTable create, const catalog::TablePtr& old);
  // Those of a database.
  Result<std::vector<catalog::TablePtr>> TablesIn(const std::vector<std::string>& database,
                                                  const catalog::NameFilter& filter,
                                                  SourceSpan place) const;
  // What CREATE IF NOT EXISTS does for a table that exists.
  Result<Answer> Existing(const catalog::TableDefinition& table, SourceSpan place);
  Result<Answer> Begin(const catalog::TableDefinition& table, bool keeps_state, SourceSpan place);
  Result<Answer> Start(const catalog::TableDefinition& table, const RefreshRun& run,
                       SourceSpan place);
  // The job goes on in another query with the clauses of 'execution.restore-clauses'; nothing where
  // there are none, or it has no state.
  Result<std::optional<Answer>> StartWithClauses(const catalog::TableDefinition& table,
                                                 const RefreshRun& run, SourceSpan place);
  // alter_materialized.cc
  Result<Change> ChangeOf(const ast::Alter& alter, const catalog::TablePtr& table);
  Result<Answer> AlterTo(const Change& change);
  Result<Answer> Restart(const Change& change, bind::StartWay way);
  // Whether the INSERT can be planned, and its state be restored into it: E7002 with the table of
  // EXPLAIN RESTORE.
  Status CheckPlan(const catalog::TableDefinition& table) const;
  Status CheckState(const catalog::TableDefinition& table) const;
  Result<Answer> Suspend(const catalog::TableDefinition& table, SourceSpan place);
  Status Reopen(const std::string& job, SourceSpan place);
  Result<Answer> Resume(const catalog::TableDefinition& table, const ast::Resume& resume,
                        SourceSpan place);
  Result<Answer> Refresh(const catalog::TableDefinition& table, const ast::Refresh& refresh,
                         SourceSpan place);
  Result<Answer> RefreshPartition(const catalog::TableDefinition& table,
                                  const ast::Refresh& refresh, SourceSpan place);
  bool RunsAsBefore(const catalog::TableDefinition& table) const;
  // Whether the table is refreshed, and not suspended.
  bool IsActive(const catalog::TableDefinition& table) const;
  bool HasFinished(const catalog::TableDefinition& table, const std::string& job) const;
  // Why it is not active, as a sentence.
  std::string NotActive(const catalog::TableDefinition& table, const std::string& job) const;
  // Ends the job of this name, if it runs.
  Status End(const std::string& job, JobEnding how, SourceSpan place);
  // Forgets the jobs of this name, of which none runs.
  Status Forget(const std::string& job);
  // Both, also where the schedule begins a run meanwhile.
  Status Cancel(const std::string& job, SourceSpan place);

  StatementExecutor& statement_;
  Session& session_;
};

// A run of a table's job.
struct MaterializedTables::RefreshRun {
  std::string job;
  std::string insert;  // as SQL
  bool scheduled = true;
  // An edited query goes on with its state where that fits, whatever the session's policy is.
  bool keeps_state = false;
};

// While it exists, names resolve where they did when the table was created.
class AtPlaceOf {
 public:
  AtPlaceOf(const catalog::Materialization& made, catalog::Catalog& catalog);
  ~AtPlaceOf();
  AtPlaceOf(const AtPlaceOf&) = delete;
  AtPlaceOf& operator=(const AtPlaceOf&) = delete;

 private:
  catalog::Catalog& catalog_;
  const std::string former_catalog_;
  const std::string former_database_;
};

}  // namespace weir::shell
