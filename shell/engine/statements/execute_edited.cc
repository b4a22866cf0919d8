// INSERT of an unfinished job whose SQL, or an option that its state depends on, has changed:
// 'execution.restore-policy'.
#include <fmt/format.h>

#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "shell/engine/statements/prepared_restore.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

constexpr std::string_view kPolicyKey = "execution.restore-policy";

// RESTORE JOB name FROM LATEST CHECKPOINT WITH (…) AS the inserts.
ast::RestoreJob RestoreAs(const std::string& name, const std::vector<const ast::Insert*>& inserts,
                          ast::Properties options) {
  ast::RestoreJob restore;
  restore.job.text = name;
  restore.source = ast::RestoreSource::kLatestCheckpoint;
  restore.options = std::move(options);
  restore.statement = ast::StatementPtr(StatementOf(inserts));
  return restore;
}

// The options that the job's own WITH sets: those that differ from the session's.
ast::Properties OwnOptions(const conf::Settings& of_job, const conf::Settings& of_session) {
  ast::Properties options;
  for (const auto& [key, value] : of_job.explicit_values()) {
    const auto said = of_session.explicit_values().find(key);
    if (said == of_session.explicit_values().end() || said->second != value)
      options.push_back({{key, {}}, {value, {}}});
  }
  return options;
}

// A warning for each sink whose committed output will be written again.
std::vector<std::string> WarnOfRepeatedOutput(const std::string& name,
                                              const CheckpointMetadata& last) {
  std::vector<std::string> notices;
  for (const OperatorCheckpoint& op : last.operators) {
    if (op.place.empty()) continue;
    notices.push_back(
        fmt::format("WARNING: job {} starts anew: what it has committed in {} stays "
                    "there, and comes once more",
                    name, op.place));
  }
  return notices;
}

}  // namespace

bool StatementExecutor::StartsAnewForOptions(const std::vector<const ast::Insert*>& inserts,
                                             const JobRequest& request) {
  const bool fresh = EqualsIgnoreCase(session_.settings().Get(kPolicyKey), "fresh");
  if (!fresh || DefectPlanted("options-never-anew")) return false;
  const Result<Restore> restore = PrepareRestore(
      RestoreAs(request.name, inserts, OwnOptions(request.settings, session_.settings())));
  return restore.ok() && !Refusal(restore->plan).ok();
}

Result<Answer> StatementExecutor::StartEdited(const std::vector<const ast::Insert*>& inserts,
                                              JobRequest request) {
  const std::string policy = session_.settings().Get(kPolicyKey);
  const std::string name = request.name;
  const ast::RestoreJob statement =
      RestoreAs(name, inserts, OwnOptions(request.settings, session_.settings()));
  if (EqualsIgnoreCase(policy, "fresh")) return StartAfresh(statement, inserts, request.settings);
  const SourceSpan place = inserts.front()->target.span;
  Result<Restore> restore = PrepareRestore(statement);
  const bool fits = restore.ok() && Refusal(restore->plan).ok();
  if (fits && EqualsIgnoreCase(policy, "auto")) return Launch(*restore, name, place);
  const auto& ask = session_.context().ask;
  if (fits && EqualsIgnoreCase(policy, "ask") && ask) {
    if (ask(fmt::format("{}The SQL of job {} was changed. Go on with its state?", restore->text,
                        name))) {
      return Launch(*restore, name, place);
    }
  }
  const std::string sql = request.sql;
  const Result<RunningJobPtr> started = StartHeld(std::move(request));
  if (started.ok()) return Started(**started);  // another session has dropped the old job meanwhile
  Status refused = started.status();
  const bool runs = refused.id() == "E5002";  // there is nothing to restore before it is stopped
  if (!restore.ok() || runs) return refused;
  std::string ways = refused.hint();
  // The hint is the general one: say which clauses this restore needs.
  if (ways == WaysOfChangedSql(name, sql, "")) {
    const std::string clauses = fmt::format("{}", fmt::join(restore->plan.missing_clauses, " "));
    ways = WaysOfChangedSql(name, sql, clauses);
  }
  std::string hint = fmt::format("what becomes of its state:\n{}{}", restore->text, ways);
  if (fits) hint += fmt::format("\nor, without asking, SET '{}' = 'auto'", kPolicyKey);
  return std::move(refused).WithHint(std::move(hint));
}

Result<Answer> StatementExecutor::StartAfresh(const ast::RestoreJob& statement,
                                              const std::vector<const ast::Insert*>& inserts,
                                              const conf::Settings& settings) {
  const std::string& name = statement.job.text;
  std::vector<std::string> notices;
  std::string fallback;
  const Result<std::string> path = RestorePath(statement, fallback, false);
  if (path.ok()) {
    const Result<CheckpointMetadata> last = session_.snapshots().Read(*path);
    if (last.ok()) notices = WarnOfRepeatedOutput(name, *last);
  }
  hold_.reset();  // Drop takes the name itself
  const std::vector<std::string> dropped = TRY(session_.jobs().Drop(name));
  notices.insert(notices.end(), dropped.begin(), dropped.end());
  Answer answer = TRY(StartJob(inserts, name, settings));
  answer.notices.insert(answer.notices.begin(), notices.begin(), notices.end());
  return answer;
}

}  // namespace weir::shell
