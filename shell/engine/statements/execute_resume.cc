// Continues a job that ran when its server ended, in the next server.
#include "shell/engine/jobs/restore_clauses.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {

Result<Answer> StatementExecutor::Resume(const JobRecord& record) {
  hold_.emplace(TRY(HoldNameOf(session_.registry(), session_.holds().names, record.id)));
  const conf::Settings settings = TRY(RecordedSettings(record.options));
  std::vector<uid::FormerName> names = FormerNamesOf(DecodeClauses(record.restore_clauses));
  planner::PlannedJob planned = TRY(PlanRecorded(
      record.sql, record.definitions, RecordedPaths::kAllowed, settings, std::move(names)));
  JobRequest request = RequestOf(std::move(planned), record.name, record.sql, settings);
  request.definitions = record.definitions;
  return AnswerOfStart(*TRY(StartHeld(std::move(request))));
}

}  // namespace weir::shell
