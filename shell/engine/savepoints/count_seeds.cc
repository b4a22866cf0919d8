// Counts the rows that new readers will be sent first, by computing them from the snapshot's state.
#include "runtime/task/count_seeds.h"

#include <algorithm>
#include <set>

#include "runtime/checkpoint/seeding.h"
#include "shell/engine/savepoints/savepoints.h"
#include "state/checkpoint/backends.h"
#include "state/files/scratch_directory.h"

namespace weir::shell {
namespace {

// The rows of the plan for the operators that send rows to new readers; only their state is opened.
checkpoint::RestorePlan OfGivers(const checkpoint::RestorePlan& plan) {
  std::set<std::string> givers;
  for (const checkpoint::RestoreRow& row : plan.rows)
    givers.insert(row.seeded_from.begin(), row.seeded_from.end());
  checkpoint::RestorePlan alone;
  std::ranges::copy_if(plan.rows, std::back_inserter(alone.rows),
                       [&](const checkpoint::RestoreRow& row) { return givers.contains(row.uid); });
  return alone;
}

}  // namespace

Result<bool> Savepoints::CountSeeds(const SnapshotUse& use, checkpoint::RestorePlan& plan,
                                    const state::ByteProgress& progress) const {
  const bool any = std::ranges::any_of(
      plan.rows, [](const checkpoint::RestoreRow& row) { return !row.seeded_from.empty(); });
  if (!any) return false;
  RETURN_IF_ERROR(parts_.snapshots.CheckTables(*use.from, use.path));
  graph::JobGraph graph = *use.graph;
  PinKeyOrder(plan, graph);
  CheckpointMetadata from = ApplyPlan(OfGivers(plan), *use.from);
  from.seeds = checkpoint::SplitForSeeds(plan, graph);
  // If it cannot be removed, opening the data directory does that.
  const state::ScratchDirectory scratch(
      *parts_.ports.files, TRY(parts_.registry.directory().QueryDirectory(NewJobId())));
  state::BackendOptions options;
  options.files = parts_.ports.files;
  options.clock = parts_.ports.clock;
  options.checkpoint_directory = JoinPath(scratch.path(), "checkpoints");
  options.working_directory = JoinPath(scratch.path(), "work");
  options.max_parallelism = from.max_parallelism;
  options.checkpointing = false;
  options.memory = parts_.memory;
  options.progress = progress;
  options.restore = from;
  std::erase_if(options.restore->files, std::not_fn(IsOfBackend));
  const bool on_disk = use.settings->Get("state.backend.type") == "rocksdb";
  const std::unique_ptr<StateBackend> backend =
      TRY(on_disk ? state::MakeRocksDbBackend(std::move(options))
                  : state::MakeMemoryBackend(std::move(options)));
  const expr::EvaluationContext evaluation{
      parts_.ports.clock, use.settings->Get("table.local-time-zone"), parts_.ports.clock->Now(), 0};
  const task::SeedCounts rows =
      TRY(task::CountSeeds({&graph, &from, backend.get(), parts_.ports.clock, &evaluation}));
  for (checkpoint::RestoreRow& row : plan.rows) {
    const auto found = rows.find(row.uid);
    if (found != rows.end()) row.seeded_rows = found->second;
  }
  return true;
}

}  // namespace weir::shell
