#include "state/checkpoint/backend_core.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "runtime/fault_point.h"
#include "state/checkpoint/deal_rows.h"
#include "state/checkpoint/expired_rows.h"
#include "state/checkpoint/state_moves.h"
#include "state/files/checkpoint_files.h"
#include "state/files/inlined_files.h"
#include "state/files/parallel.h"
#include "state/table/epoch.h"

namespace weir::state {
namespace {

constexpr uint64_t kLeastSpillsInLimit = 16;

}  // namespace

BackendCore::BackendCore(BackendOptions options, bool whole_snapshots)
    : options_(std::move(options)), whole_snapshots_(whole_snapshots) {
  if (options_.memory == nullptr) options_.memory = std::make_shared<MemoryBudget>(0);
  if (options_.restore && !options_.restore->directory.empty()) {
    options_.restore_directory = options_.restore->directory;
  }
  if (options_.restore_directory.empty())
    options_.restore_directory = options_.checkpoint_directory;
}

Status BackendCore::CheckRestore(const std::string& backend) const {
  if (!options_.restore) return {};
  const CheckpointMetadata& metadata = *options_.restore;
  if (metadata.backend != backend && metadata.backend != kCanonicalBackend) {
    return Status::RestoreRefused(
               fmt::format("a checkpoint of the {} backend cannot start a job with "
                           "the {} backend",
                           metadata.backend, backend))
        .WithId("E7002")
        .WithHint(fmt::format(
            "set state.backend.type to {}, or take a savepoint WITH FORMAT CANONICAL, which "
            "any backend reads",
            metadata.backend));
  }
  if (metadata.max_parallelism != options_.max_parallelism) {
    return Status::RestoreRefused(
               fmt::format("the checkpoint has another pipeline.max-parallelism: "
                           "{} instead of {}",
                           metadata.max_parallelism, options_.max_parallelism))
        .WithId("E7002");
  }
  const bool dealt = metadata.deal && !metadata.files.empty();
  if (dealt && metadata.backend != kCanonicalBackend) {
    return Status::RestoreRefused(
               "only rows of a canonical savepoint can be dealt to another number of key groups")
        .WithId("E7002");
  }
  if (metadata.key_encoding_version != kKeyEncodingVersion) {
    return Status::RestoreRefused(fmt::format("the checkpoint has an unknown key encoding: {}",
                                              metadata.key_encoding_version))
        .WithId("E7002");
  }
  return {};
}

Status BackendCore::VisitSnapshots(const std::function<Status(MemorySnapshot)>& visit) const {
  const std::vector<StateFile>& saved = options_.restore->files;
  std::unique_ptr<HeldDirectory> held;
  if (!saved.empty())
    held = TRY(HoldFiles(*options_.files, options_.restore_directory, options_.restore->inlined));
  uint64_t total = 0;
  for (const StateFile& file : saved) total += file.bytes;
  const std::optional<KeyGroupDeal>& deal = options_.restore->deal;
  std::optional<DealtRows> dealt;
  if (deal) dealt.emplace(*deal, options_.max_parallelism);
  const uint32_t groups = deal ? deal->from : options_.max_parallelism;
  const std::optional<std::vector<StateMove>>& moves = options_.restore->moves;
  SnapshotExpiry expiry(moves ? ExpiredByFamily(*moves) : std::map<std::string, int64_t>());
  std::atomic<uint64_t> read{0};
  const auto give = [&](MemorySnapshot snapshot) -> Status {
    if (moves) MoveSnapshot(snapshot, *moves);
    if (expiry.any()) RETURN_IF_ERROR(expiry.TakeOut(snapshot));
    return visit(std::move(snapshot));
  };
  // The schema of a table is in the first file of its rows.
  const size_t most_threads = expiry.any() ? 1 : 0;
  RETURN_IF_ERROR(ForEach(
      saved.size(), most_threads,
      [&](size_t i) -> Status {
        std::string bytes = TRY(ReadVerified(*held, saved[i]));
        Result<MemorySnapshot> snapshot = DecodeMemorySnapshot(bytes);
        std::string().swap(bytes);  // a second copy of the rows is enough
        if (!snapshot.ok()) return std::move(snapshot).status().WithContext(saved[i].path);
        RETURN_IF_ERROR(CheckSnapshot(*snapshot, groups).WithContext(saved[i].path));
        if (dealt) RETURN_IF_ERROR(dealt->Deal(*snapshot).WithContext(saved[i].path));
        RETURN_IF_ERROR(give(*std::move(snapshot)));
        read.fetch_add(saved[i].bytes, std::memory_order_relaxed);
        return {};
      },
      [&] {
        if (options_.progress) options_.progress(read.load(std::memory_order_relaxed), total);
      }));
  // How many rows a group has is known once all files were read.
  if (dealt) RETURN_IF_ERROR(give({dealt->Counters(), {}}));
  return expiry.any() ? visit({TRY(expiry.Counters()), {}}) : Status();
}

bool BackendCore::restores_here() const {
  return options_.restore_directory == options_.checkpoint_directory;
}

Result<std::unique_ptr<TaskState>> BackendCore::OpenTask(KeyGroupRange groups) {
  TaskContext context;
  context.groups = groups;
  context.max_parallelism = options_.max_parallelism;
  context.whole_snapshots = whole_snapshots_ && !options_.checkpointing;
  context.least_spill_bytes = options_.least_spill_bytes;
  // Spills must be small for a small limit to hold.
  if (options_.memory->limited()) {
    context.least_spill_bytes =
        std::min(context.least_spill_bytes, options_.memory->limit() / kLeastSpillsInLimit);
  }
  context.progress = std::make_shared<TaskProgress>();
  context.budget = options_.memory;
  context.clock = options_.clock != nullptr ? options_.clock : &Clock::System();
  std::vector<uint32_t> hidden;
  if (options_.restore && DefectPlanted("drop-key-group-at-rescale")) {
    bool same = false;
    const uint32_t parallelism = options_.restore->parallelism;
    for (uint32_t s = 0; s < parallelism; ++s) {
      same |= KeyGroupsOfSubtask(s, parallelism, options_.max_parallelism) == groups;
    }
    if (!same) hidden.push_back(groups.first);
  }
  return std::unique_ptr<TaskState>(
      std::make_unique<NativeTaskState>(*this, std::move(context), std::move(hidden)));
}

void BackendCore::Report(const TaskState* task, const StateStatistics& statistics) {
  const MutexLock lock(mutex_);
  reports_[task] = statistics;
}

StateStatistics BackendCore::statistics() const {
  const MutexLock lock(mutex_);
  StateStatistics all;
  for (const auto& [task, one] : reports_) {
    all.memory_bytes += one.memory_bytes;
    all.rows += one.rows;
    all.disk_reads += one.disk_reads;
    all.evictions += one.evictions;
  }
  return all;
}

void PendingParts::Add(std::vector<std::unique_ptr<EpochPart>> parts) {
  for (auto& part : parts) {
    auto* mine = static_cast<TaskPart*>(part.release());
    by_checkpoint_[mine->checkpoint_id].push_back(std::unique_ptr<TaskPart>(mine));
  }
}

Status PendingParts::CheckComplete() const {
  std::map<const TaskProgress*, uint64_t> last;
  for (const TaskPart* part : parts()) {
    const TaskProgress* task = part->progress.get();
    const auto known = last.emplace(task, task->persisted_epoch.load(std::memory_order_relaxed));
    if (part->epoch != ++known.first->second) {
      return Status::Internal(
          fmt::format("an epoch was neither persisted nor abandoned before the next one: "
                      "checkpoint {}, epoch {}",
                      part->checkpoint_id, part->epoch));
    }
  }
  return {};
}

std::vector<const TaskPart*> PendingParts::parts() const {
  std::vector<const TaskPart*> all;
  for (const auto& [id, parts] : by_checkpoint_) {
    for (const auto& part : parts) all.push_back(part.get());
  }
  return all;
}

void PendingParts::Persisted() {
  for (const TaskPart* part : parts()) {
    part->progress->persisted_epoch.store(part->epoch, std::memory_order_release);
  }
  by_checkpoint_.clear();
}

}  // namespace weir::state
