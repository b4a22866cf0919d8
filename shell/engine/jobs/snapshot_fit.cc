#include "shell/engine/jobs/snapshot_fit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/checkpoint/deal_anew.h"
#include "runtime/checkpoint/seeding.h"
#include "runtime/fault_point.h"
#include "shell/engine/jobs/job_options.h"
#include "shell/engine/jobs/restore_clauses.h"
#include "state/checkpoint/backends.h"

namespace weir::shell {
namespace {

constexpr std::string_view kMaxParallelism = "pipeline.max-parallelism";

// Native files are for the backend that wrote them.
Status CheckBackend(const CheckpointMetadata& from, const conf::Settings& settings) {
  const std::string backend =
      settings.Get("state.backend.type") == "rocksdb" ? "rocksdb" : "memory";
  const bool stateless = std::ranges::none_of(from.files, IsOfBackend);
  const bool fits =
      stateless || from.backend == state::kCanonicalBackend || from.backend == backend;
  if (fits) return {};
  return Status::RestoreRefused(
             fmt::format("state of the {} backend cannot start a job with the {} backend",
                         from.backend, backend))
      .WithId("E7002")
      .WithHint(fmt::format(
          "add WITH ('state.backend.type' = '{}'), or restore a savepoint in FORMAT CANONICAL",
          from.backend));
}

// Native files are ordered by key group: another number of groups is another order of all rows.
Status CheckMaxParallelism(const CheckpointMetadata& from, const conf::Settings& settings) {
  const uint32_t wanted = KeyGroupsOf(from, settings);
  const bool stateless = std::ranges::none_of(from.files, IsOfBackend);
  const bool rows = stateless || from.backend == state::kCanonicalBackend;
  if (wanted != from.max_parallelism && (from.kind != CheckpointKind::kSavepoint || !rows)) {
    return Status::RestoreRefused(
               fmt::format(
                   "{} can be changed by a restore from a savepoint in canonical format "
                   "only, and this is a {}: it is {}, not {}",
                   kMaxParallelism,
                   from.kind == CheckpointKind::kSavepoint ? "native savepoint" : "checkpoint",
                   from.max_parallelism, wanted))
        .WithId("E7002")
        .WithHint(fmt::format("RESET '{0}' and go on with {1}, or take SAVEPOINT JOB … FORMAT "
                              "CANONICAL and RESTORE JOB … FROM it WITH ('{0}' = '{2}')",
                              kMaxParallelism, from.max_parallelism, wanted));
  }
  const uint32_t parallelism = ParallelismOf(settings);
  if (parallelism <= wanted) return {};
  return Status::RestoreRefused(fmt::format("{} is {}, so that a job cannot have {} subtasks",
                                            kMaxParallelism, wanted, parallelism))
      .WithId("E7002")
      .WithHint(fmt::format("add WITH ('parallelism.default' = '{}'), or fewer", wanted));
}

// SQL and tables are those of the checkpoint, so what does not fit is due to options.
Status CheckOptions(const JobRecord& record, const checkpoint::RestorePlan& plan) {
  if (plan.allowed || DefectPlanted("other-options-unnoticed")) return {};
  constexpr std::string_view kWays =
      "run it with the options that it had; what becomes of its state with these is shown by\n"
      "  EXPLAIN RESTORE JOB `{0}` FROM LATEST CHECKPOINT;\n"
      "to go on all the same:\n"
      "  RESTORE JOB `{0}` FROM LATEST CHECKPOINT\n"
      "  {1};\n"
      "or forget it and its state, and run this anew:\n"
      "  DROP JOB `{0}`;";
  return Status::RestoreRefused(
             fmt::format("job \"{}\" did not finish, and an option that its state depends on has "
                         "changed since: {}",
                         record.name, checkpoint::ObjectionsOf(plan)))
      .WithId("E7002")
      .WithHint(fmt::format(kWays, record.name, fmt::join(plan.missing_clauses, "\n  ")));
}

}  // namespace

uint32_t KeyGroupsOf(const CheckpointMetadata& from, const conf::Settings& settings) {
  const bool given = settings.given_values().contains(std::string(kMaxParallelism));
  if (!given || DefectPlanted("other-key-groups-ignored")) return from.max_parallelism;
  return static_cast<uint32_t>(settings.GetInteger(kMaxParallelism));
}

Status CheckSettingsFit(const CheckpointMetadata& from, const conf::Settings& settings) {
  RETURN_IF_ERROR(CheckBackend(from, settings));
  return CheckMaxParallelism(from, settings);
}

Status FitToGraph(const JobRecord& record, bool own, CheckpointMetadata& from,
                  JobRequest& request) {
  const checkpoint::RestoreClauses clauses =
      own ? checkpoint::RestoreClauses() : DecodeClauses(record.restore_clauses);
  RETURN_IF_ERROR(CheckMaxParallelism(from, request.settings));
  const checkpoint::RestorePlan plan = PlanRestore(from, request.graph, clauses);
  if (own) {
    RETURN_IF_ERROR(CheckOptions(record, plan));
  } else {
    RETURN_IF_ERROR(Refusal(plan));
    RETURN_IF_ERROR(CheckBackend(from, request.settings));
    const uint32_t groups = KeyGroupsOf(from, request.settings);
    from = TRY(checkpoint::DealAnew(std::move(from), groups));
    from = ApplyPlan(plan, std::move(from));
  }
  PinKeyOrder(plan, request.graph);
  if (!own) from.seeds = checkpoint::SplitForSeeds(plan, request.graph);
  return {};
}

}  // namespace weir::shell
