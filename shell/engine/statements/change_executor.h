// UPDATE, DELETE and TRUNCATE TABLE: statements that change a table in place and run to their end.
#pragma once

#include <memory>
#include <string_view>

#include "planner/plan_change.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::connectors {
class TableChange;
class TableChanger;
}  // namespace weir::connectors

namespace weir::shell {

// A part of the executor of one statement, which outlives it.
class ChangeExecutor {
 public:
  explicit ChangeExecutor(StatementExecutor& statement)
      : statement_(statement), session_(statement.session_) {}

  // All rows are changed, or none. A try that fails because others have changed the same rows is
  // repeated, and in the end keeps them away.
  Result<Answer> Run(const ast::Update& update);
  Result<Answer> Run(const ast::Delete& rows);
  // Files go as INSERT OVERWRITE lets them go, by a job that the same statement continues after a
  // crash. E5002 while another job of this process reads or writes them.
  Result<Answer> Run(const ast::Truncate& truncate);

  // The query that gives the rows to change. E2015 where the connector cannot change rows; E2011
  // and E2015 where the query has no end; else the errors of the planner.
  Result<planner::PlannedChange> Plan(const ast::Update& update);
  Result<planner::PlannedChange> Plan(const ast::Delete& rows);

 private:
  template <typename Statement, typename Planner>
  Result<planner::PlannedChange> PlanBy(const Planner& plan, const Statement& statement,
                                        std::string_view words);
  Status CheckChanges(const ast::Name& target, std::string_view words) const;
  Result<Answer> Change(const planner::PlannedChange& planned, const ast::Name& target,
                        std::string_view done);
  Result<std::unique_ptr<connectors::TableChanger>> ChangerOf(const planner::PlannedChange& planned,
                                                              const ast::Name& target) const;
  Result<uint64_t> TryOnce(const planner::PlannedChange& planned, connectors::TableChange& change,
                           Answer& answer);
  Result<Answer> TruncateFiles(const ast::Name& target, const catalog::TableDefinition& table);
  Status CheckUnused(const catalog::TableDefinition& table) const;
  Status RunToEnd(JobRequest request);

  StatementExecutor& statement_;
  Session& session_;
};

}  // namespace weir::shell
