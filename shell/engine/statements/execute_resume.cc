// Continues a job that ran when its server ended, in the next server.
#include <optional>

#include "shell/engine/jobs/restore_clauses.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {

Result<std::optional<Answer>> StatementExecutor::Resume(const JobRecord& record) {
  hold_.emplace(session_.holds().names.Take(record.name));
  if (!TRY(session_.jobs().IsToResume(record))) return std::optional<Answer>();
  const conf::Settings settings = TRY(RecordedSettings(record.options));
  std::vector<uid::FormerName> names = FormerNamesOf(DecodeClauses(record.restore_clauses));
  planner::PlannedJob planned = TRY(PlanRecorded(
      record.sql, record.definitions, RecordedPaths::kAllowed, settings, std::move(names)));
  JobRequest request = RequestOf(std::move(planned), record.name, record.sql, settings);
  request.definitions = record.definitions;
  return std::optional<Answer>(AnswerOfStart(*TRY(StartHeld(std::move(request)))));
}

}  // namespace weir::shell
