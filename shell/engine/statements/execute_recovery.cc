// DESCRIBE RECOVERY OF JOB: what a start would do, without doing it.
#include <fmt/format.h>

#include "planner/ast/to_sql.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

using checkpoint::RecoveryKind;

// Completes "Its statement, run again, …".
std::string OutcomeText(const JobRecord& record, const JobRecovery& recovery) {
  if (!record.damage.empty()) return "is refused: " + record.damage;
  const std::string& path = recovery.decision.path;
  if (!record.unfinished()) {
    const bool may_go_on = record.state == RecordedState::kCanceled && !path.empty();
    return "begins a new job: this one has ended" +
           (may_go_on ? fmt::format("; RESTORE JOB {} FROM LATEST CHECKPOINT goes on from {}",
                                    ast::QuoteIdentifier(record.name), path)
                      : "");
  }
  switch (recovery.decision.kind) {
    case RecoveryKind::kBegin:
      return recovery.facts.forgotten ? "begins anew" : "begins anew: it never had a checkpoint";
    case RecoveryKind::kContinue:
      return fmt::format("goes on from checkpoint {}: {}", recovery.decision.checkpoint,
                         recovery.decision.path);
    case RecoveryKind::kRestore:
      return "goes on from what it was restored from: " + recovery.decision.path;
    case RecoveryKind::kRefuse:
      return "is refused: " + recovery.decision.refusal.message();
  }
  WEIR_UNREACHABLE();
}

std::string RecoveryText(const JobRecord& record, const JobRecovery& recovery) {
  std::string text =
      fmt::format("Job {} ({}), {}\nIts statement, run again, {}.\n", record.name, record.id,
                  recovery.facts.last_recorded == 0
                      ? "no checkpoint is recorded"
                      : fmt::format("last recorded checkpoint {}", recovery.facts.last_recorded),
                  OutcomeText(record, recovery));
  if (!recovery.decision.fallback.empty()) text += "WARNING: " + recovery.decision.fallback + "\n";
  for (const std::string& note : recovery.decision.notes) text += "WARNING: " + note + "\n";
  if (record.unfinished() && record.damage.empty()) {
    const std::string& first =
        recovery.facts.places[recovery.moved ? recovery.decision.place : 0].path;
    text += fmt::format("New checkpoints go to {}, the next is {} or later\n", first,
                        recovery.decision.next_id);
  }
  const std::string& hint = recovery.decision.refusal.hint();
  return hint.empty() ? text : text + hint + "\n";
}

}  // namespace

Result<Answer> StatementExecutor::DescribeRecovery(const ast::Reference& job) {
  const Result<JobRecord> record = session_.registry().Find(job.text);
  if (!record.ok()) return record.status().WithSpan(job.span);
  const JobRecovery recovery =
      session_.registry().places().VerifiedRecovery(*record, session_.settings());
  Answer answer;
  answer.text = RecoveryText(*record, recovery);
  answer.table = TextTable({"place", "what is there"});
  for (const checkpoint::CheckpointPlace& place : recovery.facts.places)
    answer.table->AddTextRow({place.path, checkpoint::PlaceInWords(place)});
  return answer;
}

}  // namespace weir::shell
