// A checkpoint that was started and is neither complete nor given up, with what has arrived for it
// so far.
#pragma once

#include <algorithm>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/barrier.h"
#include "runtime/checkpoint/decide.h"
#include "runtime/checkpoint/history.h"

namespace weir::checkpoint {

// Fulfilled once; null when the caller does not wait for an answer.
using Reply = std::shared_ptr<std::promise<Result<uint64_t>>>;
inline void Answer(const Reply& reply, Result<uint64_t> answer) {
  if (reply) reply->set_value(std::move(answer));
}

// A request that was not started yet.
struct Queued {
  Purpose purpose;
  Reply reply;
  std::shared_ptr<const SavepointCapture> capture = nullptr;  // null: a checkpoint
  bool any_size = false;
  bool wanted() const { return capture == nullptr || capture->wanted(); }
};

// Keeps a promise at the end of a scope, even if an exception ends it.
class KeptPromise {
 public:
  explicit KeptPromise(std::promise<void>& promise) : promise_(promise) {}
  ~KeptPromise() { promise_.set_value(); }
  KeptPromise(const KeptPromise&) = delete;
  KeptPromise& operator=(const KeptPromise&) = delete;

 private:
  std::promise<void>& promise_;
};

// An aborted checkpoint stays in kAborted until the background thread returns its result, since its
// files are in use until then.
enum class Phase : uint8_t {
  kCollecting,  // acknowledgements of tasks are missing
  kPersisting,  // parts are with the background thread
  kAborted,     // given up while parts were with the background thread
};

// The committables of each sink by its node, in the order of their pre-commits.
using Committables = std::map<size_t, std::vector<std::string>>;

// Belongs to the coordinator's first thread.
struct Pending {
  Barrier barrier;
  Purpose purpose = Purpose::kPeriodic;
  Phase phase = Phase::kCollecting;
  int64_t triggered_nanos = 0;
  int64_t trigger_millis = 0;  // wall clock, for the metadata
  std::vector<uint8_t> acked;
  std::vector<std::unique_ptr<EpochPart>> parts;
  std::vector<OperatorContribution> contributions;
  std::vector<ChannelRows> in_flight;
  Reply reply;
  std::shared_ptr<const SavepointCapture> capture;  // null: a checkpoint
  bool any_size = false;                            // IsLimited
  // The longest times among the tasks that have acknowledged the checkpoint (EndedCheckpoint).
  int64_t start_delay_nanos = 0;
  int64_t alignment_nanos = 0;
  bool pauses() const {
    return purpose == Purpose::kStop || (capture != nullptr && capture->pause);
  }

  void NoteTimes(const TaskAck& ack) {
    start_delay_nanos = std::max(start_delay_nanos, ack.first_barrier_nanos - triggered_nanos);
    alignment_nanos = std::max(alignment_nanos, ack.alignment_nanos);
  }
  PendingFacts facts() const {
    return {.id = barrier.checkpoint_id,
            .triggered = triggered_nanos,
            .expected = acked.size(),
            .acked = acked};
  }
};

// A failure of its own, E7003, with the way out that the reason knows.
Status WrappedFailure(std::string_view message, const Status& reason);
Status CheckpointFailed(uint64_t id, const Status& reason);
// The message and the hint in one text, for those who are shown no Status.
std::string FailureInWords(const Status& failure);

// That of a savepoint which whoever asked for it has given up.
Status NotWanted();
// Why a checkpoint is to be given up now: it takes longer than it may, or is a savepoint that
// nobody wants any more. OK if it may go on, or was given up before.
Status ReasonToGiveUp(const CheckpointConfig& config, const Pending& pending, int64_t now);

// The record of a checkpoint that ends now.
EndedCheckpoint CompletedAt(const Pending& pending, int64_t now_nanos,
                            const std::vector<StateFile>& files);
EndedCheckpoint FailedAt(const Pending& pending, int64_t now_nanos, std::string failure);

// Makes what the sinks of a task wrote durable. Fails as PreCommitted::sync does, mostly kExternal;
// then it is not to be repeated, and the job fails.
Status SyncOutput(TaskAck& ack);
// Writes rows in flight and adds their file to those of the checkpoint.
Status AddChannelFile(uint64_t id, std::vector<ChannelRows> in_flight, const WriteChannels& write,
                      std::vector<StateFile>& files);

// E7003, with the operator's uid in `base`, the size, the limit and what to set, when the
// checkpoint is limited (IsLimited) and the state of one subtask of an operator has more bytes than
// that: its keyed rows as the task counts them, its other state, and the positions of its
// partitions.
Status CheckStateBytes(const CheckpointConfig& config, const CheckpointMetadata& base,
                       const Pending& pending);

// Moves the committables of `contributions` behind those in `into`, in the order of the subtasks.
void CollectCommittables(std::vector<OperatorContribution>& contributions, Committables& into);

// The metadata of a checkpoint that all tasks have acknowledged: `base` with each operator's
// contributions, and `committables`, including earlier ones that were never committed.
// Contributions are ordered by subtask and splits by id, so that the bytes do not depend on the
// order of acknowledgements. Watermarks are the least over the subtasks.
CheckpointMetadata MakeMetadata(const CheckpointMetadata& base, const Pending& pending,
                                const Committables& committables, std::vector<StateFile> files);

}  // namespace weir::checkpoint
