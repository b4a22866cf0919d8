#include "runtime/checkpoint/pending.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/fault_point.h"
#include "runtime/types/datetime.h"

namespace weir::checkpoint {
namespace {

void AddContribution(const OperatorContribution& from, OperatorCheckpoint& into, bool first) {
  into.rows += from.rows;
  into.bytes += from.bytes;
  into.watermark_millis =
      first ? from.watermark_millis : std::min(into.watermark_millis, from.watermark_millis);
  into.splits.insert(into.splits.end(), from.splits.begin(), from.splits.end());
  into.operator_state.insert(into.operator_state.end(), from.operator_state.begin(),
                             from.operator_state.end());
}

// Tasks acknowledge in any order; sorted, the bytes of the metadata do not depend on it.
void SortBySubtask(std::vector<OperatorContribution>& contributions) {
  std::sort(contributions.begin(), contributions.end(),
            [](const OperatorContribution& a, const OperatorContribution& b) {
              return a.node != b.node ? a.node < b.node : a.subtask < b.subtask;
            });
}

EndedCheckpoint EndedAt(const Pending& pending, int64_t now_nanos) {
  return {.id = pending.barrier.checkpoint_id,
          .purpose = pending.purpose,
          .savepoint = pending.capture != nullptr,
          .unaligned = pending.barrier.overtakes,
          .trigger_millis = pending.trigger_millis,
          .duration_millis = (now_nanos - pending.triggered_nanos) / kNanosPerMilli,
          .start_delay_millis = pending.start_delay_nanos / kNanosPerMilli,
          .alignment_millis = pending.alignment_nanos / kNanosPerMilli};
}

}  // namespace

Status WrappedFailure(std::string_view message, const Status& reason) {
  return Status(reason.code(), fmt::format("{}: {}", message, reason.message()))
      .WithId("E7003")
      .WithHint(reason.hint());
}

Status CheckpointFailed(uint64_t id, const Status& reason) {
  return WrappedFailure(fmt::format("checkpoint failed: {}", id), reason);
}

Status NotWanted() {
  return Status::Cancelled("whoever asked for the savepoint has given it up");
}

Status ReasonToGiveUp(const CheckpointConfig& config, const Pending& pending, int64_t now) {
  if (pending.phase == Phase::kAborted) return {};
  if (pending.capture != nullptr && !pending.capture->wanted()) return NotWanted();
  if (!IsExpired(config, pending.facts(), now)) return {};
  return Status::External(fmt::format(
      "it did not finish within execution.checkpointing.timeout: {} ms", config.timeout_millis));
}

std::string FailureInWords(const Status& failure) {
  if (failure.hint().empty()) return failure.message();
  return fmt::format("{} ({})", failure.message(), failure.hint());
}

EndedCheckpoint CompletedAt(const Pending& pending, int64_t now_nanos,
                            const std::vector<StateFile>& files) {
  EndedCheckpoint ended = EndedAt(pending, now_nanos);
  ended.completed = true;
  for (const StateFile& file : files) {
    ended.bytes += file.bytes;
    ended.new_bytes += file.dirty_bytes;
    if (IsChannelState(file)) ended.in_flight_bytes += file.bytes;
  }
  return ended;
}

EndedCheckpoint FailedAt(const Pending& pending, int64_t now_nanos, std::string failure) {
  EndedCheckpoint ended = EndedAt(pending, now_nanos);
  ended.failure = std::move(failure);
  return ended;
}

Status SyncOutput(TaskAck& ack) {
  if (DefectPlanted("output-not-synced")) return {};
  for (OperatorContribution& contribution : ack.operators) {
    if (contribution.sync == nullptr) continue;
    RETURN_IF_ERROR(contribution.sync());
    contribution.sync = nullptr;  // with what it holds
  }
  return {};
}

Status AddChannelFile(uint64_t id, std::vector<ChannelRows> in_flight, const WriteChannels& write,
                      std::vector<StateFile>& files) {
  WEIR_FAULT_POINT("checkpoint.before_channels");
  files.push_back(TRY(write(id, EncodeChannelState(std::move(in_flight)))));
  WEIR_FAULT_POINT("checkpoint.after_channels");
  return {};
}

Status CheckStateBytes(const CheckpointConfig& config, const CheckpointMetadata& base,
                       const Pending& pending) {
  if (!IsLimited(config, pending.purpose, pending.any_size)) return {};
  const uint64_t limit = *config.max_state_bytes;
  for (const OperatorContribution& one : pending.contributions) {
    uint64_t bytes = one.bytes;
    for (const SubtaskState& state : one.operator_state) bytes += state.bytes.size();
    for (const SplitCheckpoint& split : one.splits)
      bytes += split.split.id.size() + split.split.position.size();
    if (bytes <= limit) continue;
    return Status::External(
               fmt::format(
                   "the state of {} in subtask {} has {} bytes; checkpoints that are kept "
                   "in memory hold at most {} of each (state.backend.memory.max-state-size)",
                   base.operators.at(one.node).uid, one.subtask, bytes, limit))
        .WithId("E7003")
        .WithHint(
            "raise that, or keep them in files: SET 'execution.checkpointing.storage' = "
            "'filesystem'; STOP JOB … WITH SAVEPOINT has no such limit");
  }
  return {};
}

void CollectCommittables(std::vector<OperatorContribution>& contributions, Committables& into) {
  SortBySubtask(contributions);
  for (OperatorContribution& contribution : contributions) {
    if (contribution.committables.empty()) continue;
    std::vector<std::string>& all = into[contribution.node];
    std::move(contribution.committables.begin(), contribution.committables.end(),
              std::back_inserter(all));
    contribution.committables.clear();
  }
}

CheckpointMetadata MakeMetadata(const CheckpointMetadata& base, const Pending& pending,
                                const Committables& committables, std::vector<StateFile> files) {
  CheckpointMetadata metadata = base;
  metadata.checkpoint_id = pending.barrier.checkpoint_id;
  metadata.trigger_millis = pending.trigger_millis;
  std::vector<OperatorContribution> sorted = pending.contributions;
  SortBySubtask(sorted);
  std::vector<bool> seen(metadata.operators.size(), false);
  for (const OperatorContribution& contribution : sorted) {
    AddContribution(contribution, metadata.operators.at(contribution.node),
                    !seen[contribution.node]);
    seen[contribution.node] = true;
  }
  for (OperatorCheckpoint& op : metadata.operators) {
    std::sort(
        op.splits.begin(), op.splits.end(),
        [](const SplitCheckpoint& a, const SplitCheckpoint& b) { return a.split.id < b.split.id; });
  }
  for (const auto& [node, bytes] : committables) metadata.operators.at(node).committables = bytes;
  metadata.files = std::move(files);
  return metadata;
}

}  // namespace weir::checkpoint
