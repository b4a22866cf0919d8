// INSERT of a job that did not finish and whose SQL was changed since: 'execution.restore-policy'.
#include <fmt/format.h>

#include "runtime/base/names.h"
#include "shell/engine/statements/prepared_restore.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

constexpr std::string_view kPolicyKey = "execution.restore-policy";

// RESTORE JOB name FROM LATEST CHECKPOINT AS the inserts.
ast::RestoreJob RestoreAs(const std::string& name, const std::vector<const ast::Insert*>& inserts) {
  ast::Statement edited;
  if (inserts.size() == 1) {
    edited.node = *inserts.front();
  } else {
    ast::StatementSet set;
    for (const ast::Insert* insert : inserts) {
      ast::Statement member;
      member.node = *insert;
      set.statements.push_back(ast::StatementPtr(std::move(member)));
    }
    edited.node = std::move(set);
  }
  ast::RestoreJob restore;
  restore.job.text = name;
  restore.source = ast::RestoreSource::kLatestCheckpoint;
  restore.statement = ast::StatementPtr(std::move(edited));
  return restore;
}

// What the job has committed and gives once more.
std::vector<std::string> ComesAgain(const std::string& name, const CheckpointMetadata& last) {
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

bool StatementExecutor::WasEdited(const JobRequest& request) const {
  const Result<std::optional<JobRecord>> before = session_.registry().Unfinished(request.name);
  return before.ok() && *before &&
         ((*before)->sql != request.sql || (*before)->definitions != request.definitions);
}

Result<Answer> StatementExecutor::StartEdited(const std::vector<const ast::Insert*>& inserts,
                                              JobRequest request) {
  const std::string policy = session_.settings().Get(kPolicyKey);
  if (EqualsIgnoreCase(policy, "fresh")) return StartAfresh(inserts, request.name);
  const std::string name = request.name;
  const SourceSpan place = inserts.front()->target.span;
  Result<Restore> restore = PrepareRestore(RestoreAs(name, inserts));
  const bool fits = restore.ok() && Refusal(restore->plan).ok();
  if (fits && EqualsIgnoreCase(policy, "auto")) return Launch(*restore, name, place);
  const auto& ask = session_.context().ask;
  if (fits && EqualsIgnoreCase(policy, "ask") && ask) {
    if (ask(fmt::format("{}The SQL of job {} was changed. Go on with its state?", restore->text,
                        name))) {
      return Launch(*restore, name, place);
    }
  }
  Status refused = StartHeld(std::move(request)).status();
  if (!restore.ok() || refused.ok()) return refused;
  std::string hint = fmt::format("what becomes of its state:\n{}{}", restore->text, refused.hint());
  if (fits) hint += fmt::format("\nor, without asking, SET '{}' = 'auto'", kPolicyKey);
  return std::move(refused).WithHint(std::move(hint));
}

Result<Answer> StatementExecutor::StartAfresh(const std::vector<const ast::Insert*>& inserts,
                                              const std::string& name) {
  std::vector<std::string> notices;
  const Result<std::string> path = RestorePath(RestoreAs(name, inserts));
  if (path.ok()) {
    const Result<CheckpointMetadata> last = session_.snapshots().Read(*path);
    if (last.ok()) notices = ComesAgain(name, *last);
  }
  hold_.reset();  // Drop takes the name itself
  const std::vector<std::string> dropped = TRY(session_.jobs().Drop(name));
  notices.insert(notices.end(), dropped.begin(), dropped.end());
  Answer answer = TRY(StartJob(inserts, name, session_.settings()));
  answer.notices.insert(answer.notices.begin(), notices.begin(), notices.end());
  return answer;
}

}  // namespace weir::shell
